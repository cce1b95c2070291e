"""Where in an order each customer of a run stands: by that the customers of some classes are found
and few are sorted, here.

Classes go with figures: who looks for class B by sales would walk past all of class A, and who
looks for a class of few past nearly everybody. Of a few thousand customers who pass a filter (one's
own, an owner's, those a word finds) the store would look up each figure. A run never changes, so an
order of it is read once, and then a place is a number in an array.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import OuterRef, Subquery

from mainstay.insights.models import CustomerMetrics, Grade

KEPT = 50
"""Orders kept at most, eighteen bytes for each customer."""
BLOCK = 4_096
"""Customers of an order that are looked through together."""
EMPTY, NOWHERE = -1, -2
"""In the stead of a place: without a value, and not measured."""


@dataclass(frozen=True, slots=True)
class Places:
    """An order, by id of a customer and from the first to the last."""

    places: array[int]
    """By id: the place among those with a value."""
    klasses: bytearray
    """By id: the number of the class in ``names``; 0: none, for it has no grade."""
    names: tuple[str, ...]
    ordered: array[int]
    """Ids in order of their values, and where those are the same in their own."""
    values: array[Any]
    """The values of those."""
    klasses_ordered: bytearray
    """The classes of those."""
    empties: array[int]
    """Ids of those without a value."""

    def graded(self, customers: Iterable[int], classes: Collection[str]) -> list[int]:
        """Those of the customers that are in the classes; in any, where none is named."""
        wanted = self._wanted(classes)
        klasses, end = self.klasses, len(self.klasses)
        return [one for one in customers if one < end and wanted[klasses[one]]]

    def behind(self, value: Any, row_id: int, *, descending: bool) -> tuple[int, int]:
        """The places behind a value and an id, whether or not anybody has them: from one up to
        another, which is not among them.
        """
        low, high = bisect_left(self.values, value), bisect_right(self.values, value)
        if descending:
            return 0, bisect_left(self.ordered, row_id, low, high)
        return bisect_right(self.ordered, row_id, low, high), len(self.ordered)

    def valued(
        self, customers: Iterable[int], first: int, end: int, *, descending: bool
    ) -> list[int]:
        """In order those that have places from ``first`` up to ``end``."""
        places = self.places
        found = [one for one in customers if first <= places[one] < end]
        return sorted(found, key=places.__getitem__, reverse=descending)

    def empty(self, customers: Iterable[int]) -> list[int]:
        """By id those that have none."""
        places = self.places
        return sorted(one for one in customers if places[one] == EMPTY)

    def of_classes(
        self, classes: Collection[str], first: int, end: int, *, descending: bool
    ) -> Iterator[int]:
        """In order those of the classes that have places from ``first`` up to ``end``."""
        wanted, ordered = self._wanted(classes), self.ordered
        starts = range(first, end, BLOCK)
        for start in reversed(starts) if descending else starts:
            block = self.klasses_ordered[start : min(start + BLOCK, end)].translate(wanted)
            if descending:
                at = block.rfind(1)
                while at >= 0:
                    yield ordered[start + at]
                    at = block.rfind(1, 0, at)
            else:
                at = block.find(1)
                while at >= 0:
                    yield ordered[start + at]
                    at = block.find(1, at + 1)

    def empty_of_classes(self, classes: Collection[str], behind: int) -> Iterator[int]:
        """By id those of the classes that have none, behind an id."""
        wanted, klasses = self._wanted(classes), self.klasses
        for at in range(bisect_right(self.empties, behind), len(self.empties)):
            customer = self.empties[at]
            if wanted[klasses[customer]]:
                yield customer

    def _wanted(self, classes: Collection[str]) -> bytes:
        """By number of a class 1 or 0, as ``translate`` asks for it."""
        wanted = bytes(
            number > 0 and (not classes or name in classes)
            for number, name in enumerate(self.names)
        )
        return wanted.ljust(256, b"\0")


@lru_cache(maxsize=KEPT)
def places(run: int, snapshot: int, finished_at: datetime | None, order: str) -> Places:
    """``order``: from a grade to the column; the snapshot is the run's."""
    del finished_at  # tells it from a run of the same number in a restored store
    places, klasses, names = array("i"), bytearray(), {"": 0}
    ordered, klasses_ordered, empties = array("i"), bytearray(), array("i")
    values: array[Any] | None = None
    for value, customer, klass in _in_order(run, snapshot, order).iterator(chunk_size=10_000):
        if customer >= len(places):
            more = customer + 1 - len(places)
            places.extend([NOWHERE] * more)
            klasses.extend(bytes(more))
        klasses[customer] = number = names.setdefault(klass or "", len(names))
        if value is None:
            places[customer] = EMPTY
            empties.append(customer)
        else:
            if values is None:
                values = array("d" if isinstance(value, float) else "q")
            places[customer] = len(ordered)
            ordered.append(customer)
            values.append(value)
            klasses_ordered.append(number)
    values = array("q") if values is None else values
    return Places(places, klasses, tuple(names), ordered, values, klasses_ordered, empties)


def _in_order(run: int, snapshot: int, order: str) -> Any:
    """Value, customer and class of all, as the order's index has them; class ``None``: no grade."""
    figure = order.removeprefix("measured__")
    if figure == order:
        found = Grade.objects.filter(run=run)
        return found.order_by(order, "customer_id").values_list(order, "customer_id", "klass")
    graded = Grade.objects.filter(run=run, customer=OuterRef("customer_id"))
    rows = CustomerMetrics.objects.filter(snapshot=snapshot).order_by(figure, "customer_id")
    return rows.values_list(figure, "customer_id", Subquery(graded.values("klass")[:1]))
