"""Twelve months as a line of a few pixels: the shape of a customer's year."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

MARGIN = 2
"""Pixels left free at each side."""


class Sparkline(NamedTuple):
    """A path and its last point, in pixels."""

    width: int
    height: int
    path: str
    x: float
    y: float


def sparkline(values: Sequence[int], width: int = 72, height: int = 20) -> Sparkline | None:
    """Line through the months, oldest first; ``None`` for fewer than two.

    The scale starts at zero when the range is wide (the smallest is under half of the largest) and
    at the smallest value otherwise, so that a steady customer still shows its shape.
    """
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    base = min(0, low) if low * 2 < high else low
    bottom = height - MARGIN
    scale = 10 * (bottom - MARGIN) / ((high - base) or 1)
    foot = 10 * bottom + base * scale + 0.5
    tenths = _tenths(height)
    heights = [tenths[int(foot - value * scale)] for value in values]
    path = _path(len(values), width) % tuple(heights)
    return Sparkline(width, height, path, float(width - MARGIN), float(heights[-1]))


@lru_cache(maxsize=64)
def _path(points: int, width: int) -> str:
    """A path through so many points, with places for their heights."""
    step = (width - 2 * MARGIN) / (points - 1)
    return "M" + "L".join(f"{MARGIN + place * step:.1f} %s" for place in range(points))


@lru_cache(maxsize=8)
def _tenths(height: int) -> tuple[str, ...]:
    """Every height in tenths of a pixel, as it is written: a list draws hundreds."""
    return tuple(f"{tenth / 10:.1f}" for tenth in range(10 * height + 1))
