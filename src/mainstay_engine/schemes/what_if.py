"""The class a customer would have with other figures, everybody else's held still.

The decision is ``decide``'s own; only the ranking differs: each changed customer is placed alone
among the others as they are, so that many can be asked about at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import cached_property

import numpy as np

from mainstay_engine.schemes.clauses import Condition
from mainstay_engine.schemes.crowding import Crowd
from mainstay_engine.schemes.cuts import Others, Ranking, rank_among
from mainstay_engine.schemes.decide import Decided, Placed, cross, direction, needs_positive, place
from mainstay_engine.schemes.figures import Column, Flags, Ints, met
from mainstay_engine.schemes.parts import CumulativeShare, CustomerShare, Percentile
from mainstay_engine.schemes.scoring import Among, part, points
from mainstay_engine.schemes.segments import picked, together


class WhatIf:
    """A grading, to be asked about single customers.

    Others' figures are held still. Where their points depend on each other and decide, these
    follow, which takes time with everybody; ``still`` holds the points too. A customer that gains
    then reaches its class a little later than it would, and one that loses likewise.
    """

    def __init__(self, decided: Decided, *, still: bool = False) -> None:
        self.decided, self._still = decided, still
        self._crowd = None if still else Crowd.of(decided)
        scheme = decided.scheme
        self._percentiles = {
            criterion.metric: np.sort(column.values[column.present])
            for criterion in scheme.criteria
            if isinstance(criterion.scoring, Percentile)
            for column in [decided.figures.column(criterion.metric)]
        }

    @cached_property
    def _others(self) -> Others:
        decided = self.decided
        return Others.of(
            decided.column, decided.ranking.ranked, direction=direction(decided.scheme),
            summed=needs_positive(decided.scheme, decided.column),
        )  # fmt: skip

    def classes(self, rows: Ints, changed: Mapping[str, Column]) -> Ints:
        """The class (an index into the scheme's) of each customer of ``rows``, which may come
        several times, with the ``changed`` figures: one entry per row.
        """
        return self.placed(rows, changed).klass

    def classes_at(
        self, rows: Ints, column: Column, changed: Mapping[str, Column] | None = None
    ) -> Ints:
        """The class of each customer of ``rows`` with another ranked figure (points too), the
        ``changed`` figures and all others still: one entry per row. Not of a matrix.
        """
        if self.decided.split is not None:
            each = [part.classes_at(rows, column, changed) for part in self._segments]
            return picked(self.decided.split.which[rows], each)
        figures = _Changed(self.decided, rows, changed or {})
        rank = self._ranking(rows, column, changed or {})
        return place(self.decided.scheme, figures, column, rank).klass

    def _ranking(
        self, rows: Ints, column: Column, changed: Mapping[str, Column]
    ) -> Callable[[Flags, bool], Ranking]:
        crowd = self._crowd
        if crowd is not None and crowd.moves(changed):
            return lambda ranked, summed: crowd.rank(rows, changed, column, ranked, summed=summed)
        if not self._by_rank:
            nowhere = np.zeros(len(rows), np.int64)
            return lambda ranked, _summed: Ranking(ranked, nowhere, nowhere, 0)
        own, was = sliced(self.decided.column, rows), self.decided.ranking.ranked[rows]
        return lambda ranked, _summed: rank_among(self._others, column, ranked, own, was)

    @cached_property
    def _by_rank(self) -> bool:
        """Whether where a customer stands decides on its class."""
        scheme = self.decided.scheme
        return bool(scheme.caps) or isinstance(scheme.cuts, CumulativeShare | CustomerShare)

    @cached_property
    def _segments(self) -> list[WhatIf]:
        split = self.decided.split
        parts = split.parts if split is not None else ()
        return [WhatIf(part, still=self._still) for part in parts]

    @cached_property
    def _axes(self) -> list[WhatIf]:
        return [WhatIf(axis, still=self._still) for axis in self.decided.axes]

    def placed(self, rows: Ints, changed: Mapping[str, Column]) -> Placed:
        """What decides on each customer of ``rows`` with the ``changed`` figures."""
        decided = self.decided
        scheme = decided.scheme
        figures = _Changed(decided, rows, changed)
        if self._axes:
            return cross(scheme, figures, [axis.placed(rows, changed) for axis in self._axes])
        if decided.split is not None:
            each = [part.placed(rows, changed) for part in self._segments]
            return Placed(**together(decided.split.which[rows], each))
        if scheme.criteria:
            column = self._points(rows, figures, changed)
        else:
            column = figures.column(scheme.ranked_by)
        return place(scheme, figures, column, self._ranking(rows, column, changed))

    def _points(self, rows: Ints, figures: _Changed, changed: Mapping[str, Column]) -> Column:
        """The points: only the criteria that changed are scored anew, where nobody gained or lost
        a figure; the others' points are whole millionths, so that their sum stays exact.
        """
        scheme, scored = self.decided.scheme, self.decided.scored
        moved = [(n, c) for n, c in enumerate(scheme.criteria) if c.metric in changed]
        lost = any(
            (changed[c.metric].present != self.decided.figures.column(c.metric).present[rows]).any()
            for _, c in moved
        )
        if scored is None or lost or any(c.moves_with in changed for c in scheme.criteria):
            return points(scheme.criteria, figures, self._among(rows), scheme.enough).total
        among = self._among(rows, changed)
        total = scored.total.values[rows].copy()
        for number, criterion in moved:
            new = part(criterion, figures, scored.stretch[rows], among.get(criterion.metric))
            old = scored.parts[number][rows]
            total += (np.nan_to_num(new) - np.nan_to_num(old)).astype(np.int64)
        return Column(scored.total.name, scored.total.unit, total, scored.total.present[rows])

    def _among(self, rows: Ints, only: Collection[str] | None = None) -> dict[str, Among]:
        """The others of each percentile, or of those ``only``."""
        return {
            name: Among(ascending, sliced(self.decided.figures.column(name), rows))
            for name, ascending in self._percentiles.items()
            if only is None or name in only
        }


class _Changed:
    """Figures of some customers, a few of them others."""

    def __init__(self, decided: Decided, rows: Ints, changed: Mapping[str, Column]) -> None:
        self._decided, self._rows, self._columns = decided, rows, dict(changed)
        self._changed = frozenset(changed)

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = sliced(self._decided.figures.column(name), self._rows)
        return self._columns[name]

    def in_minor(self, number: Decimal, unit: str) -> Decimal:
        return self._decided.figures.in_minor(number, unit)

    def meets(self, condition: Condition) -> Flags:
        """As it was found of everybody, where its figure has not changed."""
        if condition.metric in self._changed:
            return met(condition, self)
        return self._decided.figures.meets(condition)[self._rows]


def sliced(column: Column, rows: Ints) -> Column:
    """The figures of those rows."""
    return Column(column.name, column.unit, column.values[rows], column.present[rows])
