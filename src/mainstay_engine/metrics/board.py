"""The board: every measure answered, one entry per customer, from which metrics are computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from mainstay_engine.metrics.catalogue import Figure, Measure, Metric
from mainstay_engine.metrics.window import Resolved

if TYPE_CHECKING:
    from mainstay_engine.metrics.outlook import Outlook

EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


_NOTHING = np.empty(0, dtype=np.int64)


@dataclass
class Board:
    """Answers aligned to ``customers`` (sorted by code), and the totals of unassigned lines."""

    customers: Any
    window: Resolved
    as_of: date
    figures: Mapping[Measure, Figure]
    unassigned: Mapping[Measure, int]
    order_days: tuple[np.ndarray, np.ndarray] = (_NOTHING, _NOTHING)
    """(customer position, day number), sorted, distinct: days with an order, up to ``as_of``."""
    done: dict[str, Figure] = field(default_factory=dict)

    def __getitem__(self, measure: Measure) -> Figure:
        return self.figures[measure]

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def as_of_day(self) -> int:
        return day_number(self.as_of)

    def metric(self, name: str) -> Figure:
        """A metric computed before (listed in ``requires``)."""
        return self.done[name]

    def company(self, measure: Measure) -> int:
        """The sum over all customers and the unassigned lines."""
        return int(self.figures[measure].values.sum()) + self.unassigned.get(measure, 0)

    def answer(self, metric: Metric) -> Figure:
        self.done[metric.name] = figure = metric.compute(self)
        return figure

    @cached_property
    def gaps(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(median gap in days, number of gaps, number of order days) per customer.

        The median of an even number of gaps is the mean of the middle two; 0 where there is none.
        """
        days = np.bincount(self.order_days[0], minlength=len(self)).astype(np.int64)
        owner, gap = self._each_gap
        median, count = _medians(owner, gap, len(self))
        return median, count, days

    @cached_property
    def gap_spread(self) -> np.ndarray:
        """Median distance of a customer's gaps from their median, in days; 0 without a gap."""
        owner, gap = self._each_gap
        twice, _ = _medians(owner, np.abs(2 * gap - (2 * self.gaps[0][owner]).astype(np.int64)),
                            len(self))  # fmt: skip
        return twice / 2

    @cached_property
    def _each_gap(self) -> tuple[np.ndarray, np.ndarray]:
        """(customer position, days) of each gap between two order days."""
        who, day = self.order_days
        same = who[1:] == who[:-1]
        return who[1:][same], (day[1:] - day[:-1])[same]

    @cached_property
    def outlook(self) -> Outlook:
        """What models fitted to all customers expect of each; made when first asked for."""
        from mainstay_engine.metrics.outlook import Outlook

        return Outlook(self.order_days, len(self), self.as_of_day)


def _medians(owner: np.ndarray, values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """(median, how many) of each owner's values, whole numbers from 0 to 2^32."""
    # One sort by (owner, value): both fit in one integer.
    packed = np.sort((owner.astype(np.int64) << 32) | values)
    ordered = packed & 0xFFFFFFFF
    count = np.bincount(owner, minlength=size).astype(np.int64)
    first = np.concatenate(([0], np.cumsum(count)[:-1])) if size else count
    median = np.zeros(size)
    some = count > 0
    low = ordered[(first + (count - 1) // 2)[some]]
    high = ordered[(first + count // 2)[some]]
    median[some] = (low + high) / 2
    return median, count
