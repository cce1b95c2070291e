"""Deciding the class of every customer from the figures: rules, cuts, caps, in that order.

Pure: a scheme and figures in, arrays out. One entry per customer of the figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mainstay_engine.schemes.cuts import (
    Ranking,
    by_level,
    by_share,
    compare,
    exact_limit,
    rank_values,
)
from mainstay_engine.schemes.figures import (
    POINTS_SCALE,
    Column,
    Figures,
    Flags,
    Floats,
    Ints,
    Read,
)
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.parts import (
    POINTS,
    CumulativeShare,
    CustomerShare,
    Points,
    Relative,
    Thresholds,
)
from mainstay_engine.schemes.scoring import Scored, points


class Step(IntEnum):
    """What decided a customer's class."""

    RULE = 0
    MISSING = 1
    UNRANKED = 2
    CUT = 3
    CAP = 4


Limit = Fraction | Floats
"""A threshold in the grain of the metric: one for all, or one per customer."""


@dataclass(frozen=True)
class Decided:
    """The classes of all customers and everything they were decided by."""

    scheme: Scheme
    figures: Figures
    klass: Ints
    """Index into the scheme's classes."""
    step: Ints
    """A ``Step``."""
    which: Ints
    """Index of the rule, the cut's step or the cap that decided; -1 where there is none."""
    cut: Ints
    """Index of the cut's step before caps (beyond the last: the rest); -1 where not ranked."""
    column: Column
    """The ranked figure."""
    ranking: Ranking
    limits: tuple[Limit, ...] = ()
    scored: Scored | None = None

    def __len__(self) -> int:
        return len(self.klass)

    @cached_property
    def order(self) -> Ints:
        """Rows by rank, then by customer code; the customers not ranked last."""
        rank = self.ranking.rank
        last = np.where(rank == 0, np.iinfo(np.int64).max, rank)
        return np.argsort(last, kind="stable").astype(np.int64)

    @cached_property
    def weights(self) -> Column:
        """The figure added up per class beside the counts."""
        name = self.scheme.weighed_by
        return self.column if name == self.column.name else self.figures.column(name)

    def limit(self, row: int, step: int) -> Any:
        """A threshold of the cut as it holds for one customer, in the grain of the metric."""
        limit = self.limits[step]
        if isinstance(limit, Fraction):
            return exact_limit(limit, self.column, direction(self.scheme))
        value = float(limit[row])
        return None if math.isnan(value) else value

    def better(self, row: int) -> tuple[int, int]:
        """What the strictly better customers of a cut by share hold, and the whole."""
        if isinstance(self.scheme.cuts, CumulativeShare) and self.ranking.before is not None:
            return int(self.ranking.before[row]), self.ranking.whole
        return int(self.ranking.rank[row]) - 1, self.ranking.count

    def members(self, class_id: str) -> Flags:
        """Mask of the customers in a class."""
        index = next(i for i, c in enumerate(self.scheme.classes) if c.id == class_id)
        return np.asarray(self.klass == index)


def decide(scheme: Scheme, figures: Figures) -> Decided:
    """Class every customer of ``figures``. Missing values never count as zero."""
    scored = points(scheme.criteria, figures) if scheme.criteria else None
    column = scored.total if scored else figures.column(scheme.ranked_by)
    standing = place(
        scheme, figures, column,
        lambda ranked, summed: rank_values(
            column, ranked, direction=direction(scheme), summed=summed
        ),
    )  # fmt: skip
    return Decided(scheme, figures, *standing, scored)


class Placed(NamedTuple):
    """What decided, customer by customer; the fields of ``Decided`` of the same names."""

    klass: Ints
    step: Ints
    which: Ints
    cut: Ints
    column: Column
    ranking: Ranking
    limits: tuple[Limit, ...]


def place(
    scheme: Scheme, figures: Read, column: Column, rank: Callable[[Flags, bool], Ranking]
) -> Placed:
    """Rules, then the cut, then the caps. ``rank`` says where those of a mask stand, and whether
    their values add up.
    """
    index = {klass.id: i for i, klass in enumerate(scheme.classes)}
    n = len(figures)
    which = _first_rule(scheme, figures)
    ruled = which >= 0
    step = np.full(n, Step.RULE, np.int64)
    klass = np.array([index[rule.klass] for rule in scheme.rules] or [0], np.int64)[which]

    lacking = ~ruled & ~column.present
    step[lacking], klass[lacking] = Step.MISSING, index[scheme.missing_class]
    ranked = ~ruled & column.present
    summed = needs_positive(scheme, column)
    if summed:
        small = ranked & (column.values <= 0)
        step[small], klass[small] = Step.UNRANKED, index[scheme.unranked]
        ranked &= ~small

    ranking = rank(ranked, summed)
    limits = thresholds(scheme, figures, column)
    cut = np.where(ranked, _cut(scheme, column, ranking, limits), -1)
    step[ranked] = Step.CUT
    which = np.where(ranked, cut, which)
    of_step = [index[klass] for klass in (*scheme.cuts.classes, scheme.cuts.rest)]
    klass = np.where(ranked, np.array(of_step, np.int64)[cut], klass)

    for number, cap in enumerate(scheme.caps):
        places = cap_places(cap.within, ranking.count)
        over = ranked & (klass == index[cap.klass]) & (ranking.last > places)
        klass[over], step[over], which[over] = index[cap.next], Step.CAP, number
    return Placed(klass, step, which, cut, column, ranking, limits)


def needs_positive(scheme: Scheme, column: Column) -> bool:
    """Whether only positive values are ranked: values that add up, from the largest down."""
    if isinstance(scheme.cuts, CumulativeShare):
        return True
    summable = column.unit in ("money", "count", "number")
    return isinstance(scheme.cuts, CustomerShare) and direction(scheme) == "higher" and summable


def direction(scheme: Scheme) -> str:
    """Which end of the ranked figure is the better one."""
    return "higher" if isinstance(scheme.cuts, CumulativeShare) else scheme.cuts.direction


def cap_places(within: Decimal, count: Any) -> Any:
    """How many of ``count`` ranked customers fit within a share of them: never more, but one.

    Equal values that do not all fit stay out together. ``count`` is a number, or one per customer.
    """
    share = Fraction(within)
    places = share.numerator * count // share.denominator
    return np.maximum(1, places) if isinstance(places, np.ndarray) else max(1, places)


def thresholds(scheme: Scheme, figures: Read, column: Column) -> tuple[Limit, ...]:
    """The thresholds of the cut, best class first; empty for cuts by share.

    A moving threshold without its metric falls back on its own ``at_least``; without that it
    takes nobody.
    """
    if not isinstance(scheme.cuts, Thresholds | Points):
        return ()
    limits: list[Limit] = []
    for step in scheme.cuts.steps:
        level = step.level
        if isinstance(level, Relative):
            limits.append(_moving(level, figures))
        elif column.name == POINTS:
            limits.append(Fraction(level) * POINTS_SCALE)
        else:
            limits.append(Fraction(figures.in_minor(level, column.unit)))
    return tuple(limits)


def _moving(level: Relative, figures: Read) -> Floats:
    column = figures.column(level.of)
    limit = column.floats * float(level.times)
    if level.at_least is not None:
        floor = float(figures.in_minor(level.at_least, column.unit))
        limit = np.fmax(limit, floor)
    return limit


def _first_rule(scheme: Scheme, figures: Read) -> Ints:
    """Index of the first rule each customer meets, -1 for none."""
    which = np.full(len(figures), -1, np.int64)
    for number in range(len(scheme.rules) - 1, -1, -1):
        met = np.ones(len(figures), bool)
        for condition in scheme.rules[number].when:
            column = figures.column(condition.metric)
            value = condition.value if condition.value is not None else Decimal(0)
            met &= compare(column, condition.op, Fraction(figures.in_minor(value, column.unit)))
        which[met] = number
    return which


def _cut(scheme: Scheme, column: Column, ranking: Ranking, limits: tuple[Limit, ...]) -> Ints:
    cuts = scheme.cuts
    if isinstance(cuts, CumulativeShare):
        if ranking.before is None:
            raise AssertionError("a cumulative cut ranks with sums")
        return by_share(ranking.before, ranking.whole, [s.up_to for s in cuts.steps])
    if isinstance(cuts, CustomerShare):
        return by_share(ranking.rank - 1, ranking.count, [s.up_to for s in cuts.steps])
    return by_level(column, limits, cuts.direction)
