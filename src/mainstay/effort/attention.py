"""How often somebody was visited, called, or whatever else counts, in spans of days."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from django.db.models import Min, QuerySet

from mainstay.effort.models import Effort
from mainstay.parties.models import Customer

Days = Mapping[int, list[date]]
"""Customer → the days of its efforts, in order."""


def first_day(activities: Collection[str]) -> date | None:
    """The first day on which one of these activities was recorded for anybody."""
    rows = Effort.objects.visible().filter(activity__in=activities)
    found: date | None = rows.aggregate(first=Min("date"))["first"]
    return found


def days_of(customers: QuerySet[Customer], activities: Collection[str], since: date) -> Days:
    """The days of such efforts for customers, from a day on; merged ones count with theirs."""
    rows = Effort.objects.visible().filter(
        activity__in=activities, date__gte=since, customer__own_code__customer__in=customers
    )
    found: dict[int, list[date]] = defaultdict(list)
    for pk, day in rows.values_list("customer__own_code__customer", "date").order_by("date"):
        found[pk].append(day)
    return found


def within(days: list[date], first: date, last: date) -> int:
    """How many lie between two days, both counted."""
    return max(0, bisect_right(days, last) - bisect_left(days, first))
