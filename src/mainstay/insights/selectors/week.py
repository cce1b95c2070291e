"""The week: what moved since the grading of a week ago, and whom to talk to first.

A customer is a concern where, since then, its class fell, it fell silent (as its own page says it:
``rules.is_silent``), or more of what it owes fell overdue. What is at stake, in minor units:

- fell: the fall of net sales in the window, nothing where they did not fall;
- silent: net sales a day of the window, for each day beyond the own gap;
- overdue: by how much the overdue balance rose.

The first two tell of the same missing sales, so the larger of them counts; overdue is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.models import Grade
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.records import RunInfo
from mainstay.insights.rules import is_silent
from mainstay.insights.schemes.placing import DOWN
from mainstay.insights.selectors.moves import Moves, Wanted, moves
from mainstay.insights.selectors.narrowing import mark, remembered
from mainstay.insights.selectors.reach import in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import done_run, gradings
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE

WEEK = timedelta(days=7)
CUSTOMERS, PEOPLE = 10, 3
"""How many customers and people to talk to are named."""
AT_ONCE = 500
"""Customers whose names are read by one query."""
FELL, SILENT, OVERDUE = "fell", "silent", "overdue"


class Concern(NamedTuple):
    """One reason to talk to a customer."""

    kind: str
    """``fell``, ``silent`` or ``overdue``."""
    amount: int
    """At stake, in minor units."""
    was: str
    """Class then; the days of its own gap; what was overdue then."""
    now: str
    """Class now; the days it has been silent; what is overdue now."""


class Talk(NamedTuple):
    """A customer to talk to: the largest stake first."""

    code: str
    name: str
    name_en: str
    klass: str
    person: str
    """Whoever looks after it: its owner, else the salesperson of the books; empty: nobody."""
    stake: int
    concerns: tuple[Concern, ...]


class Person(NamedTuple):
    """Somebody to talk to about customers."""

    name: str
    customers: int
    """Customers of theirs that are a concern."""
    stake: int
    largest: tuple[str, str, str]
    """Code, name and English name of the one with most at stake."""


@dataclass(frozen=True, slots=True)
class Week:
    """What the week brought to those customers whom the user may see."""

    run: RunInfo
    before: RunInfo | None
    """``None``: there is no grading before to tell the week against."""
    moves: Moves
    """With the ten largest who fell."""
    net: int
    """Net sales in the window now, in minor units, of all of them."""
    net_then: int
    concerns: int
    """Customers that are a concern."""
    stake: int
    customers: tuple[Talk, ...]
    people: tuple[Person, ...]


def week(user: User) -> Week:
    """The newest grading against the newest one that is a week older; where there is none, against
    the one before. Raises ``NotAllowed`` and ``NotGraded``.
    """
    demand(user, PORTFOLIO)
    demand(user, SEE)
    run = done_run(user)
    days = [one.as_of for one in gradings(run.scheme)]
    old = [day for day in days if day <= run.as_of - WEEK]
    earlier = [day for day in days if day < run.as_of]
    then = next(iter(old or earlier[-1:]), None)
    found = moves(user, run.scheme, then, run.as_of, Wanted(way=DOWN, size=CUSTOMERS))
    before = found.before
    if before is None:
        return Week(run, None, found, 0, 0, 0, 0, (), ())

    def tell() -> list[Any]:
        whole = whole_portfolio(user)
        talks = list(_talks(found, run, before, Q() if whole else in_portfolio(user, "customer__")))
        talks.sort(key=lambda one: (-one.stake, one.code))
        people = sorted(_people(talks), key=lambda one: (-one.stake, one.name))
        return [len(talks), sum(one.stake for one in talks), talks[:CUSTOMERS], people[:PEOPLE]]

    key = ("week", *mark(before), *mark(run))
    count, stake, talks, people = remembered(key, tell) if whole_portfolio(user) else tell()
    return Week(
        run, before, found, sum(cell.net_now for cell in found.cells),
        sum(cell.net_then for cell in found.cells), count, stake, tuple(talks), tuple(people),
    )  # fmt: skip


class _Then(NamedTuple):
    net: int
    overdue: int
    silent: bool
    klass: str


def _talks(found: Moves, run: RunInfo, before: RunInfo, among: Q) -> Iterator[Talk]:
    graded = Grade.objects.filter(among).order_by()
    columns = ("measured__net_sales", "measured__overdue_balance", "measured__recency",
               "measured__rhythm_gap", "klass")  # fmt: skip
    then: dict[int, _Then] = {}
    earlier = graded.filter(run=before.id).values_list("customer", *columns)
    for pk, net, overdue, recency, gap, klass in earlier.iterator():
        then[pk] = _Then(net or 0, overdue or 0, is_silent(recency, gap), klass)
    days = (run.window_end - run.window_start).days + 1
    rows = graded.filter(run=run.id).values_list("customer", *columns)
    here: dict[int, tuple[str, int, tuple[Concern, ...]]] = {}
    for pk, net, overdue, recency, gap, klass in rows.iterator():
        old = then.get(pk)
        if old is None:
            continue
        concerns = []
        if found.way(old.klass, klass) == DOWN:
            concerns.append(Concern(FELL, max(0, old.net - (net or 0)), old.klass, klass))
        if not old.silent and is_silent(recency, gap):
            missed = round(max(0, net or 0) * (recency - gap) / days)
            concerns.append(Concern(SILENT, missed, f"{gap:g}", str(recency)))
        if (overdue or 0) > old.overdue:
            concerns.append(Concern(OVERDUE, overdue - old.overdue, str(old.overdue), str(overdue)))
        if concerns:
            here[pk] = klass, _stake(concerns), tuple(concerns)
    yield from _named(here)


def _stake(concerns: Iterable[Concern]) -> int:
    of = {one.kind: one.amount for one in concerns}
    return max(of.get(FELL, 0), of.get(SILENT, 0)) + of.get(OVERDUE, 0)


def _named(here: dict[int, tuple[str, int, tuple[Concern, ...]]]) -> Iterator[Talk]:
    """With code, names and whoever looks after them."""
    ids = sorted(here)
    for at in range(0, len(ids), AT_ONCE):
        rows = Customer.objects.filter(pk__in=ids[at : at + AT_ONCE])
        columns = ("pk", "code", "name", "name_en", "owner_name", "salesperson")
        for pk, code, name, name_en, owner, salesperson in rows.values_list(*columns):
            klass, stake, concerns = here[pk]
            yield Talk(code, name, name_en, klass, owner or salesperson, stake, concerns)


def _people(talks: Iterable[Talk]) -> Iterator[Person]:
    of: dict[str, list[Talk]] = defaultdict(list)
    for one in talks:  # the largest stake first
        if one.person:
            of[one.person].append(one)
    for name, some in of.items():
        first = some[0]
        yield Person(name, len(some), sum(one.stake for one in some),
                     (first.code, first.name, first.name_en))  # fmt: skip
