"""Where effort goes, by class, salesperson and region: of whom one may see, as last graded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights import deciding
from mainstay.insights.errors import NotGraded
from mainstay.insights.measuring import WINDOW
from mainstay.insights.models import CustomerMetrics, Grade, Run
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.reach import in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import headline, latest_runs
from mainstay.parties.models import Customer
from mainstay.parties.selectors import sees_cost

if TYPE_CHECKING:
    from datetime import datetime

    from mainstay_engine.portfolio.waste import Waste

BY = ("class", "salesperson", "region")
"""What customers may be grouped by."""
PROFITS = ("profit_after_service", "gross_profit")
"""The first that anybody has is the profit that is told."""
MOVES = 20
"""Moves of hours that are named."""
_FIGURES = ("net_sales", "effort_hours", "effort_cost", *PROFITS)


@dataclass(frozen=True, slots=True)
class Wasted:
    """Where effort goes. ``waste.parts`` hold no profit and no money where ``cost`` is false."""

    run: RunInfo
    by: str
    waste: Waste
    names: Mapping[str, tuple[str, str]]
    """Code → name and English name of those whom a move names."""
    profit: str
    """The metric told as profit; empty: none is known, or none may be seen."""
    cost: bool


def wasted(user: User, by: str, *, runs: dict[str, RunInfo] | None = None) -> Wasted | None:
    """``None`` where no effort has hours. Raises ``NotAllowed``, ``NotGraded``."""
    demand(user, PORTFOLIO)
    latest = latest_runs(user) if runs is None else runs
    run = headline(latest)
    if run is None:
        raise NotGraded(scheme="")
    cost = sees_cost(user)
    whole = whole_portfolio(user)
    if whole:
        found, profit = _of_everybody(run.id, run.finished_at, by, cost)
    else:
        found, profit = _of(user, run, by, cost=cost)
    if found is None:
        return None
    codes = {code for move in found.moves for code in (move.giver, move.taker)}
    rows = Customer.objects.filter(code__in=codes).values_list("code", "name", "name_en")
    return Wasted(
        run, by, found, {code: (name, en) for code, name, en in rows}, profit, cost
    )  # fmt: skip


@lru_cache(maxsize=12)
def _of_everybody(
    run: int, finished_at: datetime | None, by: str, cost: bool
) -> tuple[Waste | None, str]:
    """Kept: a finished run does not change, and a class's bars are looked at again and again."""
    del finished_at  # tells it from a run of the same number in a restored store
    row = Run.objects.get(pk=run)
    groups = _groups(run, by, None)
    return _waste(row.snapshot_id, groups, _order(row.classes, by), cost=cost)


def _of(user: User, run: RunInfo, by: str, *, cost: bool) -> tuple[Waste | None, str]:
    inside = in_portfolio(user)
    codes = set(Customer.objects.filter(inside).values_list("code", flat=True).iterator())
    groups = _groups(run.id, by, codes)
    return _waste(run.snapshot, groups, [c.klass for c in run.classes if by == "class"], cost=cost)


def _order(classes: list[dict[str, Any]], by: str) -> list[str]:
    return [entry["class"] for entry in classes] if by == "class" else []


def _groups(run: int, by: str, among: set[str] | None) -> dict[str, str]:
    """Group by code of the customers that were graded."""
    column = {"class": "klass"}.get(by, f"customer__{by}")
    rows = Grade.objects.filter(run=run).values_list("customer__code", column).iterator()
    return {code: group for code, group in rows if among is None or code in among}


def _waste(
    snapshot: int, groups: dict[str, str], order: list[str], *, cost: bool
) -> tuple[Waste | None, str]:
    from mainstay_engine.portfolio.waste import waste

    figures = _figures(snapshot)
    if "effort_hours" not in figures.column_names:
        return None, ""
    codes = figures["customer_id"].to_pylist()
    inside = pa.array([code in groups for code in codes])
    figures = figures.filter(inside)
    group = pa.array([groups[code] for code in codes if code in groups], pa.string())
    spent: Any = figures["effort_hours"]
    hours: Any = pc.round(pc.multiply(spent, 10_000.0))
    net: Any = figures["net_sales"]
    sold: Any = pc.fill_null(net, 0)
    columns: dict[str, Any] = {
        "customer_id": figures["customer_id"], "group": group, "revenue": sold,
        "hours": pc.fill_null(hours.cast(pa.int64()), 0),
    }  # fmt: skip
    table = pa.table(columns)
    profit = ""
    if cost:
        there = [n for n in PROFITS if n in figures.column_names]
        known = [n for n in there if figures[n].null_count < len(figures)]
        profit = next(iter(known), "")
        for name, source in (("profit", profit), ("cost", "effort_cost")):
            if source in figures.column_names:
                table = table.append_column(name, figures[source])
    found = waste(table, order, most=MOVES)
    return (found if found.misplaced is not None else None), profit


def _figures(snapshot: int) -> pa.Table:
    """What was measured of everybody: as it was kept in one piece, else row by row."""
    pressed = deciding.stored(snapshot, WINDOW)
    if pressed is not None:
        return deciding.columns(pressed, ("customer_id", *_FIGURES))
    measured = CustomerMetrics.objects.filter(snapshot=snapshot)
    rows = measured.values_list("customer__code", "metrics")
    found = [
        (code, metrics if isinstance(metrics, dict) else json.loads(metrics))
        for code, metrics in rows.order_by("customer__code")
    ]
    kinds = {"effort_hours": pa.float64()}
    columns: dict[str, Any] = {"customer_id": pa.array([code for code, _ in found], pa.string())}
    for name in _FIGURES:
        values = [metrics.get(name) for _, metrics in found]
        if name == "net_sales" or any(value is not None for value in values):
            columns[name] = pa.array(values, kinds.get(name, pa.int64()))
    return pa.table(columns)
