"""Where effort goes: for each group bars of customers, revenue and effort, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.web.charts.regions import label_width

BAR, PITCH, GAP = 12, 16, 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One share of one group."""

    name: str
    kind: str
    y: int
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """One group: its name, and its bars."""

    name: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    start: int
    groups: tuple[Group, ...]


Share = tuple[str, str, float, str]


def waste(rows: Sequence[tuple[str, Sequence[Share]]], width: int) -> Bars:
    """Lay out the bars. A row is (group, [(name, kind, share from 0 to 1, its text)])."""
    names = [name for _, bars in rows for name, *_ in bars] + [name for name, _ in rows]
    start = min(int(max([60.0, *map(label_width, names)])) + 10, width // 2)
    room = width - start - 52
    largest = max((share for _, bars in rows for _, _, share, _ in bars), default=0) or 1
    groups, y = [], 0
    for group, bars in rows:
        drawn = [
            Bar(name, kind, y + 18 + index * PITCH, round(room * max(share, 0) / largest, 1), text)
            for index, (name, kind, share, text) in enumerate(bars)
        ]
        groups.append(Group(group, y + 11, tuple(drawn)))
        y += 18 + len(bars) * PITCH + GAP
    return Bars(width, max(y - GAP, 1), start, tuple(groups))
