"""Customers by when they first ordered, and who of them still buys: of whom one may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as _compute

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import CohortsNotKept, PeriodNotValid
from mainstay.insights.models import KeptCohorts
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.pressed import unpacked
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.pieces import place_after
from mainstay.insights.selectors.reach import ids_in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import done_run
from mainstay.kernel.cursor import BadCursor
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE
from mainstay_engine.portfolio.cohorts import MONTHS, NEVER, Cell, cells, name, period_of, sizes
from mainstay_engine.portfolio.span import Span

pc: Any = _compute
Ints = npt.NDArray[np.int64]
NOBODY = 0
"""In the place of a customer's id: sales without a customer."""
__all__ = [
    "MONTHS",
    "Bought",
    "BoughtPage",
    "Cohort",
    "CohortCell",
    "Coming",
    "bought",
    "coming",
    "later",
]


@dataclass(frozen=True, slots=True)
class CohortCell:
    """What a cohort did in one period. Amounts in minor units."""

    period: str
    since: int
    """Periods since that of the first order: 0 is its own; below 0: before it."""
    buying: int
    share: float
    """Of the cohort's customers."""
    net: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """The customers whose first order lies in a period."""

    name: str
    customers: int
    net: int
    """All that they ever brought, up to the day."""
    cells: tuple[CohortCell, ...]
    """Every period from the first order to the day; before them, those with returns alone."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Cohorts, the oldest first. Amounts in minor units; cohorts, ``never`` and ``unassigned`` add
    up to ``net``.
    """

    run: RunInfo
    """The headline's: day and currency."""
    months: int
    """Length of a period."""
    books_from: date
    last_whole: bool
    """Whether the last period had ended by the day."""
    cohorts: tuple[Cohort, ...]
    net: int
    never: int
    """What those brought who never placed an order."""
    never_customers: int
    unassigned: int
    """What no customer is named for: told to whoever sees everybody."""
    kept_on: tuple[tuple[int, int, int], ...]
    """By periods since: of how many customers it is known, and how many of them bought. Only
    periods that had ended.
    """


@dataclass(frozen=True, slots=True)
class Bought:
    """A customer of a cohort."""

    code: str
    name: str
    name_en: str
    net: int
    """In the period asked for, else in all."""
    bought: bool
    """Whether it ordered in it."""


@dataclass(frozen=True, slots=True)
class BoughtPage:
    """The customers of a cohort, the largest first."""

    run: RunInfo
    total: int
    net: int
    rows: tuple[Bought, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class _Kept:
    """Rows of customers and quarters."""

    who: Ints
    first: Ints
    quarter: Ints
    net: Ints
    orders: Ints

    def narrowed(self, flags: npt.NDArray[np.bool_]) -> _Kept:
        return _Kept(*(each[flags] for each in (
            self.who, self.first, self.quarter, self.net, self.orders,
        )))  # fmt: skip


def coming(user: User, months: int = 6) -> Coming:
    """Cohorts by periods of so many months.

    Raises ``NotAllowed``, ``NotGraded``, ``CohortsNotKept``, and ``PeriodNotValid`` for a length
    that is none of ``MONTHS``.
    """
    _demand_length(months)
    run, row, found = _seen(user)
    named = found.narrowed(found.who != NOBODY)
    columns = (named.who, named.first, named.quarter, named.net, named.orders)
    of_each = sizes(named.who, named.first, months)
    last = period_of(run.as_of, months)
    following = date.fromordinal(run.as_of.toordinal() + 1)
    whole = period_of(following, months) > last
    by_cohort: dict[int, dict[int, Cell]] = {}
    for cell in cells(*columns, months):
        by_cohort.setdefault(cell.cohort, {})[cell.period] = cell
    never = by_cohort.pop(NEVER, {})
    told = tuple(
        _cohort(number, of_each[number], own, last, months)
        for number, own in sorted(by_cohort.items())
    )
    unassigned = int(found.net[found.who == NOBODY].sum())
    return Coming(
        run=run, months=months, books_from=row.books_from, last_whole=whole, cohorts=told,
        net=int(found.net.sum()), never=sum(cell.net for cell in never.values()),
        never_customers=of_each.get(NEVER, 0), unassigned=unassigned,
        kept_on=_kept_on(told, whole=whole),
    )  # fmt: skip


def bought(
    user: User, cohort: str, months: int, since: int | None = None, *, silent: bool = False,
    after: str | None = None, size: int = 50,
) -> BoughtPage:  # fmt: skip
    """The customers of a cohort: those who bought so many periods since the first order, or where
    ``silent`` those who did not; all of them without ``since``.

    Raises as ``coming``; ``BadCursor`` for a cohort or cursor there is none of.
    """
    _demand_length(months)
    run, _row, found = _seen(user)
    found = found.narrowed((found.who != NOBODY) & (found.first != NEVER))
    step = months // 3
    numbers = {name(number, months): number for number in np.unique(found.first // step).tolist()}
    if cohort not in numbers:
        raise BadCursor
    own = found.narrowed(found.first // step == numbers[cohort])
    people, at = np.unique(own.who, return_inverse=True)
    asked = np.ones(len(own.who), bool)
    if since is not None:
        asked = own.quarter // step == numbers[cohort] + since
    net, orders = np.zeros(len(people), np.int64), np.zeros(len(people), np.int64)
    np.add.at(net, at[asked], own.net[asked])
    np.add.at(orders, at[asked], own.orders[asked])
    if since is not None:
        wanted = (orders == 0) if silent else (orders > 0)
        people, net, orders = people[wanted], net[wanted], orders[wanted]
    order = np.lexsort((people, -net))
    start = place_after(after, len(order))
    shown = order[start : start + size]
    ids = people[shown].tolist()
    rows = Customer.objects.filter(pk__in=ids).values_list("pk", "code", "name", "name_en")
    names: Mapping[int, tuple[str, str, str]] = {pk: (code, n, en) for pk, code, n, en in rows}
    listed = tuple(
        Bought(*names[pk], amount, count > 0)
        for pk, amount, count in zip(
            ids, net[shown].tolist(), orders[shown].tolist(), strict=True
        ) if pk in names
    )  # fmt: skip
    more = str(start + size) if start + size < len(order) else None
    return BoughtPage(run, len(order), int(net.sum()), listed, more)


def later(cohort: str, since: int, months: int) -> str:
    """The period so many after that of a cohort."""
    return name(period_of(Span.parse(cohort).start, months) + since, months)


def _demand_length(months: int) -> None:
    if months not in MONTHS:
        raise PeriodNotValid(period=str(months)[:60])


def _cohort(number: int, customers: int, own: Mapping[int, Cell], last: int, months: int) -> Cohort:
    """A cohort with every period up to the last, those without sales too."""
    before = [period for period in sorted(own) if period < number]
    told = []
    for period in (*before, *range(number, last + 1)):
        cell = own.get(period)
        buying, net = (cell.buying, cell.net) if cell else (0, 0)
        told.append(
            CohortCell(name(period, months), period - number, buying, buying / customers, net)
        )
    whole = sum(cell.net for cell in own.values())
    return Cohort(name(number, months), customers, whole, tuple(told))


def _kept_on(told: tuple[Cohort, ...], *, whole: bool) -> tuple[tuple[int, int, int], ...]:
    """The last cell of each cohort is left out where its period has not ended."""
    sums: dict[int, tuple[int, int]] = {}
    for one in told:
        for cell in one.cells if whole else one.cells[:-1]:
            if cell.since >= 0:
                of, bought_ = sums.get(cell.since, (0, 0))
                sums[cell.since] = (of + one.customers, bought_ + cell.buying)
    return tuple((since, *both) for since, both in sorted(sums.items()))


def _seen(user: User) -> tuple[RunInfo, KeptCohorts, _Kept]:
    """The kept cohorts of whom the user may see; unassigned sales are the whole company's."""
    demand(user, PORTFOLIO)
    demand(user, SEE)
    run = done_run(user)
    row = KeptCohorts.objects.filter(snapshot=run.snapshot).defer("table").first()
    if row is None:
        raise CohortsNotKept
    found = _read(row.pk, row.made_at)
    if whole_portfolio(user):
        return run, row, found
    ids = ids_in_portfolio(user)
    return run, row, found.narrowed(np.isin(found.who, ids))


@lru_cache(maxsize=2)
def _read(pk: int, made_at: datetime) -> _Kept:
    """Kept cohorts, unpacked. Kept: what was worked out never changes."""
    del made_at  # tells it from one of the same number in a restored store
    pressed = KeptCohorts.objects.values_list("table", flat=True).get(pk=pk)
    table = unpacked(pressed)
    return _Kept(
        pc.fill_null(table["customer"], NOBODY).to_numpy().astype(np.int64),
        *(table[each].to_numpy() for each in ("first", "quarter", "net", "orders")),
    )
