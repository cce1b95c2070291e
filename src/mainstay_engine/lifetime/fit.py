"""Fitting a model of buying to all customers, and what it then expects of each.

The fit is maximum likelihood over distinct histories. With many of them the climb begins on a
sample, which costs next to nothing, and ends on all; so the optimum is that of all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mainstay_engine.errors import NoFit
from mainstay_engine.lifetime.climb import Slope, Top, climb
from mainstay_engine.lifetime.functions import nodes
from mainstay_engine.lifetime.histories import Floats, Histories
from mainstay_engine.lifetime.models import MODELS, Model

ENOUGH = 30
"""Customers who bought again, below which nothing is fitted. Our own figure."""
SAMPLE = 4000
"""Distinct histories the climb begins on."""
EDGE = float(np.log(1e4))
"""Parameters (times: in mean ages) are looked for between 1/10,000 and 10,000. At the upper end
customers are alike in that respect to a hundredth, which is an answer; at the lower there is none.
"""
GONE = 0.001
"""Share of customers that must be thought to have left. Our own figure."""
_NODES = 24


@dataclass(frozen=True)
class Fit:
    """A fitted model of buying. Times are in the unit of the histories it was fitted to."""

    model: Model
    at: Floats
    log_likelihood: float
    customers: int
    repeaters: int

    @property
    def parameters(self) -> dict[str, float]:
        return dict(zip(self.model.parameters, self.at.tolist(), strict=True))

    def alive(self, rows: Histories) -> Floats:
        """Probability that the customer of each row has not left for good."""
        return self.model.alive(self.at, rows)

    def expected(self, rows: Histories, horizon: float, *, discount: float = 0.0) -> Floats:
        """Purchases of each row to be expected from now until ``horizon``.

        A purchase τ from now counts e^(−discount·τ); ``discount`` is per unit of time, ln(1 + i)
        for a rate of i a unit.
        """
        if not horizon >= 0 or not discount >= 0:
            raise ValueError(f"horizon {horizon} and discount {discount} must not be negative")
        place, weight = nodes(_NODES)
        pace = self.model.pace(self.at, rows)
        reach = np.log1p(horizon / pace)
        total = np.zeros(len(rows))
        for part, share in zip(place.tolist(), weight.tolist(), strict=True):
            ahead = pace * np.expm1(reach * part)
            count = self.model.rate(self.at, rows, ahead) * np.exp(-discount * ahead)
            total += share * count * (pace + ahead)
        expected: Floats = self.alive(rows) * reach * total
        return expected


def fit_orders(rows: Histories, model: str = "pareto_nbd") -> Fit:
    """The model of that name (``MODELS``) at its greatest likelihood.

    Raises ``NoFit`` where the histories cannot carry it: too few customers who bought again, all
    customers alike, nobody leaving, or a likelihood without a top.
    """
    repeaters = int(rows.customers[rows.repeats > 0].sum())
    if repeaters < ENOUGH:
        raise NoFit(
            {"en": f"{repeaters} customers bought on more than one day; a model of buying needs "
                   f"{ENOUGH}.",
             "zh": f"只有 {repeaters} 位客户在一天以上下过单；购买模型至少需要 {ENOUGH} 位。"},
            {"en": "Give a longer history or more customers, or judge by silence_ratio.",
             "zh": "请提供更长的历史或更多客户，或改用沉默比 silence_ratio。"},
            repeaters=repeaters,
        )  # fmt: skip
    chosen = MODELS[model]
    if len(rows) == 1 or rows.repeats.min() == rows.repeats.max():
        raise _alike()
    # Times in mean ages: then every start and every limit is the same in every unit.
    unit = np.where(chosen.timed, rows.mean_age, 1.0)
    scaled = Histories(
        rows.repeats, rows.recency / rows.mean_age, rows.age / rows.mean_age, rows.customers
    )
    start = np.zeros(len(chosen.parameters))
    top = _top(chosen, scaled, start)
    at = np.exp(top.point) * unit
    value = float((rows.customers * chosen.log_likelihood(at, rows)[0]).sum())
    fit = Fit(chosen, at, value, int(rows.total), repeaters)
    if float((rows.customers * (1.0 - fit.alive(rows))).sum()) < GONE * rows.total:
        raise _nobody_leaves(chosen)
    if not top.reached or (top.point <= -EDGE).any():
        raise _no_top(chosen, top)
    return fit


def _top(model: Model, rows: Histories, start: Floats) -> Top:
    step = len(rows) // SAMPLE
    if step > 1:
        first = climb(_slope(model, rows.every(step)), start, limit=EDGE)
        if first.reached:
            return climb(_slope(model, rows), first.point, inverse=first.inverse, limit=EDGE)
    return climb(_slope(model, rows), start, limit=EDGE)


def _slope(model: Model, rows: Histories) -> Slope:
    def slope(point: Floats) -> tuple[float, Floats]:
        value, by = model.log_likelihood(np.exp(point), rows)
        return (
            float((rows.customers * value).sum()) / rows.total,
            (rows.customers * by).sum(axis=1) / rows.total,
        )

    return slope


def _alike() -> NoFit:
    return NoFit(
        {"en": "All customers bought equally often; a model of how they differ cannot be fitted.",
         "zh": "所有客户的购买次数相同，无法拟合客户差异的模型。"},
        {"en": "Give more customers or a longer history.", "zh": "请提供更多客户或更长的历史。"},
    )  # fmt: skip


def _nobody_leaves(model: Model) -> NoFit:
    return NoFit(
        {"en": f"The histories show nobody leaving: {model.title} explains every silence best by "
               "rare buying.",
         "zh": f"购买历史看不出有客户流失：{model.title} 认为所有沉默都更像是购买稀少。"},
        {"en": "Give a longer history, or judge by silence_ratio.",
         "zh": "请提供更长的历史，或改用沉默比 silence_ratio。"},
    )  # fmt: skip


def _no_top(model: Model, top: Top) -> NoFit:
    found = {
        name: round(float(np.exp(value)), 6)
        for name, value in zip(model.parameters, top.point, strict=True)
    }
    said = ", ".join(f"{name} {value:g}" for name, value in found.items())
    return NoFit(
        {"en": f"The histories do not settle the model {model.title}: its likelihood has no top "
               f"within bounds ({said}; times in mean ages).",
         "zh": f"购买历史不足以确定模型 {model.title}：其似然在界限内没有极大值"
               f"（{said}；时间以平均客龄计）。"},
        {"en": "Customers differ too little in how they buy. Judge by silence_ratio instead.",
         "zh": "客户的购买差异过小。请改用沉默比 silence_ratio。"},
        parameters=found,
    )  # fmt: skip
