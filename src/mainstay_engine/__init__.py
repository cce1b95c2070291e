"""Mainstay's engine: tables in, grades out. No Django, no hidden files.

    import mainstay_engine as me
    facts = me.read_facts(lines="lines.csv", receipts="receipts.csv")
    result = me.grade(facts, scheme="abc", as_of="2011-12-09", window="12m")
    result.to_pandas(); result.summary(); result.explain("17850")

Names load on first use, so that importing the package is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mainstay_engine.errors import (
        BadInput,
        BadScheme,
        EngineError,
        Fault,
        MixedCurrencies,
        NoData,
        NoFit,
        UnknownName,
    )
    from mainstay_engine.facts import Facts, Source
    from mainstay_engine.metrics import compute_metrics
    from mainstay_engine.metrics import metrics as list_metrics
    from mainstay_engine.reader import facts_from_tables, read_facts
    from mainstay_engine.schemes import Result, Scheme, grade, load_scheme
    from mainstay_engine.schemes import schemes as list_schemes

__version__ = "0.1.0"

_HOMES = {
    "BadInput": "errors", "BadScheme": "errors", "EngineError": "errors", "Fault": "errors",
    "MixedCurrencies": "errors", "NoData": "errors", "NoFit": "errors",
    "UnknownName": "errors",
    "Facts": "facts", "Source": "facts",
    "compute_metrics": "metrics", "list_metrics": "metrics.metrics",
    "facts_from_tables": "reader", "read_facts": "reader",
    "Result": "schemes", "Scheme": "schemes", "grade": "schemes", "load_scheme": "schemes",
    "list_schemes": "schemes.schemes",
}  # fmt: skip
"""Public name → the module it comes from, and its name there where that differs."""

__all__ = [
    "BadInput", "BadScheme", "EngineError", "Facts", "Fault", "MixedCurrencies", "NoData", "NoFit",
    "Result", "Scheme", "Source", "UnknownName", "compute_metrics", "facts_from_tables", "grade",
    "list_metrics", "list_schemes", "load_scheme", "read_facts",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a public name from its module the first time it is asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, there = home.partition(".")
    value = getattr(import_module(f"{__name__}.{module}"), there or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
