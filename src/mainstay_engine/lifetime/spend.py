"""Gamma-gamma: what a customer's purchases come to on average, from few of them.

A purchase varies about the customer's own mean (gamma: p), the means vary over customers (gamma:
q, γ), apart from how often they buy. A customer's expected mean lies between its own and that of
all, nearer to its own the more purchases there are:

    E(mean) = (q−1) ÷ (p·n+q−1) · p·γ ÷ (q−1) + p·n ÷ (p·n+q−1) · own mean of n purchases

Sources: Colombo & Jiang (1999), A stochastic RFM model, Journal of Interactive Marketing 13;
Fader & Hardie (2013), The gamma-gamma model of monetary value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mainstay_engine.errors import NoFit
from mainstay_engine.lifetime.climb import Slope, climb
from mainstay_engine.lifetime.fit import EDGE, ENOUGH, SAMPLE
from mainstay_engine.lifetime.functions import digamma, log_gamma
from mainstay_engine.lifetime.histories import Floats, Ints


@dataclass(frozen=True)
class Spend:
    """A fitted gamma-gamma model; ``gamma`` is in the unit of the means it was fitted to."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    customers: int

    @property
    def mean(self) -> float:
        """The mean purchase of a customer of whom nothing is known."""
        return self.p * self.gamma / (self.q - 1.0)

    def expected(self, purchases: Ints, means: Floats) -> Floats:
        """The mean to be expected of each customer; of nobody known where it has no purchase.

        It is a straight line in the own mean, and stays one where that is not positive: a customer
        sold to at a loss is expected to lose less than it did, not to gain.
        """
        weight = self.p * purchases
        expected: Floats = ((self.q - 1.0) * self.mean + weight * means) / (weight + self.q - 1.0)
        return expected


def fit_spend(purchases: Ints, means: Floats) -> Spend:
    """The model at its greatest likelihood, of customers with a positive mean of n ≥ 1 purchases.

    Raises ``NoFit`` where fewer than ``ENOUGH`` have two purchases or more, where all means are
    equal, or where there is no top, or one without a mean (q ≤ 1).
    """
    counted = (purchases > 0) & (means > 0)
    number, mean = purchases[counted], means[counted]
    again = int((number > 1).sum())
    if again < ENOUGH:
        raise NoFit(
            {"en": f"{again} customers have two purchases or more of positive value; a model of "
                   f"what they spend needs {ENOUGH}.",
             "zh": f"只有 {again} 位客户有两次以上金额为正的购买；"
                   f"消费金额模型至少需要 {ENOUGH} 位。"},
            {"en": "Give a longer history or more customers.",
             "zh": "请提供更长的历史或更多客户。"},
            customers=again,
        )  # fmt: skip
    unit = float(mean.mean())
    mean = mean / unit
    if np.ptp(mean) <= 1e-9:
        raise _unsettled("all customers spend the same", "所有客户的消费金额相同")
    start, inverse = np.log([2.0, 3.0, 1.0]), None
    order = np.lexsort((mean, number))  # a sample of these has some of every kind
    number, mean = number[order], mean[order]
    if (step := len(mean) // SAMPLE) > 1:
        at = slice(step // 2, None, step)
        first = climb(_slope(number[at], mean[at]), start, limit=EDGE)
        if first.reached:
            start, inverse = first.point, first.inverse
    top = climb(_slope(number, mean), start, inverse=inverse, limit=EDGE)
    p, q, gamma = np.exp(top.point).tolist()
    if not top.reached or (top.point <= -EDGE).any():
        raise _unsettled(
            f"its likelihood has no top within bounds (p {p:g}, q {q:g})",
            f"其似然在界限内没有极大值（p {p:g}，q {q:g}）",
        )
    if q <= 1.0:
        raise _unsettled(
            f"customers differ so much that their mean has no bound (q {q:g})",
            f"客户差异过大，均值没有界限（q {q:g}）",
        )
    value = top.value * len(mean) - len(mean) * float(np.log(unit))
    return Spend(p, q, gamma * unit, value, len(mean))


def _slope(number: Ints, mean: Floats) -> Slope:
    """Mean log-likelihood of customers, with its gradient by the logarithms of p, q, γ."""
    kinds, place = np.unique(number, return_inverse=True)
    share = np.bincount(place) / len(mean)
    counts, some = kinds.astype(np.float64), number.astype(np.float64)
    total = some * mean
    log_mean = np.log(mean)
    by_number = float((some * log_mean).mean())
    fixed = -float(log_mean.mean())

    def slope(point: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(point)
        shape = p * counts
        log_sum = np.log(gamma + total)
        per_sum = 1.0 / (gamma + total)
        lone = np.array([q])
        whole = log_gamma(shape + q) - log_gamma(shape) + shape * np.log(counts)
        value = (
            float((share * whole).sum()) - float(log_gamma(lone)[0]) + q * np.log(gamma)
            + p * by_number + fixed - p * float((some * log_sum).mean())
            - q * float(log_sum.mean())
        )  # fmt: skip
        steep = counts * (digamma(shape + q) - digamma(shape) + np.log(counts))
        by_p = float((share * steep).sum()) + by_number - float((some * log_sum).mean())
        by_q = (float((share * digamma(shape + q)).sum()) - float(digamma(lone)[0])
                + np.log(gamma) - float(log_sum.mean()))  # fmt: skip
        by_gamma = q / gamma - float(((p * some + q) * per_sum).mean())
        return float(value), np.array([p * by_p, q * by_q, gamma * by_gamma])

    return slope


def _unsettled(en: str, zh: str) -> NoFit:
    return NoFit(
        {"en": f"What customers spend does not settle the gamma-gamma model: {en}.",
         "zh": f"客户的消费金额不足以确定 gamma-gamma 模型：{zh}。"},
        {"en": "Judge by average_order instead.", "zh": "请改用平均订单额 average_order。"},
    )  # fmt: skip
