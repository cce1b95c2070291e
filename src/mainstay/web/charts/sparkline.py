"""Twelve months as a line of a few pixels: the shape of a customer's year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
    span = (high - base) or 1
    margin = 2
    step = (width - 2 * margin) / (len(values) - 1)
    points = [
        (margin + index * step, height - margin - (value - base) / span * (height - 2 * margin))
        for index, value in enumerate(values)
    ]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return Sparkline(width, height, path, round(points[-1][0], 1), round(points[-1][1], 1))
