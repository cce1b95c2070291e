"""The Pareto curve: cumulative share of value over cumulative share of customers.

Both axes run from 0 to 100 %, the curve ends at 100 %. The area under it is cut where the classes
change; each part carries its letter, its customers and its share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One class under the curve. ``label_x`` is where its words are centred."""

    step: str
    name: str
    customers: int
    share: float
    area: str
    label_x: float
    fits: bool
    """Wide enough for three lines of words, and the curve passes above them; else only the letter
    stands there.
    """


@dataclass(frozen=True, slots=True)
class Cut:
    """A point of the curve where one class ends and the next begins."""

    x: float
    y: float
    share_customers: float
    share_value: float


@dataclass(frozen=True, slots=True)
class Pareto:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    curve: str
    parts: tuple[Part, ...]
    cuts: tuple[Cut, ...]
    y_ticks: tuple[tuple[float, str], ...]
    x_ticks: tuple[tuple[float, str, str], ...]


Point = tuple[float, float]
HALF, LINES = 26, 52
"""Half the width of the words under the curve, and the height of their three lines, in pixels."""


def value_at(points: Sequence[Point], share_customers: float) -> float:
    """Share of value that the first ``share_customers`` of the customers bring (interpolated)."""
    before = (0.0, 0.0)
    for point in points:
        if point[0] >= share_customers:
            span = point[0] - before[0]
            part = (share_customers - before[0]) / span if span else 1.0
            return before[1] + part * (point[1] - before[1])
        before = point
    return before[1]


def pareto(
    points: Sequence[Point],
    classes: Sequence[tuple[str, str, int, float, float]],
    width: int,
    height: int,
) -> Pareto:
    """Lay out the curve.

    ``points`` run from (0, 0) to (1, 1). ``classes``, best first, are
    (step, name, customers, share of customers where it ends, share of value where it ends).
    """
    left, right, top, bottom = 36, width - 14, 8, height - 34

    def x(share: float) -> float:
        return round(left + share * (right - left), 1)

    def y(share: float) -> float:
        return round(bottom - share * (bottom - top), 1)

    def path(part: Sequence[Point]) -> str:
        return "L".join(f"{x(a)} {y(b)}" for a, b in part)

    parts: list[Part] = []
    cuts: list[Cut] = []
    start, brought = 0.0, 0.0
    for step, name, customers, end, value in classes:
        inner = [p for p in points if start < p[0] < end]
        edge = [(start, value_at(points, start)), *inner, (end, value_at(points, end))]
        area = f"M{x(start)} {bottom}L{path(edge)}L{x(end)} {bottom}Z"
        middle = round((x(start) + x(end)) / 2, 1)
        under = (middle - HALF - left) / (right - left)
        fits = x(end) - x(start) > 2 * HALF and y(value_at(points, under)) < bottom - LINES
        parts.append(Part(step, name, customers, value - brought, area, middle, fits))
        if end < 1:
            cuts.append(Cut(x(end), y(value_at(points, end)), end, value))
        start, brought = end, value
    return Pareto(
        width=width, height=height, left=left, right=right, top=top, bottom=bottom,
        curve="M" + path(points), parts=tuple(parts), cuts=tuple(cuts),
        y_ticks=tuple((y(s / 4), f"{s * 25}%") for s in range(5)),
        x_ticks=tuple(
            (x(s / 4), f"{s * 25}%", "start" if s == 0 else "end" if s == 4 else "middle")
            for s in range(5)
        ),
    )  # fmt: skip
