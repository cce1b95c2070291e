"""Customers by points: bars are the draft, each in its class's colour; the line is the scheme it is
compared with; dotted lines are the cuts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BINS = 50
HEAD, FOOT = 34, 22

Valued = Sequence[tuple[str, float]]
"""Class and points of each customer."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Customers of one bin."""

    x: float
    y: float
    width: float
    height: float
    step: str


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a class begins."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A class's name and count over its bars."""

    x: float
    step: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """Everything the template draws, in pixels."""

    width: int
    height: int
    base: float
    bars: tuple[Bar, ...]
    line: str
    """The path of the scheme compared with; empty: it has no points."""
    cuts: tuple[Cut, ...]
    heads: tuple[Heading, ...]
    most: str


def histogram(
    after: Valued, before: Valued, cuts: Mapping[str, float], steps: Mapping[str, str],
    names: Sequence[tuple[str, str, str]], most: float, width: int = 760, height: int = 190,
) -> Histogram | None:  # fmt: skip
    """Lay out the picture; ``None`` where nobody has points.

    ``cuts`` says from how many points each class begins, ``steps`` the badge of each class,
    ``names`` (class, name, text) what stands over it; ``most`` is the end of the axis.
    """
    if not after or most <= 0:
        return None

    def bin_of(value: float) -> int:
        return min(max(int(value / most * BINS), 0), BINS - 1)

    now = Counter(bin_of(value) for _klass, value in after)
    was = Counter(bin_of(value) for _klass, value in before)
    of = {place: Counter[str]() for place in now}
    for klass, value in after:
        of[bin_of(value)][klass] += 1
    highest = max([*now.values(), *was.values()])
    base, pitch = float(height - FOOT), width / BINS
    tall = base - HEAD
    bars = tuple(
        Bar(round(place * pitch + 0.5, 1), round(base - tall * count / highest, 1),
            round(pitch - 1, 1), round(tall * count / highest, 1),
            steps.get(of[place].most_common(1)[0][0], "N"))
        for place, count in sorted(now.items())
    )  # fmt: skip
    path = ""
    if was:
        points = [f"M0 {base}"]
        for place in range(BINS):
            y = round(base - tall * was[place] / highest, 1)
            points.append(f"V{y}H{round((place + 1) * pitch, 1)}")
        path = "".join([*points, f"V{base}"])
    return Histogram(
        width, height, base, bars, path,
        tuple(Cut(_x(value, most, width), f"{value:g}") for value in cuts.values()),
        tuple(_heads(cuts, steps, names, most, width)), f"{most:g}",
    )  # fmt: skip


def _x(value: float, most: float, width: int) -> float:
    return round(min(max(value / most, 0), 1) * width, 1)


def _heads(
    cuts: Mapping[str, float], steps: Mapping[str, str], names: Sequence[tuple[str, str, str]],
    most: float, width: int,
) -> list[Heading]:  # fmt: skip
    """Each class over the middle of its stretch; a narrow one has no room for words."""
    found: list[Heading] = []
    end = most
    for klass, name, text in names:
        begin = cuts.get(klass, 0.0)
        left, right = _x(begin, most, width), _x(end, most, width)
        if right - left >= 7 * len(f"{name} {text}"):
            found.append(Heading(round((left + right) / 2, 1), steps.get(klass, "N"), name, text))
        end = begin
    return found
