"""How the customers of a portfolio are composed, grading by grading, of whom one may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights import outline
from mainstay.insights.errors import AxisNotValid
from mainstay.insights.models import Run, Snapshot
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio import groups
from mainstay.insights.portfolio.groups import BY, TOPS, Added, Sums
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors import days
from mainstay.insights.selectors.narrowing import remembered
from mainstay.insights.selectors.reach import in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import done_run
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_cost

__all__ = ["BY", "TOPS", "GroupAt", "OverTime", "Standing", "over_time"]


@dataclass(frozen=True, slots=True)
class GroupAt:
    """One group as of a grading. Amounts in minor units."""

    key: str
    """Class, region, trade, or number of the size; empty: of none."""
    customers: int
    active: int
    """How many ordered in the window."""
    net: int
    profit: int | None
    """``None``: of nobody known, or not to be seen."""
    share_customers: float | None
    share_net: float | None
    """``None`` where all together brought nothing or less."""

    @property
    def average(self) -> int | None:
        """Net sales per customer that ordered, rounded half to even."""
        return round(self.net / self.active) if self.active else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Everybody together as of a grading."""

    as_of: date
    version: str
    """Of the scheme then; empty: it graded nobody."""
    core: str
    """The best class then."""
    whole: GroupAt
    groups: tuple[GroupAt, ...]
    core_share: float | None
    """Of the best class in net sales; ``None`` where the scheme graded nobody."""
    tops: Mapping[int, float]
    """Share of the largest in what those brought that brought more than nothing; empty: none did.
    Of more than there are it is all.
    """
    hhi: float | None
    """Herfindahl–Hirschman index of the same: 1 ÷ their number for equal ones, 1 for one alone."""
    sold: int
    """How many brought more than nothing."""


@dataclass(frozen=True, slots=True)
class OverTime:
    """The gradings, the oldest first."""

    run: RunInfo
    """The newest of the scheme: its classes are the core."""
    by: str
    standings: tuple[Standing, ...]
    keys: tuple[str, ...]
    """Groups in the order shown: classes and sizes by rank, others the largest first."""
    cost: bool


def over_time(user: User, by: str = "class", scheme: str = "") -> OverTime:
    """How customers stood under a scheme (default: the headline's), grading by grading.

    Raises ``NotAllowed``, ``NotGraded``, and ``AxisNotValid`` where ``by`` is none of ``BY``.
    """
    demand(user, PORTFOLIO)
    demand(user, SEE)
    if by not in BY:
        raise AxisNotValid(axis=by[:60])
    run = done_run(user, scheme)
    found = days.spread()
    runs = _runs(run.scheme, found)
    cost = sees_cost(user)
    if whole_portfolio(user):
        added = _of_everybody(found)
    else:
        added = _of_some(found, runs, by, run.scheme, in_portfolio(user, "customer__"))
    standings = tuple(
        _standing(one, runs.get(one.pk), added[one.pk], by, run.scheme, cost=cost) for one in found
    )
    return OverTime(run, by, standings, _order(standings, run, by), cost)


def _runs(scheme: str, found: Iterable[Snapshot]) -> dict[int, Run]:
    rows = Run.objects.filter(
        scheme=scheme, state=Run.State.DONE, snapshot__in=[one.pk for one in found]
    )
    return {row.snapshot_id: row for row in rows.only("pk", "snapshot", "version", "classes")}


def _of_everybody(found: Sequence[Snapshot]) -> dict[int, Added]:
    """What was kept; of gradings that keep none, what is added up once."""
    kept = outline.kept_groups(one.pk for one in found)
    lacking = [one.pk for one in found if one.pk not in kept]
    if not lacking:
        return kept
    marks = [(one.pk, f"{one.finished_at}") for one in found if one.pk in lacking]

    def make() -> dict[int, Added]:
        return groups.of_everybody(lacking, found[-1].exponent)

    return kept | remembered(("groups", *marks), make)


def _of_some(
    found: Sequence[Snapshot], runs: Mapping[int, Run], by: str, scheme: str, among: Q
) -> dict[int, Added]:
    pks = [one.pk for one in found]
    together = groups.whole(pks, among)
    graded = groups.by_class([run.pk for run in runs.values()], among)
    own = {} if by == "class" else groups.by(by, pks, found[-1].exponent, among)
    return {
        pk: {
            "whole": [together[pk]], by: own.get(pk, []),
            f"class:{scheme}": graded.get(runs[pk].pk, []) if pk in runs else [],
        } for pk in pks
    }  # fmt: skip


def _standing(
    one: Snapshot, run: Run | None, added: Added, by: str, scheme: str, *, cost: bool
) -> Standing:
    (whole,) = added["whole"]
    graded = added.get(f"class:{scheme}", [])
    rows = graded if by == "class" else added[by]
    all_of_them = _group(whole, whole, cost=cost)
    core = run.classes[0]["class"] if run and run.classes else ""
    best = next((row["net"] for row in graded if row["key"] == core), 0)
    sums, sold_net = dict(whole["tops"]), whole["sold_net"]
    return Standing(
        as_of=one.as_of, version=run.version if run else "", core=core, whole=all_of_them,
        groups=tuple(_group(row, whole, cost=cost) for row in _with_rest(rows, whole, by)),
        core_share=_share(best, whole["net"]) if run else None,
        tops={n: sums.get(n, sold_net) / sold_net for n in TOPS} if sold_net else {},
        hhi=whole["squares"] / sold_net**2 if sold_net else None, sold=whole["sold"],
    )  # fmt: skip


def _with_rest(rows: Sequence[Sums], whole: Sums, by: str) -> list[Sums]:
    """Groups, and who is in no class: so that the groups are always all of them."""
    customers = whole["customers"] - sum(row["customers"] for row in rows)
    if by != "class" or not customers:
        return list(rows)
    rest: Sums = {"key": "", "profit": None} | {
        name: whole[name] - sum(row[name] for row in rows)
        for name in ("customers", "active", "net", "with_profit")
    }
    if rest["with_profit"]:
        rest["profit"] = (whole["profit"] or 0) - sum(row["profit"] or 0 for row in rows)
    return [*rows, rest]


def _group(row: Sums, whole: Sums, *, cost: bool) -> GroupAt:
    return GroupAt(
        row["key"], row["customers"], row["active"], row["net"],
        row["profit"] if cost else None,
        _share(row["customers"], whole["customers"]), _share(row["net"], whole["net"]),
    )  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _order(standings: Sequence[Standing], run: RunInfo, by: str) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for one in standings:  # the newest last: its sums stand
        for group in one.groups:
            seen[group.key] = group.net if one is standings[-1] else seen.get(group.key, 0)
    ranks = {entry.klass: at for at, entry in enumerate(run.classes)} if by == "class" else {}

    def place(key: str) -> tuple[Any, ...]:
        if by == "size":
            return (-int(key),)
        return (key == "", ranks.get(key, len(ranks)), -seen[key], key)

    return tuple(sorted(seen, key=place))
