"""Which territory a customer is in: the one that lists the region the books give it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from mainstay.foundation import people
from mainstay.foundation.models import Territory, User
from mainstay.parties.models import Customer


def settle() -> int:
    """Put every customer into the territory of its region; how many moved.

    Call in the transaction that changed customers' regions or the territories.
    """
    moved = 0
    placed: list[str] = []
    for territory in Territory.objects.order_by("pk"):
        placed += territory.regions
        outside = Customer.objects.filter(~Q(territory=territory) | Q(territory=None))
        moved += outside.filter(region__in=territory.regions).update(territory=territory)
    homeless = Customer.objects.exclude(territory=None).exclude(region__in=placed)
    return moved + homeless.update(territory=None)


def save(
    by: User,
    territory_id: int | None,
    *,
    name: str,
    regions: Iterable[str],
    parent_id: int | None = None,
) -> Territory:
    """Make or change a territory, and put the customers of its regions there."""
    with transaction.atomic():
        row = people.save_territory(
            by, territory_id, name=name, regions=regions, parent_id=parent_id
        )
        settle()
    return row


def drop(by: User, territory_id: int) -> None:
    """Remove a territory; its customers are in none."""
    with transaction.atomic():
        people.drop_territory(by, territory_id)
        settle()
