"""Lifetime: models of buying and leaving, fitted to the histories of all customers.

    rows, place = Histories.from_days(repeats, recency, age)    # whole days; times in weeks
    fit = fit_orders(rows)                                      # Pareto/NBD
    fit.parameters, fit.log_likelihood
    fit.alive(rows)[place], fit.expected(rows, horizon=52)[place]

Arrays in, arrays out: the metrics of the family «lifetime» put them to the facts.
"""

from mainstay_engine.lifetime.fit import Fit, fit_orders
from mainstay_engine.lifetime.histories import Histories
from mainstay_engine.lifetime.models import MODELS
from mainstay_engine.lifetime.spend import Spend, fit_spend

__all__ = ["MODELS", "Fit", "Histories", "Spend", "fit_orders", "fit_spend"]
