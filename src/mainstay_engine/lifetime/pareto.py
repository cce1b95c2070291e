"""Pareto/NBD: a customer buys at random, and leaves at a moment nobody sees.

Purchases come at random with a rate of one's own (gamma: r, α); the customer stays for a time at
random, with a rate of leaving of one's own (gamma: s, β).

The likelihood is usually written with two Gaussian hypergeometric functions, whose difference loses
digits and whose values overflow. Here it stays the integral it comes from, over the moment τ of
leaving between the last purchase and now:

    L = Γ(r+x) α^r β^s ÷ Γ(r) · { (α+T)^−(r+x) (β+T)^−s + s ∫ₜᵀ (α+τ)^−(r+x) (β+τ)^−(s+1) dτ }

The integrand is positive and smooth, so are those of the derivatives; a few Gauss-Legendre nodes in
a variable that takes out its steepness give it to rounding.

Sources: Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33;
Fader & Hardie (2005), A note on deriving the Pareto/NBD model and related expressions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mainstay_engine.lifetime.functions import (
    log_rising,
    nodes,
    sigmoid,
    slope_of_log_rising,
    softplus,
)
from mainstay_engine.lifetime.histories import Floats, Histories

NODES = 24
DEPTH = 36.0
"""e^−36 is below the rounding of what it would be added to."""
_CUTS = 4
_BLOCK = 4096
"""Rows worked at a time, so that rows × nodes stay in the processor's cache."""


@dataclass(frozen=True)
class Pareto:
    """The model; see the module."""

    name: str = "pareto_nbd"
    title: str = "Pareto/NBD"
    parameters: tuple[str, ...] = ("r", "alpha", "s", "beta")
    timed: tuple[bool, ...] = (False, True, False, True)

    def log_likelihood(self, at: Floats, rows: Histories) -> tuple[Floats, Floats]:
        parts = [self._of_block(at, rows.at(slice(k, k + _BLOCK)))
                 for k in range(0, len(rows), _BLOCK)]  # fmt: skip
        value, slope = zip(*parts, strict=True)
        return np.concatenate(value), np.concatenate(slope, axis=1)

    def _of_block(self, at: Floats, rows: Histories) -> tuple[Floats, Floats]:
        r, alpha, s, beta = at
        x, age = rows.repeats, rows.age
        most = int(x.max(initial=0))
        odds, moments = _odds_of_gone(at, rows)
        bought, stayed = np.log1p(age / alpha), np.log1p(age / beta)
        value = (
            log_rising(r, most)[x] - r * bought - x * np.log(alpha + age) - s * stayed
            + softplus(odds)
        )  # fmt: skip
        gone = sigmoid(odds)
        here = 1.0 - gone
        log_alpha, by_alpha, log_beta, by_beta = moments
        slope = np.stack([
            r * (slope_of_log_rising(r, most)[x] - here * bought - gone * log_alpha),
            (r + x) * (here * age / (alpha + age) + gone * by_alpha) - x,
            gone - s * (here * stayed + gone * log_beta),
            s * here * age / (beta + age) + gone * ((s + 1.0) * by_beta - 1.0),
        ])  # fmt: skip
        return value, slope

    def alive(self, at: Floats, rows: Histories) -> Floats:
        parts = [sigmoid(-_odds_of_gone(at, rows.at(slice(k, k + _BLOCK)))[0])
                 for k in range(0, len(rows), _BLOCK)]  # fmt: skip
        return np.concatenate(parts) if parts else np.empty(0)

    def rate(self, at: Floats, rows: Histories, ahead: Floats) -> Floats:
        r, alpha, s, beta = at
        stay = np.exp(-s * np.log1p(ahead / (beta + rows.age)))
        rate: Floats = (r + rows.repeats) / (alpha + rows.age) * stay
        return rate

    def pace(self, at: Floats, rows: Histories) -> Floats:
        pace: Floats = at[3] + rows.age
        return pace


def _odds_of_gone(at: Floats, rows: Histories) -> tuple[Floats, tuple[Floats, ...]]:
    """log odds of having left, −∞ where t = T: the integral ÷ what stands before it in L. And the
    means, over the moment τ of leaving, of log(1 + τ÷α), τ ÷ (α+τ), log(1 + τ÷β), τ ÷ (β+τ).

    With γ the smaller of α and β, the variable is u = log((γ+τ) ÷ (γ+t)): in it the integrand is
    e^−fall, and fall is convex. What lies beyond a fall of ``DEPTH`` is left out. All logarithms
    are of ratios near one where parameters are large, so that no digits are lost there.
    """
    r, alpha, s, beta = at
    t, m, silence = rows.recency, r + rows.repeats, rows.age - rows.recency
    first, second = (s + 0.0 * m, m) if beta <= alpha else (m - 1.0, s + 1.0 + 0.0 * m)
    near, far = min(alpha, beta) + t, max(alpha, beta) + t
    part_of = near / far
    width = np.log1p(silence / near)
    some = width > 0
    for _ in range(_CUTS):  # Newton's method from the right of a convex function stays there
        grown = np.exp(width) * part_of
        fall = first * width + second * np.log1p(np.expm1(width) * part_of)
        slope = first + second * grown / (1.0 - part_of + grown)
        over = fall > DEPTH
        width = np.where(over, width - (fall - DEPTH) / np.where(over, slope, 1.0), width)
    place, weight = nodes(NODES)
    u = width[:, None] * place
    later = np.expm1(u) * near[:, None]  # τ − t
    log_far = np.log1p(later / far[:, None])
    height = -first[:, None] * u - second[:, None] * log_far
    top = height.max(axis=1, initial=-np.inf)
    part = np.exp(height - top[:, None]) * weight
    whole = part.sum(axis=1)
    base = (np.log(s) + m * np.log1p(silence / (alpha + t)) + s * np.log1p(silence / (beta + t))
            + np.log(near) - np.log(beta + t))  # fmt: skip
    with np.errstate(divide="ignore"):
        odds = np.where(some, base + np.log(width) + top + np.log(whole), -np.inf)
    part /= whole[:, None]
    moment = t[:, None] + later
    of_near = (np.log1p(t / min(alpha, beta)) + (part * u).sum(axis=1),
               (part * moment / (near[:, None] + later)).sum(axis=1))  # fmt: skip
    of_far = (np.log1p(t / max(alpha, beta)) + (part * log_far).sum(axis=1),
              (part * moment / (far[:, None] + later)).sum(axis=1))  # fmt: skip
    return odds, (*of_far, *of_near) if beta <= alpha else (*of_near, *of_far)
