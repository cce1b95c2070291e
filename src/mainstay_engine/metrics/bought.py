"""Bought: every day on which each customer bought each item (or category), for many past days.

The database names customers and things by their numbers; sorted integers do the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay_engine.backends import Dates, query
from mainstay_engine.facts import Facts
from mainstay_engine.metrics.board import day_number
from mainstay_engine.metrics.pairs import Codes, Days, Ints
from mainstay_engine.tables import INVOICE

if TYPE_CHECKING:
    import ibis.expr.types as ir

PACKED = 62
"""Bits that customer, thing and day may have together in one sorted number."""


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


def each_day(facts: Facts, name: str, customers: Codes, things: Codes) -> pa.Table:
    """What was bought, each line: ``customer``, the item (or category) as ``thing``, by their
    numbers; ``day`` and ``known_since`` as days since 1970.
    """
    known = ("known_since",) if "known_since" in facts.lines.columns else ()

    def rows(lines: ir.Table) -> ir.Table:
        lines = lines.filter((lines.kind == INVOICE) & lines.customer_id.notnull())
        return lines.filter(lines[name].notnull()).mutate(day=lines.doc_date)

    def once(tables: Mapping[str, ir.Table], dates: Dates) -> ir.Table:
        return rows(tables["lines"]).select(name).distinct()

    def build(tables: Mapping[str, ir.Table], dates: Dates) -> ir.Table:
        lines = rows(tables["lines"])
        if known:
            lines = lines.mutate(known_since=lines.known_since.coalesce(lines.day))
        lines = lines.join(tables["who"], lines.customer_id == tables["who"].text)
        lines = lines.select(name, "day", *known, customer="number")
        lines = lines.join(tables["what"], lines[name] == tables["what"].text)
        return lines.select("customer", "day", *known, thing="number")

    given = {"lines": facts.lines}
    shape = ("state", "bought", name, *known)
    things.encode(query(facts.backend, (*shape, "once"), given, once, {})[name])
    with _coded(facts.backend, who=customers, what=things) as numbers:
        return query(facts.backend, shape, given | numbers, build, {})


@contextmanager
def _coded(backend: Any, **codes: Codes) -> Iterator[dict[str, ir.Table]]:
    """Tables of texts and their numbers in the database, for as long as they are needed."""
    made = {}
    try:
        for name, each in codes.items():
            numbers = np.arange(len(each), dtype=np.int32)
            rows = pa.table({"text": each.values, "number": numbers})
            made[name] = backend.create_table(f"mainstay_{name}_numbers", rows, temp=True)
        yield made
    finally:
        for name in made:
            backend.drop_table(f"mainstay_{name}_numbers")
