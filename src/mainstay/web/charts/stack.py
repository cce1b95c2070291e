"""Bars of one whole each, below each other: which parts it has, and how they shift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.web.charts.regions import label_width

PITCH, BAR, HEAD = 30, 22, 4
GAP = 0.8
"""Pixels between two parts."""

Part = tuple[str, str, float, str]
"""Step of colour, label, share of the whole, address of the list behind."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a bar; its label is drawn where it fits."""

    step: str
    x: float
    width: float
    label: str
    """Empty: there is no room for it."""
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One whole."""

    name: str
    y: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    bars: tuple[Bar, ...]


def stack(rows: Sequence[tuple[str, Sequence[Part]]], width: int) -> Stack:
    """Lay out the bars. Parts below nothing are left out, and the others fill the bar."""
    start = max((label_width(name) for name, _parts in rows), default=0.0) + 12
    room = width - start
    bars = []
    for index, (name, parts) in enumerate(rows):
        whole = sum(max(part[2], 0) for part in parts) or 1
        x, pieces = start, []
        for step, label, share, href in parts:
            if share <= 0:
                continue
            size = room * share / whole
            told = label if label_width(label) + 10 < size else ""
            pieces.append(
                Piece(step, round(x, 1), round(max(size - GAP, 0.4), 1), told, label, href)
            )
            x += size
        bars.append(Bar(name, HEAD + index * PITCH, tuple(pieces)))
    return Stack(width, HEAD + len(bars) * PITCH, tuple(bars))
