"""The outlook: from order days and sums of a board to what fitted models expect of each customer.

A purchase is a day with an order, as in ``order_days``; times are whole days, in weeks.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from mainstay_engine.lifetime import Fit, Histories, fit_orders, fit_spend
from mainstay_engine.lifetime.histories import Floats, Ints
from mainstay_engine.metrics.catalogue import Figure

WEEK = 7.0
YEAR = 365.25


class Outlook:
    """Fits made once for all metrics of a board. Each raises ``NoFit`` where it cannot be made."""

    def __init__(self, order_days: tuple[Ints, Ints], customers: int, as_of: int) -> None:
        who, day = order_days
        self.days: Ints = np.bincount(who, minlength=customers).astype(np.int64)
        """Order days of every customer."""
        self.bought = self.days > 0
        ends = np.cumsum(self.days)[self.bought]
        first, last = day[ends - self.days[self.bought]], day[ends - 1]
        self._rows, self._place = Histories.from_days(
            self.days[self.bought] - 1, last - first, as_of - first, days=WEEK
        )
        self._worth: dict[bytes, Figure] = {}
        self._orders: dict[tuple[int, float], Figure] = {}

    @cached_property
    def fit(self) -> Fit:
        return fit_orders(self._rows)

    def alive(self) -> Figure:
        """Probability that each customer has not left; of those who ever ordered."""
        return self._spread(self.fit.alive(self._rows))

    def orders(self, days: int, yearly: float = 0.0) -> Figure:
        """Order days to be expected in the next ``days``, discounted at ``yearly`` a year."""
        if (days, yearly) not in self._orders:
            discount = float(np.log1p(yearly)) * WEEK / YEAR
            expected = self.fit.expected(self._rows, days / WEEK, discount=discount)
            self._orders[days, yearly] = self._spread(expected)
        return self._orders[days, yearly]

    def worth(self, total: Figure) -> Figure:
        """What an order day of each customer is expected to bring, from its ``total`` so far."""
        key = total.values.tobytes() + total.known.tobytes()
        if key not in self._worth:
            known = self.bought & total.known
            means = total.values[known] / self.days[known]
            expected = np.zeros(len(known))
            expected[known] = fit_spend(self.days[known], means).expected(self.days[known], means)
            self._worth[key] = Figure(expected, known)
        return self._worth[key]

    def _spread(self, of_rows: Floats) -> Figure:
        values = np.zeros(len(self.bought))
        values[self.bought] = of_rows[self._place]
        return Figure(values, self.bought)
