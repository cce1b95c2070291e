"""Pairs: the last day each customer bought each item, in sorted arrays.

Millions of pairs grow by thousands a day; sorted integers make that a binary search, where a
database would join every pair with the new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.metrics.board import day_number

pc: Any = _compute
Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]


class Codes:
    """Texts numbered in the order in which they came; numbers never change."""

    def __init__(self) -> None:
        self.values: Any = pa.nulls(0, pa.string())

    def encode(self, texts: Any) -> Any:
        """int32 numbers of the texts (null stays null); new texts get the next numbers."""
        coded = texts.combine_chunks().cast(pa.string()).dictionary_encode()
        once = coded.dictionary
        fresh = once.filter(pc.is_null(pc.index_in(once, self.values)))
        if len(fresh):
            self.add(fresh)
        return pc.index_in(once, self.values).take(coded.indices)

    def add(self, fresh: Any) -> None:
        self.values = pa.concat_arrays([self.values, fresh])

    def decode(self, numbers: Any) -> Any:
        return self.values.take(numbers)

    def since(self, length: int) -> pa.Table:
        """The texts that came after the first ``length``."""
        return pa.table({"text": self.values.slice(length)})

    def __len__(self) -> int:
        return len(self.values)


def packed(customer: Any, thing: Any) -> Any:
    """One int64 of two numbers; both must be known."""
    high = customer.to_numpy(zero_copy_only=False).astype(np.int64) << 32
    return pa.array(high | thing.to_numpy(zero_copy_only=False).astype(np.int64))


class Pairs:
    """Distinct (pair, known since) with the last day bought, sorted.

    Pairs that are new since the last time the arrays were put together stand apart in ``recent``,
    so that a day's worth of them does not move millions.
    """

    def __init__(self) -> None:
        self.pair: Ints = np.empty(0, dtype=np.int64)
        self.day: Days = np.empty(0, dtype=np.int32)
        self.known: Days | None = None
        self.recent: Pairs | None = None

    def add(self, table: pa.Table) -> None:
        """Merge ``pair, day`` (and ``known_since``): the later day wins."""
        pair = table["pair"].to_numpy()
        day = table["day"].cast(pa.int32()).to_numpy()
        if "known_since" in table.column_names:
            self._merge_known(pair, day, table["known_since"].cast(pa.int32()).to_numpy())
            return
        order = np.argsort(pair, kind="stable")
        self._merge(pair[order], day[order])

    def _merge(self, pair: Ints, day: Days) -> None:
        """Pairs already here get the later day; the others join the recent ones."""
        if not len(self.pair):
            self.pair, self.day = pair, day.copy()
            return
        place = np.searchsorted(self.pair, pair)
        there = self.pair[np.minimum(place, len(self.pair) - 1)] == pair
        old = place[there]
        self.day[old] = np.maximum(self.day[old], day[there])
        if len(pair) * 8 > len(self.pair):
            self._insert(pair[~there], day[~there])
            return
        self.recent = self.recent or Pairs()
        self.recent._merge(pair[~there], day[~there])
        if len(self.recent.pair) * 8 > len(self.pair):
            self.together()

    def _insert(self, pair: Ints, day: Days) -> None:
        place = np.searchsorted(self.pair, pair)
        self.pair = np.insert(self.pair, place, pair)
        self.day = np.insert(self.day, place, day)

    def together(self) -> None:
        """Put the recent pairs in their places."""
        if self.recent is not None:
            self.recent.together()
            self._insert(self.recent.pair, self.recent.day)
            self.recent = None

    def _merge_known(self, pair: Ints, day: Days, known: Days) -> None:
        if self.known is not None:
            pair = np.concatenate([self.pair, pair])
            day = np.concatenate([self.day, day])
            known = np.concatenate([self.known, known])
        order = np.lexsort((day, known, pair))
        pair, day, known = pair[order], day[order], known[order]
        last = np.ones(len(pair), dtype=bool)
        last[:-1] = (pair[1:] != pair[:-1]) | (known[1:] != known[:-1])
        self.pair, self.day, self.known = pair[last], day[last], known[last]

    def count(self, start: date, known: date | None, customers: int) -> Ints:
        """Distinct things bought since ``start`` and known by ``known``, per customer number."""
        seen = self.day >= day_number(start)
        if self.known is not None and known is not None:
            seen &= self.known <= day_number(known)
        pair = self.pair[seen]
        if self.known is not None and len(pair):
            pair = pair[np.concatenate(([True], pair[1:] != pair[:-1]))]
        count = np.bincount(pair >> 32, minlength=customers).astype(np.int64)
        return count if self.recent is None else count + self.recent.count(start, known, customers)

    def table(self) -> pa.Table:
        self.together()
        columns: dict[str, Any] = {"pair": self.pair, "day": pa.array(self.day).cast(pa.date32())}
        if self.known is not None:
            columns["known_since"] = pa.array(self.known).cast(pa.date32())
        return pa.table(columns)


@dataclass(frozen=True)
class Bought:
    """Every line on which each customer bought each thing, in their order."""

    customer: Days
    pair: Days
    """The number of each customer and thing, from 1."""
    day: Days
    known: Days | None

    @classmethod
    def of(cls, table: pa.Table) -> Bought:
        """Of the numbers ``customer`` and ``thing`` and the ``day`` (and ``known_since``), in any
        order.
        """
        customer, thing = (table[name].to_numpy() for name in ("customer", "thing"))
        day, *more = (
            table[name].cast(pa.int32()).to_numpy()
            for name in ("day", "known_since") if name in table.column_names
        )  # fmt: skip
        least = int(day.min(initial=0))
        wide, high = (int(each.max(initial=0)).bit_length() for each in (thing, day - least))
        whole = int(customer.max(initial=0)).bit_length() + wide + high
        if more or whole > PACKED:
            order = np.lexsort((day, thing, customer))
            known = more[0][order] if more else None
            customer, thing, day = customer[order], thing[order], day[order]
            return cls(customer, _numbered(customer, thing), day, known)
        # One number of all three is sorted in a quarter of the time.
        both = customer.astype(np.int64) << wide | thing
        both = np.sort(both << high | (day - least))
        pair = both >> high
        day = (both & ((1 << high) - 1)).astype(np.int32) + np.int32(least)
        return cls((pair >> wide).astype(np.int32), _numbered(pair), day, None)

    def count(self, start: date, end: date, known: date | None, customers: int) -> Ints:
        """Distinct things bought from ``start`` to ``end`` and known by ``known``, per customer
        number.
        """
        seen = (self.day >= day_number(start)) & (self.day <= day_number(end))
        if self.known is not None and known is not None:
            seen &= self.known <= day_number(known)
        rows = np.flatnonzero(seen)
        if len(rows):  # the first that is seen of each
            pairs = self.pair[rows]
            rows = rows[np.concatenate(([True], pairs[1:] != pairs[:-1]))]
        return np.bincount(self.customer[rows], minlength=customers).astype(np.int64)


def _numbered(*sorted_by: Any) -> Days:
    """Rows numbered from 1, those that agree in all of these alike."""
    new = np.zeros(len(sorted_by[0]), bool)
    new[:1] = True
    for each in sorted_by:
        new[1:] |= each[1:] != each[:-1]
    return np.cumsum(new, dtype=np.int32)


PACKED = 62
"""Bits that customer, thing and day may have together in one sorted number."""
PAIRED: Sequence[tuple[str, str]] = (("items", "item"), ("categories", "category"))
"""Level → column of the lines."""
