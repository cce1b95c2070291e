"""Twelve months as a line of a few pixels: the shape of a customer's year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

MARGIN = 2
"""Pixels left free at each side."""


@dataclass(frozen=True, slots=True)
class Sparkline:
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
    scale = (bottom - MARGIN) / ((high - base) or 1)
    heights = [bottom - (value - base) * scale for value in values]
    path = _path(len(values), width) % tuple(heights)
    return Sparkline(width, height, path, float(width - MARGIN), round(heights[-1], 1))


@lru_cache(maxsize=64)
def _path(points: int, width: int) -> str:
    """A path through so many points, with places for their heights."""
    step = (width - 2 * MARGIN) / (points - 1)
    return "M" + "L".join(f"{MARGIN + place * step:.1f} %.1f" for place in range(points))
