"""Effort: what serving a customer costs, and the profit that is left after it.

Cost is told apart from price: a discount lessens net sales already and is shown beside it; what
comes on top of the goods' cost is rebates set off, efforts, and the money that lies in receivables.

An effort costs the amount it states; else its hours × the hourly rate, else its times × the rate
per time, by the rate of its activity in force on its day. One without an amount or a rate makes the
customer's cost missing: adding up only what is priced would make the least documented customers
look the cheapest. Hours without a price still count as hours.

Financing is exact: the balance at the end of each day of the window × the yearly rate in force on
that day ÷ 365, added up, and rounded once. The balance is signed: money paid ahead counts for the
customer. Money bound in stock is left out, as facts hold no stock by customer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay_engine.activities import FINANCING, activities
from mainstay_engine.metrics.arrays import Column, aligned, int64, pc
from mainstay_engine.metrics.board import Board, day_number
from mainstay_engine.metrics.catalogue import NEVER, OWN, Figure, Measure, Metric, ratio
from mainstay_engine.metrics.sales import DISCOUNT, NET

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

FEEDS = ("rebate", "effort", "capital")
REBATE = Measure("rebate", "amount")
COUNT = Measure("effort", "count")
HOURS = Measure("effort", "hours")
"""Ten-thousandths of an hour."""
COST = Measure("effort", "cost")
UNPRICED = Measure("effort", "unpriced")
CHARGE = Measure("capital", "charge")
UNCOVERED = Measure("capital", "uncovered")
"""Balance × days before the first rate: not zero where the charge is not known."""


def _of(activity: str) -> tuple[Measure, Measure]:
    """What one activity cost, and how many of it have no price."""
    return Measure("effort", f"cost_{activity}"), Measure("effort", f"unpriced_{activity}")


YEAR = 365
_PARTS = 10**10
"""Parts of a yearly rate, which has ten decimals."""


# --- measures -------------------------------------------------------------------------------------


def answers(
    feed: Any, customers: Column, days: Mapping[str, date], feeds: Collection[str]
) -> dict[Measure, Figure]:
    """The measures of ``feeds`` for every customer, as far as the facts hold them."""
    found: dict[Measure, Figure] = {}
    if "rebate" in feeds and feed.has("receipts"):
        kinds = feed.has("receipts", "kind")
        none = Figure.of(np.zeros(len(customers), dtype=np.int64))
        found[REBATE] = aligned(customers, feed.rebates(days), "value") if kinds else none
    if "effort" in feeds and feed.has("efforts"):
        rows = feed.effort_rows(days)
        cost, priced = costed(rows, _rates(feed, days))
        at = _places(rows, customers)
        found[COUNT] = _total(len(customers), at, np.ones(len(rows), dtype=np.int64))
        found[HOURS] = _total(len(customers), at, _numbers(rows, "hours"))
        found[COST] = _total(len(customers), at, np.where(priced, cost, 0))
        found[UNPRICED] = _total(len(customers), at, (~priced).astype(np.int64))
        for one in activities():
            its = _flat(pc.equal(rows["activity"], one.name)).to_numpy(zero_copy_only=False)
            for measure, values in zip(_of(one.name), (cost * priced, ~priced), strict=True):
                found[measure] = _total(len(customers), at, (values * its).astype(np.int64))
    if "capital" in feeds and feed.has("receipts") and feed.has("effort_rates", "per_year"):
        found |= _capital(feed, customers, days)
    return found


def costed(rows: pa.Table, rates: pa.Table | None) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """What each effort cost, in minor units half-even, and whether that is known.

    ``rows`` as ``effort_rows`` has them; ``rates`` as ``effort_rates`` has them, in their order.
    """
    cost, priced = _numbers(rows, "amount"), _there(rows, "amount")
    if rates is None or not len(rates):
        return cost, priced
    in_force = _in_force(rows, rates)
    some = in_force >= 0
    place = np.maximum(in_force, 0)
    for column, amount, absent in (("per_hour", "hours", 0), ("per_time", "quantity", 10_000)):
        if column not in rates.column_names:
            continue
        rate = _numbers(rates, column)[place]
        can = some & _there(rates, column)[place] & ~priced
        stated = _there(rows, amount)
        if not absent:
            can &= stated
        much = np.where(stated, _numbers(rows, amount), absent)
        cost = np.where(can, _half_even(np.where(can, much * rate, 0), 10_000), cost)
        priced |= can
    return cost, priced


def _in_force(rows: pa.Table, rates: pa.Table) -> Ints:
    """The place of each effort's rate among the rates, or -1."""
    names = rates["activity"].combine_chunks()
    known = pc.unique(names)
    activity = _filled(pc.index_in(rows["activity"], known))
    of_rate = _filled(pc.index_in(names, known))
    since, day = int64(_flat(rates["since"])), int64(_flat(rows["date"]))
    found = np.full(len(rows), -1, dtype=np.int64)
    for number in range(len(known)):
        mine, its = np.flatnonzero(of_rate == number), np.flatnonzero(activity == number)
        last = np.searchsorted(since[mine], day[its], side="right") - 1
        found[its] = np.where(last >= 0, mine[np.maximum(last, 0)], -1)
    return found


def _rates(feed: Any, days: Mapping[str, date]) -> pa.Table | None:
    return feed.effort_rates(days) if feed.has("effort_rates") else None


def _capital(feed: Any, customers: Column, days: Mapping[str, date]) -> dict[Measure, Figure]:
    from mainstay_engine.metrics.settlement import flows

    start, end = day_number(days["current_start"]), day_number(days["current_end"])
    at, day, amount = flows(feed, customers, days)

    def held(first: int, last: int) -> Ints:
        """Balance × days from the first day to the last, both included."""
        sums = np.zeros(len(customers), dtype=np.int64)
        np.add.at(sums, at, amount * np.maximum(last - np.maximum(day, first) + 1, 0))
        return sums

    rates = feed.effort_rates(days)
    rates = rates.filter(pc.and_(pc.equal(rates["activity"], FINANCING),
                                 pc.is_valid(rates["per_year"])))  # fmt: skip
    since = int64(_flat(rates["since"])).tolist()
    yearly = [int(rate * _PARTS) for rate in rates["per_year"].to_pylist()]
    first = min(since[0] if since else end + 1, end + 1)
    charge = np.zeros(len(customers), dtype=object)
    for number, rate in enumerate(yearly):
        until = min(since[number + 1] - 1 if number + 1 < len(since) else end, end)
        charge = charge + held(max(since[number], start), until).astype(object) * rate
    whole = YEAR * _PARTS
    rounded = np.array([_divided(int(each), whole) for each in charge], dtype=np.int64)
    return {CHARGE: Figure.of(rounded), UNCOVERED: Figure.of(held(start, first - 1))}


# --- arithmetic -----------------------------------------------------------------------------------


def _half_even(number: Ints, by: int) -> Ints:
    whole, rest = np.divmod(number, by)
    rounded: Ints = whole + ((2 * rest > by) | ((2 * rest == by) & (whole % 2 == 1)))
    return rounded


def _divided(number: int, by: int) -> int:
    whole, rest = divmod(number, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))


def _total(length: int, at: Ints, values: Ints) -> Figure:
    sums = np.zeros(length, dtype=np.int64)
    np.add.at(sums, at[at >= 0], values[at >= 0])
    return Figure.of(sums)


def _places(rows: pa.Table, customers: Column) -> Ints:
    return _filled(pc.index_in(rows["customer_id"], customers))


def _filled(column: Column) -> Ints:
    return np.asarray(_flat(pc.fill_null(column, -1)).to_numpy(zero_copy_only=False), np.int64)


def _numbers(rows: pa.Table, name: str) -> Ints:
    if name not in rows.column_names:
        return np.zeros(len(rows), dtype=np.int64)
    return np.asarray(int64(_flat(rows[name])), dtype=np.int64)


def _there(rows: pa.Table, name: str) -> npt.NDArray[np.bool_]:
    if name not in rows.column_names:
        return np.zeros(len(rows), dtype=bool)
    return np.asarray(_flat(rows[name]).is_valid().to_numpy(zero_copy_only=False), dtype=bool)


def _flat(column: Column) -> Column:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


# --- metrics --------------------------------------------------------------------------------------


def _effort_cost(board: Board) -> Figure:
    return Figure(board[COST].values, board[UNPRICED].values == 0)


def _activity_cost(activity: str) -> Callable[[Board], Figure]:
    cost, unpriced = _of(activity)
    return lambda board: Figure(board[cost].values, board[unpriced].values == 0)


def _financing(board: Board) -> Figure:
    return Figure(board[CHARGE].values, board[UNCOVERED].values == 0)


def _list_sales(board: Board) -> Figure:
    return Figure.of(board[NET].values + board[DISCOUNT].values)


def _share(board: Board) -> Figure:
    return ratio(board[HOURS], Figure.of(np.full(len(board), board.company(HOURS))))


def _cost_to_serve(board: Board) -> Figure:
    parts = [board.metric(name) for name in SERVING]
    known = np.logical_and.reduce([part.known for part in parts])
    return Figure(np.sum([part.values for part in parts], axis=0), known)


def _left(board: Board) -> Figure:
    profit, service = board.metric("gross_profit"), board.metric("cost_to_serve")
    return Figure(profit.values - service.values, profit.known & service.known)


SERVING = ("rebates", "effort_cost", "financing")
"""What cost to serve adds up."""
EFFORTS = frozenset({"efforts"})
PRICED = frozenset({"efforts", "efforts.amount|effort_rates"})
CAPITAL = frozenset({"receipts", "effort_rates.per_year"})
SERVICE = PRICED | CAPITAL
DISCOUNTS = frozenset({"lines.discount"})
NO_DISCOUNT = {
    "en": "Zero where nothing happened; no data without a discount column.",
    "zh": "没有业务时为零；没有折扣列则无数据。",
}
NO_EFFORT = {"en": "Zero where nothing was recorded; no data without efforts.",
             "zh": "没有记录时为零；没有投入记录则无数据。"}  # fmt: skip
UNPRICED_MISSING = {
    "en": "Missing where an effort of the customer has neither an amount nor a rate in force on "
    "its day; no data without efforts.",
    "zh": "客户有投入既无金额、当日也无费率时缺失；没有投入记录则无数据。",
}
NO_RATE = {
    "en": "Missing where money was owed before the first yearly rate; no data without receipts or "
    "without a rate of financing.",
    "zh": "首个年利率生效前已有欠款时缺失；没有收款表或资金占用费率则无数据。",
}
ANY_MISSING = {
    "en": "Missing where one of its parts is; no data where one of them has none.",
    "zh": "任一组成部分缺失时缺失；任一部分无数据则无数据。",
}

METRICS = [
    Metric(
        "list_sales", "Sales at list price", "折前销售额", "money", "effort",
        "net sales + discounts",
        NO_DISCOUNT, OWN, _list_sales, (NET, DISCOUNT), needs=DISCOUNTS,
    ),
    Metric(
        "discounts", "Discounts", "折扣额", "money", "effort",
        "Σ discount of invoices and credit notes in the window, without VAT; a line without a "
        "discount counts as zero",
        NO_DISCOUNT, OWN, lambda board: board[DISCOUNT], (DISCOUNT,), needs=DISCOUNTS,
    ),
    Metric(
        "rebates", "Rebates", "返利", "money", "effort",
        "Σ amount of rebates set off against invoices in the window, in full as set off",
        {"en": "Zero where none was set off; no data without receipts.",
         "zh": "没有返利抵扣时为零；没有收款表则无数据。"},
        OWN, lambda board: board[REBATE], (REBATE,), needs=frozenset({"receipts"}),
    ),
    Metric(
        "efforts", "Efforts", "投入次数", "count", "effort",
        "number of efforts recorded for the customer in the window",
        NO_EFFORT, OWN, lambda board: board[COUNT], (COUNT,), needs=EFFORTS,
    ),
    Metric(
        "effort_hours", "Hours of service", "服务工时", "number", "effort",
        "Σ hours of efforts in the window; an effort without hours counts as zero",
        {"en": "Zero where nothing was recorded; no data without hours of efforts.",
         "zh": "没有记录时为零；投入记录没有工时则无数据。"},
        OWN, lambda board: Figure.of(board[HOURS].values / 10_000), (HOURS,),
        needs=frozenset({"efforts.hours"}),
    ),
    Metric(
        "effort_share", "Share of hours", "工时占比", "ratio", "effort",
        "hours of service ÷ the company's hours of service in the window",
        {"en": "Missing where nobody spent hours; no data without hours of efforts.",
         "zh": "全公司没有工时时缺失；投入记录没有工时则无数据。"},
        OWN, _share, (HOURS,), needs=frozenset({"efforts.hours"}),
    ),
    Metric(
        "effort_cost", "Cost of efforts", "投入成本", "money", "effort",
        "Σ cost of efforts in the window: the amount stated; else hours × rate per hour, else "
        "times × rate per time, by the activity's rate in force on the day, half-even per effort",
        UNPRICED_MISSING, OWN, _effort_cost, (COST, UNPRICED), needs=PRICED,
    ),
    *(
        Metric(
            f"effort_cost_{one.name}", f"{one.title['en']}, cost", f"{one.title['zh']}成本",
            "money", "effort",
            f"Σ cost of efforts in the window that are «{one.title['en']}», priced as all efforts "
            "are",
            UNPRICED_MISSING, OWN, _activity_cost(one.name), _of(one.name), needs=PRICED,
        )
        for one in activities()
    ),
    Metric(
        "efforts_unpriced", "Efforts without a price", "未计价投入", "count", "effort",
        "number of efforts in the window with neither an amount nor a rate in force on their day",
        NEVER, OWN, lambda board: board[UNPRICED], (UNPRICED,), needs=PRICED,
    ),
    Metric(
        "financing", "Financing of receivables", "应收资金占用", "money", "effort",
        "Σ over the days of the window: balance owed at the end of the day × yearly rate in force "
        "on it ÷ 365; rounded once, half-even. Money paid ahead counts for the customer; each "
        "currency settles by itself, at its items' own rates",
        NO_RATE, OWN, _financing, (CHARGE, UNCOVERED), needs=CAPITAL,
    ),
    Metric(
        "cost_to_serve", "Cost to serve", "服务成本", "money", "effort",
        "rebates + cost of efforts + financing of receivables",
        ANY_MISSING, OWN, _cost_to_serve, requires=SERVING, needs=SERVICE,
    ),
    Metric(
        "profit_after_service", "Profit after service", "服务后利润", "money", "effort",
        "gross profit − cost to serve",
        ANY_MISSING, OWN, _left, requires=("gross_profit", "cost_to_serve"),
        needs=SERVICE | {"lines.cost"},
    ),
]  # fmt: skip
