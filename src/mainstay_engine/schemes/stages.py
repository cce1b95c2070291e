"""Stages of a decision beside the cuts: rules before them; caps and guards after them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from mainstay_engine.schemes.clauses import Condition
from mainstay_engine.schemes.cuts import Ranking, compare
from mainstay_engine.schemes.figures import Flags, Ints, Read
from mainstay_engine.schemes.model import Scheme


class Step(IntEnum):
    """What decided a customer's class."""

    RULE = 0
    MISSING = 1
    UNRANKED = 2
    CUT = 3
    CAP = 4
    GUARD = 5


class Stage(NamedTuple):
    """The classes as they stood after one stage of the decision."""

    klass: Ints
    """Index into the scheme's classes."""
    step: Ints
    """A ``Step``."""
    which: Ints
    """Index of the rule, cut's step, cap or guard that decided; -1 where there is none."""


def first_rule(scheme: Scheme, figures: Read) -> Ints:
    """Index of the first rule each customer meets, -1 for none."""
    which = np.full(len(figures), -1, np.int64)
    for number in range(len(scheme.rules) - 1, -1, -1):
        which[meeting(scheme.rules[number].when, figures)] = number
    return which


def meeting(conditions: Iterable[Condition], figures: Read) -> Flags:
    """Who meets all of the conditions."""
    met = np.ones(len(figures), bool)
    for condition in conditions:
        column = figures.column(condition.metric)
        value = condition.value if condition.value is not None else Decimal(0)
        met &= compare(column, condition.op, Fraction(figures.in_minor(value, column.unit)))
    return met


def capped(scheme: Scheme, index: dict[str, int], before: Stage, ranking: Ranking) -> Stage:
    klass, step, which = (part.copy() for part in before)
    for number, cap in enumerate(scheme.caps):
        places = cap_places(cap.within, ranking.count)
        over = ranking.ranked & (klass == index[cap.klass]) & (ranking.last > places)
        klass[over], step[over], which[over] = index[cap.next], Step.CAP, number
    return Stage(klass, step, which)


def guarded(
    scheme: Scheme, index: dict[str, int], before: Stage, ranked: Flags, met: tuple[Flags, ...]
) -> Stage:
    """First those that lift, then those that hold down: where both apply, caution wins."""
    klass, step, which = (part.copy() for part in before)
    numbered = sorted(enumerate(scheme.guards), key=lambda pair: pair[1].at_best is not None)
    for number, guard in numbered:
        held = index[guard.klass]
        beyond = klass < held if guard.at_best is not None else klass > held
        moved = ranked & met[number] & beyond
        klass[moved], step[moved], which[moved] = held, Step.GUARD, number
    return Stage(klass, step, which)


def cap_places(within: Decimal, count: Any) -> Any:
    """How many of ``count`` ranked customers fit within a share of them: never more, but one.

    Equal values that do not all fit stay out together. ``count`` is a number, or one per customer.
    """
    share = Fraction(within)
    places = share.numerator * count // share.denominator
    return np.maximum(1, places) if isinstance(places, np.ndarray) else max(1, places)
