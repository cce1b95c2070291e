"""Stages of a decision beside the cuts: rules before them; caps and guards after them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from mainstay_engine.schemes.clauses import Condition
from mainstay_engine.schemes.cuts import Ranking
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
    HELD = 6
    OVERRIDE = 7


class Stage(NamedTuple):
    """The classes as they stood after one stage of the decision."""

    klass: Ints
    """Index into the scheme's classes."""
    step: Ints
    """A ``Step``."""
    which: Ints
    """Index of the rule, cut's step, cap or guard that decided; -1 where there is none. Of a class
    held: for how many runs the figures have been beside it."""


class Before(NamedTuple):
    """The run before, customer by customer."""

    klass: Ints
    """The class held, as an index; -1 where there is none that a cut gives."""
    side: Ints
    """On which side of it the figures' class was: 1 worse, -1 better, 0 the same."""
    runs: Ints
    """For how many runs in a row."""

    def against(self, raw: Ints) -> tuple[Ints, Ints]:
        """The class held, and for how many runs the figures' class ``raw`` is now beside it."""
        was = np.where(self.klass < 0, raw, self.klass)
        side = np.sign(raw - was)
        runs = np.where(side == self.side, self.runs, 0) + 1
        return was, np.where(side == 0, 0, runs)

    def of(self, rows: Ints) -> Before:
        """Of those customers."""
        return Before(self.klass[rows], self.side[rows], self.runs[rows])


def by_rule(scheme: Scheme, index: dict[str, int], figures: Read) -> Stage:
    """The classes of whoever meets a rule; ``which`` is -1 for everybody else."""
    which = _first_rule(scheme, figures)
    klass = np.array([index[rule.klass] for rule in scheme.rules] or [0], np.int64)[which]
    return Stage(klass, np.full(len(figures), Step.RULE, np.int64), which)


def held(
    scheme: Scheme, index: dict[str, int], figures: Read, first: Stage, ranking: Ranking
) -> tuple[tuple[Stage, ...], tuple[Flags, ...]]:
    """The stage of the cuts and those of caps and guards, where there are any; who meets each
    guard.
    """
    stages = [first]
    if scheme.caps:
        stages.append(_capped(scheme, index, stages[-1], ranking))
    met = tuple(meeting(guard.when, figures) for guard in scheme.guards)
    if scheme.guards:
        cut = first.step == Step.CUT
        stages.append(_guarded(scheme, index, stages[-1], cut, met))
    return tuple(stages), met


def _first_rule(scheme: Scheme, figures: Read) -> Ints:
    """Index of the first rule each customer meets, -1 for none."""
    which = np.full(len(figures), -1, np.int64)
    for number in range(len(scheme.rules) - 1, -1, -1):
        which[meeting(scheme.rules[number].when, figures)] = number
    return which


def meeting(conditions: Iterable[Condition], figures: Read) -> Flags:
    """Who meets all of the conditions."""
    met = np.ones(len(figures), bool)
    for condition in conditions:
        met &= figures.meets(condition)
    return met


def _capped(scheme: Scheme, index: dict[str, int], before: Stage, ranking: Ranking) -> Stage:
    klass, step, which = (part.copy() for part in before)
    for number, cap in enumerate(scheme.caps):
        places = cap_places(cap.within, ranking.count)
        over = ranking.ranked & (klass == index[cap.klass]) & (ranking.last > places)
        klass[over], step[over], which[over] = index[cap.next], Step.CAP, number
    return Stage(klass, step, which)


def _guarded(
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
