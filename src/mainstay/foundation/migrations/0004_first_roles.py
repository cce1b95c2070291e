"""Whoever could do everything before there were roles still can."""

from typing import Any

from django.db import migrations
from django.utils import timezone

FIRST = ("administrator", "finance", "sales_director")


def give(apps: Any, schema_editor: Any) -> None:
    user, role, appointment = (
        apps.get_model("foundation", name).objects.using(schema_editor.connection.alias)
        for name in ("User", "Role", "Appointment")
    )
    for person in user.filter(is_active=True).order_by("pk"):
        for name in FIRST if person.is_superuser else FIRST[1:]:
            held, _ = role.get_or_create(name=name)
            appointment.create(user=person, role=held, since=timezone.localdate())


class Migration(migrations.Migration):
    dependencies = [("foundation", "0003_people")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
