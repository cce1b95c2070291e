"""Shares over time as lines from nothing to the largest, each named at its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from mainstay.web.charts.regions import label_width

LEFT, TOP, BOTTOM, APART = 38, 12, 24, 14
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
"""Steps of the scale; the first that takes few lines is used."""
LINES = 5

Line = tuple[str, str, Sequence[float | None]]
"""Step of colour, name, shares from 0 to 1 (``None``: not known there)."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One line; where it is known at one place alone it is a dot."""

    step: str
    name: str
    path: str
    dots: tuple[tuple[float, float], ...]
    label_y: float


@dataclass(frozen=True, slots=True)
class Lines:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    left: int
    right: float
    bottom: int
    lines: tuple[Drawn, ...]
    x_ticks: tuple[tuple[float, str, str], ...]
    """Place, words, anchor."""
    y_ticks: tuple[tuple[float, float], ...]
    """Place and share."""


def lines(
    series: Sequence[Line], places: Sequence[str], width: int, height: int
) -> Lines:  # fmt: skip
    """Lay out lines over the places; names of lines keep apart from each other."""
    known = [value for _step, _name, values in series for value in values if value is not None]
    high = max(*known, 0.01, 0.0)
    step = next((tick for tick in TICKS if high / tick <= LINES), TICKS[-1])
    top = math.ceil(high / step - 1e-9) * step
    right = width - max((label_width(name) for _step, name, _values in series), default=0) - 12
    bottom = height - BOTTOM
    pitch = (right - LEFT) / max(len(places) - 1, 1)

    def x(place: int) -> float:
        return round(LEFT + place * pitch, 1)

    def y(value: float) -> float:
        return round(bottom - value / top * (bottom - TOP), 1)

    drawn = []
    for colour, name, values in series:
        dots = [(x(at), y(value)) for at, value in enumerate(values) if value is not None]
        path = " ".join(f"{'M' if not at else 'L'}{dot[0]} {dot[1]}" for at, dot in enumerate(dots))
        drawn.append(Drawn(colour, name, path, tuple(dots), dots[-1][1] if dots else float(bottom)))
    return Lines(
        width, height, LEFT, round(right, 1), bottom, _apart(drawn, bottom),
        _x_ticks(places, x, pitch),
        tuple((y(at * step), at * step) for at in range(round(top / step) + 1)),
    )  # fmt: skip


def _apart(drawn: list[Drawn], bottom: int) -> tuple[Drawn, ...]:
    """The lines with their names moved down, then up, until none covers another."""
    order = sorted(range(len(drawn)), key=lambda at: drawn[at].label_y)
    place = {at: drawn[at].label_y for at in order}
    for before, after in pairwise(order):
        place[after] = max(place[after], place[before] + APART)
    floor = float(bottom)
    for at in reversed(order):
        place[at] = min(place[at], floor)
        floor = place[at] - APART
    return tuple(
        Drawn(one.step, one.name, one.path, one.dots, round(place[at] + 4, 1))
        for at, one in enumerate(drawn)
    )


def _x_ticks(
    places: Sequence[str], x: Callable[[int], float], pitch: float
) -> tuple[tuple[float, str, str], ...]:  # fmt: skip
    """The names of the places from the last one back, as many as have room."""
    room = max((label_width(name) for name in places), default=0) + 12
    every = max(1, math.ceil(room / pitch)) if pitch else 1
    last = len(places) - 1
    shown = [at for at in range(last, -1, -1) if (last - at) % every == 0]
    return tuple(
        (x(at), places[at], "start" if not at and last else "middle") for at in reversed(shown)
    )
