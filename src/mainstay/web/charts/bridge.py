"""A waterfall on its side: each step of a change begins where the one before it ended.

The steps and the change are drawn from a zero line on one scale; what stood before is told in
words, for beside it the steps would be too short to see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.web.charts.regions import label_width

PITCH, BAR, HEAD = 30, 18, 8
AMOUNT = 72
"""Pixels for the amounts on the right."""
THIN = 1.5
"""Of a bar that would be too short to see."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One step, or the whole change; ``y`` is the upper edge, ``joint`` where the next begins."""

    name: str
    kind: str
    """``up``, ``down``, ``flat``, or ``whole`` for the last."""
    x: float
    y: int
    width: float
    joint: float
    amount: str
    href: str


@dataclass(frozen=True, slots=True)
class Bridge:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    zero: float
    bars: tuple[Bar, ...]


Step = tuple[str, int, str, str]
"""Name, minor units, amount in words, address of the list behind."""


def bridge(steps: Sequence[Step], whole: Step, width: int) -> Bridge:
    """Lay out the steps, and below them the whole change that they add up to."""
    left = int(max(label_width(step[0]) for step in (*steps, whole))) + 14
    right = width - AMOUNT
    reached = [0]
    for _name, amount, _words, _href in steps:
        reached.append(reached[-1] + amount)
    low, high = min(*reached, whole[1], 0), max(*reached, whole[1], 0)
    span = (high - low) or 1

    def x(value: int) -> float:
        return round(left + (value - low) / span * (right - left), 1)

    bars = []
    for index, (name, amount, words, href) in enumerate((*steps, whole)):
        last = index == len(steps)
        start, end = (0, whole[1]) if last else (reached[index], reached[index + 1])
        kind = "up" if amount > 0 else "down" if amount < 0 else "flat"
        bars.append(Bar(
            name, "whole" if last else kind, min(x(start), x(end)), HEAD + index * PITCH,
            round(max(abs(x(end) - x(start)), THIN), 1), x(end), words, href,
        ))  # fmt: skip
    return Bridge(width, HEAD + len(bars) * PITCH, x(0), tuple(bars))
