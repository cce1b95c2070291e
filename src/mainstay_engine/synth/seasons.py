"""How busy each day is: working days, Chinese New Year, the October holiday, the year-end peak."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from mainstay_engine.synth.scale import Profile

#: First day of the first lunar month. Source: the public lunar calendar.
NEW_YEARS = {
    2015: (2, 19), 2016: (2, 8), 2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25),
    2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17),
    2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11),
    2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip

#: Month → busyness: steady spring and autumn, slack summer, peak before the year's accounts close.
MONTHS = (1.00, 0.85, 1.10, 1.05, 1.00, 0.98, 0.90, 0.90, 1.02, 1.00, 1.12, 1.24)


def busyness(day: date) -> float:
    """How much is ordered on a day, against 1.0 on an ordinary working day of an ordinary month."""
    if is_holiday(day):
        return 0.0
    weight = MONTHS[day.month - 1] * (1.0 if day.weekday() < 5 else 0.12)
    return weight * _around_new_year(day)


def is_holiday(day: date) -> bool:
    """Chinese New Year (nine days), 1–3 May, 1–7 October and 1 January."""
    since = _since_new_year(day)
    if since is not None and -1 <= since <= 7:
        return True
    return (day.month, day.day) == (1, 1) or (day.month == 5 and day.day <= 3) or (
        day.month == 10 and day.day <= 7
    )  # fmt: skip


def _around_new_year(day: date) -> float:
    """Stocking up three weeks before the festival, workers away around it."""
    since = _since_new_year(day)
    if since is None:
        return 1.0
    if -28 <= since < -12:
        return 1.25
    if -12 <= since < -1:
        return 0.45
    if 7 < since <= 16:
        return 0.40
    return 1.0


def _since_new_year(day: date) -> int | None:
    """Days since this year's Chinese New Year; ``None`` outside the years in the table."""
    found = NEW_YEARS.get(day.year)
    return (day - date(day.year, *found)).days if found else None


class Calendar:
    """The days of a company: dates, months and busyness as arrays over day numbers 0…days−1."""

    def __init__(self, profile: Profile) -> None:
        self.start = profile.start
        days = [profile.start + timedelta(days=i) for i in range(profile.days)]
        self.dates: NDArray[np.datetime64] = np.array(days, dtype="datetime64[D]")
        self.month: NDArray[np.int64] = np.array(
            [(d.year - self.start.year) * 12 + d.month - self.start.month for d in days]
        )
        raw = np.array([busyness(d) for d in days])
        self.busyness: NDArray[np.float64] = raw * (len(days) / raw.sum())
        """Scaled so that it averages 1 over the whole period."""

    def __len__(self) -> int:
        return len(self.dates)

    def day(self, number: int) -> date:
        """The date of a day number."""
        return self.start + timedelta(days=int(number))

    def number(self, day: date) -> int:
        """The day number of a date; negative before the start."""
        return (day - self.start).days
