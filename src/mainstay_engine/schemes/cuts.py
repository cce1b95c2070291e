"""Ranking and cutting, over whole numpy columns, decided in exact whole numbers.

A cumulative cut never divides: «the sum of all strictly greater values < cut × whole» is the same
as «that sum < ⌈cut × whole⌉», a comparison of integers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from mainstay_engine.schemes.figures import Column, Flags, Floats, Ints

_SAFE = 2**62
"""Sums that may pass this are made of Python integers instead of int64."""


@dataclass(frozen=True)
class Ranking:
    """Where the ranked customers stand. Arrays have one entry per customer of the result."""

    ranked: Flags
    rank: Ints
    """1-based competition rank: equal values share the better rank; 0 where not ranked."""
    last: Ints
    """The rank that the last of the equal values would have alone; 0 where not ranked."""
    count: Any
    """How many are ranked: one number; of ``rank_among``, one for each."""
    before: npt.NDArray[Any] | None = None
    """Sum of strictly better values, in whole numbers; None where values do not add up."""
    through: npt.NDArray[Any] | None = None
    """Sum of values at least as good, the customer's own included."""
    whole: Any = 0
    """Sum of all ranked values: one number; of ``rank_among``, one for each."""


def rank_values(column: Column, ranked: Flags, *, direction: str, summed: bool) -> Ranking:
    """Rank the customers of the mask by the column; ``summed`` adds up values from the best."""
    places = np.flatnonzero(ranked)
    exact = column.whole_numbers if summed else column.values
    values = exact[places]
    order = np.argsort(values)
    if direction == "higher":
        order = order[::-1]
    sorted_values = values[order]
    n = len(places)
    rank = np.zeros(len(ranked), np.int64)
    last = np.zeros(len(ranked), np.int64)
    if n == 0:
        empty = np.zeros(len(ranked), np.int64) if summed else None
        return Ranking(ranked, rank, last, 0, empty, empty, 0)
    starts = np.concatenate(([0], np.flatnonzero(sorted_values[1:] != sorted_values[:-1]) + 1))
    sizes = np.diff(np.concatenate((starts, [n])))
    rank[places[order]] = np.repeat(starts + 1, sizes)
    last[places[order]] = np.repeat(starts + sizes, sizes)
    if not summed:
        return Ranking(ranked, rank, last, n)
    if float(np.abs(values.astype(np.float64)).sum()) >= _SAFE:
        sorted_values = sorted_values.astype(object)
    running = np.cumsum(sorted_values)
    ends = running[starts + sizes - 1]
    before = np.zeros(len(ranked), running.dtype)
    through = np.zeros(len(ranked), running.dtype)
    zero = np.zeros(1, running.dtype)
    before[places[order]] = np.repeat(np.concatenate((zero, ends[:-1])), sizes)
    through[places[order]] = np.repeat(ends, sizes)
    return Ranking(ranked, rank, last, n, before, through, int(running[-1]))


@dataclass(frozen=True)
class Others:
    """The ranked values of a population in order, and their sums, to place other values among."""

    ascending: npt.NDArray[Any]
    """From the worst to the best: of the «lower» direction, negated."""
    sums: npt.NDArray[Any] | None
    """Sum of the last k of them at index k; None where values do not add up."""
    sign: int

    @classmethod
    def of(cls, column: Column, ranked: Flags, *, direction: str, summed: bool) -> Others:
        """Of everybody in the mask."""
        sign = 1 if direction == "higher" else -1
        exact = column.whole_numbers if summed else column.values
        ascending = np.sort(sign * exact[ranked])
        sums = None
        if summed:
            down = ascending[::-1]
            if float(np.abs(down.astype(np.float64)).sum()) >= _SAFE:
                down = down.astype(object)
            sums = np.concatenate((np.zeros(1, down.dtype), np.cumsum(down)))
        return cls(ascending, sums, sign)


def rank_among(others: Others, new: Column, ranked: Flags, own: Column, was: Flags) -> Ranking:
    """Where each customer of the mask would stand with its ``new`` value, everybody else as they
    are: its ``own`` value, where it ``was`` ranked, is taken out. One entry per customer, each
    placed alone.
    """
    summed = others.sums is not None
    exact = new.whole_numbers if summed else new.values
    value = others.sign * exact
    old = others.sign * (own.whole_numbers if summed else own.values)
    n = len(others.ascending)
    above = n - np.searchsorted(others.ascending, value, "right")
    at_least = n - np.searchsorted(others.ascending, value, "left")
    rank = np.where(ranked, above - (was & (old > value)) + 1, 0)
    last = np.where(ranked, at_least - (was & (old >= value)) + 1, 0)
    count = n - was + ranked
    if others.sums is None:
        return Ranking(ranked, rank, last, count)
    taken = np.where(was, old, 0)
    before = others.sums[above] - np.where(old > value, taken, 0)
    through = others.sums[at_least] - np.where(old >= value, taken, 0) + value
    whole = others.sums[-1] - taken + np.where(ranked, value, 0)
    return Ranking(ranked, rank, last, count, before, through, whole)


def by_share(better: npt.NDArray[Any], whole: Any, shares: Sequence[Decimal]) -> Ints:
    """Index of the first step whose share of ``whole`` is above what the better ones hold.

    ``better`` is the sum (or the number) of strictly better customers, ``whole`` a number or one
    per customer. Beyond the last step the index is ``len(shares)``.
    """
    step = np.full(len(better), len(shares), np.int64)
    for index in range(len(shares) - 1, -1, -1):
        share = Fraction(shares[index])
        limit = -(share.numerator * -_roomy(whole, share.numerator) // share.denominator)
        step[(better < limit).astype(bool)] = index
    return step


def _roomy(whole: Any, times: int) -> Any:
    """The whole as Python integers where ``times`` as much might pass 64 bits."""
    if isinstance(whole, np.ndarray) and len(whole) and float(whole.max()) * times >= _SAFE:
        return whole.astype(object)
    return whole


def by_level(column: Column, limits: Sequence[Floats | Fraction], direction: str) -> Ints:
    """Index of the first step whose threshold the value reaches, else ``len(limits)``.

    A limit is one exact number for all, or one float per customer (NaN takes nobody).
    """
    values = column.values
    step = np.full(len(values), len(limits), np.int64)
    for index in range(len(limits) - 1, -1, -1):
        limit: Any = limits[index]
        if isinstance(limit, Fraction):
            limit = exact_limit(limit, column, direction)
        reached = values >= limit if direction == "higher" else values <= limit
        step[reached] = index
    return step


def exact_limit(limit: Fraction, column: Column, direction: str) -> int | float:
    """The number to compare a column with, that decides as the exact limit would.

    For integers, the limit rounded to the safe side. For a ratio, the nearest float: a quotient of
    integers below 10^13 and a cut of few decimals never round across each other.
    """
    if column.values.dtype.kind == "i":
        return math.ceil(limit) if direction == "higher" else math.floor(limit)
    return float(limit)
