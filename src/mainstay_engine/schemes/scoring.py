"""Points of a composite: each criterion scored 0 to 1, weighted and added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay_engine.schemes.figures import POINTS_SCALE, Column, Floats, Read
from mainstay_engine.schemes.parts import Bands, Criterion, Linear, Relative, Target


@dataclass(frozen=True)
class Scored:
    """Points of all customers: in all, and per criterion (in millionths; NaN left out)."""

    total: Column
    parts: tuple[Floats, ...]
    stretch: Floats
    """Of each customer: what its criteria with data are scaled up by, for those left out."""


def score(
    criterion: Criterion, column: Column, figures: Read, among: Among | None = None
) -> Floats:
    """Score 0..1 of every customer by one criterion, NaN where the metric is missing.

    A percentile is of the column itself, or of the customers ``among`` whom each stands alone.
    """
    values = column.floats
    scoring = criterion.scoring
    if isinstance(scoring, Bands):
        result = np.where(column.present, 0.0, np.nan)
        # The best band a value reaches counts, in whatever order the file lists them.
        for band in sorted(scoring.bands, key=lambda b: b.score):
            start = float(figures.in_minor(band.start, column.unit))
            reached = values >= start if criterion.direction == "higher" else values <= start
            result[reached] = float(band.score)
        return result
    if isinstance(scoring, Linear):
        at = [float(figures.in_minor(node.at, column.unit)) for node in scoring.nodes]
        height = [float(node.score) for node in scoring.nodes]
        return np.where(column.present, np.interp(values, at, height), np.nan)
    if isinstance(scoring, Target):
        return _towards(scoring, column, figures)
    return _percentile(column, among or Among.all(column), higher=criterion.direction == "higher")


def _towards(scoring: Target, column: Column, figures: Read) -> Floats:
    """How far each is on the way to the target; NaN too where its target is not positive."""
    level = scoring.target
    if isinstance(level, Relative):
        target = moving(level, figures)
    else:
        target = np.full(len(column.values), float(figures.in_minor(level, column.unit)))
    there = column.present & (target > 0)
    share = np.where(there, column.floats, np.nan) / np.where(there, target, 1)
    nothing = float(scoring.nothing_at)
    return np.clip((share - nothing) / (1 - nothing), 0, 1)


def moving(level: Relative, figures: Read) -> Floats:
    """A threshold that moves, for each customer; NaN where its metric and its floor are missing."""
    column = figures.column(level.of)
    limit = column.floats * float(level.times)
    if level.at_least is not None:
        floor = float(figures.in_minor(level.at_least, column.unit))
        limit = np.fmax(limit, floor)
    return limit


@dataclass(frozen=True)
class Among:
    """Values in order to stand among, and each customer's own of them, not counted against it."""

    ascending: npt.NDArray[Any]
    own: Column

    @classmethod
    def all(cls, column: Column) -> Among:
        """Everybody among everybody."""
        return cls(np.sort(column.values[column.present]), column)


def _percentile(column: Column, among: Among, *, higher: bool) -> Floats:
    """Share of the others with a worse value, ties counting half; alone: one half."""
    values, own = column.values, among.own
    if own is column:
        return _among_themselves(column, higher=higher)
    below = np.searchsorted(among.ascending, values, "left") - (own.present & (own.values < values))
    above = len(among.ascending) - np.searchsorted(among.ascending, values, "right")
    above -= own.present & (own.values > values)
    others = len(among.ascending) - own.present
    worse = below if higher else above
    ties = others - below - above
    result = np.where(others > 0, (worse + 0.5 * ties) / np.maximum(others, 1), 0.5)
    return np.where(column.present, result, np.nan)


def _among_themselves(column: Column, *, higher: bool) -> Floats:
    """The same of everybody among everybody, by one sort."""
    there = np.flatnonzero(column.present)
    order = there[np.argsort(column.values[there])]
    ascending = column.values[order]
    begins = np.flatnonzero(np.concatenate(([True], ascending[1:] != ascending[:-1])))[: len(order)]
    tied = np.diff(begins, append=len(order))
    below, others = begins, len(order) - 1
    worse = below if higher else others + 1 - below - tied
    share = (worse + 0.5 * (tied - 1)) / others if others > 0 else np.full(len(begins), 0.5)
    result = np.full(len(column.values), np.nan)
    result[order] = np.repeat(share, tied)
    return result


def part(
    criterion: Criterion, figures: Read, stretch: Floats, among: Among | None = None
) -> Floats:
    """What one criterion brings each customer, in millionths, its weight scaled by ``stretch``."""
    got = earned(criterion, figures, among)
    return np.asarray(np.rint(got * float(criterion.weight) * stretch * POINTS_SCALE))


def earned(criterion: Criterion, figures: Read, among: Among | None) -> Floats:
    """The score 0..1 with what stands for missing data; NaN where the criterion is left out."""
    got = score(criterion, figures.column(criterion.metric), figures, among)
    if criterion.missing == "exclude":
        return got
    return np.where(np.isnan(got), 0.5 if criterion.missing == "neutral" else 0.0, got)


def points(
    criteria: Sequence[Criterion],
    figures: Read,
    among: Mapping[str, Among] | None = None,
    enough: Decimal | None = None,
) -> Scored:
    """Add up the criteria, percentiles ``among`` others where given.

    Points are fixed to six decimals, so that equal customers tie exactly.

    A missing metric brings half the weight (neutral), nothing (worst), or leaves its criterion out
    and scales the others up to the full weight (exclude); with every criterion left out there are
    no points, nor where less than the share ``enough`` of all weights has a value.
    """
    n = len(figures)
    full = sum(float(criterion.weight) for criterion in criteria)
    parts: list[Floats] = []
    weights = np.zeros(n)
    for criterion in criteria:
        weight = float(criterion.weight)
        got = earned(criterion, figures, (among or {}).get(criterion.metric))
        weights += np.where(np.isnan(got), 0.0, weight)
        parts.append(got * weight)
    # Weights are decimals of few places: half a millionth tells sums of them apart.
    present = weights > max(float(enough or 0) * full - 5e-7, 0)
    stretch = full / np.where(present, weights, full)
    fixed = tuple(np.rint(part * stretch * POINTS_SCALE) for part in parts)
    total = np.zeros(n)
    for part in fixed:
        total += np.nan_to_num(part)
    return Scored(Column("points", "points", total.astype(np.int64), present), fixed, stretch)
