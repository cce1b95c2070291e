"""What an effort and a rate may be: pure checks, and the activities' names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from mainstay.kernel.errors import Words
from mainstay_engine.activities import FINANCING, activity_titles

__all__ = ["FINANCING", "LONGEST", "activities", "fits", "rate_fits", "right_day"]

MOST_HOURS = 1_000
MOST_TIMES = 100_000
MOST_MILLIONS = 1_000
YEARS = 10
LONGEST = {"person": 120, "note": 500}


def activities(*, rates: bool = False) -> Mapping[str, Words]:
    """Name → title of what may be done for a customer; with ``rates`` also financing."""
    titles = activity_titles()
    order = ("visit", "call", "senior_visit", "training", "sample", "promotion", "gift", "freight",
             "complaint", "other")  # fmt: skip
    shown = {name: titles[name] for name in order if name in titles}
    shown |= {name: title for name, title in titles.items() if name != FINANCING}
    return shown | ({FINANCING: titles[FINANCING]} if rates else {})


def fits(hours: Decimal | None, quantity: Decimal | None, amount: int | None, places: int) -> bool:
    """Whether hours, times and an amount in minor units are such as one effort has."""
    return (
        (hours is None or 0 <= hours <= MOST_HOURS)
        and (quantity is None or 0 <= quantity <= MOST_TIMES)
        and (amount is None or 0 <= amount <= MOST_MILLIONS * 10 ** (6 + places))
    )


def right_day(day: date, today: date) -> bool:
    """Whether an effort of the day may be recorded today."""
    return day <= today and (today - day).days <= YEARS * 366


def rate_fits(
    activity: str, per_hour: int | None, per_time: int | None, per_year: Decimal | None
) -> bool:
    """Whether the activity may be priced so."""
    if activity == FINANCING:
        return per_hour is None and per_time is None and per_year is not None and 0 <= per_year < 1
    given = [rate for rate in (per_hour, per_time) if rate is not None]
    return per_year is None and bool(given) and all(0 <= rate < 10**12 for rate in given)
