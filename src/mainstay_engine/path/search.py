"""The smallest step of a lever that lifts a customer, for many customers at once.

Between two corners of a scheme (a band's start, a node, a rule's limit) the class only rises or
only falls as a lever moves. So each stretch between corners is tried in turn, nearest first: where
its far end lifts, halving finds the first step that does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay_engine.path.levers import Lever, deciding
from mainstay_engine.schemes.figures import Column, Figures, Flags, Ints
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.parts import Bands, Linear, Relative, Target
from mainstay_engine.schemes.what_if import WhatIf, sliced

NEVER = np.int64(-1)
"""No step of the lever does."""
_FARTHEST = 2**52
"""Steps of a lever without an end: ten million million in minor units."""


class Search:
    """Levers of one grading."""

    def __init__(self, what_if: WhatIf, table: Figures) -> None:
        """``table`` holds the metrics of ``levers.needed`` for the customers of the grading."""
        self.what_if = what_if
        self.table = table
        self.scheme: Scheme = what_if.decided.scheme
        self._wanted = set(deciding(self.scheme))

    def column(self, name: str, rows: Ints) -> Column:
        """A metric of those rows."""
        return sliced(self.table.column(name), rows)

    def moved(self, lever: Lever, rows: Ints, steps: Ints) -> dict[str, Column]:
        """The columns of those rows with the lever so many steps on; 0 steps leave it."""
        old = self.column(lever.metric, rows)
        return lever.moved(
            values_at(lever, old, steps), old, lambda name: self.column(name, rows), self._wanted
        )

    def first(
        self, lever: Lever, rows: Ints, target: Ints,
        others: Mapping[str, Column] | None = None, bound: int | None = None, *,
        falls: bool = False,
    ) -> Ints:  # fmt: skip
        """Steps of the lever after which each row's class is ``target`` (an index) or better,
        the fewest; ``NEVER`` where it has no figure or nothing within its end (or ``bound``) does.
        ``others`` are columns that are changed already. With ``falls``: worse than ``target``.
        """
        present = self.column(lever.metric, rows).present
        end = np.where(present, self.ends(lever, rows), 0)
        if bound is not None:
            end = np.minimum(end, bound)

        def lifted(at: Ints, steps: Ints) -> Flags:
            """Whether the rows at those places are lifted after so many steps each."""
            changed = {name: sliced(column, at) for name, column in (others or {}).items()}
            changed |= self.moved(lever, rows[at], steps)
            classes = self.what_if.classes(rows[at], changed)
            return np.asarray(classes > target[at] if falls else classes <= target[at])

        low, high = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
        hit = np.zeros(len(rows), bool)
        for corner in [*self.corners(lever, rows), end]:
            low = np.where(hit, low, high)
            high = np.where(hit, high, np.minimum(np.maximum(corner, low), end))
            open_ = np.flatnonzero(~hit & (high > low))
            if len(open_):
                hit[open_] = lifted(open_, high[open_])
        return np.where(hit, _halve(lifted, low, high, hit), NEVER)

    def ends(self, lever: Lever, rows: Ints) -> Ints:
        """Steps to the lever's end."""
        if lever.end is None:
            return np.full(len(rows), _FARTHEST)
        old = self.column(lever.metric, rows)
        end = float(lever.end) / float(lever.grain(old))
        steps = lever.better * (end - _start(lever, old))
        return np.where(old.present, np.maximum(steps, 0), 0).astype(np.int64)

    def steps_to(self, lever: Lever, row: int, values: npt.NDArray[Any]) -> list[int]:
        """Steps until the lever's own figure passes none of the values by, one for each."""
        old = self.column(lever.metric, np.array([row]))
        grain = float(lever.grain(old))
        away = lever.better * (values / grain - _start(lever, old))
        return [int(np.ceil(step)) for step in away]

    def reaching(self, lever: Lever, rows: Ints, name: str, value: Decimal) -> Ints:
        """Steps until a metric that follows the lever reaches the value; 0 where it never does, or
        has.
        """
        wanted = float(self.table.in_minor(value, self.table.column(name).unit))

        def reached(at: Ints, steps: Ints) -> Flags:
            """Whether the rows at those places reach it after so many steps each."""
            column = self.moved(lever, rows[at], steps)[name]
            return np.asarray(column.present & (lever.better * (column.values - wanted) >= 0))

        zero, all_ = np.zeros(len(rows), np.int64), np.arange(len(rows))
        end = self.ends(lever, rows)
        open_ = ~reached(all_, zero) & reached(all_, end)
        return np.where(open_, _halve(reached, zero, end, open_), 0)

    def corners(self, lever: Lever, rows: Ints) -> list[Ints]:
        """Steps to each corner of the scheme in the lever's own figure, and to the limits of rules
        and guards in what follows it, in no row beyond the next.

        Of scores of what follows a lever (growth of net sales) the scheme is taken to have no peak.
        """
        old = self.column(lever.metric, rows)
        grain = float(lever.grain(old))
        at: set[float] = set()
        for exact in corner_values(self.scheme, lever.metric):
            value = float(self.table.in_minor(exact, old.unit)) / grain
            at |= {np.floor(value), np.floor(value) + 1, np.ceil(value) - 1}
        ordered = sorted(at, reverse=lever.better < 0)
        steps = [lever.better * (value - _start(lever, old)) for value in ordered]
        own = [np.clip(np.where(old.present, step, 0), 0, _FARTHEST).astype(np.int64)
               for step in steps]  # fmt: skip
        followed = self._followed(lever, rows)
        if not followed:
            return own
        together = np.sort(np.stack([*own, *followed]), axis=0)
        return list(together)

    def _followed(self, lever: Lever, rows: Ints) -> list[Ints]:
        """Steps to the limits of rules and guards in what follows the lever, and one before; 0
        where they are never reached.
        """
        found: list[Ints] = []
        for name in lever.follows:
            for limit in limits(self.scheme, name) if name in self._wanted else ():
                once, again = np.unique(rows, return_inverse=True)
                steps = self.reaching(lever, once, name, limit)[again]
                found += [steps, np.maximum(steps - 1, 0)]
        return found


def corner_values(scheme: Scheme, name: str) -> list[Decimal]:
    """Where a scheme's judgement of a metric may turn: bands, nodes, limits of rules and guards."""
    found: list[Decimal] = []
    for part in (*scheme.axes, *scheme.variants):
        found += corner_values(part, name)
    for criterion in scheme.criteria:
        if criterion.metric != name:
            continue
        if isinstance(criterion.scoring, Bands):
            found += [band.start for band in criterion.scoring.bands]
        elif isinstance(criterion.scoring, Linear):
            found += [node.at for node in criterion.scoring.nodes]
        elif isinstance(criterion.scoring, Target):
            target = criterion.scoring.target
            if not isinstance(target, Relative):
                found += [target, target * criterion.scoring.nothing_at]
    return sorted({*found, *limits(scheme, name)})


def limits(scheme: Scheme, name: str) -> list[Decimal]:
    """Where a rule or guard of a scheme turns by a metric."""
    found = {c.value for c in scheme.conditions() if c.metric == name and c.value is not None}
    return sorted(found)


def values_at(lever: Lever, old: Column, steps: Ints) -> npt.NDArray[Any]:
    """The lever's figure after so many steps."""
    if old.values.dtype.kind == "i":
        return np.asarray(old.values + lever.better * steps)
    grain = lever.grain(old)
    per_unit = float(1 / grain)  # a whole number: dividing by it gives the nearest float
    on = (_start(lever, old) + lever.better * steps) / per_unit
    return np.where(steps == 0, old.values, on)


def _start(lever: Lever, old: Column) -> npt.NDArray[Any]:
    """The figure in steps; one between two steps starts from the worse of them."""
    if old.values.dtype.kind == "i":
        return old.values
    steps = np.where(old.present, old.values, 0) * float(1 / lever.grain(old))
    return np.floor(steps) if lever.better > 0 else np.ceil(steps)


def _halve(lifted: Callable[[Ints, Ints], Flags], low: Ints, high: Ints, at: Flags) -> Ints:
    """Steps of the rows of the mask: ``low`` does not lift, ``high`` does; the first that does."""
    low, high = low.copy(), high.copy()
    wide = np.flatnonzero(at & (high - low > 1))
    while len(wide):
        middle = (low[wide] + high[wide]) // 2
        up = lifted(wide, middle)
        high[wide[up]], low[wide[~up]] = middle[up], middle[~up]
        wide = wide[high[wide] - low[wide] > 1]
    return high
