"""Owning customers is a right of its own: roles a firm changed keep meaning what they meant."""

from typing import Any

from django.db import migrations

OWN = "customers.own"
OWNERS = ("salesperson", "key_account_manager", "sales_director")


def give(apps: Any, schema_editor: Any) -> None:
    roles = apps.get_model("foundation", "Role").objects.using(schema_editor.connection.alias)
    for role in roles.exclude(rights=None):
        if (role.name in OWNERS or role.reach == "own") and OWN not in role.rights:
            role.rights = sorted([*role.rights, OWN])
            role.save(update_fields=["rights"])


class Migration(migrations.Migration):
    dependencies = [("foundation", "0015_weighed")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
