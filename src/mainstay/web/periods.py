"""Periods that lists offer: the company's fiscal years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from mainstay.foundation.calendar import fiscal_bounds, fiscal_year_of
from mainstay.foundation.company.settings import company
from mainstay.web.formatting import fiscal_name, fiscal_year

OFFERED = 3
"""Years, the latest first."""


@dataclass(frozen=True, slots=True)
class Period:
    """A fiscal year and the address of the list narrowed to it."""

    name: str
    words: str
    """With its bounds."""
    href: str
    chosen: bool


def fiscal_years(
    as_of: dt.date, chosen: tuple[dt.date | None, dt.date | None], address: Callable[..., str]
) -> list[Period]:
    """The fiscal year of a day and those before it; ``address`` takes ``start`` and ``end``."""
    month = company().fiscal_month
    last, periods = fiscal_year_of(as_of, month), []
    for year in range(last, last - OFFERED, -1):
        bounds = fiscal_bounds(year, month)
        href = address(start=bounds[0].isoformat(), end=bounds[1].isoformat())
        words = fiscal_year(year, month)
        periods.append(Period(fiscal_name(year), words, href, bounds == chosen))
    return periods
