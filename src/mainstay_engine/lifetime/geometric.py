"""BG/NBD and MBG/NBD: a customer may leave after any purchase.

Purchases come at random with a rate of one's own (gamma: r, α); after each the customer leaves with
a probability of one's own (beta: a, b). In MBG/NBD also after the first, in BG/NBD only after a
repeat: so BG/NBD holds everybody who bought once to be alive for certain.

Sources: Fader, Hardie & Lee (2005), «Counting your customers» the easy way, Marketing Science 24;
Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mainstay_engine.lifetime.functions import (
    beta_mean_of_power,
    log_rising,
    sigmoid,
    slope_of_log_rising,
    softplus,
)
from mainstay_engine.lifetime.histories import Floats, Histories, Ints


@dataclass(frozen=True)
class Geometric:
    """The two models; ``first``: whether one may leave after the first purchase."""

    name: str
    title: str
    first: bool
    parameters: tuple[str, ...] = ("r", "alpha", "a", "b")
    timed: tuple[bool, ...] = (False, True, False, False)

    def _chances(self, rows: Histories) -> Ints:
        """After how many purchases the customer could have left."""
        return rows.repeats + 1 if self.first else rows.repeats

    def _odds(self, at: Floats, rows: Histories) -> tuple[Floats, Floats]:
        """log odds of having left, and log((α+T) ÷ (α+t))."""
        r, alpha, a, b = at
        chances = self._chances(rows)
        silent = np.log1p((rows.age - rows.recency) / (alpha + rows.recency))
        possible = chances > 0
        left = np.log(a) - np.log(np.where(possible, b + chances - 1, 1.0))
        odds = np.where(possible, left + (r + rows.repeats) * silent, -np.inf)
        return odds, silent

    def log_likelihood(self, at: Floats, rows: Histories) -> tuple[Floats, Floats]:
        r, alpha, a, b = at
        x, chances = rows.repeats, self._chances(rows)
        most = int(x.max(initial=0)) + 1
        odds, silent = self._odds(at, rows)
        bought = np.log1p(rows.age / alpha)
        stayed, any_of = log_rising(b, most)[chances], log_rising(a + b, most)[chances]
        value = (
            log_rising(r, most)[x] - r * bought - x * np.log(alpha + rows.age)
            + stayed - any_of + softplus(odds)
        )  # fmt: skip
        gone = sigmoid(odds)
        d_stayed = slope_of_log_rising(b, most)[chances]
        d_any = slope_of_log_rising(a + b, most)[chances]
        now, last = rows.age / (alpha + rows.age), rows.recency / (alpha + rows.recency)
        below = np.where(chances > 0, b + chances - 1, 1.0)
        slope = np.stack([
            r * (slope_of_log_rising(r, most)[x] - bought + gone * silent),
            (r + x) * (now + gone * (last - now)) - x,
            a * (gone / a - d_any),
            b * (d_stayed - d_any - gone / below),
        ])  # fmt: skip
        return value, slope

    def alive(self, at: Floats, rows: Histories) -> Floats:
        odds, _ = self._odds(at, rows)
        return sigmoid(-odds)

    def rate(self, at: Floats, rows: Histories, ahead: Floats) -> Floats:
        r, alpha, a, b = at
        shape, since = r + rows.repeats, alpha + rows.age
        stay = beta_mean_of_power(shape + 1.0, float(a), b + self._chances(rows), ahead / since)
        rate: Floats = shape / since * stay
        return rate

    def pace(self, at: Floats, rows: Histories) -> Floats:
        pace: Floats = at[1] + rows.age
        return pace
