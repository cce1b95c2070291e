"""Net sales month by month as columns on a zero line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One month. A negative month (more returned than bought) hangs below the line."""

    x: float
    y: float
    width: float
    height: float
    start: dt.date
    end: dt.date
    net: int
    label: str


@dataclass(frozen=True, slots=True)
class Months:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    zero: float
    columns: tuple[Column, ...]


def months(
    rows: Sequence[tuple[dt.date, dt.date, int]], width: int = 360, height: int = 110
) -> Months | None:
    """Lay out the columns of (first day, last day, minor units); ``None`` without any sales."""
    if not rows or not any(net for _, _, net in rows):
        return None
    top, bottom = 8, height - 18
    high = max(0, *(net for _, _, net in rows))
    low = min(0, *(net for _, _, net in rows))
    span = (high - low) or 1
    zero = bottom + low / span * (bottom - top)
    pitch = width / len(rows)
    columns = []
    for index, (start, end, net) in enumerate(rows):
        size = abs(net) / span * (bottom - top)
        columns.append(
            Column(
                x=round(index * pitch + pitch * 0.14, 1),
                y=round(zero - size if net >= 0 else zero, 1),
                width=round(pitch * 0.72, 1), height=round(size, 1),
                start=start, end=end, net=net, label=str(end.month),
            )
        )  # fmt: skip
    return Months(width, height, round(zero, 1), tuple(columns))
