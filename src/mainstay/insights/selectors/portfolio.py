"""The portfolio: Pareto curve, value pyramid, regions and concentration, of whom one may see."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from mainstay.foundation.models import User
from mainstay.insights import rules, structure
from mainstay.insights.errors import NotGraded
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.records import Portfolio, PortfolioStats, RunInfo
from mainstay.insights.selectors.runs import latest_runs
from mainstay.parties.selectors import sees_cost, sees_everything, visible_to


class _Figures(NamedTuple):
    """One customer's figures, in the order they are selected."""

    customer: int
    region: str
    net: int | None
    before: int | None
    profit: int | None
    open_balance: int | None
    overdue: int | None
    order_days: int | None


def portfolio(user: User, scheme_abc: str = "abc", scheme_value: str = "value5") -> Portfolio:
    """The newest snapshot as pictures. Raises ``NotGraded`` before anything was graded."""
    latest = latest_runs(user)
    if not latest:
        raise NotGraded(scheme=scheme_abc)
    abc, value = _done(latest.get(scheme_abc)), _done(latest.get(scheme_value))
    snapshot = Snapshot.objects.get(runs=next(iter(latest.values())).id)
    seen = visible_to(user, PORTFOLIO) & visible_to(user)
    cost = sees_cost(user)
    value = value if cost else None
    figures = [
        _Figures(*row) if cost else _Figures(*row)._replace(profit=None)
        for row in CustomerMetrics.objects.filter(
            snapshot=snapshot, customer__in=seen
        ).values_list(
            "customer_id", "customer__region", "net_sales", "previous_net_sales",
            "gross_profit", "open_balance", "overdue_balance", "order_days",
        )
    ]  # fmt: skip
    of_abc, moves = _classes(abc, seen)
    of_value, _ = _classes(value, seen)
    net = {row.customer: row.net or 0 for row in figures}
    return Portfolio(
        stats=_stats(figures, snapshot.totals if sees_everything(user, PORTFOLIO) else {}),
        abc=abc,
        value=value,
        pareto=structure.pareto(list(net.values())) if abc else (),
        cuts=structure.cuts([(of_abc[key], net[key]) for key in of_abc], _names(abc)),
        pyramid=structure.pyramid(
            [(of_value[row.customer], row.profit) for row in figures if row.customer in of_value],
            [(entry.klass, entry.title) for entry in value.classes] if value else [],
        ),
        apart=structure.apart([(row.profit, row.order_days) for row in figures]) if value else None,
        regions=structure.regions(
            [(row.region, of_abc.get(row.customer), row.net or 0) for row in figures], _names(abc)
        ),
        top_shares=structure.top_shares(list(net.values())),
        hhi=structure.hhi(list(net.values())),
        moves=moves,
        cost=cost,
    )


def _done(run: RunInfo | None) -> RunInfo | None:
    return run if run and run.state == Run.State.DONE else None


def _names(run: RunInfo | None) -> list[str]:
    return [entry.klass for entry in run.classes] if run else []


def _classes(run: RunInfo | None, seen: Any) -> tuple[dict[int, str], dict[str, dict[str, int]]]:
    """Class by customer, and how many moved from which class to which."""
    if run is None:
        return {}, {}
    rows = list(
        Grade.objects.filter(run=run.id, customer__in=seen).values_list(
            "customer_id", "klass", "previous_class"
        )
    )
    moved = Counter((before, now) for _, now, before in rows)
    moves: dict[str, dict[str, int]] = {}
    if run.previous_as_of is not None:
        for (before, now), count in sorted(moved.items()):
            moves.setdefault(before, {})[now] = count
    return {customer: klass for customer, klass, _ in rows}, moves


def _stats(figures: list[_Figures], company: dict[str, Any]) -> PortfolioStats:
    net = sum(row.net or 0 for row in figures)
    before = sum(row.before or 0 for row in figures)
    profits = [(row.profit, row.net or 0) for row in figures if row.profit is not None]
    base = sum(sales for _, sales in profits)
    profit = sum(gain for gain, _ in profits) if profits else None
    return PortfolioStats(
        customers=len(figures),
        active=sum(1 for row in figures if row.order_days),
        net_sales=net,
        growth=rules.growth(net, before),
        gross_profit=profit,
        margin=rules.share(profit, base),
        open_balance=_sum(row.open_balance for row in figures),
        overdue_balance=_sum(row.overdue for row in figures),
        unassigned_net=company.get("unassigned_net", 0),
        unassigned_lines=company.get("unassigned_lines", 0),
    )


def _sum(values: Any) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
