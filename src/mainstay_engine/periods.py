"""Calendar steps: months that start mid-month, clipped at the month's end."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

BEGINNING = date(1, 1, 1)
"""Start of what has no start."""


def add_months(day: date, months: int) -> date:
    """The same day some months later (or earlier), clipped: 31 March less one month is the 28th."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if year < 1:
        return BEGINNING
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_before(day: date, months: int) -> date:
    """The day to compare a closing day with: of a month's last day the last day back then.

    30 June less six months is 31 December; of any other day the same day (``add_months``).
    """
    if (day + timedelta(days=1)).day != 1:
        return add_months(day, -months)
    return add_months(day.replace(day=1), 1 - months) - timedelta(days=1)


def months_back(as_of: date, count: int) -> list[tuple[date, date]]:
    """The last ``count`` months ending on ``as_of`` inclusive, oldest first, without gap.

    As of 2011-12-09: …, (2011-10-10, 2011-11-09), (2011-11-10, 2011-12-09). As of a month's last
    day they are calendar months. The first starts where a window of ``count`` months does.
    """
    ends = [add_months(as_of, -count)]
    ends += [months_before(as_of, back) for back in range(count - 1, -1, -1)]
    return [(before + timedelta(days=1), end) for before, end in pairwise(ends)]
