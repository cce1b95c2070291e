"""The growth bridge: why sales changed from one period to another, step by step, by customer.

What each step is, in which order they are taken and how they are rounded stands in ``steps``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.errors import NoData, UnknownName
from mainstay_engine.metrics.arrays import aligned, sorted_unique
from mainstay_engine.metrics.feeds import FactsFeed
from mainstay_engine.metrics.planner import demand_one_currency
from mainstay_engine.portfolio.amounts import figures
from mainstay_engine.portfolio.span import Span
from mainstay_engine.portfolio.steps import (
    BOTH,
    KINDS,
    LOST,
    NEITHER,
    NEW,
    STEPS,
    WON_BACK,
    Ints,
    split,
)
from mainstay_engine.portfolio.steps import kinds as kinds_of
from mainstay_engine.portfolio.strategies import STRATEGIES, strategies
from mainstay_engine.portfolio.sums import Questions

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

pc: Any = _compute
AMOUNTS = ("before", "after", "change")
DIVIDED = ("breadth", "mix", "price")
"""Steps that only lines with product and quantity can tell."""


@dataclass(frozen=True)
class Bridge:
    """A bridge of sales between two periods. All amounts are int64 minor units of ``currency``."""

    earlier: Span
    """The period that is compared with."""
    later: Span
    as_of: date
    known_as_of: date | None
    currency: str | None
    exponent: int
    table: pa.Table
    """One row per customer with sales or an order in either period, sorted by code; unassigned
    sales last, without one: ``customer_id, kind`` (of ``KINDS``; null: unassigned), ``before``,
    ``after``, ``change``, one column for each of ``STEPS``, which add up to the change, and, where
    the lines name products, one for each of ``STRATEGIES``, which add up to ``after``.
    """
    told: tuple[str, ...]
    """The steps that the facts can tell; the others are zero throughout."""

    @property
    def strategies(self) -> tuple[str, ...]:
        """The strategies, where the facts can tell."""
        return tuple(name for name in STRATEGIES if name in self.table.column_names)

    def totals(self) -> dict[str, int]:
        """Sums of ``before``, ``after``, ``change``, each step and strategy; ``customers``: how
        many rows have one."""
        return _totals(self.table)

    def moved(self) -> dict[str, int]:
        """How many rows each step, and the change itself, is not zero of."""
        return {
            name: int(pc.sum(pc.not_equal(self.table[name], 0)).as_py() or 0)
            for name in ("change", *STEPS, *self.strategies)
        }

    def largest(self, step: str, size: int | None = None) -> list[dict[str, Any]]:
        """Rows that a step or strategy (or ``change``) is not zero of, the largest first whichever
        way.
        """
        names = ("change", *STEPS, *self.strategies)
        if step not in names:
            raise UnknownName(
                {"en": f"There is no step «{step}».", "zh": f"没有步骤“{step}”。"},
                {"en": f"There are: {', '.join(names)}.", "zh": f"可用：{'、'.join(names)}。"},
                step=step,
            )  # fmt: skip
        rows = self.table.filter(pc.not_equal(self.table[step], 0)).to_pylist()
        rows.sort(key=lambda row: (-abs(row[step]), row["customer_id"] or ""))
        return rows[:size]

    def to_dict(self) -> dict[str, Any]:
        """Everything, for JSON: amounts as exact decimal strings in major units."""

        def exact(row: Mapping[str, Any]) -> dict[str, Any]:
            sums = {name: decimal(row[name], self.exponent) for name in AMOUNTS}
            steps = {name: decimal(row[name], self.exponent) for name in self.told}
            if not self.strategies:
                return {**sums, "steps": steps}
            resting = {name: decimal(row[name], self.exponent) for name in self.strategies}
            return {**sums, "steps": steps, "strategies": resting}

        def days(span: Span) -> dict[str, str]:
            return {"start": span.start.isoformat(), "end": span.end.isoformat()}

        totals = self.totals()
        return {
            "earlier": days(self.earlier), "later": days(self.later),
            "as_of": self.as_of.isoformat(),
            "known_as_of": self.known_as_of and self.known_as_of.isoformat(),
            "currency": self.currency,
            "totals": {"customers": totals["customers"], **exact(totals)},
            "customers": [
                {"customer_id": row["customer_id"], "kind": row["kind"], **exact(row)}
                for row in self.table.to_pylist()
            ],
        }  # fmt: skip

    def by(self, groups: Sequence[str | None] | pa.Array[Any]) -> dict[str | None, dict[str, int]]:
        """Totals by group: one name per row of the table. The groups add up to the totals."""
        names = pa.array(groups, pa.string())
        if len(names) != self.table.num_rows:
            raise ValueError(f"{len(names)} names for {self.table.num_rows} rows")
        found = {}
        for name in pc.unique(names).to_pylist():
            own = pc.is_null(names) if name is None else pc.fill_null(pc.equal(names, name), False)
            found[name] = _totals(self.table.filter(own))
        return found


def bridge(
    facts: Facts,
    earlier: Span | str,
    later: Span | str,
    *,
    as_of: date | str | None = None,
    known_as_of: date | str | None = None,
) -> Bridge:
    """Why net sales changed from the earlier period to the later, by customer.

    Facts: lines, from which documents are made up; opening balances are no sales. Facts dated after
    ``as_of`` (default: the end of the last period), or known only after ``known_as_of``, are
    invisible. The periods may be of any length, touch, overlap or stand the other way round.
    Without product or quantity in the lines the steps ``DIVIDED`` are zero and what they would hold
    stands in ``order_value``. Raises ``NoData`` where neither period has a line, ``UnknownName``
    for what is no period, ``MixedCurrencies`` where amounts in several were not converted.
    """
    first, second = Span.parse(earlier), Span.parse(later)
    seen = _day(as_of) or max(first.end, second.end)
    known = _day(known_as_of)
    demand_one_currency(FactsFeed(facts, known=known is not None))
    turned = second < first  # weighed as time runs, whichever way it was asked
    old, new = (second, first) if turned else (first, second)
    days = {"as_of": seen, "start_0": old.start, "end_0": old.end, "start_1": new.start,
            "end_1": new.end}  # fmt: skip
    if known is not None:
        days["known"] = known
    asked = Questions(facts, days)
    orders = asked.orders()
    orders = orders.filter(_counts(orders))
    if not orders.num_rows:
        raise NoData(
            {"en": f"There are no sales in {first.text} or {second.text}.",
             "zh": f"{first.text} 与 {second.text} 均无销售。"},
            {"en": "Choose periods that the sales lines reach.", "zh": "请选择有销售明细的期间。"},
        )  # fmt: skip
    customers = sorted_unique([orders["customer_id"]])
    sums = figures(
        customers, orders,
        asked.products() if asked.divisible else None, asked.rates() if asked.foreign else None,
    )  # fmt: skip
    placed = sums.orders[::-1] if turned else sums.orders
    start = (second.start - date(1970, 1, 1)).days
    earliest = aligned(customers, orders, "first")
    kind = kinds_of(*placed, earliest.known & (earliest.values < start))
    steps = split(sums, kind == BOTH)
    amounts = [sums.invoiced[i] + sums.credited[i] for i in (0, 1)]
    if turned:
        steps = {name: -values for name, values in steps.items()}
        amounts.reverse()
    change = amounts[1] - amounts[0]
    for at, name in ((NEW, "new"), (WON_BACK, "won_back"), (LOST, "lost")):
        steps[name] = np.where(kind == at, change, 0)
    steps["returns"] = np.where(kind == NEITHER, change, steps["returns"])
    nobody = orders.filter(pc.is_null(orders["customer_id"]))
    rest = [int(_int(nobody[f"net_{i}"].to_pylist())) for i in (0, 1)]
    if turned:
        rest.reverse()
    if facts.has("lines", "item"):
        period = "0" if turned else "1"
        steps |= strategies(asked, period, customers, kind, amounts[1])
    told = tuple(
        name for name in STEPS
        if (asked.divisible or name not in DIVIDED) and (asked.foreign or name != "currency")
    )  # fmt: skip
    return Bridge(
        first, second, seen, known, facts.currency, facts.exponent,
        _table(customers, kind, amounts, steps, rest if nobody.num_rows else None), told,
    )  # fmt: skip


def _counts(orders: pa.Table) -> Any:
    """Rows of whoever bought, or has sales, in either period."""
    there = [pc.not_equal(pc.fill_null(orders[name], 0), 0) for name in
             ("net_0", "net_1", "invoiced_0", "invoiced_1", "orders_0", "orders_1")]  # fmt: skip
    found = there[0]
    for flags in there[1:]:
        found = pc.or_(found, flags)
    return found


def _table(
    customers: Any, kind: Ints, amounts: list[Ints], steps: dict[str, Ints], rest: list[int] | None
) -> pa.Table:
    before, after = amounts
    columns: dict[str, Any] = {
        "customer_id": customers,
        "kind": pa.array([KINDS[at] for at in kind.tolist()], pa.string()),
        "before": pa.array(before), "after": pa.array(after), "change": pa.array(after - before),
    }  # fmt: skip
    zeros = np.zeros(len(kind), np.int64)
    resting = [name for name in STRATEGIES if name in steps]
    columns |= {name: pa.array(steps.get(name, zeros), pa.int64()) for name in (*STEPS, *resting)}
    table = pa.table(columns)
    if rest is None:
        return table
    gone = rest[1] - rest[0]
    last: dict[str, Any] = dict.fromkeys((*STEPS, *resting), 0) | {
        "customer_id": None, "kind": None, "before": rest[0], "after": rest[1], "change": gone,
        "unassigned": gone,
    }  # fmt: skip
    if resting:
        last["unnamed"] = rest[1]
    return pa.concat_tables([table, pa.Table.from_pylist([last], schema=table.schema)])


def _totals(table: pa.Table) -> dict[str, int]:
    names = [name for name in (*AMOUNTS, *STEPS, *STRATEGIES) if name in table.column_names]
    sums = {name: int(pc.sum(table[name]).as_py() or 0) for name in names}
    return {"customers": len(table) - table["customer_id"].null_count, **sums}


def decimal(minor: int, exponent: int) -> str:
    """Minor units as an exact decimal of major units: «-12.30»."""
    return f"{Decimal(minor).scaleb(-exponent):f}"


def _int(values: list[Any]) -> int:
    return sum(value or 0 for value in values)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
