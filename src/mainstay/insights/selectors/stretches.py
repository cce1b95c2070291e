"""Where in an order the customers of some classes stand: what a page walks, and what it need not.

Classes go with figures. Who looks for class B by sales would walk past all of class A, and who
looks for a class of few past nearly everybody. A run never changes, so that an order of it is read
once: where the classes stand close, the index is walked; where they are few, their ids are kept.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import OuterRef, Subquery

from mainstay.insights.models import CustomerMetrics, Grade

PIECE = 50
"""Customers that are looked at together: about a page."""
STEPS = 20
"""Rows of the index that may lie between two of them, on the average of a piece, for a walk."""
KEPT = 500
"""Orders of classes kept at most, some tens of kilobytes each."""
Key = tuple[Any, int]
"""Sort value and id of a customer."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an order, from the key of its first customer to that of its last."""

    first: Key
    last: Key
    values: Sequence[Any] = ()
    ids: Sequence[int] = ()
    """Of its customers in order, where they are few among others; else it is walked."""

    def ids_behind(self, key: Key | None, *, descending: bool) -> Sequence[int]:
        """Those of the customers behind a key, in order; ``None``: all."""
        if key is None:
            return self.ids[::-1] if descending else self.ids
        value, row_id = key
        low, high = 0, len(self.ids)
        if self.values:
            low, high = bisect_left(self.values, value), bisect_right(self.values, value)
        if descending:
            return self.ids[: bisect_left(self.ids, row_id, low, high)][::-1]
        return self.ids[bisect_right(self.ids, row_id, low, high) :]


@dataclass(frozen=True, slots=True)
class Stretches:
    """The customers of some classes in an order: those with a value, and those without by ids."""

    valued: tuple[Stretch, ...]
    empty: tuple[Stretch, ...]


@lru_cache(maxsize=KEPT)
def stretches(
    run: int, snapshot: int, finished_at: datetime | None, order: str, classes: frozenset[str]
) -> Stretches:
    """``order``: from a grade to the column; the snapshot is the run's."""
    del finished_at  # tells it from a run of the same number in a restored store
    valued: list[tuple[int, Any, int]] = []
    empty: list[tuple[int, Any, int]] = []
    rows = in_order(run, snapshot, order)
    for place, (value, customer, klass) in enumerate(rows.iterator(chunk_size=10_000)):
        if klass in classes:
            (empty if value is None else valued).append((place, value, customer))
    return Stretches(tuple(_cut(valued)), tuple(_cut(empty)))


def in_order(run: int, snapshot: int, order: str) -> Any:
    """Value, customer and class of all, as the order's index has them; class ``None``: no grade."""
    figure = order.removeprefix("measured__")
    if figure == order:
        found = Grade.objects.filter(run=run)
        return found.order_by(order, "customer_id").values_list(order, "customer_id", "klass")
    graded = Grade.objects.filter(run=run, customer=OuterRef("customer_id"))
    rows = CustomerMetrics.objects.filter(snapshot=snapshot).order_by(figure, "customer_id")
    return rows.values_list(figure, "customer_id", Subquery(graded.values("klass")[:1]))


def _cut(rows: list[tuple[int, Any, int]]) -> Iterator[Stretch]:
    """Pieces that stand alike become one stretch, if no long way lies between them."""
    held: list[tuple[int, Any, int]] = []
    was_thin, behind = False, 0
    for start in range(0, len(rows), PIECE):
        piece = rows[start : start + PIECE]
        long = piece[-1][0] - piece[0][0] > STEPS * len(piece)
        far = piece[0][0] - behind > STEPS * PIECE
        if held and (long != was_thin or (far and not long)):
            yield _stretch(held, thin=was_thin)
            held = []
        held += piece
        was_thin, behind = long, piece[-1][0]
    if held:
        yield _stretch(held, thin=was_thin)


def _stretch(rows: list[tuple[int, Any, int]], *, thin: bool) -> Stretch:
    first, last = rows[0][1:], rows[-1][1:]
    if not thin:
        return Stretch(first, last)
    ids = array("q", (row[2] for row in rows))
    return Stretch(first, last, _packed([row[1] for row in rows]), ids)


def _packed(values: list[Any]) -> Sequence[Any]:
    if values[0] is None:
        return ()
    return array("d" if isinstance(values[0], float) else "q", values)
