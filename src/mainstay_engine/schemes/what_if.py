"""The class a customer would have with other figures, everybody else's held still.

The decision is ``decide``'s own; only the ranking differs: each changed customer is placed alone
among the others as they are, so that many can be asked about at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cached_property

import numpy as np

from mainstay_engine.schemes.cuts import Others, Ranking, rank_among
from mainstay_engine.schemes.decide import Decided, Placed, cross, direction, needs_positive, place
from mainstay_engine.schemes.figures import Column, Flags, Ints
from mainstay_engine.schemes.parts import Percentile
from mainstay_engine.schemes.scoring import Among, points


class WhatIf:
    """A grading, to be asked about single customers."""

    def __init__(self, decided: Decided) -> None:
        self.decided = decided
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
        if self._segments:
            return self._apart(rows, lambda part, at: part.classes(
                rows[at], {name: sliced(column, at) for name, column in changed.items()}
            ))  # fmt: skip
        return self._placed(rows, changed).klass

    def classes_at(self, rows: Ints, column: Column) -> Ints:
        """The class of each customer of ``rows`` with another ranked figure (points too), all
        others still: one entry per row. Not of a matrix.
        """
        if self._segments:
            return self._apart(rows, lambda part, at: part.classes_at(rows[at], sliced(column, at)))
        figures = _Changed(self.decided, rows, {})
        return place(self.decided.scheme, figures, column, self._ranking(rows, column)).klass

    def _ranking(self, rows: Ints, column: Column) -> Callable[[Flags, bool], Ranking]:
        own, was = sliced(self.decided.column, rows), self.decided.ranking.ranked[rows]
        return lambda ranked, _summed: rank_among(self._others, column, ranked, own, was)

    @cached_property
    def _segments(self) -> list[WhatIf]:
        split = self.decided.split
        return [WhatIf(part) for part in split.parts] if split is not None else []

    def _apart(self, rows: Ints, classes: Callable[[WhatIf, Ints], Ints]) -> Ints:
        """The classes of ``rows``, each asked of its own segment; ``classes`` is given places
        in ``rows``.
        """
        split = self.decided.split
        if split is None:
            raise AssertionError("only segments are asked one by one")
        found = np.zeros(len(rows), np.int64)
        for number, part in enumerate(self._segments):
            at = np.flatnonzero(split.which[rows] == number)
            if len(at):
                found[at] = classes(part, at)
        return found

    @cached_property
    def _axes(self) -> list[WhatIf]:
        return [WhatIf(axis) for axis in self.decided.axes]

    def _placed(self, rows: Ints, changed: Mapping[str, Column]) -> Placed:
        decided = self.decided
        scheme = decided.scheme
        figures = _Changed(decided, rows, changed)
        if self._axes:
            return cross(scheme, figures, [axis._placed(rows, changed) for axis in self._axes])
        among = {
            name: Among(ascending, sliced(decided.figures.column(name), rows))
            for name, ascending in self._percentiles.items()
        }
        if scheme.criteria:
            column = points(scheme.criteria, figures, among, scheme.enough).total
        else:
            column = figures.column(scheme.ranked_by)
        return place(scheme, figures, column, self._ranking(rows, column))


class _Changed:
    """Figures of some customers, a few of them others."""

    def __init__(self, decided: Decided, rows: Ints, changed: Mapping[str, Column]) -> None:
        self._decided, self._rows, self._columns = decided, rows, dict(changed)

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = sliced(self._decided.figures.column(name), self._rows)
        return self._columns[name]

    def in_minor(self, number: Decimal, unit: str) -> Decimal:
        return self._decided.figures.in_minor(number, unit)


def sliced(column: Column, rows: Ints) -> Column:
    """The figures of those rows."""
    return Column(column.name, column.unit, column.values[rows], column.present[rows])
