"""Two schemes side by side: who is in which class by either, who rises, who falls, and what the
classes weigh. A draft is compared with what is in use; any two with each other.

Counts and sums are of the customers that the reader reaches, nobody else is counted or named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand, may
from mainstay.insights import hidden
from mainstay.insights.errors import CostNotSeen
from mainstay.insights.permissions import DECIDE, SCHEMES
from mainstay.insights.schemes import placing
from mainstay.insights.schemes.placing import DOWN, ELSE, UP, Placed, Ways
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_cost, sees_everything, visible_to

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme


@dataclass(slots=True)
class Weight:
    """How many customers, and what they bring, in minor units."""

    customers: int = 0
    net: int = 0
    profit: int | None = None
    """``None`` for whoever may not see it."""


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class on both sides; a side that has no such class is ``None``."""

    klass: str
    before: Weight | None
    after: Weight | None
    scheme: Scheme
    """Whose class it is."""


@dataclass(frozen=True, slots=True)
class Mover:
    """One customer whose class would be another one."""

    code: str
    before: str
    after: str
    way: str
    net: int | None
    values: tuple[float | None, float | None]
    """Points on both sides, where classes are cut by points."""
    name: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody by two schemes."""

    before: Scheme
    after: Scheme
    as_of: date
    currency: str
    exponent: int
    whole: bool
    """Whether it is of the whole company."""
    cost: bool
    customers: int
    lines: tuple[ClassLine, ...]
    cells: Mapping[tuple[str, str], int]
    """How many by class before and after."""
    ways: Mapping[str, int]
    """How many move each way."""
    worth: Mapping[str, int]
    """Net sales of those who move each way."""
    movers: tuple[Mover, ...]
    """The largest first; those asked for."""
    values: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
    """By side: class and points of each customer, where classes are cut by points."""
    held: tuple[int, ...] = ()
    """Of each guard of the scheme after: how many meet it."""

    @property
    def moving(self) -> int:
        return sum(self.ways.values())


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which movers to list."""

    ways: tuple[str, ...] = (UP, DOWN, ELSE)
    cell: tuple[str, str] | None = None
    """Class before and after: then everybody in it, moving or not."""
    first: int = 0
    size: int = 10
    """Of each way, or of all."""
    together: bool = False
    """Whether all ways stand in one list."""


def demand_studio(user: User) -> None:
    """Whoever proposes schemes or decides on them, and sees customers. Raises ``NotAllowed``."""
    demand(user, SEE)
    if not (may(user, SCHEMES) or may(user, DECIDE)):
        raise NotAllowed


def tried(user: User, scheme: Scheme, against: Scheme, wanted: Wanted | None = None) -> Comparison:
    """What a scheme that is not run would change against one that is. Raises ``NotAllowed``,
    ``CostNotSeen``, ``NothingToGrade``, ``NoFigures``, ``BooksChanged`` and ``NotTried``.
    """
    return _compare(user, against, scheme, wanted or Wanted(), placing.as_tried)


def compared(user: User, before: Scheme, after: Scheme, wanted: Wanted) -> Comparison:
    """Any two, each as it was run where it was. Raises the same."""
    return _compare(user, before, after, wanted, placing.placed)


def _compare(
    user: User, before: Scheme, after: Scheme, wanted: Wanted, place: Any
) -> Comparison:  # fmt: skip
    demand_studio(user)
    cost = sees_cost(user)
    if not cost and any(_rests_on_cost(one) for one in (before, after)):
        raise CostNotSeen
    snapshot = placing.newest()
    sides = placing.placed(snapshot, before), place(snapshot, after)
    whole = sees_everything(user)
    codes = _codes(sides, None if whole else set(visible_to(user).values_list("code", flat=True)))
    weights = placing.weights(snapshot)
    was, now = (side.classes for side in sides)
    pairs = {code: (was.get(code, ""), now.get(code, "")) for code in codes}
    way = Ways.of(*sides)
    moving = {code: way(*pair) for code, pair in pairs.items() if way.moves(*pair)}
    listed = _listed(pairs, moving, wanted, weights.net)
    names = {
        code: (name, name_en)
        for code, name, name_en in visible_to(user).filter(code__in=listed)
        .values_list("code", "name", "name_en")
    }  # fmt: skip
    movers = tuple(
        Mover(
            code, *pairs[code], moving.get(code, ""), weights.net.get(code),
            (sides[0].values.get(code), sides[1].values.get(code)), *names[code],
        )
        for code in listed if code in names
    )  # fmt: skip
    return Comparison(
        before=before, after=after, as_of=snapshot.as_of, currency=snapshot.currency,
        exponent=snapshot.exponent, whole=whole, cost=cost, customers=len(codes),
        lines=tuple(_lines(sides, codes, weights, cost=cost)), cells=Counter(pairs.values()),
        ways={UP: 0, DOWN: 0, ELSE: 0} | Counter(moving.values()), movers=movers,
        worth={
            each: sum(weights.net.get(code, 0) for code, where in moving.items() if where == each)
            for each in (UP, DOWN, ELSE)
        },
        values={
            name: tuple((side.classes[code], value) for code, value in side.values.items()
                        if code in pairs and code in side.classes)
            for name, side in zip(("before", "after"), sides, strict=True)
        },
        held=sides[1].held if whole else (),
    )  # fmt: skip


def _codes(sides: Iterable[Placed], reached: set[str] | None) -> list[str]:
    """Who is in a class by either scheme, of those reached."""
    found = dict.fromkeys(code for side in sides for code in side.classes)
    return [code for code in found if reached is None or code in reached]


def _listed(
    pairs: Mapping[str, tuple[str, str]], moving: Mapping[str, str], wanted: Wanted,
    net: Mapping[str, int],
) -> list[str]:  # fmt: skip
    """The codes to be listed, the largest first."""

    def largest(codes: Iterable[str]) -> list[str]:
        ordered = sorted(codes, key=lambda code: (-net.get(code, 0), code))
        return ordered[wanted.first : wanted.first + wanted.size]

    if wanted.cell is not None:
        return largest(code for code, pair in pairs.items() if pair == wanted.cell)
    if wanted.together:
        return largest(code for code, where in moving.items() if where in wanted.ways)
    return [
        code for way in wanted.ways
        for code in largest(code for code, where in moving.items() if where == way)
    ]  # fmt: skip


def _lines(
    sides: tuple[Placed, Placed], codes: list[str], weights: placing.Weights, *, cost: bool
) -> Iterable[ClassLine]:
    """The classes of the scheme after, then those that only the one before has."""
    was, now = (_weighed(side, codes, weights, cost=cost) for side in sides)
    for klass in now:
        yield ClassLine(klass, was.get(klass), now[klass], sides[1].scheme)
    for klass, weight in was.items():
        if klass not in now:
            yield ClassLine(klass, weight, None, sides[0].scheme)


def _weighed(
    side: Placed, codes: list[str], weights: placing.Weights, *, cost: bool
) -> dict[str, Weight]:
    found = {klass.id: Weight() for klass in side.scheme.classes}
    for code in codes:
        klass = side.classes.get(code)
        if klass is None:
            continue
        weight = found[klass]
        weight.customers += 1
        weight.net += weights.net.get(code, 0)
        if cost and code in weights.profit:
            weight.profit = (weight.profit or 0) + weights.profit[code]
    return found


def _rests_on_cost(scheme: Scheme) -> bool:
    return bool(set(scheme.metrics_used()) & hidden.cost_metrics())
