"""The portfolio: Pareto curve, value pyramid, regions and concentration, of whom one may see."""

from __future__ import annotations

from typing import Any

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights import outline, rules, structure
from mainstay.insights.errors import NotGraded
from mainstay.insights.models import Run, Snapshot
from mainstay.insights.outline import ABC, VALUE, Outline
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.records import Portfolio, PortfolioStats, PyramidRow, RunInfo
from mainstay.insights.selectors.reach import in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import latest_runs
from mainstay.insights.totals import add
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_cost, sees_everything


def portfolio(user: User, *, runs: dict[str, RunInfo] | None = None) -> Portfolio:
    """The newest snapshot as pictures; ``runs`` the latest ones, where they are at hand.

    Raises ``NotGraded`` before anything was graded.
    """
    demand(user, SEE)
    latest = latest_runs(user) if runs is None else runs
    if not latest:
        raise NotGraded(scheme=ABC)
    done = {name: run for name, run in latest.items() if run.state == Run.State.DONE}
    snapshot = next(iter(latest.values())).snapshot
    cost = sees_cost(user)
    abc, value = done.get(ABC), done.get(VALUE) if cost else None
    drawn = {name: run.id for name, run in ((ABC, abc), (VALUE, value)) if run}
    found = _outline(user, snapshot, drawn)
    sums, sold = dict(found.curve), add(found.regions, "sold") or 0
    names = [entry.klass for entry in abc.classes] if abc else []
    return Portfolio(
        stats=_stats(found.regions, _unassigned(user, snapshot), cost=cost),
        abc=abc,
        value=value,
        pareto=structure.pareto(sums, sold) if abc else (),
        cuts=structure.cuts(found.classes, names),
        pyramid=_pyramid(found, value),
        apart=structure.apart(found.regions) if value else None,
        regions=structure.regions(found.regions, found.classes, names),
        top_shares=structure.top_shares(sums, add(found.regions, "net") or 0),
        hhi=structure.hhi(found.regions),
        moves=structure.moves(found.classes) if abc and abc.previous_as_of else {},
        cost=cost,
    )


def _outline(user: User, snapshot: int, runs: dict[str, int]) -> Outline:
    """The kept one for whoever sees everybody; else of those the user may see."""
    if whole_portfolio(user):
        return outline.kept(snapshot) or outline.of(snapshot, runs)
    seen = in_portfolio(user, "customer__")
    return outline.of(snapshot, runs, seen)


def _unassigned(user: User, snapshot: int) -> dict[str, int]:
    """What no customer is named for: it is the whole company's."""
    if not sees_everything(user, PORTFOLIO):
        return {}
    found = Snapshot.objects.filter(pk=snapshot).values_list("totals", flat=True).first()
    return dict(found or {})


def _pyramid(found: Outline, run: RunInfo | None) -> tuple[PyramidRow, ...]:
    if run is None:
        return ()
    return structure.pyramid(found.value, [(entry.klass, entry.title) for entry in run.classes])


def _stats(figures: list[dict[str, Any]], company: dict[str, int], *, cost: bool) -> PortfolioStats:
    net, profit = add(figures, "net") or 0, add(figures, "profit") if cost else None
    return PortfolioStats(
        customers=add(figures, "customers") or 0,
        active=add(figures, "active") or 0,
        net_sales=net,
        growth=rules.growth(net, add(figures, "before") or 0),
        gross_profit=profit,
        margin=rules.share(profit, add(figures, "net_with_profit") or 0),
        open_balance=add(figures, "owed"),
        overdue_balance=add(figures, "overdue"),
        unassigned_net=company.get("unassigned_net", 0),
        unassigned_lines=company.get("unassigned_lines", 0),
    )
