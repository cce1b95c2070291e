"""The waterfall of one customer: from sales at list price to what is left after service.

It adds nothing up anew: every step is a metric, so that the steps tie to the cent with every other
page. Source: Mainstay; the pocket-price waterfall as practitioners draw it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from mainstay_engine.activities import activities

LEVELS = ("list_sales", "net_sales", "gross_profit", "profit_after_service")
"""What the steps lead from and to."""
_DOWN = {
    "list_sales": ("discounts",),
    "net_sales": ("cost",),
    "gross_profit": (
        "rebates", *(f"effort_cost_{one.name}" for one in activities()), "financing",
    ),
}  # fmt: skip
"""What lies between a level and the next one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One bar. ``amount`` in minor units: of a level its height, else what it takes off (negative
    where it adds). ``left``: what is left once it is taken off.
    """

    metric: str
    amount: int
    left: int
    level: bool


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The steps as far as they are known, and what was lacking to go on."""

    steps: tuple[Step, ...]
    lacking: tuple[str, ...] = ()
    """Metrics without a value on the way to the next level."""

    @property
    def whole(self) -> bool:
        """Whether it leads to what is left after service."""
        return bool(self.steps) and self.steps[-1].metric == LEVELS[-1]


def waterfall(figures: Mapping[str, int | float | None]) -> Waterfall:
    """The waterfall of a customer by its metrics; those it does not hold are not known.

    It begins at net sales where the list price is not known, and ends at the level behind which
    something lacks. A step of zero is left out. Raises ``ValueError`` where the figures do not tie.
    """
    known = {name: int(value) for name, value in figures.items() if value is not None}
    first = LEVELS[0] if {"list_sales", "discounts"} <= known.keys() else LEVELS[1]
    if first not in known:
        return Waterfall((), (first,))
    steps = [Step(first, known[first], known[first], level=True)]
    for level, below in pairwise(LEVELS):
        if steps[-1].metric != level:
            continue
        needed = [name for name in _DOWN[level] if not name.startswith("effort_cost_")]
        needed += ["effort_cost"] if level == "gross_profit" else []
        lacking = tuple(name for name in needed if name not in known)
        if lacking or below not in known:
            return Waterfall(tuple(steps), lacking or (below,))
        left = steps[-1].left
        for name in _DOWN[level]:
            if amount := known.get(name, 0):
                left -= amount
                steps.append(Step(name, amount, left, level=False))
        if left != known[below]:
            raise ValueError(f"{level} less its steps is {left}, not {below} {known[below]}")
        steps.append(Step(below, left, left, level=True))
    return Waterfall(tuple(steps))
