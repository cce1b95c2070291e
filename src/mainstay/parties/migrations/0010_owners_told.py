from typing import Any

from django.db import migrations
from django.db.models import Max, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

CHUNK = 2_000
"""Ids of customers told in one statement, each its own transaction: none waits for all."""


def tell(apps: Any, schema_editor: Any) -> None:
    """Let each customer say who owns it, as its assignments do. May be begun again."""
    alias = schema_editor.connection.alias
    owned = apps.get_model("parties", "Assignment").objects.using(alias)
    owned = owned.filter(duty="owner", until=None)
    held = owned.filter(customer=OuterRef("pk"))
    called = Coalesce(NullIf("user__first_name", Value("")), "user__username")
    last = owned.aggregate(last=Max("customer"))["last"] or 0
    customers = apps.get_model("parties", "Customer").objects.using(alias)
    for start in range(0, last + 1, CHUNK):
        some = {"customer__gte": start, "customer__lt": start + CHUNK}
        customers.filter(pk__in=owned.filter(**some).values("customer")).update(
            owner=Subquery(held.values("user")[:1]),
            owner_name=Subquery(held.values(name=called)[:1]),
        )


class Migration(migrations.Migration):
    """Apart from the columns: PostgreSQL would hold the table until all rows are told."""

    atomic = False

    dependencies = [("parties", "0009_owner_at_hand")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
