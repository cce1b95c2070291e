"""A matrix as a picture: a field per cell, the darker the more it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mainstay.web.charts.regions import label_width

FIELD, HEAD, GAP = 44, 22, 2
MOST = 0.5
"""Opacity of the fullest field: words stay readable on it."""

Field = tuple[float, str, str, str] | None
"""Part of the fullest field from 0 to 1, what it holds in two lines, address of the list behind."""


@dataclass(frozen=True, slots=True)
class Place:
    """One field."""

    x: float
    y: int
    opacity: float
    first: str
    second: str
    href: str


@dataclass(frozen=True, slots=True)
class Heat:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    field: float
    """Width of a field."""
    heads: tuple[tuple[float, str], ...]
    names: tuple[tuple[int, str], ...]
    places: tuple[Place, ...]


def heat(
    columns: Sequence[str], rows: Sequence[tuple[str, Sequence[Field]]], width: int
) -> Heat:  # fmt: skip
    """Lay out the fields. Names that are too long are cut; so is a second line without room."""
    widest = max((label_width(name) for name, _fields in rows), default=0) + 10
    start = min(widest, width * 0.3)
    size = (width - start) / max(len(columns), 1)
    places = []
    for down, (_name, fields) in enumerate(rows):
        for across, field in enumerate(fields):
            if field is None:
                continue
            part, first, second, href = field
            told = second if label_width(second) + 6 < size else ""
            places.append(
                Place(
                    round(start + across * size, 1), HEAD + down * FIELD,
                    round(0.06 + (MOST - 0.06) * min(max(part, 0), 1), 3), first, told, href,
                )
            )  # fmt: skip
    return Heat(
        width, HEAD + len(rows) * FIELD, round(max(size - GAP, 1), 1),
        tuple((round(start + (at + 0.5) * size - GAP / 2, 1), fitting(name, size - 4))
              for at, name in enumerate(columns)),
        tuple((HEAD + at * FIELD, fitting(name, start - 8)) for at, (name, _) in enumerate(rows)),
        tuple(places),
    )  # fmt: skip


def fitting(name: str, room: float) -> str:
    """A name as far as there is room for it."""
    if label_width(name) <= room:
        return name
    while name and label_width(f"{name}…") > room:
        name = name[:-1]
    return f"{name.rstrip()}…" if name else ""
