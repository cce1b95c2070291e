"""Deciding the class of every customer from the figures: rules, cuts, caps, guards, in that order.

Pure: a scheme and figures in, arrays out. One entry per customer of the figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mainstay_engine.schemes.cuts import (
    Ranking,
    by_level,
    by_share,
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
    Class,
    CumulativeShare,
    CustomerShare,
    Matrix,
    Points,
    Relative,
    Thresholds,
)
from mainstay_engine.schemes.scoring import Scored, moving, points
from mainstay_engine.schemes.segments import Split, split, together
from mainstay_engine.schemes.stages import Before, Stage, Step, by_rule, held

Limit = Fraction | Floats
"""A threshold in the grain of the metric: one for all, or one per customer."""


@dataclass(frozen=True)
class Decided:
    """The classes of all customers and everything they were decided by."""

    scheme: Scheme
    figures: Figures
    stages: tuple[Stage, ...]
    """After the cuts; then after each later stage that the scheme has. The last one holds."""
    cut: Ints
    """Index of the cut's step before caps (beyond the last: the rest); -1 where not ranked."""
    column: Column
    """The ranked figure."""
    ranking: Ranking
    limits: tuple[Limit, ...] = ()
    met: tuple[Flags, ...] = ()
    """Of each guard: who meets it."""
    scored: Scored | None = None
    axes: tuple[Decided, ...] = ()
    """Rows and columns of a matrix, each decided by itself."""
    before: Before | None = None
    """The run before; ``None`` where none was given."""
    runs: Ints | None = None
    """For how many runs in a row the figures' class is on its side of the class held; ``None``
    where no run before was given."""
    overrides: Mapping[int, Mapping[str, Any]] | None = None
    """By row: the override that set the class; ``None`` where none were given."""
    stood: tuple[Ranking, ...] | None = None
    """``standings`` among all, where these are only some of them."""
    split: Split | None = None
    """Where the scheme has segments: the decision of each."""

    def __len__(self) -> int:
        return len(self.cut)

    @property
    def klass(self) -> Ints:
        """The class, as an index into the scheme's."""
        return self.stages[-1].klass

    @property
    def raw(self) -> Ints:
        """The class by the figures alone, before what holds or overrides it."""
        over = (self.runs is not None) + (self.overrides is not None)
        return self.stages[len(self.stages) - 1 - over].klass

    @property
    def step(self) -> Ints:
        """What decided last."""
        return self.stages[-1].step

    @property
    def which(self) -> Ints:
        """Which of the scheme's parts of that kind."""
        return self.stages[-1].which

    @cached_property
    def order(self) -> Ints:
        """Rows by rank, then by customer code; the customers not ranked last."""
        rank = self.ranking.rank
        last = np.where(rank == 0, np.iinfo(np.int64).max, rank)
        return np.argsort(last, kind="stable").astype(np.int64)

    @cached_property
    def standings(self) -> Sequence[Ranking]:
        """Where everybody stands by each criterion of the composite."""
        if self.stood is not None:
            return self.stood
        columns = [(each, self.figures.column(each.metric)) for each in self.scheme.criteria]
        return [
            rank_values(column, column.present, direction=each.direction, summed=False)
            for each, column in columns
        ]

    @cached_property
    def segments(self) -> tuple[Decided, ...]:
        """The decision of each segment, with what stands over the figures; none without segments.
        Only its own customers are to be asked about.
        """
        parts = self.split.parts if self.split is not None else ()
        return tuple(
            replace(part, stages=self.stages, runs=self.runs, overrides=self.overrides)
            for part in parts
        )

    @property
    def decisions(self) -> tuple[Decided, ...]:
        """Those that score and rank: of the axes, of the segments, or this one itself."""
        return self.axes or (self.split.parts if self.split is not None else (self,))

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

    def better(self, rows: Any) -> tuple[Any, int]:
        """What the strictly better customers of a cut by share hold, of one row or of several, and
        the whole.
        """
        if isinstance(self.scheme.cuts, CumulativeShare) and self.ranking.before is not None:
            return self.ranking.before[rows], self.ranking.whole
        return self.ranking.rank[rows] - 1, self.ranking.count

    def level(self, row: int) -> Class:
        """The class of the customer of a row."""
        return self.scheme.classes[int(self.klass[row])]

    def members(self, class_id: str) -> Flags:
        """Mask of the customers in a class."""
        index = next(i for i, c in enumerate(self.scheme.classes) if c.id == class_id)
        return np.asarray(self.klass == index)


def decide(scheme: Scheme, figures: Figures) -> Decided:
    """Class every customer of ``figures``. Missing values never count as zero."""
    if scheme.axes:
        axes = tuple(decide(axis, figures) for axis in scheme.axes)
        return Decided(scheme, figures, *cross(scheme, figures, axes), None, axes)
    parts = split(scheme, figures, decide)
    if parts is not None:
        fields = together(parts.which, parts.parts)
        return Decided(scheme, figures, **fields, split=parts)
    scored = points(scheme.criteria, figures, enough=scheme.enough) if scheme.criteria else None
    column = figures.seen(scored.total) if scored else figures.column(scheme.ranked_by)
    standing = place(
        scheme, figures, column,
        lambda ranked, summed: rank_values(
            column, ranked, direction=direction(scheme), summed=summed
        ),
    )  # fmt: skip
    return Decided(scheme, figures, *standing, scored)


class Placed(NamedTuple):
    """What decided, customer by customer; the fields of ``Decided`` of the same names."""

    stages: tuple[Stage, ...]
    cut: Ints
    column: Column
    ranking: Ranking
    limits: tuple[Limit, ...]
    met: tuple[Flags, ...]

    @property
    def klass(self) -> Ints:
        return self.stages[-1].klass


def place(
    scheme: Scheme, figures: Read, column: Column, rank: Callable[[Flags, bool], Ranking]
) -> Placed:
    """Rules, then the cut, then the caps, then the guards. ``rank`` says where those of a mask
    stand, and whether their values add up.
    """
    index = {klass.id: i for i, klass in enumerate(scheme.classes)}
    klass, step, which = by_rule(scheme, index, figures)
    ruled = which >= 0

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

    stages, met = held(scheme, index, figures, Stage(klass, step, which), ranking)
    return Placed(stages, cut, column, ranking, limits, met)


def cross(scheme: Scheme, figures: Read, axes: Sequence[Placed | Decided]) -> Placed:
    """The class of each customer where the levels of both axes meet; then caps and guards.

    Ranks are those of the rows. Whoever has no level on one of them is missing.
    """
    if not isinstance(scheme.cuts, Matrix):
        raise AssertionError("only a matrix is crossed")
    index = {klass.id: i for i, klass in enumerate(scheme.classes)}
    klass, step, which = by_rule(scheme, index, figures)
    ruled = which >= 0
    rows, columns = axes
    height, width = len(scheme.cuts.rows.levels), len(scheme.cuts.columns.levels)
    lacking = ~ruled & ((rows.klass >= height) | (columns.klass >= width))
    step[lacking], klass[lacking] = Step.MISSING, index[scheme.missing_class]
    crossed = ~ruled & ~lacking
    cell = np.where(crossed, rows.klass * width + columns.klass, -1)
    step[crossed] = Step.CUT
    of_cell = np.array([index[klass] for klass in scheme.cuts.classes], np.int64)
    klass = np.where(crossed, of_cell[cell], klass)
    which = np.where(crossed, cell, which)
    first = Stage(klass, step, which)
    stages, met = held(scheme, index, figures, first, rows.ranking)
    return Placed(stages, cell, rows.column, rows.ranking, (), met)


def needs_positive(scheme: Scheme, column: Column) -> bool:
    """Whether only positive values are ranked: values that add up, from the largest down."""
    if isinstance(scheme.cuts, CumulativeShare):
        return True
    summable = column.unit in ("money", "count", "number")
    return isinstance(scheme.cuts, CustomerShare) and direction(scheme) == "higher" and summable


def direction(scheme: Scheme) -> str:
    """Which end of the ranked figure is the better one."""
    return "higher" if isinstance(scheme.cuts, CumulativeShare) else scheme.cuts.direction


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
            limits.append(moving(level, figures))
        elif column.name == POINTS:
            limits.append(Fraction(level) * POINTS_SCALE)
        else:
            limits.append(Fraction(figures.in_minor(level, column.unit)))
    return tuple(limits)


def _cut(scheme: Scheme, column: Column, ranking: Ranking, limits: tuple[Limit, ...]) -> Ints:
    cuts = scheme.cuts
    if isinstance(cuts, CumulativeShare):
        if ranking.before is None:
            raise AssertionError("a cumulative cut ranks with sums")
        return by_share(ranking.before, ranking.whole, [s.up_to for s in cuts.steps])
    if isinstance(cuts, CustomerShare):
        return by_share(ranking.rank - 1, ranking.count, [s.up_to for s in cuts.steps])
    return by_level(column, limits, cuts.direction)
