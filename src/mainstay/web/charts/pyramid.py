"""Two pyramids side by side: how many customers a class holds, and what it earns.

They share the height of a row and differ in width only. Loss-makers and idle customers are no part
of either whole; the page names them beneath.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PITCH, HEAD = 55, 22
WORDS, MIDDLE = 68, 40
"""Room for the figures at either end, and for half of the names between."""


@dataclass(frozen=True, slots=True)
class Level:
    """One class: two rectangles and the words at either end."""

    step: str
    letter: str
    title: str
    y: int
    left_x: float
    left_width: float
    right_x: float
    right_width: float
    customers: str
    customer_share: str
    profit: str
    profit_share: str


@dataclass(frozen=True, slots=True)
class Pyramids:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    centre: float
    levels: tuple[Level, ...]


Row = tuple[str, str, str, int, int, str, str, str, str]


def pyramids(rows: Sequence[Row], width: int) -> Pyramids:
    """Lay out both pyramids.

    A row is (step, letter, title, customers, profit in minor units, and the four texts: customers,
    their share, profit, its share), best class first.
    """
    centre = width / 2
    widest = centre - WORDS - MIDDLE
    axis = WORDS + widest / 2
    most = max((row[3] for row in rows), default=0) or 1
    richest = max((row[4] for row in rows), default=0) or 1
    levels = []
    for index, (step, letter, title, customers, profit, *texts) in enumerate(rows):
        left = round(widest * customers / most, 1)
        right = round(widest * max(profit, 0) / richest, 1)
        levels.append(
            Level(
                step, letter, title, HEAD + index * PITCH,
                round(axis - left / 2, 1), left,
                round(width - axis - right / 2, 1), right,
                *texts,
            )
        )  # fmt: skip
    return Pyramids(width, HEAD + len(levels) * PITCH, centre, tuple(levels))
