"""One replayed day, what followed it, and what all days together come to.

Customers are numbered through all days, so that who moved and who came back is told by arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mainstay_engine.backtest.report import Caught, Gain, Level, Point
from mainstay_engine.metrics.arrays import everybody, placed
from mainstay_engine.schemes import Result
from mainstay_engine.schemes.figures import Flags, Floats, Ints
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.stages import Step

RESAMPLINGS, SEED = 400, 20261128
INNER = (0.05, 0.95)
GROUPS = 10_000
"""Of more customers than these, so many groups drawn by lot are resampled (own): the groups' sums
vary as their customers' do."""


class Graded(NamedTuple):
    """A grading, and the numbers of its customers in its order."""

    who: Ints
    result: Result


class Held(NamedTuple):
    """Of one guard and day: customers and their sales after; and the same of whom it left there."""

    cases: int
    sales: int
    others: int
    theirs: int
    """Sales of the others."""


@dataclass(frozen=True)
class Day:
    """One replayed day, customer by customer in the order of their numbers."""

    as_of: date
    until: date
    who: Ints
    """Customers by number, ascending."""
    klass: npt.NDArray[np.int16]
    chosen: Flags
    """Who is in the best class."""
    rival: Flags
    """As many, the first by the scheme compared with."""
    followed: dict[str, Ints]
    """By figure: what each brought after."""
    counts: dict[str, int]
    levels: dict[str, tuple[Level, ...]]
    held: tuple[Held, ...]
    """By guard; none where sales were not followed or no guard moved anybody."""

    @classmethod
    def of(
        cls, as_of: date, until: date, graded: Graded, compared: Graded,
        followed: dict[str, Ints],
    ) -> Day:  # fmt: skip
        """Of the day's grading and that of the scheme compared with."""
        d = graded.result.decided
        rows = placed(compared.who, graded.who)[compared.result.decided.order]
        first = rows[rows >= 0]
        chosen, rival = d.klass == 0, np.zeros(len(d), bool)
        rival[first[: int(chosen.sum())]] = True
        sizes = np.bincount(d.klass, minlength=len(d.scheme.classes)).tolist()
        counts = {klass.id: size for klass, size in zip(d.scheme.classes, sizes, strict=True)}
        levels = {
            name: tuple(_levels(d.scheme, d.klass, first, values))
            for name, values in followed.items()
        }
        return cls(as_of, until, graded.who, d.klass.astype(np.int16), chosen, rival, followed,
                   counts, levels, tuple(_held(graded.result, followed.get("sales"))))  # fmt: skip


def _levels(scheme: Scheme, klass: Ints, first_by_rival: Ints, values: Ints) -> list[Level]:
    """The classes of the cut from the best down, all but the last together with those above."""
    places = {klass.id: place for place, klass in enumerate(scheme.classes)}
    cut = list(dict.fromkeys((*scheme.cuts.classes, scheme.cuts.rest)))
    inside = np.zeros(len(klass), bool)
    found = []
    whole = float(values.sum())
    for one in cut[:-1]:
        inside |= klass == places[one]
        size = int(inside.sum())
        rival = float(values[first_by_rival[:size]].sum())
        told = whole > 0
        found.append(Level(
            one, size, float(values[inside].sum()) / whole if told else None,
            rival / whole if told else None, size / len(klass) if told and len(klass) else None,
        ))  # fmt: skip
    return found


def _held(result: Result, sales: Ints | None) -> list[Held]:
    d = result.decided
    stage = next((s for s in d.stages if (s.step == Step.GUARD).any()), None)
    if stage is None or sales is None:
        return []
    cut, by_cut = d.stages[0].klass, d.stages[0].step == Step.CUT
    decided = stage.step == Step.GUARD
    found = []
    for number in range(len(d.scheme.guards)):
        held = decided & (stage.which == number)
        beside = np.isin(cut, cut[held]) & ~decided & by_cut
        found.append(Held(int(held.sum()), int(sales[held].sum()),
                          int(beside.sum()), int(sales[beside].sum())))  # fmt: skip
    return found


@dataclass(frozen=True)
class Days:
    """The days of a replay, the first of them first; at least one."""

    scheme: Scheme
    days: Sequence[Day]

    @cached_property
    def _customers(self) -> Ints:
        """Everybody of any day, in order."""
        return everybody([day.who for day in self.days])

    @cached_property
    def _numbers(self) -> list[Ints]:
        """Of each day: the places of its customers among those of all days."""
        return [placed(day.who, self._customers) for day in self.days]

    @property
    def points(self) -> tuple[Point, ...]:
        found: list[Point] = []
        before = np.full(len(self._customers), -1, np.int16)
        left = before
        """Of whom moved on the day before: the class they had; −1 of all others."""
        for number, (day, who) in enumerate(zip(self.days, self._numbers, strict=True)):
            now = np.full(len(before), -1, np.int16)
            now[who] = day.klass
            both = (before >= 0) & (now >= 0)
            moved = both & (before != now)
            back = (left >= 0) & (now == left)
            found.append(Point(
                as_of=day.as_of, until=day.until, customers=len(who), counts=day.counts,
                moved=int(moved.sum()) if number else None,
                stayed_known=int(both.sum()) if number else None,
                back=int(back.sum()) if number > 1 else None, levels=day.levels,
            ))  # fmt: skip
            before, left = now, np.where(moved, before, -1)
        return tuple(found)

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The best class against as many by the other scheme, and how sure that is: customers are
        drawn anew with replacement, the same ones on all days.
        """
        random = np.random.default_rng(SEED)
        found = []
        for figure in dict.fromkeys(name for day in self.days for name in day.followed):
            more, whole = self._by_group(figure)
            observed = _mean_share(more.sum(axis=1)[None], whole.sum(axis=1)[None])
            if not len(observed):
                continue
            times = random.poisson(1.0, (RESAMPLINGS, more.shape[1])).astype(np.float64)
            drawn = _mean_share(times @ more.T, times @ whole.T)
            low, high = np.quantile(drawn, INNER)
            found.append(Gain(figure, float(observed[0]), float(low), float(high)))
        return tuple(found)

    def _by_group(self, figure: str) -> tuple[Floats, Floats]:
        """Of each day and group: how much more of the figure the best class held than as many by
        the other scheme, and all of it.
        """
        count = min(len(self._customers), GROUPS)
        more, whole = [], []
        for day, who in zip(self.days, self._numbers, strict=True):
            if (values := day.followed.get(figure)) is None:
                continue
            groups = self._groups[who]
            than = day.chosen.astype(np.int64) - day.rival
            more.append(np.bincount(groups, values * than, count))
            whole.append(np.bincount(groups, values, count))
        return np.stack(more), np.stack(whole)

    @cached_property
    def _groups(self) -> Ints:
        """The group of each customer; each is its own where they are few."""
        count = len(self._customers)
        if count <= GROUPS:
            return np.arange(count)
        return np.random.default_rng(SEED).permutation(count) % GROUPS

    @property
    def guards(self) -> tuple[Caught, ...]:
        """Each guard: whom it moved, beside whom it left where the cut had put them."""
        found = []
        for number, guard in enumerate(self.scheme.guards):
            held = [day.held[number] for day in self.days if day.held]
            cases, sales, others, theirs = (
                (sum(part) for part in zip(*held, strict=True)) if held else (0, 0, 0, 0)
            )
            found.append(Caught(guard.name, guard.title.model_dump(), cases,
                                sales / cases if cases else None,
                                theirs / others if others else None))  # fmt: skip
        return tuple(found)


def _mean_share(parts: Floats, wholes: Floats) -> Floats:
    """Of each row the mean of its parts as shares of their wholes, over the days with a positive
    one; rows without any are left out.
    """
    there = wholes > 0
    shares = np.where(there, parts / np.where(there, wholes, 1), 0)
    days = there.sum(axis=1)
    return np.asarray(shares.sum(axis=1)[days > 0] / days[days > 0], np.float64)
