"""Cohorts: customers by the quarter of their first order, and what they bought in each since.

To buy is to place an order: an invoice of positive net value, as the growth bridge counts it. A
customer's cohort is the quarter of its first order ever; what it brings in a quarter is all its net
sales of that quarter, returns with them. Every line is counted once, so all rows add up to all net
sales up to the day. Halves and years are made of quarters and add up the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.backends import Dates, query
from mainstay_engine.errors import NoData, UnknownName
from mainstay_engine.metrics import levels
from mainstay_engine.metrics.feeds import FactsFeed
from mainstay_engine.metrics.planner import demand_one_currency

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.facts import Facts

pc: Any = _compute
Ints = npt.NDArray[np.int64]
Tables = Mapping[str, "ir.Table"]
MONTHS = (3, 6, 12)
"""Lengths of a period, in months."""
NEVER = -1
"""The cohort of whoever never placed an order, and of sales without a customer."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the customers of one cohort did in one period. ``net`` in minor units."""

    cohort: int
    """Number of the period of the first order; ``NEVER``: of none."""
    period: int
    buying: int
    """How many of them placed an order in it."""
    net: int


@dataclass(frozen=True)
class Cohorts:
    """Who came when and bought when. Amounts are int64 minor units of ``currency``."""

    as_of: date
    known_as_of: date | None
    currency: str | None
    exponent: int
    table: pa.Table
    """One row per customer and quarter with sales or an order, sorted by code and quarter;
    unassigned sales last: ``customer_id`` (null: unassigned), ``first`` and ``quarter`` (int64,
    year × 4 + quarter − 1; ``first`` is ``NEVER`` without an order), ``net``, ``orders``.
    """

    def sizes(self, months: int = 3) -> dict[int, int]:
        """How many customers each cohort has; those who never ordered under ``NEVER``."""
        who, first = self._columns("first")
        return sizes(who, first, months)

    def cells(self, months: int = 3) -> list[Cell]:
        """Every cohort and period that anything happened in, in their order."""
        who, first, quarter, net, orders = self._columns("first", "quarter", "net", "orders")
        return cells(who, first, quarter, net, orders, months)

    def _columns(self, *names: str) -> list[Ints]:
        named = pc.index_in(self.table["customer_id"], pc.unique(self.table["customer_id"]))
        null = pc.is_null(self.table["customer_id"])
        who = pc.if_else(null, pa.scalar(NEVER, pa.int32()), named)
        return [who.to_numpy().astype(np.int64), *(self.table[n].to_numpy() for n in names)]


def cohorts(
    facts: Facts,
    *,
    as_of: date | str | None = None,
    known_as_of: date | str | None = None,
) -> Cohorts:
    """Who came when, and bought when, up to a day (default: all that there is).

    Facts: lines; opening balances are no sales. Facts dated after ``as_of``, or known only after
    ``known_as_of``, are invisible. Raises ``NoData`` where there is no line up to the day, and
    ``MixedCurrencies`` where amounts in several were not converted.
    """
    seen, known = _day(as_of) or _latest(facts), _day(known_as_of)
    demand_one_currency(FactsFeed(facts, known=known is not None))
    days = {"as_of": seen} | ({} if known is None else {"known": known})
    rows = _ask(facts, days)
    there = pc.or_(pc.not_equal(rows["net"], 0), pc.greater(rows["orders"], 0))
    rows = rows.filter(there)
    if not rows.num_rows:
        raise NoData(
            {"en": f"There are no sales up to {seen}.", "zh": f"截至 {seen} 没有销售。"},
            {"en": "Choose a later day, or import sales lines.",
             "zh": "请选择更晚的日期，或导入销售明细。"},
        )  # fmt: skip
    rows = rows.sort_by([("customer_id", "ascending"), ("quarter", "ascending")])
    return Cohorts(seen, known, facts.currency, facts.exponent, _with_first(rows))


def name(period: int, months: int) -> str:
    """A period as ``Span`` reads it: «2024-Q3», «2024-H2», «2024»."""
    if months == 12:
        return str(period)
    year, part = divmod(period, 12 // months)
    return f"{year}-{'H' if months == 6 else 'Q'}{part + 1}"


def period_of(day: date, months: int) -> int:
    """The number of the period a day lies in."""
    return (day.year * 12 + day.month - 1) // months


def sizes(who: Ints, first: Ints, months: int) -> dict[int, int]:
    """How many customers each cohort has. ``who`` below zero is nobody."""
    named = who >= 0
    _people, at = np.unique(who[named], return_index=True)
    found, counts = np.unique(_periods(first[named][at], months), return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def cells(
    who: Ints, first: Ints, quarter: Ints, net: Ints, orders: Ints, months: int
) -> list[Cell]:
    """Rows of customers and quarters added up by cohort and period."""
    cohort, period = _periods(first, months), _periods(quarter, months)
    keys, at = np.unique(np.stack([cohort, period]), axis=1, return_inverse=True)
    at = at.reshape(-1)
    sums = np.zeros(keys.shape[1], np.int64)
    np.add.at(sums, at, net)
    bought = (orders > 0) & (who >= 0)
    pairs = np.unique(np.stack([at[bought], who[bought]]), axis=1)
    buying = np.bincount(pairs[0], minlength=keys.shape[1])
    found = zip(*keys.tolist(), buying.tolist(), sums.tolist(), strict=True)
    return [Cell(cohort_, period_, count, whole) for cohort_, period_, count, whole in found]


def _periods(quarters: Ints, months: int) -> Ints:
    """Quarters as periods of so many months. Raises ``UnknownName`` for another length."""
    if months not in MONTHS:
        raise UnknownName(
            {"en": f"Cohorts have no periods of {months} months.",
             "zh": f"分期分析没有 {months} 个月的期间。"},
            {"en": "There are: 3, 6 and 12.", "zh": "可用：3、6、12。"}, months=str(months),
        )  # fmt: skip
    return np.where(quarters < 0, NEVER, quarters // (months // 3))


def _ask(facts: Facts, days: Mapping[str, date]) -> pa.Table:
    """Per customer and quarter: net of all sales, and orders."""
    known = "known" in days

    def build(tables: Tables, dates: Dates) -> ir.Table:
        lines = levels.visible(tables["lines"], "doc_date", dates, known=known)
        rows = levels.documents(levels.line_rows(lines, ("net",), "doc_no"), ("net",))
        quarter = rows.day.year().cast("int64") * 4 + rows.day.quarter().cast("int64") - 1
        rows = rows.mutate(quarter=quarter)
        order = rows.invoice & (rows.net > 0)
        return rows.group_by(["customer_id", "quarter"]).agg(
            net=rows.net.sum().cast("int64"), orders=order.ifelse(1, 0).sum().cast("int64")
        )

    shape = ("cohorts", known)
    return query(facts.backend, shape, {"lines": facts.lines}, build, dict(days))


def _with_first(rows: pa.Table) -> pa.Table:
    """The rows with each customer's first quarter of an order; nobody's is ``NEVER``."""
    ordered = rows.filter(
        pc.and_(pc.greater(rows["orders"], 0), pc.is_valid(rows["customer_id"]))
    )  # fmt: skip
    firsts = ordered.group_by("customer_id").aggregate([("quarter", "min")])
    at = pc.index_in(rows["customer_id"], firsts["customer_id"])
    first = pc.fill_null(pc.take(firsts["quarter_min"], at), NEVER)
    return pa.table({
        "customer_id": pc.cast(rows["customer_id"], pa.string()),
        "first": pc.cast(first, pa.int64()), "quarter": rows["quarter"], "net": rows["net"],
        "orders": rows["orders"],
    })  # fmt: skip


def _latest(facts: Facts) -> date:
    day: date | None = facts.lines.doc_date.max().to_pyarrow().as_py()
    if day is None:
        raise NoData(
            {"en": "There are no sales.", "zh": "没有销售。"},
            {"en": "Import sales lines.", "zh": "请导入销售明细。"},
        )
    return day


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
