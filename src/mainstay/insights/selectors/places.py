"""Where in an order each customer of a run stands: by that few customers are sorted here.

Of a few thousand customers who pass (one's own, an owner's, those a word finds) the store would
look up each figure, or walk the order past all the others. A run never changes, so an order of it
is read once, and then a place is a number in an array.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from mainstay.insights.selectors.stretches import in_order

KEPT = 50
"""Orders kept at most, five bytes for each customer."""
EMPTY, NOWHERE = -1, -2
"""In the stead of a place: without a value, and not measured."""


@dataclass(frozen=True, slots=True)
class Places:
    """By the id of a customer its place among those with a value, and its class."""

    places: array[int]
    klasses: bytearray
    """Number of the class in ``names``; 0: none, for it has no grade."""
    names: tuple[str, ...]

    def graded(self, customers: Iterable[int], classes: Collection[str]) -> list[int]:
        """Those of the customers that are in the classes; in any, where none is named."""
        wanted = bytes(
            number > 0 and (not classes or name in classes)
            for number, name in enumerate(self.names)
        )
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


@lru_cache(maxsize=KEPT)
def places(run: int, snapshot: int, finished_at: datetime | None, order: str) -> Places:
    """``order``: from a grade to the column; the snapshot is the run's."""
    del finished_at  # tells it from a run of the same number in a restored store
    found, klasses, names = array("i"), bytearray(), {"": 0}
    place = 0
    for value, customer, klass in in_order(run, snapshot, order).iterator(chunk_size=10_000):
        if customer >= len(found):
            more = customer + 1 - len(found)
            found.extend([NOWHERE] * more)
            klasses.extend(bytes(more))
        found[customer] = EMPTY if value is None else place
        klasses[customer] = names.setdefault(klass or "", len(names))
        place += value is not None
    return Places(found, klasses, tuple(names))
