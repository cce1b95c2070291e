"""Where a customer stands on its scheme's scale: the classes side by side, a mark for «here».

For classes by cumulative share the scale is the share of the whole that larger customers hold, from
0 to 100 %; for classes by thresholds it is the deciding value, best class on the right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

HEIGHT, GAP = 54, 1.5


@dataclass(frozen=True, slots=True)
class Segment:
    """One class on the scale; ``limit`` is the text at its left edge."""

    klass: str
    x: float
    width: float
    limit: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    segments: tuple[Segment, ...]
    mark: float
    anchor: str
    label: str


Words = Callable[[float], str]


def scale(
    cut: Mapping[str, Any], value: float | None, share: Words, level: Words, width: int = 360
) -> Scale | None:
    """Lay out the scale of one grade; ``None`` where the class was not decided by a cut.

    ``cut`` is the engine's statement of the cuts; ``value`` the deciding value in the unit of the
    cuts; ``share`` and ``level`` put a share and a value into words.
    """
    steps: Sequence[Mapping[str, Any]] = cut.get("steps", ())
    if not steps:
        return None
    if cut.get("by") in {"cumulative_share", "customer_share"}:
        if "whole" not in cut:
            return None
        whole = Decimal(cut["whole"])
        here = float(Decimal(cut["better"]) / whole) if whole else 0.0
        edges = [0.0, *(float(step["up_to"]) for step in steps), 1.0]
        names = [*(step["class"] for step in steps), cut["rest"]]
        return _drawn(edges, names, here, share, width)
    if value is None:
        return None
    higher = cut.get("direction") == "higher"
    limits = [float(step["at_least" if higher else "up_to"]) for step in steps]
    names = [*(step["class"] for step in steps), cut["rest"]]
    if higher:
        limits, names = limits[::-1], names[::-1]
    spread = (limits[-1] - limits[0]) or abs(limits[-1]) or 1.0
    start = min(limits[0] - spread, value) if higher else 0.0
    end = max(limits[-1] + spread, value)
    return _drawn([start, *limits, end], names, value, level, width)


def _drawn(
    edges: Sequence[float], names: Sequence[str], here: float, words: Words, width: int
) -> Scale:
    first, span = edges[0], (edges[-1] - edges[0]) or 1.0

    def x(place: float) -> float:
        return round((min(max(place, first), edges[-1]) - first) / span * width, 1)

    segments = tuple(
        Segment(
            name, x(start), round(max(x(end) - x(start) - GAP, 0.5), 1),
            words(start) if index else "",
        )
        for index, (name, start, end) in enumerate(zip(names, edges, edges[1:], strict=False))
    )  # fmt: skip
    mark = x(here)
    anchor = "start" if mark < width * 0.25 else "end" if mark > width * 0.75 else "middle"
    return Scale(width, HEIGHT, segments, mark, anchor, words(here))
