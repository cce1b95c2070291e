"""Where a customer stands by points when its own move takes points from others.

A percentile counts who is worse: whoever passes another customer takes a part of that one's score.
Under a cut by share of points this moves the others' places too, though their figures stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from mainstay_engine.schemes.cuts import Ranking
from mainstay_engine.schemes.decide import Decided, direction
from mainstay_engine.schemes.figures import POINTS_SCALE, Column, Flags, Floats, Ints
from mainstay_engine.schemes.parts import Criterion, CumulativeShare, CustomerShare, Percentile
from mainstay_engine.schemes.scoring import Scored
from mainstay_engine.schemes.stages import Step


class Crowd:
    """The points of a grading, as one customer's move changes them: work goes with everybody."""

    def __init__(self, decided: Decided, scored: Scored) -> None:
        self.decided, self.scored = decided, scored

    @classmethod
    def of(cls, decided: Decided) -> Crowd | None:
        """Where others' points decide and depend on each other; ``None`` elsewhere."""
        by_share = isinstance(decided.scheme.cuts, CumulativeShare | CustomerShare)
        by_share |= bool(decided.scheme.caps)
        percentile = any(isinstance(c.scoring, Percentile) for c in decided.scheme.criteria)
        if decided.scored is None or not (by_share and percentile):
            return None
        return cls(decided, decided.scored)

    def moves(self, changed: Mapping[str, Column]) -> bool:
        """Whether these figures are ranked among the others'."""
        return any(criterion.metric in changed for _, criterion in self._percentiles)

    def rank(
        self, rows: Ints, changed: Mapping[str, Column], own: Column, ranked: Flags, *, summed: bool
    ) -> Ranking:
        """Where each customer of ``rows`` stands with its ``own`` points, each moved alone."""
        found = [
            self._one(n, int(row), changed, int(own.values[n]), summed=summed)
            for n, row in enumerate(rows)
        ]
        better, level, count, above, at_least, whole = np.array(found, object).reshape(-1, 6).T
        value = np.where(ranked, own.values, 0)
        numbers = [np.asarray(each, np.int64) for each in (better, level, count)]
        rank = np.where(ranked, numbers[0] + 1, 0)
        last = np.where(ranked, numbers[0] + numbers[1] + 1, 0)
        if not summed:
            return Ranking(ranked, rank, last, numbers[2] + ranked)
        return Ranking(
            ranked, rank, last, numbers[2] + ranked, above, at_least + value, whole + value
        )

    def _one(
        self, n: int, row: int, changed: Mapping[str, Column], own: int, *, summed: bool
    ) -> tuple[int, int, int, int, int, int]:
        """Of the others: how many have more points, as many, in all; the sums of the first two
        (the second with the first), and of all.
        """
        points = self.decided.column.values.astype(np.int64)
        for number, criterion in self._percentiles:
            if criterion.metric in changed:
                points = points + self._shift(number, criterion, row, changed[criterion.metric], n)
        others = self._eligible & (points > 0) if summed else self._eligible.copy()
        others[row] = False
        theirs = points[others]
        lower = direction(self.decided.scheme) == "lower"
        more, same = (theirs < own if lower else theirs > own), theirs == own
        above = int(theirs[more].sum())
        return (int(more.sum()), int(same.sum()), len(theirs), above,
                above + int(theirs[same].sum()), int(theirs.sum()))  # fmt: skip

    def _shift(self, number: int, criterion: Criterion, row: int, new: Column, n: int) -> Ints:
        """What everybody's points by one percentile change by, as a customer moves."""
        column = self.decided.figures.column(criterion.metric)
        if not column.present[row]:
            return np.zeros(len(column.values), np.int64)
        sign = 1 if criterion.direction == "higher" else -1
        was, to = sign * column.values[row], sign * new.values[n]
        values = sign * column.values
        counted = self._worse[number] + _below(to, values) - _below(was, values)
        score = np.where(column.present, counted / max(int(column.present.sum()) - 1, 1), np.nan)
        weight = float(criterion.weight)
        part = np.rint(score * weight * self.scored.stretch * POINTS_SCALE)
        moved = np.where(column.present, part - self.scored.parts[number], 0)
        return np.asarray(moved, np.int64)

    @cached_property
    def _percentiles(self) -> list[tuple[int, Criterion]]:
        return [(n, c) for n, c in enumerate(self.decided.scheme.criteria)
                if isinstance(c.scoring, Percentile)]  # fmt: skip

    @cached_property
    def _worse(self) -> dict[int, Floats]:
        """By criterion: how many others are worse than each customer, equal ones counting half."""
        return {number: self._counted(criterion) for number, criterion in self._percentiles}

    def _counted(self, criterion: Criterion) -> Floats:
        column = self.decided.figures.column(criterion.metric)
        sign = 1 if criterion.direction == "higher" else -1
        values = sign * column.values
        ascending = np.sort(values[column.present])
        below = np.searchsorted(ascending, values, "left")
        through = np.searchsorted(ascending, values, "right")
        return np.asarray(below + 0.5 * (through - below - 1), np.float64)

    @cached_property
    def _eligible(self) -> Flags:
        """Who has points that are ranked, where they are positive or need not be."""
        ruled = self.decided.stages[0].step == Step.RULE
        return np.asarray(self.decided.column.present & ~ruled)


def _below(value: float, values: Floats | Ints) -> Floats:
    """Of each of the values, whether one is below: one half where it is the same."""
    return np.where(values > value, 1.0, np.where(values == value, 0.5, 0.0))
