"""What is left out for whoever may not see cost: each figure that tells it, or that rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from mainstay.insights.bridge import metric_catalogue
from mainstay.insights.models import Run
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes import in_use
from mainstay.kernel.errors import Words, words

COSTLY = {"lines.cost", "efforts.amount|effort_rates", "effort_rates.per_year"}
"""Needs of a metric that tells cost: of goods, of efforts, or of money."""
REASON: Words = words(
    "It rests on cost, which you may not see.", "依据成本数据判定，您无权查看成本。"
)


@lru_cache(maxsize=1)
def cost_metrics() -> frozenset[str]:
    """The metrics that need cost or rates of efforts, and those computed from them."""
    found: set[str] = set()
    for metric in metric_catalogue():  # a metric stands after those it requires
        if COSTLY & metric.needs or found & set(metric.requires):
            found.add(metric.name)
    return frozenset(found)


def without_cost(measured: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that say nothing of cost."""
    return {name: value for name, value in measured.items() if name not in cost_metrics()}


def rests_on_cost(run: Run | RunInfo) -> bool:
    """Whether a scheme decides by a figure that tells cost, or by such a scheme's class."""
    definition = run.parameters.get("scheme", {})
    return run.value_metric in cost_metrics() or _tells_cost(definition, frozenset())


def _tells_cost(definition: Mapping[str, Any], seen: frozenset[str]) -> bool:
    """``seen``: the schemes on the way here, so that a circle comes to an end."""
    if _named(definition) & cost_metrics():
        return True
    names = {one["scheme"] for one in definition.get("classed", ())} - seen
    return any(
        _tells_cost(other, seen | names) for name in names for other in in_use.definitions(name)
    )


def without_sums(run: RunInfo) -> RunInfo:
    """A run without what its classes bring, where that is profit."""
    if not rests_on_cost(run):
        return run
    classes = tuple(replace(entry, value=None, least=None) for entry in run.classes)
    return replace(run, classes=classes, measured=())


def _named(definition: Any) -> set[str]:
    """Every text in a scheme's definition: a metric is named by its own word."""
    if isinstance(definition, str):
        return {definition}
    if isinstance(definition, Mapping):
        return set().union(*map(_named, definition.values()))
    if isinstance(definition, (list, tuple)):
        return set().union(*map(_named, definition))
    return set()
