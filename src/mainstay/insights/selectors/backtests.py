"""What schemes would have been worth: the reports that were kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.insights.errors import NoSuchBacktest
from mainstay.insights.models import Backtest
from mainstay.insights.permissions import SCHEMES
from mainstay.insights.schemes import in_use
from mainstay.kernel.errors import Words
from mainstay.parties.selectors import sees_cost

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

COST = frozenset({"profit"})
"""Figures that tell cost."""


@dataclass(frozen=True, slots=True)
class BacktestLine:
    """One report in a list."""

    id: int
    label: str
    against: Words
    """What the scheme compared with is called."""
    periods: int
    months: int
    until: date
    asked_at: datetime
    by: str
    held: float | None
    """Mean share of the next period's sales in the best class."""
    rival: float | None


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """One report; its figures without those that the reader may not see."""

    line: BacktestLine
    scheme: Scheme
    """As it was then."""
    report: Mapping[str, Any]


def backtests(user: User, name: str) -> tuple[BacktestLine, ...]:
    """Those of a scheme, the newest first. Raises ``NotAllowed``."""
    demand_company(user, SCHEMES)
    rows = Backtest.objects.filter(name=name).select_related("by").order_by("-asked_at", "-pk")
    return tuple(map(_line, rows))


def backtest(user: User, pk: int) -> BacktestReport:
    """One of them. Raises ``NotAllowed`` and ``NoSuchBacktest``."""
    demand_company(user, SCHEMES)
    row = Backtest.objects.filter(pk=pk).select_related("by").first()
    if row is None:
        raise NoSuchBacktest
    report = row.report if sees_cost(user) else _without_cost(row.report)
    return BacktestReport(_line(row), in_use.read_definition(row.definition), report)


def _line(row: Backtest) -> BacktestLine:
    sales = next((one for one in row.report["held"] if one["figure"] == "sales"), None)
    return BacktestLine(
        row.pk, f"{row.name} v{row.number}", _title(row.against), row.periods, row.months,
        row.until, row.asked_at, row.by.known_as(), sales and sales["share"],
        sales and sales["against"],
    )  # fmt: skip


def _title(name: str) -> Words:
    """As the scheme of the name is called now."""
    known = in_use.definitions(name)
    words = known[-1]["title"] if known else {"en": name, "zh": name}
    return {"en": words["en"], "zh": words["zh"]}


def _without_cost(report: Mapping[str, Any]) -> dict[str, Any]:
    points = [
        point | {"levels": {of: each for of, each in point["levels"].items() if of not in COST}}
        for point in report["points"]
    ]
    told = {
        part: [one for one in report[part] if one["figure"] not in COST]
        for part in ("gains", "held")
    }
    return {**report, "points": points, **told}
