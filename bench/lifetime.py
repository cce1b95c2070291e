"""Models of buying fitted to a million histories, by the engine and by the package ``lifetimes``.

The peer runs under the Python that ``MAINSTAY_BENCH_LIFETIMES`` names, an environment of its own.
"""

from __future__ import annotations

from typing import Any


def prepare_fit(path: str, model: str) -> Any:
    import numpy as np

    import mainstay_engine.lifetime  # noqa: F401

    return np.load(path)


def fit(histories: Any, path: str, model: str) -> dict[str, Any]:
    """Grouping of the histories counts; times in weeks."""
    from mainstay_engine.lifetime import Histories, fit_orders

    rows, _ = Histories.from_days(*histories)
    found = fit_orders(rows, model)
    return {**found.parameters, "rows": len(rows), "log_likelihood": found.log_likelihood}


def prepare_outlook(path: str, model: str) -> Any:
    return prepare_fit(path, model)


def outlook(histories: Any, path: str, model: str) -> dict[str, Any]:
    """The fit, then for each customer: alive, expected in a year, discounted over five."""
    from mainstay_engine.lifetime import Histories, fit_orders

    rows, place = Histories.from_days(*histories)
    found = fit_orders(rows, model)
    alive, year = found.alive(rows)[place], found.expected(rows, 52.0)[place]
    value = found.expected(rows, 260.0, discount=0.0018)[place]
    return {"alive": float(alive.sum()), "year": float(year.sum()), "value": float(value.sum())}


def prepare_peer(path: str, model: str) -> Any:
    import lifetimes  # noqa: F401
    import numpy as np

    return np.load(path)


def peer(histories: Any, path: str, model: str) -> dict[str, Any]:
    """As its documentation shows it: times in weeks, nothing else chosen."""
    import lifetimes

    names = {"pareto_nbd": "ParetoNBDFitter", "mbg_nbd": "ModifiedBetaGeoFitter",
             "bg_nbd": "BetaGeoFitter"}  # fmt: skip
    repeats, recency, age = histories
    fitter = getattr(lifetimes, names[model])()
    fitter.fit(repeats.astype(float), recency / 7, age / 7)
    return dict(fitter.params_)
