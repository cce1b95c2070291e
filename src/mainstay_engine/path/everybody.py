"""The smallest single changes of all customers at once: up to the next class, and out of theirs.

Whom a lever cannot lift at all is left out before anything is searched: under a cut by points, most
customers lack more than one criterion could bring. The search is that of one customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from mainstay_engine.path.levers import Lever
from mainstay_engine.path.paths import Ways
from mainstay_engine.path.rhythm import MONTHLY
from mainstay_engine.path.search import NEVER, values_at
from mainstay_engine.path.words import rises
from mainstay_engine.schemes.clauses import Guard
from mainstay_engine.schemes.decide import Decided
from mainstay_engine.schemes.figures import POINTS_SCALE, Flags, Floats, Ints
from mainstay_engine.schemes.parts import Points
from mainstay_engine.schemes.result import Result, decimals


def single_changes(
    result: Result, table: pa.Table, bounds: Mapping[str, Decimal] | None = None
) -> pa.Table:
    """One row per customer, sorted by code: ``customer_id``, ``class`` (by the figures), and for
    each lever of the scheme ``up.METRIC`` and ``down.METRIC``: the value that the figure must
    reach, all else still, to be in a better class, or in a worse one; null where no value does.

    Where others' points depend on each other and decide (a cut by share of points that hold a
    percentile), they are held still here: what is told lifts, but a little less may do.

    ``result`` and ``table`` as ``paths_of`` takes them. Money is an exact decimal in major units.
    Customers whose class a person set have none. Of a matrix that does not rise nobody has any.
    """
    ways = Ways(result, table, {}, bounds or {}, MONTHLY, still=True)
    classes = pa.array([klass.id for klass in ways.scheme.classes], pa.string())
    columns: dict[str, object] = {
        "customer_id": result.decided.figures.table["customer_id"],
        "class": classes.take(pa.array(ways.raw, pa.int64())),
    }
    reach = Reach(ways.search.what_if.decided)
    for lever in ways.levers:
        columns[f"up.{lever.metric}"] = _up(ways, reach, lever)
    for lever in ways.levers:
        columns[f"down.{lever.metric}"] = _down(ways, reach, lever)
    return pa.table(columns)


def _up(ways: Ways, reach: Reach, lever: Lever) -> pa.Array[Any]:
    better = ways.raw > 0
    rows = np.flatnonzero(_asked(ways) & better & reach.up(lever))
    steps = ways.search.first(lever, rows, ways.raw[rows] - 1, bound=ways.bound(lever))
    return _reached(ways, lever, rows, steps)


def _down(ways: Ways, reach: Reach, lever: Lever) -> pa.Array[Any]:
    back = lever.back()
    rows = np.flatnonzero(_asked(ways) & reach.down(lever))
    steps = ways.search.first(back, rows, ways.raw[rows], falls=True)
    return _reached(ways, back, rows, steps)


def _asked(ways: Ways) -> Flags:
    """Whose class the figures decide, as far as the search is whole."""
    decided = ways.result.decided
    asked = np.full(len(decided), rises(decided.scheme))
    asked[list(decided.overrides or ())] = False
    return asked


def _reached(ways: Ways, lever: Lever, rows: Ints, steps: Ints) -> pa.Array[Any]:
    """The figure after the steps, of everybody; null where there are none."""
    column = ways.search.table.column(lever.metric)
    found = rows[steps != NEVER]
    there = np.zeros(len(column.values), bool)
    there[found] = True
    values = np.zeros_like(column.values)
    moved = ways.search.column(lever.metric, found)
    values[found] = values_at(lever, moved, steps[steps != NEVER])
    if column.unit == "money":
        return decimals(values.astype(np.int64), there, ways.result.exponent)
    return pa.array(values, mask=~there)


@dataclass(frozen=True)
class Reach:
    """Whom a lever might move at all, judged by the most and the least it can bring: nobody whom it
    moves is left out. Known of cuts by points alone; of others it might move everybody.
    """

    decided: Decided

    def up(self, lever: Lever) -> Flags:
        might = self._everybody(lever)
        if might is not None:
            return might
        cut, total = self.decided.cut, self.decided.column.values
        most = sum((self._most(n) - part for n, part in self._parts(lever)), np.zeros(len(cut)))
        might = (cut > 0) & ~(total + most + 1 < self._limit(np.maximum(cut - 1, 0)))
        for guard, met in self._guards(lever):
            might |= met if guard.at_best is not None else ~met
        return might | (cut < 0)

    def down(self, lever: Lever) -> Flags:
        might = self._everybody(lever)
        if might is not None:
            return might
        cut, total = self.decided.cut, self.decided.column.values
        lowest = len(self.decided.limits)
        most = sum((part for _, part in self._parts(lever)), np.zeros(len(cut)))
        inside = np.clip(cut, 0, lowest - 1)
        might = (cut < lowest) & ~(total - most - 1 >= self._limit(inside))
        for guard, met in self._guards(lever):
            might |= ~met if guard.at_best is not None else met
        return might | (cut < 0)

    def _everybody(self, lever: Lever) -> Flags | None:
        """Everybody, where the points alone do not tell whom the lever might move."""
        scheme = self.decided.scheme
        order = {klass.id: i for i, klass in enumerate(scheme.classes)}
        places = [order[klass] for klass in (*scheme.cuts.classes, scheme.cuts.rest)]
        ruled = any(c.metric in _touched(lever) for rule in scheme.rules for c in rule.when)
        plain = self.decided.scored is not None and isinstance(scheme.cuts, Points)
        plain &= not scheme.caps and not ruled
        moving = any(level.of in _touched(lever) for _, level in scheme.moving_levels())
        moving |= any(each.moves_with in _touched(lever) for each in scheme.criteria)
        if plain and not moving and places == sorted(places):
            return None
        return np.ones(len(self.decided), bool)

    def _parts(self, lever: Lever) -> Iterator[tuple[int, Floats]]:
        """The criteria that a lever moves, and what each brings now; nothing where left out."""
        scored = self.decided.scored
        if scored is None:
            raise AssertionError("a cut by points has points")
        for number, criterion in enumerate(self.decided.scheme.criteria):
            if criterion.metric in _touched(lever):
                yield number, np.nan_to_num(scored.parts[number])

    def _most(self, number: int) -> Floats:
        """The most that a criterion can bring each customer."""
        scored = self.decided.scored
        if scored is None:
            raise AssertionError("a cut by points has points")
        weight = float(self.decided.scheme.criteria[number].weight)
        return np.asarray(weight * scored.stretch * POINTS_SCALE)

    def _limit(self, step: Ints) -> Floats:
        """The points that the steps ask of each customer; NaN where nobody is taken."""
        limits = [
            np.broadcast_to(np.asarray(float(limit) if isinstance(limit, Fraction) else limit),
                            step.shape)
            for limit in self.decided.limits
        ]  # fmt: skip
        return np.asarray(np.choose(step, limits), np.float64)

    def _guards(self, lever: Lever) -> Iterator[tuple[Guard, Flags]]:
        """The guards that a lever's figures decide on, and who meets each now."""
        for guard, met in zip(self.decided.scheme.guards, self.decided.met, strict=True):
            if any(condition.metric in _touched(lever) for condition in guard.when):
                yield guard, met


def _touched(lever: Lever) -> set[str]:
    return {lever.metric, *lever.follows}
