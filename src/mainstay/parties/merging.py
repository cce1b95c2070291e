"""Two customers made one, and apart again, in this room: codes and cards follow.

Merges in force form trees; every code leads to the root of its own customer's tree. Nothing but
``CustomerCode.customer`` and what cards show follows from a merge, so that a split puts back
exactly what was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from mainstay.foundation.models import User
from mainstay.parties import cards
from mainstay.parties.models import Customer, CustomerCode, Merge


@dataclass(frozen=True, slots=True)
class Moved:
    """Codes that lead to another customer now: their facts go along."""

    codes: tuple[int, ...]
    source: int
    """Customer they led to."""
    target: int


def merge(
    merged: Customer,
    into: Customer,
    by: User | None,
    *,
    why: str,
    evidence: str = "",
    batch: int | None = None,
    reason: str = "",
    held: dict[int, int] | None = None,
) -> list[Moved]:
    """Let all of ``merged``, alone until now, go by ``into``. Nothing where they are one already.

    Call inside the decision's transaction, and ``show`` afterwards. ``held``: merges in force, as
    ``in_force`` gives them; this one is added.
    """
    held = in_force() if held is None else held
    target = _root(into.pk, held)
    if target == _root(merged.pk, held):
        return []
    Merge.objects.create(
        merged=merged, into=into, why=why, evidence=evidence, batch=batch, by=by, reason=reason
    )
    held[merged.pk] = into.pk
    rows = CustomerCode.objects.filter(customer=merged)
    codes = tuple(rows.values_list("pk", flat=True))
    rows.update(customer=target)
    return [Moved(codes, merged.pk, target)]


def split(merge: Merge, by: User | None, reason: str = "") -> Moved:
    """Let the merged customer, with whatever was merged into it, be one of its own again.

    Call inside the decision's transaction, and ``show`` afterwards.
    """
    merge.split_at, merge.split_by, merge.split_reason = timezone.now(), by, reason
    merge.save(update_fields=["split_at", "split_by", "split_reason"])
    held = in_force()
    source, target = _root(merge.into_id, held), merge.merged_id
    rows = CustomerCode.objects.filter(own__in=_below(target, held))
    codes = tuple(rows.values_list("pk", flat=True))
    rows.update(customer=target)
    return Moved(codes, source, target)


def below(customer: int) -> set[int]:
    """The customer and all that were merged into it, on whatever way."""
    held = in_force()
    held.pop(customer, None)
    return _below(customer, held)


def _below(customer: int, held: dict[int, int]) -> set[int]:
    return {pk for pk in [*held, customer] if _root(pk, held) == customer}


def show(moved: Iterable[Moved]) -> None:
    """Lay the cards anew of all customers that codes came to or went from."""
    touched = {pk for each in moved for pk in (each.source, each.target)}
    if touched:
        cards.keep_base(touched)
        cards.lay(touched)


def roots_without(customers: Iterable[int]) -> dict[int, int]:
    """Of customers whose matches are to be split: where each stands then."""
    apart, held = set(customers), in_force()
    matches = Merge.objects.filter(split_at=None, why=Merge.Why.MATCH)
    for merged in matches.values_list("merged_id", flat=True):
        if merged in apart:
            held.pop(merged, None)
    return {customer: _root(customer, held) for customer in apart}


def in_force() -> dict[int, int]:
    """Customer → the customer it was merged into, of merges in force."""
    return dict(Merge.objects.filter(split_at=None).values_list("merged_id", "into_id"))


def _root(customer: int, held: dict[int, int]) -> int:
    while customer in held:
        customer = held[customer]
    return customer
