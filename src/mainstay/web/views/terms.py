"""Terms of payment: every reading of them, and the due dates of a month's invoices."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from mainstay.foundation.company.days import working_calendar
from mainstay.foundation.company.settings import company
from mainstay.parties import rules
from mainstay.web.context import render
from mainstay.web.formatting import said, weekday

EXAMPLES = ("30", "月结30天", "次月10日", "月结60天（25日截止）", "EOM+30", "30+EOM")


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month with the due date of its invoices; none outside the month."""

    day: date
    due: date | None
    off: bool
    """Whether it is not worked."""


@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """What the terms in ``?terms=`` mean, with the calendar of ``?month=2026-11``."""
    words = request.GET.get("terms", "").strip()[:120]
    month = _month(request.GET.get("month", ""))
    found = rules.previews(words, month) if words else ()
    context = {
        "words": words,
        "month_start": month,
        "before": (month - timedelta(days=1)).replace(day=1),
        "after": (month + timedelta(days=31)).replace(day=1),
        "readings": [(one, _weeks(one, month)) for one in found],
        "off": _off,
        "examples": EXAMPLES,
    }
    return render(
        request, "customers/terms.html", context, status=422 if words and not found else 200
    )


def _month(text: str) -> date:
    """The month of the text where it is one of our times, else this month."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = timezone.localdate().replace(day=1)
    return found if 1900 <= found.year < 3000 else timezone.localdate().replace(day=1)


def _weeks(preview: rules.Preview, month: date) -> list[list[Day]]:
    """The month by weeks; each day with its due date."""
    due = {
        first + timedelta(days=n): on
        for first, last, on in preview.spans
        for n in range((last - first).days + 1)
    }
    weeks = calendar.Calendar(company().week_starts).monthdatescalendar(month.year, month.month)
    works = working_calendar().is_working_day
    return [[Day(day, due.get(day), not works(day)) for day in week] for week in weeks]


def _off(day: date) -> str:
    """Why a day is not worked: its holiday, else its weekday; empty where it is worked."""
    worked = working_calendar()
    if worked.is_working_day(day):
        return ""
    special = worked.special(day)
    return said(special.name) if special else weekday(day)
