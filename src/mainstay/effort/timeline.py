"""Efforts on a customer's time line: what was done, never what it cost."""

from __future__ import annotations

from mainstay.effort.models import Effort
from mainstay.foundation.models import User
from mainstay.parties.models import Customer
from mainstay.parties.timeline import Before, Event, source


def efforts(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """What was done for the customer, by its date."""
    rows = Effort.objects.visible().filter(before.q("date"), customer__own_code__customer=customer)
    columns = ("date", "pk", "activity", "person", "hours", "note")
    found = rows.order_by("-date", "-pk").values_list(*columns)[:size]
    return [
        Event(day, pk, "effort", {
            "activity": activity, "person": person, "hours": hours, "note": note,
        })
        for day, pk, activity, person, hours, note in found
    ]  # fmt: skip


def register() -> None:
    """Let them stand on the time line."""
    source("efforts")(efforts)
