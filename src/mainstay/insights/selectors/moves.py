"""Who moved between two gradings under one scheme: everybody's class then and now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Greatest

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import NotGraded
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes.placing import DOWN, ELSE, UP, Ways
from mainstay.insights.selectors.narrowing import mark, remembered
from mainstay.insights.selectors.reach import in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import Day, done_run, gradings, info
from mainstay.parties.permissions import SEE

STAYED, CAME, WENT = "stayed", "came", "went"
"""Ways beside those of classes. Came: not graded then; went: not graded any more."""
WAYS = (UP, DOWN, STAYED, CAME, WENT, ELSE)
NOT_THERE = ""
"""The class of whoever was not graded."""


class Cell(NamedTuple):
    """How many went from one class to another, and their net sales then and now, in minor units."""

    was: str
    now: str
    customers: int
    net_then: int
    net_now: int


class Mover(NamedTuple):
    """One customer, and its net sales then and now in minor units; ``None``: not measured."""

    code: str
    name: str
    name_en: str
    was: str
    now: str
    net_then: int | None
    net_now: int | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which customers to list: those of one cell, else those who went one way; the largest first,
    by the larger of net sales then and now.
    """

    cell: tuple[str, str] | None = None
    way: str = ""
    first: int = 0
    size: int | None = 50
    """``None``: all."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Everybody whom the user may see, by class then and now."""

    days: tuple[Day, ...]
    """Those that can be chosen, the newest first."""
    before: RunInfo | None
    """``None``: there is no grading before to tell changes against."""
    after: RunInfo
    cells: tuple[Cell, ...]
    """Only pairs that somebody is in."""
    movers: tuple[Mover, ...]

    def way(self, was: str, now: str) -> str:
        """Which way a pair of classes goes."""
        return way(self.before, self.after, was, now) if self.before else CAME

    def count(self, *ways: str) -> int:
        """How many customers went these ways."""
        return sum(one.customers for one in self.cells if self.way(one.was, one.now) in ways)

    def net(self, *ways: str) -> tuple[int, int]:
        """Net sales then and now of those who went these ways."""
        found = [one for one in self.cells if self.way(one.was, one.now) in ways]
        return sum(one.net_then for one in found), sum(one.net_now for one in found)


def moves(
    user: User, scheme: str = "", then: date | None = None, now: date | None = None,
    wanted: Wanted | None = None,
) -> Moves:  # fmt: skip
    """Between the gradings of two days under a scheme (default: the headline's; the newest day
    and the grading its changes are told against).

    Raises ``NotAllowed``, and ``NotGraded`` where there is no grading of such a day.
    """
    demand(user, PORTFOLIO)
    demand(user, SEE)
    newest = done_run(user, scheme)
    days = gradings(newest.scheme)
    after = _chosen(days, now, newest.scheme) if now else days[0]
    before = _chosen(days, then, newest.scheme) if then else _before(days, after)
    late = _info(after.run)
    if before is None:
        return Moves(days, None, late, (), ())
    early = _info(before.run)
    whole = whole_portfolio(user)
    among = Q() if whole else in_portfolio(user, "customer__")

    def count() -> list[Cell]:
        return list(_cells(early, late, among))

    found = remembered(("moves", *mark(early), *mark(late)), count) if whole else count()
    cells = tuple(Cell(*one) for one in found)
    listed = Wanted() if wanted is None else wanted
    pairs = _pairs(early, late, cells, listed)
    movers = tuple(_movers(early, late, among, pairs, listed)) if pairs else ()
    return Moves(days, early, late, cells, movers)


def way(before: RunInfo, after: RunInfo, was: str, now: str) -> str:
    """Which way a pair of classes of two gradings by one scheme goes."""
    if NOT_THERE in (was, now):
        return CAME if was == NOT_THERE else WENT
    sides = [[(one.klass, one.badge) for one in run.classes] for run in (before, after)]
    ways = Ways(*sides, named=True)
    return ways(was, now) if ways.moves(was, now) else STAYED


def _chosen(days: Iterable[Day], wanted: date, scheme: str) -> Day:
    for one in days:
        if one.as_of == wanted:
            return one
    raise NotGraded(scheme=f"{scheme} ({wanted:%Y-%m-%d})")


def _before(days: tuple[Day, ...], after: Day) -> Day | None:
    """The grading that the changes of a day are told against; else the one before it."""
    told = Snapshot.objects.filter(runs=after.run).values_list("previous__as_of", flat=True).first()
    earlier = [one for one in days if one.as_of < after.as_of]
    return next((one for one in earlier if one.as_of == told), next(iter(earlier), None))


def _info(run: int) -> RunInfo:
    return info(Run.objects.select_related("snapshot", "snapshot__previous").get(pk=run))


def _cells(before: RunInfo, after: RunInfo, among: Q) -> Iterator[Cell]:
    """The store counts. Those who are graded now, then those who are no more."""
    figures = {
        "customers": Count("pk"), "then": Sum(_net(before)), "now": Sum("measured__net_sales"),
    }  # fmt: skip
    here = Grade.objects.filter(among, run=after.id).order_by()
    rows = here.annotate(was=_class_in(before)).values_list("was", "klass").annotate(**figures)
    for was, now, customers, net_then, net_now in rows:
        yield Cell(was, now, customers, net_then or 0, net_now or 0)
    gone = _gone(before, after, among).order_by().values_list("klass")
    for was, customers, net in gone.annotate(customers=Count("pk"), net=Sum("measured__net_sales")):
        yield Cell(was, NOT_THERE, customers, net or 0, 0)


def _gone(before: RunInfo, after: RunInfo, among: Q) -> QuerySet[Grade]:
    later = Grade.objects.filter(run=after.id, customer=OuterRef("customer"))
    return Grade.objects.filter(among, ~Exists(later), run=before.id)


def _class_in(run: RunInfo) -> Coalesce:
    """The class that the customer of a row had in a run."""
    rows = Grade.objects.filter(run=run.id, customer=OuterRef("customer"))
    return Coalesce(Subquery(rows.values("klass")[:1]), Value(NOT_THERE))


def _net(run: RunInfo) -> Subquery:
    """Net sales of the customer of a row in a run's snapshot."""
    rows = CustomerMetrics.objects.filter(snapshot=run.snapshot, customer=OuterRef("customer"))
    return Subquery(rows.values("net_sales")[:1])


def _pairs(
    before: RunInfo, after: RunInfo, cells: Iterable[Cell], wanted: Wanted
) -> set[tuple[str, str]]:
    """The pairs of classes whose customers are listed."""
    there = {(one.was, one.now) for one in cells}
    if wanted.cell is not None:
        return there & {wanted.cell}
    ways = (wanted.way,) if wanted.way in WAYS else (UP, DOWN)
    return {pair for pair in there if way(before, after, *pair) in ways}


def _movers(
    before: RunInfo, after: RunInfo, among: Q, pairs: Collection[tuple[str, str]], wanted: Wanted
) -> Iterator[Mover]:  # fmt: skip
    here = {pair for pair in pairs if pair[1] != NOT_THERE}
    gone = [was for was, now in pairs if now == NOT_THERE]
    found: list[tuple[Any, ...]] = []
    if here:
        graded = Grade.objects.filter(among, run=after.id).annotate(
            was=_class_in(before), then=_net(before)
        )
        columns = ("was", "klass", "then", "measured__net_sales")
        found += _largest(graded.filter(_either(here)), columns, wanted)
    if gone:
        nothing = Value(None, output_field=BigIntegerField())
        left = _gone(before, after, among).filter(klass__in=gone)
        found += _largest(
            left.annotate(now=Value(NOT_THERE), later=nothing),
            ("klass", "now", "measured__net_sales", "later"),
            wanted,
        )
    found.sort(key=lambda row: (-_size(row), row[0]))
    end = None if wanted.size is None else wanted.first + wanted.size
    for code, name, name_en, *rest in found[wanted.first : end]:
        yield Mover(code, name, name_en, *rest)


def _either(pairs: Iterable[tuple[str, str]]) -> Q:
    found = Q()
    for was, now in pairs:
        found |= Q(was=was, klass=now)
    return found


def _largest(
    rows: QuerySet[Any], columns: tuple[str, ...], wanted: Wanted
) -> list[tuple[Any, ...]]:
    """The largest of them as far as the page asked for."""
    ordered = rows.annotate(size=Greatest(*(Coalesce(one, 0) for one in columns[2:]))).order_by(
        "-size", "customer__code"
    )
    found = ordered.values_list("customer__code", "customer__name", "customer__name_en", *columns)
    return list(found if wanted.size is None else found[: wanted.first + wanted.size])


def _size(row: tuple[Any, ...]) -> int:
    return max(row[5] or 0, row[6] or 0)
