"""The waterfall as lying bars, one under the other: levels from zero, steps hanging between them.

Lying, so that every bar has room for its name, on the phone too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.web.charts.regions import label_width

PITCH, BAR = 28, 16


@dataclass(frozen=True, slots=True)
class Bar:
    """One step. ``kind``: level, less (takes off), more (adds), loss (a level below zero)."""

    name: str
    amount: str
    kind: str
    x: float
    y: int
    width: float
    link: float
    """Where the line goes down to the next bar."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    zero: float
    bars: tuple[Bar, ...]


Row = tuple[str, str, int, int, bool]


def waterfall(rows: Sequence[Row], width: int) -> Bars:
    """Lay out the bars. A row is (name, amount text, amount, what is left, whether a level), both
    figures in minor units, as the engine's steps have them.
    """
    names = int(max([60.0, *(label_width(row[0]) for row in rows)])) + 12
    amounts = int(max([40.0, *(label_width(row[1]) for row in rows)])) + 8
    names = min(names, width // 2)
    ends = [(left, 0 if level else left + amount) for _, _, amount, left, level in rows]
    high = max(0, *(max(pair) for pair in ends))
    low = min(0, *(min(pair) for pair in ends))
    room = width - names - amounts

    def x(value: int) -> float:
        return names + room * (value - low) / ((high - low) or 1)

    bars = []
    for index, (name, text, amount, left, level) in enumerate(rows):
        one, other = ends[index]
        kind = ("loss" if left < 0 else "level") if level else "less" if amount > 0 else "more"
        bars.append(
            Bar(
                name, text, kind, round(min(x(one), x(other)), 1), index * PITCH + 4,
                round(max(abs(x(one) - x(other)), 1.0), 1), round(x(left), 1),
            )
        )  # fmt: skip
    return Bars(width, len(rows) * PITCH, round(x(0), 1), tuple(bars))
