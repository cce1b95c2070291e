"""Where in an order each customer of a run stands: by that the customers of some classes are found
and few are sorted, here.

Classes go with figures: who looks for class B by sales would walk past all of class A, and who
looks for a class of few past nearly everybody. Of a few thousand customers who pass a filter (one's
own, an owner's, those a word finds) the store would look up each figure. A run never changes, so an
order of it is read once, and then a place is a number in an array.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import OuterRef, Subquery

from mainstay.insights.models import CustomerMetrics, Grade

KEPT = 50
"""Orders kept at most, ten bytes for each customer."""
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
    """Ids in order of their values."""
    klasses_ordered: bytearray
    """The classes of those."""
    empties: array[int]
    """Ids of those without a value."""

    def graded(self, customers: Iterable[int], classes: Collection[str]) -> list[int]:
        """Those of the customers that are in the classes; in any, where none is named."""
        wanted = self._wanted(classes)
        klasses, end = self.klasses, len(self.klasses)
        return [one for one in customers if one < end and wanted[klasses[one]]]

    def valued(
        self, customers: Iterable[int], *, descending: bool, first: int | None = None
    ) -> list[int]:
        """In order those that have a value, from the place of ``first`` on."""
        places, least, most = self.places, 0, len(self.places)
        if first is not None:
            least, most = (0, places[first]) if descending else (places[first], most)
        found = [one for one in customers if least <= places[one] <= most]
        return sorted(found, key=places.__getitem__, reverse=descending)

    def empty(self, customers: Iterable[int]) -> list[int]:
        """By id those that have none."""
        places = self.places
        return sorted(one for one in customers if places[one] == EMPTY)

    def of_classes(
        self, classes: Collection[str], *, descending: bool, first: int | None = None
    ) -> Iterator[int]:
        """In order those of the classes that have a value, from the place of ``first`` on."""
        wanted, ordered, end = self._wanted(classes), self.ordered, len(self.ordered)
        if descending:
            end = end if first is None else self.places[first] + 1
            for start in range(end - BLOCK, -BLOCK, -BLOCK):
                least = max(start, 0)
                block = self.klasses_ordered[least : start + BLOCK].translate(wanted)
                at = block.rfind(1)
                while at >= 0:
                    yield ordered[least + at]
                    at = block.rfind(1, 0, at)
            return
        for start in range(0 if first is None else self.places[first], end, BLOCK):
            block = self.klasses_ordered[start : start + BLOCK].translate(wanted)
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
            places[customer] = len(ordered)
            ordered.append(customer)
            klasses_ordered.append(number)
    return Places(places, klasses, tuple(names), ordered, klasses_ordered, empties)


def _in_order(run: int, snapshot: int, order: str) -> Any:
    """Value, customer and class of all, as the order's index has them; class ``None``: no grade."""
    figure = order.removeprefix("measured__")
    if figure == order:
        found = Grade.objects.filter(run=run)
        return found.order_by(order, "customer_id").values_list(order, "customer_id", "klass")
    graded = Grade.objects.filter(run=run, customer=OuterRef("customer_id"))
    rows = CustomerMetrics.objects.filter(snapshot=snapshot).order_by(figure, "customer_id")
    return rows.values_list(figure, "customer_id", Subquery(graded.values("klass")[:1]))
