"""Two customers made one, and apart again, in this room: codes and cards follow.

Merges in force form trees; every code leads to the root of its own customer's tree. Nothing but
``CustomerCode.customer`` and what cards show follows from a merge, so that a split puts back
exactly what was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.utils import timezone

from mainstay.foundation.models import User
from mainstay.parties import cards
from mainstay.parties.models import CustomerCode, Merge

CHUNK = 500
"""Merges named in one statement."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Codes that lead to another customer now: their facts go along."""

    codes: tuple[int, ...]
    source: int
    """Customer they led to."""
    target: int


def merge(
    pairs: Iterable[tuple[int, int, str]],
    by: User | None,
    *,
    why: str,
    batch: int | None = None,
    reason: str = "",
) -> None:
    """Let all of the first customer of each pair go by the second, with the evidence for it;
    nothing where they are one already.

    Call inside the decision's transaction, ``follow`` and ``show`` afterwards.
    """
    held, made = in_force(), []
    for merged, into, evidence in pairs:
        if _root(into, held) != _root(merged, held):
            held[merged] = into
            made.append(Merge(merged_id=merged, into_id=into, why=why, evidence=evidence,
                              batch=batch, by=by, reason=reason))  # fmt: skip
    Merge.objects.bulk_create(made, batch_size=CHUNK)


def split(merges: Iterable[int], by: User | None, reason: str = "") -> None:
    """Let the merged customers, with whatever was merged into them, be of their own again.

    Call inside the decision's transaction, ``follow`` and ``show`` afterwards.
    """
    ids = list(merges)
    for start in range(0, len(ids), CHUNK):
        rows = Merge.objects.filter(pk__in=ids[start : start + CHUNK])
        rows.update(split_at=timezone.now(), split_by=by, split_reason=reason)


def follow() -> list[Moved]:
    """Let every code lead to the root of its own customer's tree; which do so only now."""
    held = in_force()
    moved: dict[tuple[int, int], list[int]] = {}
    columns = ("pk", "own_id", "customer_id")
    for pk, own, customer in CustomerCode.objects.values_list(*columns).iterator():
        if (root := _root(own, held)) != customer:
            moved.setdefault((customer, root), []).append(pk)
    table = connection.ops.quote_name(CustomerCode._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET customer_id = %s WHERE id = %s",  # noqa: S608  ours
            [(root, pk) for (_, root), codes in moved.items() for pk in codes],
        )
    return [Moved(tuple(codes), *between) for between, codes in moved.items()]


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


def roots_without(customers: pa.ChunkedArray[Any]) -> dict[int, int]:
    """Of customers whose matches are to be split, those that are merged: where each stands then."""
    held = in_force()
    among = pc.is_in(pa.array(held, pa.int64()), customers).to_pylist()
    apart = {customer for customer, there in zip(held, among, strict=True) if there}
    matches = Merge.objects.filter(split_at=None, why=Merge.Why.MATCH)
    for customer in matches.values_list("merged_id", flat=True):
        if customer in apart:
            held.pop(customer, None)
    return {customer: _root(customer, held) for customer in apart}


def in_force() -> dict[int, int]:
    """Customer → the customer it was merged into, of merges in force."""
    return dict(Merge.objects.filter(split_at=None).values_list("merged_id", "into_id"))


def _root(customer: int, held: dict[int, int]) -> int:
    while customer in held:
        customer = held[customer]
    return customer
