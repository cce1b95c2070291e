"""From the answers of the queries to the figures that the steps are made of, by customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.metrics.arrays import Places, aligned, int64
from mainstay_engine.portfolio.steps import Ints, Pair, Sums
from mainstay_engine.portfolio.sums import PERIODS

pc: Any = _compute
_FINE = 1000
"""Parts of a minor unit that each product's value at mean prices or rates is rounded to: whole
numbers add up to the same in any order of rows."""


@dataclass(frozen=True)
class Rows:
    """An answer's rows by customer: the place of each, and its columns as whole numbers."""

    at: Ints
    table: pa.Table

    @classmethod
    def of(cls, customers: Any, table: pa.Table) -> Rows:
        places = Places.of(customers, table)
        return cls(places.where.astype(np.int64), table.filter(pa.array(places.known)))

    def column(self, name: str) -> Ints:
        return int64(self.table[name].combine_chunks()).astype(np.int64)

    def pair(self, name: str) -> tuple[Ints, Ints]:
        return self.column(f"{name}_0"), self.column(f"{name}_1")

    def keep(self, flags: Any) -> Rows:
        return Rows(self.at[flags], self.table.filter(pa.array(flags)))


def figures(
    customers: Any, orders: pa.Table, products: pa.Table | None, rates: pa.Table | None
) -> Sums:
    """The sums of each of the customers, who are sorted. ``products``: ``None`` where the facts
    cannot tell; ``rates`` where all amounts are in one currency.
    """
    count = len(customers)
    none = np.zeros(count, np.int64)
    net, invoiced, placed = (
        tuple(aligned(customers, orders, f"{name}_{at}").values.astype(np.int64) for at in PERIODS)
        for name in ("net", "invoiced", "orders")
    )
    at_rates = None if rates is None else _Factors(customers, rates)
    constant = _floats(invoiced) if at_rates is None else at_rates.constant(count)
    distinct, listed, even = (none, none), _floats((none, none)), _floats((none, none))
    if products is not None:
        rows = Rows.of(customers, products)
        pairs = rows.table["pair"].to_numpy()
        whole, both = rows.keep(~pairs), rows.keep(pairs)
        distinct = _added(whole, whole.pair("products"), count)
        listed = _valued(whole, whole.pair("listed"), at_rates, count)
        change = _moved(both, (1.0, 1.0) if at_rates is None else at_rates.of(both), count)
        even = (listed[0] + change[0], listed[1] + change[1])
    return Sums(
        invoiced=(invoiced[0], invoiced[1]),
        credited=(net[0] - invoiced[0], net[1] - invoiced[1]),
        orders=(placed[0], placed[1]), products=distinct, constant=constant, listed=listed,
        even=even,
    )  # fmt: skip


def _moved(both: Rows, factors: Any, count: int) -> Pair:
    """By customer, what the products bought in both periods come to at mean prices, less what they
    came to: half of q₀ × v₁ ÷ q₁ − v₀, and the other way round; values at mean rates.
    """
    value, quantity = _floats(both.pair("listed")), _floats(both.pair("quantity"))
    value = (value[0] * factors[0], value[1] * factors[1])
    first = (quantity[0] * value[1] / quantity[1] - value[0]) / 2
    second = (quantity[1] * value[0] / quantity[0] - value[1]) / 2
    return _weighed(both.at, (first, second), (1.0, 1.0), count)


class _Factors:
    """Per customer and currency: what makes an amount of either period one at the mean rate."""

    def __init__(self, customers: Any, rates: pa.Table) -> None:
        rows = Rows.of(customers, rates)
        self.codes = pc.unique(rows.table["currency"])
        keys = self._keys(rows)
        order = np.argsort(keys, kind="stable")
        self.keys, self.rows = keys[order], rows
        owed, own = _floats(rows.pair("owed")), _floats(rows.pair("own"))
        there = (owed[0] > 0) & (owed[1] > 0) & (own[0] > 0) & (own[1] > 0)
        rate = [np.where(there, owed[i], 1.0) / np.where(there, own[i], 1.0) for i in (0, 1)]
        mean = (rate[0] + rate[1]) / 2
        self.both = (mean / rate[0], mean / rate[1])
        self.sorted = (self.both[0][order], self.both[1][order])

    def _keys(self, rows: Rows) -> Ints:
        code = pc.index_in(rows.table["currency"].combine_chunks(), self.codes)
        number = code.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        key: Ints = rows.at * (len(self.codes) + 1) + number + 1
        return key

    def of(self, rows: Rows) -> Pair:
        place = np.searchsorted(self.keys, self._keys(rows))
        return self.sorted[0][place], self.sorted[1][place]

    def constant(self, count: int) -> Pair:
        """Invoices at mean rates, by customer."""
        value = _floats(self.rows.pair("invoiced"))
        return _weighed(self.rows.at, value, self.both, count)


def _valued(rows: Rows, values: tuple[Ints, Ints], at_rates: _Factors | None, count: int) -> Pair:
    """Amounts of rows by customer, at mean rates."""
    if at_rates is None:
        return _floats(_added(rows, values, count))
    return _weighed(rows.at, _floats(values), at_rates.of(rows), count)


def _added(rows: Rows, values: tuple[Ints, Ints], count: int) -> tuple[Ints, Ints]:
    first, second = (np.zeros(count, np.int64) for _ in PERIODS)
    np.add.at(first, rows.at, values[0])
    np.add.at(second, rows.at, values[1])
    return first, second


def _weighed(at: Ints, values: Pair, factors: Any, count: int) -> Pair:
    """Σ value × factor by customer, added up in ``_FINE`` parts."""
    made = []
    for value, factor in zip(values, factors, strict=True):
        whole = np.zeros(count, np.int64)
        np.add.at(whole, at, np.rint(value * factor * _FINE).astype(np.int64))
        made.append(whole / _FINE)
    return made[0], made[1]


def _floats(pair: Any) -> Pair:
    return pair[0].astype(np.float64), pair[1].astype(np.float64)
