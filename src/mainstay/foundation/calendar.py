"""Working days and fiscal years as pure functions. ``company`` says how this firm keeps them.

China's days off and the weekends worked for them come from the library ``chinesecalendar``, which
follows the notices of the State Council and knows no year before its notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
from chinese_calendar import Holiday

from mainstay.kernel.errors import Words

CHINA = "CN"
_ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Special:
    """A day that is not what its weekday says, or that has a name."""

    working: bool
    name: Words
    """Keyed ``en`` and ``zh``."""
    own: bool = False
    """Entered by the firm."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked: the firm's own word, else the official one, else the weekday."""

    weekend: frozenset[int] = frozenset({5, 6})
    """Weekdays without work, Monday being 0; never all seven."""
    holidays: str = CHINA
    """Whose official days count; empty: nobody's."""
    own: Mapping[date, Special] = field(default_factory=dict)

    def special(self, day: date) -> Special | None:
        """What is said of this very day; ``None``: it is what its weekday is."""
        return self.own.get(day) or self.official(day)

    def official(self, day: date) -> Special | None:
        """What the official calendar says of this day."""
        if self.holidays != CHINA:
            return None
        return (official_days(day.year) or {}).get(day)

    def is_announced(self, year: int) -> bool:
        """Whether the official days of the year are known, or none are asked for."""
        return self.holidays != CHINA or official_days(year) is not None

    def is_working_day(self, day: date) -> bool:
        special = self.special(day)
        return special.working if special else day.weekday() not in self.weekend

    def next_working_day(self, day: date) -> date:
        """The first working day after this one."""
        return self.add_working_days(day, 1)

    def add_working_days(self, day: date, n: int) -> date:
        """The ``n``-th working day after the day, or before it where ``n`` is negative; 0 is the
        day itself, worked or not.
        """
        step, left = (_ONE, n) if n >= 0 else (-_ONE, -n)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, a: date, b: date) -> int:
        """How many working days ``b`` is after ``a``: those after ``a`` up to ``b``; where ``b``
        is earlier, those from ``b`` until before ``a``, as a negative number.

        So ``add_working_days(a, n)`` is ``n`` working days from ``a``.
        """
        if b < a:
            return -sum(self.is_working_day(b + _ONE * n) for n in range((a - b).days))
        return sum(self.is_working_day(a + _ONE * n) for n in range(1, (b - a).days + 1))


@lru_cache(maxsize=64)
def official_days(year: int) -> Mapping[date, Special] | None:
    """China's days off and the weekends that are worked for them; ``None``: not announced."""
    first = date(year, 1, 1)
    try:
        chinese_calendar.is_workday(first)
    except NotImplementedError:  # how the library says that it does not know the year
        return None
    days = (first + _ONE * n for n in range((date(year, 12, 31) - first).days + 1))
    told = ((day, *chinese_calendar.get_holiday_detail(day)) for day in days)
    return {
        day: Special(not off, {"en": name, "zh": Holiday(name).chinese})
        for day, off, name in told
        if name is not None
    }


def fiscal_year_of(day: date, first_month: int = 1) -> int:
    """The fiscal year of a day, named by the calendar year in which it begins."""
    return day.year if day.month >= first_month else day.year - 1


def fiscal_bounds(year: int, first_month: int = 1) -> tuple[date, date]:
    """The first and the last day of a fiscal year."""
    return date(year, first_month, 1), date(year + 1, first_month, 1) - _ONE
