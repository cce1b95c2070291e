"""Several figures moved together: all but one to a corner of the scheme, the last as far as needed.

Where scores are steps or straight lines, the cheapest of all ways has at most one figure between
corners: one more could be moved along with it at no more cost until it meets a corner. So trying
every set of corners, and the rest of the way by each remaining figure, misses nothing; of a
percentile, whose corners are the other customers, the tenths are tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from mainstay_engine.path.levers import Lever
from mainstay_engine.path.search import NEVER, Search, corner_values
from mainstay_engine.schemes.figures import Column, Flags, Ints
from mainstay_engine.schemes.parts import Percentile

MOST = 3
"""Figures moved together, at most (own): nobody works on more at once."""

Moves = list[tuple[Lever, int]]


@dataclass(frozen=True)
class Several:
    """The levers of one customer."""

    search: Search
    levers: list[Lever]
    row: int
    bounds: dict[str, int | None]

    def menu(self, lever: Lever) -> list[int]:
        """Steps to the corners of the lever, its own and of what follows it, within its bound."""
        rows = np.array([self.row])
        if not self.search.column(lever.metric, rows).present[0]:
            return []
        limit = int(self.search.ends(lever, rows)[0])
        bound = self.bounds[lever.metric]
        limit = limit if bound is None else min(limit, bound)
        steps = {int(corner[0]) for corner in self.search.corners(lever, rows)}
        steps |= {int(step) for name in lever.follows for step in self._following(lever, name)}
        steps |= {int(step) for step in self._tenths(lever)}
        return sorted(step for step in steps if 0 < step <= limit)

    def _following(self, lever: Lever, name: str) -> Iterator[int]:
        """Steps until the metric that follows reaches each of its corners."""
        for corner in corner_values(self.search.scheme, name):
            yield int(self.search.reaching(lever, np.array([self.row]), name, corner)[0])

    def _tenths(self, lever: Lever) -> Iterator[int]:
        for criterion in self.search.scheme.criteria:
            if criterion.metric == lever.metric and isinstance(criterion.scoring, Percentile):
                column = self.search.table.column(lever.metric)
                values = np.sort(column.values[column.present])
                if not len(values):
                    continue
                tenths = values[(np.arange(1, 11) * (len(values) - 1)) // 10]
                yield from self.search.steps_to(lever, self.row, tenths)


def combined(several: Several, target: int) -> Iterator[Moves]:
    """Ways of two or more levers to ``target`` or better: of each set, the last lever's least."""
    search, row = several.search, several.row
    menus = {lever.metric: several.menu(lever) for lever in several.levers}
    for last in several.levers:
        others = [lever for lever in several.levers if lever is not last and menus[lever.metric]]
        tries: list[Moves] = []
        for count in range(1, MOST):
            for chosen in combinations(others, count):
                if _apart([*chosen, last]):
                    corners = product(*(menus[lever.metric] for lever in chosen))
                    tries += [list(zip(chosen, steps, strict=True)) for steps in corners]
        if not tries:
            continue
        rows = np.full(len(tries), row)
        steps = search.first(
            last, rows, np.full(len(tries), target), others=_columns(search, row, tries),
            bound=several.bounds[last.metric],
        )  # fmt: skip
        for moves, step in zip(tries, steps, strict=True):
            if step != NEVER:
                yield [*moves, (last, int(step))]


def _apart(levers: list[Lever]) -> bool:
    """Whether no figure would be moved by two of them."""
    touched = [name for lever in levers for name in (lever.metric, *lever.follows)]
    needed = {name for lever in levers for _, names in lever.follows.values() for name in names}
    own = {lever.metric for lever in levers}
    return len(touched) == len(set(touched)) and not needed & own


def _columns(search: Search, row: int, tries: list[Moves]) -> dict[str, Column]:
    """Every column that any of the tries moves, one entry per try."""
    moved: dict[str, Column] = {}
    rows = np.full(len(tries), row)
    for lever in {lever.metric: lever for moves in tries for lever, _ in moves}.values():
        steps: Ints = np.array(
            [sum(count for each, count in moves if each is lever) for moves in tries], np.int64
        )
        for name, column in search.moved(lever, rows, steps).items():
            moved[name] = _over(moved.get(name), column, steps > 0)
    return moved


def _over(under: Column | None, column: Column, there: Flags) -> Column:
    """The column where its lever is moved, elsewhere what another lever made of it."""
    if under is None:
        return column
    values = np.where(there, column.values, under.values)
    present = np.where(there, column.present, under.present)
    return Column(column.name, column.unit, values, present)
