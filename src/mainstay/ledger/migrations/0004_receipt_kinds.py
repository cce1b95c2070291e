"""Rebates and openings as kinds of receipts; receipts of old are told by their words."""

import re
from typing import Any, ClassVar

from django.db import migrations, models

WORDS = (
    ("opening", "期初|opening"),
    ("write_off", "坏账|核销损失|write.?off|bad debt"),
    ("dishonour", "拒付|退票|dishono|bounced"),
    ("rebate", "返利|rebate"),
    ("bill", r"承兑|汇票|acceptance|\bbill"),
)
"""As the engine's reader told them when this migration was written."""


def tell_kinds(apps: Any, schema_editor: Any) -> None:
    """Receipts kept as money though their method, or a maturity, says otherwise.

    A dishonour written as a positive amount stays as it is: its sum is part of the import's.
    """
    every = apps.get_model("ledger", "Receipt").objects.using(schema_editor.connection.alias)
    receipts = every.filter(kind="money")
    for method in receipts.order_by().values_list("method", flat=True).distinct():
        said = (kind for kind, words in WORDS if re.search(words, method.lower()))
        if kind := next(said, None):
            of_kind = receipts.filter(method=method)
            if kind == "dishonour":
                of_kind = of_kind.filter(amount__lt=0)
            of_kind.update(kind=kind)
    receipts.filter(maturity__isnull=False).update(kind="bill")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ledger", "0003_orders")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="receipt",
            name="kind",
            field=models.CharField(
                choices=[
                    ("money", "Money"),
                    ("bill", "Bill"),
                    ("write_off", "Write Off"),
                    ("dishonour", "Dishonour"),
                    ("rebate", "Rebate"),
                    ("opening", "Opening"),
                ],
                default="money",
                max_length=10,
            ),
        ),
        migrations.RunPython(tell_kinds, migrations.RunPython.noop),
    ]
