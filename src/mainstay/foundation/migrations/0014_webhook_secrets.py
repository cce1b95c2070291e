"""The secrets of webhooks are sealed, as those of the second step are."""

from typing import Any

from django.db import migrations, models

from mainstay.foundation import vault


def _purpose(url: str) -> str:
    """As ``webhooks`` says it."""
    return f"webhook to {url}"


def seal(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("foundation", "Webhook").objects.using(schema_editor.connection.alias)
    for row in rows.all():
        row.secret = vault.seal(row.secret.encode(), _purpose(row.url))
        row.save(update_fields=["secret"])


def unseal(apps: Any, schema_editor: Any) -> None:
    rows = apps.get_model("foundation", "Webhook").objects.using(schema_editor.connection.alias)
    for row in rows.all():
        row.secret = vault.unseal(row.secret, _purpose(row.url)).decode()
        row.save(update_fields=["secret"])


class Migration(migrations.Migration):
    dependencies = [("foundation", "0013_company")]

    operations = [
        migrations.AlterField(
            model_name="webhook", name="secret", field=models.CharField(max_length=200)
        ),
        migrations.RunPython(seal, unseal),
    ]
