"""The few special functions the models need, over numpy arrays.

Repeats are whole numbers, so ratios of gamma functions are running sums of logarithms, exact to
rounding however many purchases there are.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from mainstay_engine.lifetime.histories import Floats, Ints

_TINY = 1e-16


def log_rising(start: float, count: int) -> Floats:
    """log of start·(start+1)…(start+n−1), that is log Γ(start+n) − log Γ(start), n = 0 … count."""
    return np.concatenate(([0.0], np.cumsum(np.log(start + np.arange(count)))))


def slope_of_log_rising(start: float, count: int) -> Floats:
    """Derivative of ``log_rising`` by ``start``."""
    return np.concatenate(([0.0], np.cumsum(1.0 / (start + np.arange(count)))))


def log_gamma(values: Floats) -> Floats:
    """log Γ of positive numbers (few: one call each)."""
    return np.array([math.lgamma(value) for value in values.tolist()])


def digamma(values: Floats) -> Floats:
    """Derivative of ``log_gamma``: raised above 10 by the recurrence, then the asymptotic series.

    Source: Abramowitz & Stegun 6.3.5 and 6.3.18.
    """
    shifted = np.array(values, np.float64)
    result = np.zeros_like(shifted)
    for _ in range(10):
        low = shifted < 10
        result[low] -= 1.0 / shifted[low]
        shifted[low] += 1.0
    square = 1.0 / shifted**2
    tail = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240
           - square * (1 / 132 - square * 691 / 32760)))))  # fmt: skip
    return result + np.log(shifted) - 0.5 / shifted - tail


def softplus(values: Floats) -> Floats:
    """log(1 + e^v) without overflow; 0 at −∞."""
    return np.maximum(values, 0.0) + np.log1p(np.exp(-np.abs(values)))


def sigmoid(values: Floats) -> Floats:
    """1 ÷ (1 + e^−v) without overflow."""
    small = np.exp(-np.abs(values))
    return np.where(values >= 0, 1.0, small) / (1.0 + small)


@lru_cache(maxsize=4)
def nodes(count: int) -> tuple[Floats, Floats]:
    """Places and weights of Gauss-Legendre quadrature on (0, 1)."""
    at, weight = np.polynomial.legendre.leggauss(count)
    return (at + 1) / 2, weight / 2


def beta_mean_of_power(power: Floats, left: float, right: Floats, pull: Floats) -> Floats:
    """E[(1 + p·pull)^−power] for p of Beta(left, right): 2F1(power, left; left+right; −pull).

    By Pfaff's transformation the series is in pull ÷ (1 + pull) < 1. Of its two forms the first
    has small numbers and ends soon, but its terms change sign where ``power`` is above
    ``left + right``; where that costs more than four digits, the second stands in, whose terms are
    all positive. Source: Abramowitz & Stegun 15.3.4 and 15.3.5.
    """
    bottom = left + right
    z = pull / (1.0 + pull)
    shift, largest, total = _series(np.full_like(bottom, left), bottom - power, bottom, z)
    result = np.exp(shift - left * np.log1p(pull)) * total
    unsure = largest > 1e4 * np.abs(total)
    if unsure.any():
        shift, _, total = _series(power[unsure], right[unsure], bottom[unsure], z[unsure])
        result[unsure] = np.exp(shift - power[unsure] * np.log1p(pull[unsure])) * total
    return result


def _series(
    first: Floats, second: Floats, bottom: Floats, z: Floats
) -> tuple[Floats, Floats, Floats]:
    """2F1(first, second; bottom; z), 0 ≤ z < 1, as (log of a factor, largest term, sum)."""
    shift, total, largest = np.zeros_like(z), np.ones_like(z), np.ones_like(z)
    places: Ints = np.arange(len(z))
    term, k = np.ones_like(z), 0
    while len(places):
        a, b, c, at = first[places], second[places], bottom[places], z[places]
        for _ in range(16):
            term = term * ((a + k) * (b + k) / ((c + k) * (1.0 + k)) * at)
            total[places] += term
            largest[places] = np.maximum(largest[places], np.abs(term))
            k += 1
        big = largest[places] > 1e200
        if big.any():
            scaled = places[big]
            shift[scaled] += 200 * math.log(10)
            total[scaled] *= 1e-200
            largest[scaled] *= 1e-200
            term[big] *= 1e-200
        # What is still to come is below a geometric series of the present ratio of terms.
        ratio = np.abs((a + k) * (b + k) / ((c + k) * (1.0 + k)) * at)
        ahead = np.abs(term) * ratio / np.maximum(1.0 - ratio, _TINY)
        more = (ratio >= 1.0) | (ahead > _TINY * np.abs(total[places]))
        places, term = places[more], term[more]
    return shift, largest, total
