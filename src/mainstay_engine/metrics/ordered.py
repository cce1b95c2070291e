"""Rows of a level in the order of their customers, added up by numpy for one day after another.

A database groups a million customers anew for every question; rows that already stand together
are added up by where each customer's begin.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.metrics.arrays import int64
from mainstay_engine.metrics.board import day_number
from mainstay_engine.metrics.catalogue import Measure
from mainstay_engine.metrics.levels import OF_INVOICES, column

pc: Any = _compute
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.int32]
NOBODY = -1
"""Stands for no customer: lines that are assigned to none."""


@dataclass(frozen=True)
class Ordered:
    """Columns of equal length; the customers are numbers and ascend, and so do the days of each."""

    customer: Days
    day: Days
    known: Days | None
    """The day on which each became known; ``None``: its own day."""
    invoice: Flags
    values: Mapping[str, Ints]
    """Money in minor units, quantities in ten-thousandths; 0 where missing."""

    @classmethod
    def of(cls, table: pa.Table) -> Ordered:
        """Of a level whose customers are numbers: ``customer_id, day, invoice``, values, and
        ``known_since`` where there is one.
        """
        given = {name: table[name].combine_chunks() for name in table.column_names}
        customer = pc.fill_null(given.pop("customer_id"), NOBODY).to_numpy()
        plain = {
            name: pc.cast(given.pop(name), pa.int32()).to_numpy()
            for name in ("day", "known_since") if name in given
        }  # fmt: skip
        order = np.lexsort((plain["day"], customer))
        plain = {name: each[order] for name, each in plain.items()}
        invoice = given.pop("invoice").to_numpy(zero_copy_only=False)[order]
        values = {
            name: int64(each)[order] for name, each in given.items()
            if pa.types.is_integer(each.type) or pa.types.is_decimal(each.type)
        }  # fmt: skip
        return cls(customer[order], plain["day"], plain.get("known_since"), invoice, values)

    def by_customer(
        self, measures: Collection[Measure], days: Mapping[str, date], *, known: bool
    ) -> pa.Table:
        """As ``levels.by_customer`` tells it of what is visible: one row for each customer."""
        seen = self._visible(days, known=known)
        customer = self.customer[seen]
        starts = np.flatnonzero(np.diff(customer, prepend=NOBODY - 1))
        who = customer[starts]
        spans = _Spans(self, seen, starts, days)
        columns = {column(measure): spans.answer(measure) for measure in measures}
        ids = pa.array(who, pa.int32(), mask=who == NOBODY)
        return pa.table({"customer_id": ids, **columns})

    def _visible(self, days: Mapping[str, date], *, known: bool) -> Flags:
        seen = self.day <= day_number(days["as_of"])
        if known:
            since = self.day if self.known is None else self.known
            seen &= since <= day_number(days["known"])
        return seen


class _Spans:
    """One question: the visible rows, and which of them lie in each span."""

    def __init__(self, rows: Ordered, seen: Flags, starts: Ints, days: Mapping[str, date]) -> None:
        self.rows, self.seen, self.starts, self.days = rows, seen, starts, days
        self.day = rows.day[seen]
        self.invoice = rows.invoice[seen]
        self._values: dict[str, Ints] = {}
        self._inside: dict[str, Flags | None] = {"life": None}

    def _value(self, name: str) -> Ints:
        if name not in self._values:
            self._values[name] = self.rows.values[name][self.seen]
        return self._values[name]

    def _in(self, span: str, *among: Flags) -> Flags | None:
        """Rows in a span and among all of these; ``None``: every one."""
        if span not in self._inside:
            start, end = (day_number(self.days[f"{span}_{side}"]) for side in ("start", "end"))
            self._inside[span] = (self.day >= start) & (self.day <= end)
        inside = self._inside[span]
        for each in among:
            inside = each if inside is None else inside & each
        return inside

    def answer(self, measure: Measure) -> Any:
        """One entry for each customer."""
        if measure.feed == "sum":
            among = (self.invoice,) if measure.name in OF_INVOICES else ()
            name = OF_INVOICES.get(measure.name, measure.name)
            return pa.array(self._sum(self._value(name), self._in(measure.span, *among)))
        if measure.name == "documents":
            inside = self._in(measure.span, self._value("line_count") > 0)
            return pa.array(self._sum(np.ones(len(self.day), np.int64), inside))
        orders = self._in(measure.span, self.invoice & (self._value("net") > 0))
        if orders is None:
            raise AssertionError("an order is an invoice")
        return self._of_orders(measure.name, orders)

    def _of_orders(self, name: str, orders: Flags) -> Any:
        if name == "days":
            many = self._sum(orders.astype(np.int64), None)
            offsets = np.concatenate(([0], np.cumsum(many))).astype(np.int32)
            each: Any = pa.array(self.day[orders]).cast(pa.date32())
            begin: Any = pa.array(offsets)
            return pa.ListArray.from_arrays(begin, each)
        if name in {"count", "value"}:
            ones = np.ones(len(self.day), np.int64)
            return pa.array(self._sum(self._value("net") if name == "value" else ones, orders))
        if name == "largest":
            net = np.where(orders, self._value("net"), 0)  # an order's is above nothing
            return pa.array(self._each(np.maximum, net))
        never = np.int32(np.iinfo(np.int32).max)
        if name == "first":
            day = self._each(np.minimum, np.where(orders, self.day, never))
        elif name == "last":
            day = self._each(np.maximum, np.where(orders, self.day, -never))
        else:
            raise AssertionError(name)
        return pa.array(day, pa.int32(), mask=np.abs(day) == never).cast(pa.date32())

    def _sum(self, values: Ints, inside: Flags | None) -> Ints:
        found: Ints = self._each(np.add, values if inside is None else np.where(inside, values, 0))
        return found

    def _each(self, by: Callable[..., Any], values: Any) -> Any:
        if not len(values):
            return values
        return by.reduceat(values, self.starts)  # type: ignore[attr-defined]
