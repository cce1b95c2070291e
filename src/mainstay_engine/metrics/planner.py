"""The planner: metric names → measures → as few scans as possible → one table.

``compute_metrics`` is the entry; ``company_totals``, ``customers_of``, ``monthly_sales`` and
``latest_document_date`` answer the questions around it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mainstay_engine.errors import MixedCurrencies, NoData, NoFit
from mainstay_engine.metrics import effort
from mainstay_engine.metrics.arrays import (
    Column,
    Places,
    aligned,
    int64,
    looked_up,
    metric_column,
    order_days,
    pc,
    sorted_unique,
)
from mainstay_engine.metrics.board import Board
from mainstay_engine.metrics.catalogue import Figure, Measure, Metric, closure
from mainstay_engine.metrics.feeds import FactsFeed
from mainstay_engine.metrics.levels import column
from mainstay_engine.metrics.window import Resolved, Window
from mainstay_engine.periods import BEGINNING, months_back

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.replays import Replay
    from mainstay_engine.rollups import State

_SEEN = Measure("sum", "net")
"""Always asked, so that every customer with a line by ``as_of`` has a row."""


def compute_metrics(
    facts: Facts | None,
    names: Sequence[str],
    *,
    as_of: date | str,
    window: str | Window = "12m",
    known_as_of: date | str | None = None,
    state: State | None = None,
    missing: Literal["raise", "null"] = "raise",
    optional: Collection[str] = (),
) -> pa.Table:
    """The metrics of every customer known by ``as_of``.

    Facts: lines (with documents), and receipts, allocations, customers where given; or a saved
    ``state`` instead of them. Facts dated after ``as_of``, or known only after ``known_as_of``, are
    invisible. Result: one row per customer seen in lines, receipts or efforts by then, or in the
    customers table (unless ``since`` says later), sorted by code: ``customer_id, customer_name``,
    then one column per name: money in int64 minor units, days and counts int64 (medians and means
    of days float64), ratios and numbers float64, dates date32; null where the metric's rule says
    missing.

    A metric whose facts the input does not hold raises ``NoData`` naming them all, one whose model
    the customers cannot carry ``NoFit``; with ``missing="null"`` either is a column of nulls, and
    so are those of ``names`` that are ``optional``.
    Amounts in several currencies raise ``MixedCurrencies``; an unknown metric ``UnknownName``.
    """
    plan = _Plan(facts, state, as_of, window, known_as_of)
    board, kinds = _answered(plan, names, missing, optional)
    columns: dict[str, Column] = {
        "customer_id": plan.feed.texts(board.customers),
        "customer_name": plan.names(board.customers),
    }
    return pa.table(columns | _columns(board, names, kinds))


def replayed_metrics(
    state: Replay,
    names: Sequence[str],
    *,
    as_of: date,
    window: str | Window = "12m",
    optional: Collection[str] = (),
) -> tuple[npt.NDArray[np.int64], pa.Table]:
    """The number that each customer known by ``as_of`` has in a replay, and the metrics as was
    known on that day, in the same order.
    """
    plan = _Plan(None, state, as_of, window, as_of)
    board, kinds = _answered(plan, names, "raise", optional)
    return np.asarray(board.customers, np.int64), pa.table(_columns(board, names, kinds))


def _columns(board: Board, names: Sequence[str], kinds: dict[str, Metric]) -> dict[str, Column]:
    return {name: metric_column(kinds[name], board.done.get(name), len(board)) for name in names}


def _answered(
    plan: _Plan, names: Sequence[str], missing: str, optional: Collection[str]
) -> tuple[Board, dict[str, Metric]]:
    """What the metrics come to, and each of them by name."""
    wanted = closure(names)
    absent = {m.name: plan.absent(m) for m in wanted}
    needed = closure([name for name in names if name not in optional])
    if missing == "raise" and any(absent[m.name] for m in needed):
        raise _no_data(needed, absent)
    answered = [m for m in wanted if not absent[m.name]
                and not any(absent.get(r) for r in m.requires)]  # fmt: skip
    board = plan.board({measure for m in answered for measure in m.measures})
    for one in answered:
        try:
            if all(name in board.done for name in one.requires):
                board.answer(one)
        except NoFit:
            if missing == "raise" and one in needed:
                raise
    return board, {m.name: m for m in wanted}


def available_metrics(facts: Facts | None = None, *, state: State | None = None) -> list[Metric]:
    """The metrics whose facts are there, but for those a model must be fitted for (``fitted``):
    these cost more than a scan, need many customers, and are asked for by name.
    """
    from mainstay_engine.metrics.catalogue import metrics

    plan = _Plan(facts, state, date.max, "all", None)
    return [
        m for m in metrics()
        if not m.fitted and not any(plan.absent(one) for one in closure([m.name]))
    ]  # fmt: skip


def company_totals(
    facts: Facts | None,
    *,
    as_of: date | str,
    window: str | Window = "12m",
    known_as_of: date | str | None = None,
    state: State | None = None,
) -> dict[str, int]:
    """Totals of the window, unassigned lines included; money in minor units.

    ``net, gross_sales, owed`` (by documents of the window), ``lines, documents, customers`` (with a
    line in the window),
    ``unassigned_lines, unassigned_net``.
    """
    plan = _Plan(facts, state, as_of, window, known_as_of)
    spans = [Measure("sum", n) for n in ("net", "sold", "billed", "line_count")]
    documents = Measure("order", "documents")
    board = plan.board({*spans, documents})
    net, sold, billed, lines = spans
    return {
        "net": board.company(net), "gross_sales": board.company(sold),
        "owed": board.company(billed), "lines": board.company(lines),
        "documents": board.company(documents),
        "customers": int((board[lines].values > 0).sum()),
        "unassigned_lines": board.unassigned.get(lines, 0),
        "unassigned_net": board.unassigned.get(net, 0),
    }  # fmt: skip


def latest_document_date(
    facts: Facts | None,
    *,
    known_as_of: date | str | None = None,
    state: State | None = None,
) -> date:
    """The latest document date of the sales lines known by ``known_as_of`` (default: of all).

    ``NoData`` when there is no such line.
    """
    days = {"as_of": date.max}
    if known_as_of is not None:
        days["known"] = _day(known_as_of)
    latest: date | None = _feed(facts, state, known=known_as_of is not None).latest(days)
    if latest is None and known_as_of is not None:
        raise NoData(
            {"en": f"No sales line was known by {known_as_of}.",
             "zh": f"截至 {known_as_of} 没有任何已获知的销售明细。"},
            {"en": "Choose a later day.", "zh": "请选择更晚的日期。"},
        )  # fmt: skip
    if latest is None:
        raise NoData(
            {"en": "There are no sales lines.", "zh": "没有任何销售明细。"},
            {
                "en": "Give a file that holds at least one line.",
                "zh": "请提供至少含一行明细的文件。",
            },
        )
    return latest


def customers_of(
    facts: Facts | None,
    *,
    as_of: date | str | None = None,
    known_as_of: date | str | None = None,
    state: State | None = None,
) -> pa.Table:
    """``customer_id, customer_name`` of every customer known by ``as_of`` (default: ever)."""
    return compute_metrics(
        facts, [], as_of=as_of or date.max, window="all", known_as_of=known_as_of, state=state
    )


def monthly_sales(
    facts: Facts | None,
    *,
    as_of: date | str,
    months: int = 12,
    known_as_of: date | str | None = None,
    state: State | None = None,
) -> pa.Table:
    """Net sales of the last ``months`` months, for pictures: ``customer_id, monthly``.

    ``monthly`` is a list of int64 minor units, oldest first. The months are those of
    ``months_back``, so the list adds up to net sales in the window of ``months`` months. One row
    per customer known by ``as_of``, sorted by code; zeros where nothing was sold.
    """
    plan = _Plan(facts, state, as_of, f"{months}m", known_as_of)
    spans = months_back(plan.as_of, months)
    ends = [spans[0][0] - timedelta(days=1), *(end for _, end in spans)]
    days = {**plan.days, **{f"end_{k}": end for k, end in enumerate(ends)}}
    table = plan.feed.monthly(months, days)
    customers = plan.board({_SEEN}).customers
    places = Places.of(customers, table)
    values = [aligned(customers, table, f"month_{k}", places).values for k in range(months)]
    flat: Any = pa.array(np.stack(values, axis=1).ravel())
    offsets: Any = pa.array(np.arange(len(customers) + 1, dtype=np.int32) * months)
    return pa.table({
        "customer_id": plan.feed.texts(customers),
        "monthly": pa.ListArray.from_arrays(offsets, flat),
    })  # fmt: skip


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _feed(facts: Facts | None, state: State | None, *, known: bool) -> Any:
    if state is not None:
        return state.feed(facts, known=known)
    if facts is None:
        raise TypeError("compute_metrics needs facts or a state")
    return FactsFeed(facts, known=known)


class _Plan:
    """One question: which facts, as of when, over which window."""

    def __init__(
        self,
        facts: Facts | None,
        state: State | None,
        as_of: date | str,
        window: str | Window,
        known_as_of: date | str | None,
    ) -> None:
        self.as_of = _day(as_of)
        known = _day(known_as_of) if known_as_of is not None else None
        self.feed = _feed(facts, state, known=known is not None)
        self.window: Resolved = Window.parse(window).resolve(self.as_of)
        self.days = {"as_of": self.as_of}
        if known is not None:
            self.days["known"] = known
        self.days["current_start"], self.days["current_end"] = self.window.start, self.window.end
        before = self.window.previous or (BEGINNING, BEGINNING - timedelta(0))
        self.days["previous_start"], self.days["previous_end"] = before

    def absent(self, metric: Metric) -> list[str]:
        """The needs of a metric that the facts do not meet; «a|b» is met by either."""
        return sorted(
            need for need in metric.needs
            if not any(self.feed.has(*place.split(".")) for place in need.split("|"))
        )  # fmt: skip

    def board(self, measures: set[Measure]) -> Board:
        """Ask every feed that a measure needs, once, and align the answers by customer."""
        demand_one_currency(self.feed)
        measures = measures | {_SEEN}
        feeds = {m.feed for m in measures}
        sales = self.feed.sales({m for m in measures if m.feed in ("sum", "order")}, self.days)
        received = self.feed.received(self.days) if self.feed.has("receipts") else None
        ids = [table["customer_id"] for table in sales]
        if received is not None:
            ids.append(received["customer_id"])
        if self.feed.has("efforts"):
            ids.append(self.feed.served(self.days)["customer_id"])
        if self.feed.has("customers"):
            ids.append(self._registered())
        customers = sorted_unique(ids)
        board = Board(customers, self.window, self.as_of, {}, {})
        figures: dict[Measure, Figure] = {}
        unassigned: dict[Measure, int] = {}
        for table in sales:
            _take_sales(board, table, measures, figures, unassigned)
        for measure in measures:
            if measure.feed == "distinct":
                table = self.feed.distinct(measure.name, self.days)
                figures[measure] = aligned(customers, table, "value")
            elif measure.feed == "receipt" and received is not None:
                figures[measure] = aligned(customers, received, "value")
        if "region" in feeds:
            from mainstay_engine.metrics.assortment import OUTSIDE, PLACED

            placed, outside = self._regions(customers)
            figures[PLACED], figures[OUTSIDE] = placed, outside
        if "bill" in feeds and received is not None:
            from mainstay_engine.metrics.bills import at_risk, honoured
            from mainstay_engine.metrics.receivables import AT_RISK

            held = honoured(self.feed.receipt_rows(self.days))
            figures[AT_RISK] = at_risk(held, customers, self.as_of)
        if "open" in feeds:
            from mainstay_engine.metrics.settlement import settle

            figures.update(settle(self.feed, customers, self.days, self.as_of))
        if feeds & set(effort.FEEDS):
            figures.update(effort.answers(self.feed, customers, self.days, feeds))
        board.figures, board.unassigned = figures, unassigned
        return board

    def _registered(self) -> Column:
        """Codes of the customers table, without those that became customers only later."""
        table = self.feed.customers()
        if "since" in table.column_names:
            day = min(self.as_of, self.days.get("known", self.as_of))
            later = pc.greater(table["since"], pa.scalar(day, pa.date32()))
            table = table.filter(pc.invert(pc.fill_null(later, False)))
        return table["customer_id"]

    def _regions(self, customers: Column) -> tuple[Figure, Figure]:
        home = self.feed.customers()
        sold = self.feed.regions(self.days)
        at = pc.index_in(sold["customer_id"], home["customer_id"])
        own = pc.take(home["region"], at)
        net = sold["net"].combine_chunks()
        away = pc.not_equal(sold["region"], own)
        placed = pc.if_else(pc.is_null(own), None, net)
        outside = pc.if_else(away, net, 0)
        position = pc.index_in(sold["customer_id"], customers).to_numpy(zero_copy_only=False)
        result = []
        for part in (placed, outside):
            values = np.zeros(len(customers), dtype=np.int64)
            known = ~np.isnan(position.astype(float)) & ~pc.is_null(part).to_numpy(
                zero_copy_only=False
            )
            np.add.at(values, position[known].astype(np.int64),
                      pc.fill_null(part, 0).to_numpy(zero_copy_only=False)[known])  # fmt: skip
            result.append(Figure.of(values))
        return result[0], result[1]

    def names(self, customers: Column) -> Column:
        """Names: of the customers table, else the one on the latest line, else receipt."""
        result = pa.nulls(len(customers), pa.string())
        if self.feed.has("customers", "customer_name"):
            table = self.feed.customers()
            result = looked_up(customers, table["customer_id"], table["customer_name"])
        for name in ("lines", "receipts"):
            if result.null_count and self.feed.has(name, "customer_name"):
                table = self.feed.names(name, self.days)
                table = table.sort_by([("day", "descending"), ("customer_name", "ascending")])
                later = looked_up(customers, table["customer_id"], table["customer_name"])
                result = pc.coalesce(result, later)
        return result


def demand_one_currency(feed: Any) -> None:
    """Raises ``MixedCurrencies`` where amounts are in several and were not converted."""
    found: dict[str, int] = {}
    for table, own in (("lines", "owed_own"), ("receipts", "amount_own")):
        if feed.has(table, "currency") and not feed.has(table, own):
            for row in feed.currencies(table).to_pylist():
                found[row["currency"]] = found.get(row["currency"], 0) + row["rows"]
    if len(found) > 1:
        said = ", ".join(f"{code} ({found[code]})" for code in sorted(found))
        raise MixedCurrencies(
            {"en": f"Amounts in several currencies cannot be added: {said} rows.",
             "zh": f"不同币种的金额不能相加：{said} 行。"},
            {"en": "Convert them to one currency, or grade each currency by itself.",
             "zh": "请先换算为同一币种，或按币种分别评级。"},
            currencies=found,
        )  # fmt: skip


def _no_data(wanted: Iterable[Metric], absent: dict[str, list[str]]) -> NoData:
    short = [m for m in wanted if absent[m.name]]
    needs = sorted({need for m in short for need in absent[m.name]})
    said = "; ".join(f"{m.name}: {', '.join(absent[m.name])}" for m in short)
    return NoData(
        {"en": f"There are no facts for these metrics ({said}).",
         "zh": "以下指标缺少数据："
         + "；".join(f"{m.zh}（{', '.join(absent[m.name])}）" for m in short) + "。"},
        {"en": f"Provide {', '.join(needs)}.", "zh": f"请提供 {', '.join(needs)}。"},
        metrics=[m.name for m in short], needs=needs,
    )  # fmt: skip


def _take_sales(
    board: Board,
    table: pa.Table,
    measures: set[Measure],
    figures: dict[Measure, Figure],
    unassigned: dict[Measure, int],
) -> None:
    """Read the answers of one sales query into the board."""
    nobody = pc.is_null(table["customer_id"]).combine_chunks()
    rest = table.filter(nobody)
    places = Places.of(board.customers, table)
    for measure in measures:
        name = column(measure)
        if name not in table.column_names:
            continue
        if measure.feed == "order" and measure.name == "days":
            board.order_days = order_days(board.customers, table, name)
            figures[measure] = Figure.of(np.zeros(len(board), dtype=np.int64))
            continue
        figures[measure] = aligned(board.customers, table, name, places)
        if rest.num_rows and measure.name not in ("first", "last"):
            unassigned[measure] = int(int64(rest[name].combine_chunks())[0])
