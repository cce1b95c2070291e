"""Net sales of each region as one bar, divided by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PITCH, BAR, HEAD = 32, 20, 26


@dataclass(frozen=True, slots=True)
class Piece:
    """One class within a region's bar; its letter is drawn where it fits."""

    step: str
    letter: str
    x: float
    width: float
    lettered: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One region."""

    name: str
    y: int
    pieces: tuple[Piece, ...]
    end: float
    amount: str
    core: str


@dataclass(frozen=True, slots=True)
class Regions:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    start: int
    bars: tuple[Bar, ...]


Row = tuple[str, Sequence[tuple[str, str, int]], str, str]


def label_width(name: str) -> float:
    """Pixels a name takes at 12 px: a Chinese character is about twice a Latin letter."""
    return sum(12.0 if ord(letter) > 0x2E7F else 6.6 for letter in name)


def regions(rows: Sequence[Row], width: int) -> Regions:
    """Lay out the bars. A row is (name, [(step, letter, minor units)], amount text, core text)."""
    start = int(max([54.0, *(label_width(row[0]) for row in rows)])) + 12
    room = width - start - 62 - (46 if any(row[3] for row in rows) else 0)
    largest = max((sum(max(v, 0) for _, _, v in row[1]) for row in rows), default=0) or 1
    bars = []
    for index, (name, classes, amount, core) in enumerate(rows):
        x = float(start)
        pieces = []
        for step, letter, value in classes:
            if value <= 0:
                continue
            size = room * value / largest
            pieces.append(
                Piece(step, letter, round(x, 1), round(max(size - 0.8, 0.6), 1), size > 18)
            )
            x += size
        bars.append(Bar(name, HEAD + index * PITCH, tuple(pieces), round(x + 7, 1), amount, core))
    return Regions(width, HEAD + len(bars) * PITCH - (PITCH - BAR), start, tuple(bars))
