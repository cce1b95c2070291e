"""Who went from which class to which (Sankey): classes then on the left, now on the right, and
between them bands as high as their number of customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEIGHT, GAP, BAR = 320, 9, 12
HEAD = 26
LEAST = 0.75
"""Pixels of the thinnest band."""
LINE = 15
"""Pixels between the words of two blocks."""


@dataclass(frozen=True, slots=True)
class Block:
    """One class on one side; ``label_y`` is the middle of its words."""

    step: str
    text: str
    x: float
    y: float
    height: float
    label_y: float
    count: str


@dataclass(frozen=True, slots=True)
class Band:
    """Customers who went from one class to another; ``way`` colours it."""

    way: str
    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Flows:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    left: tuple[Block, ...]
    right: tuple[Block, ...]
    bands: tuple[Band, ...]


Side = Sequence[tuple[str, str, str, int, str]]
"""(class, step, text, customers, their number in words), best class first; those nobody is in are
left out by whoever calls."""


def flows(
    left: Side, right: Side, moved: Iterable[tuple[str, str, int, str, str]], width: int, room: int
) -> Flows:
    """Lay out both sides and the bands between.

    ``moved``: (class then, class now, customers, way, title). ``room``: pixels for words on either
    side. Both sides hold the same customers, so one scale serves; the bands of a block fill it, in
    the order of the classes they lead to.
    """
    whole = sum(one[3] for one in left) or 1
    gaps = GAP * (max(len(left), len(right), 1) - 1)
    scale = (HEIGHT - gaps) / whole
    x_left, x_right = float(room), float(width - room - BAR)
    starts = _stacked(left, scale), _stacked(right, scale)
    blocks = _blocks(left, starts[0], scale, x_left), _blocks(right, starts[1], scale, x_right)
    out = {one[0]: y for one, y in zip(left, starts[0], strict=True)}
    into = {one[0]: y for one, y in zip(right, starts[1], strict=True)}
    order = [{one[0]: at for at, one in enumerate(side)} for side in (left, right)]
    ordered = sorted(moved, key=lambda one: (order[0][one[0]], order[1][one[1]]))
    bands = []
    for was, now, count, way, title in ordered:
        high = count * scale
        path = _band(x_left + BAR, HEAD + out[was], x_right, HEAD + into[now], high)
        bands.append(Band(way, path, title))
        out[was] += high
        into[now] += high
    return Flows(width, HEAD + HEIGHT + 4, blocks[0], blocks[1], tuple(bands))


def _blocks(side: Side, places: Sequence[float], scale: float, x: float) -> tuple[Block, ...]:
    labels = _labelled(side, places, scale)
    return tuple(
        Block(step, text, x, HEAD + y, round(max(count * scale, LEAST), 1), HEAD + at, words)
        for (_klass, step, text, count, words), y, at in zip(side, places, labels, strict=True)
    )


def _stacked(side: Side, scale: float) -> list[float]:
    """Where each block begins, from the top."""
    places, y = [], 0.0
    for _klass, _step, _text, count, _words in side:
        places.append(round(y, 2))
        y += count * scale + GAP
    return places


def _labelled(side: Side, places: Sequence[float], scale: float) -> list[float]:
    """The middle of each block's words: that of the block, or lower where the words above it stand;
    where they would run out at the bottom, all of them move up.
    """
    found: list[float] = []
    for (_klass, _step, _text, count, _words), y in zip(side, places, strict=True):
        at = y + count * scale / 2
        found.append(round(max(at, found[-1] + LINE) if found else at, 1))
    for place in range(len(found) - 1, -1, -1):
        below = found[place + 1] - LINE if place + 1 < len(found) else float(HEIGHT)
        found[place] = round(min(found[place], below), 1)
    return found


def _band(x: float, y: float, to_x: float, to_y: float, high: float) -> str:
    """The outline of a band: from the right edge of a block to the left edge of another."""
    high = max(high, LEAST)
    middle = round((x + to_x) / 2, 1)
    y, to_y, under, to_under = (round(one, 2) for one in (y, to_y, y + high, to_y + high))
    return (
        f"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}"
        f"V{to_under}C{middle} {to_under} {middle} {under} {x} {under}Z"
    )
