"""Levers: the figures that somebody can move, and those that move with them.

A ratio is moved by what it is made of: growth by net sales, the margin by profit, the collection
rate by receipts; so that a path says an amount. What nobody can change by a date (tenure, the
window before, what fell due) is no lever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from mainstay_engine.metrics.catalogue import Figure, ratio
from mainstay_engine.schemes.efforts import movable
from mainstay_engine.schemes.figures import Column, metric
from mainstay_engine.schemes.model import Scheme

Get = Callable[[str], Column]
"""A metric's column as it is, for the rows asked about."""
Follow = Callable[[Column, Column, Get], Column]
"""The column of a metric that follows: of the lever's old and new columns and the others."""


@dataclass(frozen=True)
class Lever:
    """A metric to be moved towards its better end, in steps of ``grain`` (in minor units, pieces,
    days or parts of one), not beyond ``end``; ``cost`` of one unit (yuan, piece, day, 1.00).
    """

    metric: str
    better: int
    """+1: up; −1: down."""
    cost: Decimal
    follows: dict[str, tuple[Follow, tuple[str, ...]]]
    """Metric that follows → how, and of which other metrics."""
    end: int | None = None
    """In units of the metric; None: as far as need be."""

    @property
    def unit(self) -> str:
        return metric(self.metric).unit

    def back(self) -> Lever:
        """The same figure moved towards its worse end."""
        return replace(self, better=-self.better, end=0 if self.better > 0 else None)

    def grain(self, column: Column) -> Decimal:
        """The smallest step, in the column's own grain."""
        return _GRAIN[self.unit] if column.values.dtype.kind == "f" else Decimal(1)

    def moved(self, values: Any, old: Column, get: Get, wanted: set[str]) -> dict[str, Column]:
        """The columns with the lever at ``values``: its own, and those ``wanted`` that follow."""
        new = Column(old.name, old.unit, values, old.present)
        moved = {self.metric: new}
        for name, (follow, _) in self.follows.items():
            if name in wanted:
                moved[name] = follow(old, new, get)
        return moved


def _ratio(name: str, over: Figure, under: Column) -> Column:
    found = ratio(over, Figure(under.whole_numbers, under.present))
    return Column(name, "ratio", found.values, found.known)


def _growth(_old: Column, new: Column, get: Get) -> Column:
    before = get("previous_net_sales")
    return _ratio("growth", Figure(new.whole_numbers - before.whole_numbers, new.present), before)


def _profit(old: Column, new: Column, get: Get) -> Column:
    """At the customer's own margin; without one, as it is."""
    profit = get("gross_profit")
    scaled = profit.present & old.present & (old.values > 0)
    times = new.values / np.where(scaled, old.values, 1)
    grown = np.rint(np.where(scaled, profit.values * times, profit.values))
    return Column("gross_profit", "money", grown.astype(np.int64), profit.present)


def _margin(_old: Column, new: Column, get: Get) -> Column:
    return _ratio("margin", Figure(new.whole_numbers, new.present), get("net_sales"))


def _collected(_old: Column, new: Column, get: Get) -> Column:
    return _ratio("collection_rate", Figure(new.whole_numbers, new.present), get("invoiced"))


_GRAIN = {"ratio": Decimal("0.000001"), "days": Decimal("0.01"), "number": Decimal("0.0001")}


_FOLLOWS: dict[str, dict[str, tuple[Follow, tuple[str, ...]]]] = {
    "net_sales": {"growth": (_growth, ("previous_net_sales",)), "gross_profit": (_profit, ())},
    "gross_profit": {"margin": (_margin, ("net_sales",))},
    "receipts": {"collection_rate": (_collected, ("invoiced",))},
}
LEVERS = {
    name: Lever(name, 1 if each.better == "higher" else -1, each.cost, _FOLLOWS.get(name, {}),
                each.end)
    for name, each in movable().items()
}  # fmt: skip
"""By metric, as ``schemes/levers.yaml`` states them."""
THROUGH = {"growth": "net_sales", "margin": "gross_profit", "collection_rate": "receipts"}
"""Ratios, and the lever that moves them."""


def levers_of(scheme: Scheme) -> list[Lever]:
    """The levers of what decides in a scheme, each once, in the order the scheme names them, at
    its own costs where it states them.
    """
    names = dict.fromkeys(THROUGH.get(name, name) for name in deciding(scheme))
    own = {name: each.cost for name, each in (scheme.path or {}).items() if each.cost is not None}
    levers = [LEVERS[name] for name in names if name in LEVERS]
    return [replace(lever, cost=own.get(lever.metric, lever.cost)) for lever in levers]


def bounds_of(scheme: Scheme) -> dict[str, Decimal]:
    """How far a scheme lets each figure be moved, where it says so, in major units."""
    stated = (scheme.path or {}).items()
    return {name: each.bound for name, each in stated if each.bound is not None}


def deciding(scheme: Scheme) -> list[str]:
    """The metrics that decide on a class, each once."""
    names = [name for part in (*scheme.axes, *scheme.variants) for name in deciding(part)]
    names += [each.moves_with for each in scheme.criteria if each.moves_with is not None]
    names += [c.metric for c in scheme.criteria] or [scheme.ranked_by]
    names += [condition.metric for condition in scheme.conditions()]
    names += [level.of for _, level in scheme.moving_levels()]
    return list(dict.fromkeys(names))


def needed(scheme: Scheme) -> list[str]:
    """Metrics that levers need beside those the scheme reads."""
    names: list[str] = []
    wanted = set(deciding(scheme))
    for lever in levers_of(scheme):
        names.append(lever.metric)
        for name, (_, others) in lever.follows.items():
            if name in wanted:
                names += [name, *others]
    return list(dict.fromkeys(names))
