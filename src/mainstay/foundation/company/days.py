"""The working calendar of the firm, and the days it enters itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.calendar import Special, WorkingCalendar
from mainstay.foundation.company import once
from mainstay.foundation.company.models import CalendarDay
from mainstay.foundation.company.settings import MANAGE, Change, company
from mainstay.foundation.errors import DaysNotValid
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.services import audit

MOST = 31
"""Days entered at once."""
FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not what its weekday says, or that has a name."""

    day: date
    special: Special
    change: Change | None
    """Who entered it; ``None``: the official calendar has it."""


def working_calendar() -> WorkingCalendar:
    """The calendar of the firm as it is now."""
    return once.kept(_read)


def special_days(year: int) -> list[SpecialDay]:
    """The days of a year that are special, in order."""
    calendar, first = working_calendar(), date(year, 1, 1)
    entered = CalendarDay.objects.filter(day__year=year).select_related("by")
    changes = {row.day: Change(row.by.known_as(), row.at) for row in entered}
    days = (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1))
    return [
        SpecialDay(day, special, changes.get(day))
        for day in days
        if (special := calendar.special(day))
    ]


def set_days(by: User, first: date, last: date, *, working: bool, name: str) -> None:
    """Say of each day of a span that it is worked, or not, and why.

    Raises ``NotAllowed`` and ``DaysNotValid``.
    """
    demand_company(by, MANAGE)
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise DaysNotValid
    with transaction.atomic():
        rows = _entered(first, last)
        for day in _span(first, last):
            row = rows.get(day)
            if row and (row.working, row.name) == (working, name):
                continue
            CalendarDay.objects.update_or_create(
                day=day,
                defaults={"working": working, "name": name, "by": by, "at": timezone.now()},
            )
            audit(
                by, "calendar.day_set", f"calendar:{day}", working=working, name=name,
                was_working=row.working if row else None, was_name=row.name if row else "",
            )  # fmt: skip
    once.forget()


def clear_days(by: User, first: date, last: date) -> None:
    """Leave the days of a span to the official calendar and the week again.

    Raises ``NotAllowed`` and ``DaysNotValid``.
    """
    demand_company(by, MANAGE)
    _span(first, last)
    with transaction.atomic():
        for day, row in sorted(_entered(first, last).items()):
            row.delete()
            audit(
                by, "calendar.day_cleared", f"calendar:{day}",
                was_working=row.working, was_name=row.name,
            )  # fmt: skip
    once.forget()


def _span(first: date, last: date) -> list[date]:
    count = (last - first).days + 1
    if not 0 < count <= MOST or not FIRST_YEAR <= first.year <= last.year <= LAST_YEAR:
        raise DaysNotValid
    return [first + timedelta(days=n) for n in range(count)]


def _entered(first: date, last: date) -> dict[date, CalendarDay]:
    rows = CalendarDay.objects.select_for_update().filter(day__range=(first, last))
    return {row.day: row for row in rows}


def _read() -> WorkingCalendar:
    of = company()
    own = {
        row.day: Special(row.working, {"en": row.name, "zh": row.name}, own=True)
        for row in CalendarDay.objects.all()
    }
    return WorkingCalendar(frozenset(of.weekend), of.holidays, own)
