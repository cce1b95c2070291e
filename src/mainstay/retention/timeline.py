"""Losses on a customer's time line: when it was lost, why, what was tried, when it came back."""

from __future__ import annotations

from mainstay.foundation.models import User
from mainstay.parties.models import Customer
from mainstay.parties.timeline import Before, Event, source
from mainstay.retention.models import LossEvent


@source("losses")
def losses(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """What happened with its losses; of one that the books tell no more, what people did."""
    rows = LossEvent.objects.filter(
        before.q("day"), loss__customer__own_code__customer=customer
    ).select_related("by")
    return [
        Event(row.day, row.pk, row.kind, {
            **row.facts, "by": row.by.known_as() if row.by else "",
        })
        for row in rows.order_by("-day", "-pk")[:size]
    ]  # fmt: skip
