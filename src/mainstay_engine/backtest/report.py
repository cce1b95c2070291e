"""``Backtest``: how steady a scheme was, and what its classes held of what came next."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

Words = dict[str, str]


@dataclass(frozen=True)
class Level:
    """The best classes together, down to one, against as many customers chosen otherwise.

    Shares are of what all customers known on the day brought in the period after it; ``None``
    where that is not positive.
    """

    down_to: str
    customers: int
    share: float | None
    against: float | None
    """Of the first so many by the scheme compared with."""
    chance: float | None
    """Of so many drawn at random, as expected."""


@dataclass(frozen=True)
class Point:
    """One day of the past, as it was known then."""

    as_of: date
    until: date
    """Last day of the period that followed."""
    customers: int
    counts: dict[str, int]
    moved: int | None
    """Of the customers graded on the day before this one too: whose class is another."""
    stayed_known: int | None
    """How many were graded on both days; ``None`` on the first."""
    back: int | None
    """Of those who had moved on the day before: who are in the class again that they had left."""
    levels: dict[str, tuple[Level, ...]]
    """By figure of the period after: sales, profit, overdue."""


@dataclass(frozen=True)
class Held:
    """What the best classes, down to one, held of a figure: the mean of the days that tell."""

    figure: str
    down_to: str
    share: float
    against: float
    chance: float


@dataclass(frozen=True)
class Caught:
    """What a guard held down or up, over all days: and what those customers then brought."""

    name: str
    title: Words
    cases: int
    """Customers and days on which the guard decided the class."""
    sales: float | None
    """Mean sales of the period after of whom it caught, in minor units."""
    others: float | None
    """The same of whom the cut put into the same class, and no guard moved."""


@dataclass(frozen=True)
class Gain:
    """How much more of a figure the best class held than as many by the scheme compared with."""

    figure: str
    mean: float
    """Over all days, as a share of the whole (0.03: three points more)."""
    low: float
    high: float
    """Within which nine of ten resamplings of the customers fall."""


@dataclass(frozen=True)
class Backtest:
    """The replay of one scheme. Money in minor units."""

    scheme: str
    version: int
    against: str
    title: Words
    points: tuple[Point, ...]
    gains: tuple[Gain, ...]
    guards: tuple[Caught, ...]
    assumed: float
    """Share of the lines for which nothing says when they became known: taken as known on their
    own day."""
    refused: tuple[date, ...]
    """Days on which nobody could be graded."""

    @property
    def moved(self) -> float | None:
        """Share of customers who change class from one day to the next."""
        known = sum(point.stayed_known or 0 for point in self.points)
        return sum(point.moved or 0 for point in self.points) / known if known else None

    @property
    def moved_back(self) -> float | None:
        """Share of those moves that are undone on the next day."""
        after = [(a.moved or 0, b.back or 0)
                 for a, b in zip(self.points, self.points[1:], strict=False)]  # fmt: skip
        moved = sum(count for count, _ in after)
        return sum(back for _, back in after) / moved if moved else None

    @property
    def held(self) -> tuple[Held, ...]:
        """By figure, from the best class down."""
        figures = dict.fromkeys(name for point in self.points for name in point.levels)
        found = []
        for figure in figures:
            days = [point.levels[figure] for point in self.points if figure in point.levels]
            for levels in zip(*days, strict=True):
                told = [one for one in levels if one.share is not None]
                if told:
                    means = (_mean(told, which) for which in ("share", "against", "chance"))
                    found.append(Held(figure, levels[0].down_to, *means))
        return tuple(found)

    def best(self, figure: str) -> Held | None:
        """What the best class alone held of a figure."""
        return next((one for one in self.held if one.figure == figure), None)

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        plain = asdict(self)
        for point in plain["points"]:
            point["as_of"], point["until"] = (
                point["as_of"].isoformat(), point["until"].isoformat(),
            )  # fmt: skip
        plain["refused"] = [day.isoformat() for day in self.refused]
        return plain | {
            "held": [asdict(one) for one in self.held], "moved": self.moved,
            "moved_back": self.moved_back,
        }  # fmt: skip


def _mean(levels: list[Level], which: str) -> float:
    return float(sum(getattr(level, which) for level in levels)) / len(levels)
