"""Settings: the company, and its working calendar by the year."""

from __future__ import annotations

import calendar as weeks
import datetime as dt
from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.exchange.currency import name_currency
from mainstay.foundation.calendar import fiscal_year_of
from mainstay.foundation.company import days
from mainstay.foundation.company import settings as firm
from mainstay.foundation.errors import DaysNotValid, NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company, may
from mainstay.kernel.errors import MainstayError
from mainstay.ledger import selectors as ledger
from mainstay.ledger.currency import Naming, is_fixed, naming
from mainstay.ledger.permissions import BOOKS
from mainstay.web.company_words import A_MONDAY, holiday_words, language_words, week_start_words
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import MONTHS, fiscal_year, language, month_name, weekday
from mainstay.web.given import day as day_given
from mainstay.web.given import whole
from mainstay.web.listing import addressed


@require_http_methods(["GET", "POST"])
def company(request: HttpRequest) -> HttpResponse:
    """Name, currency, language, weeks and fiscal year; each is kept by itself."""
    user, fault = _reader(request), ""
    proposed: Naming | None = None
    if request.method == "POST":
        demand_company(user, firm.MANAGE)
        try:
            proposed = _to_confirm(user, request)
            if proposed is None:
                _change(user, request)
        except MainstayError as error:
            fault = error.text(language())
        else:
            if proposed is None:
                messages.success(request, _("Saved."))
                return redirect("company")
    now = firm.shown()
    year = fiscal_year_of(localdate(), now.company.fiscal_month)
    context = {
        "now": now.company, "changes": now.changes, "fault": fault,
        "may_change": may(user, firm.MANAGE), "currency": ledger.books_currency()[0],
        "fixed": is_fixed(), "proposed": proposed, "languages": language_words(),
        "week_starts": week_start_words(),
        "months": {n: month_name(n) for n in range(1, len(MONTHS) + 1)},
        "fiscal": [fiscal_year(year + n, now.company.fiscal_month) for n in (0, 1)],
    }  # fmt: skip
    return render(request, "settings/company.html", context, status=422 if fault else 200)


def _to_confirm(user: User, request: HttpRequest) -> Naming | None:
    """What naming the currency of books that are there would mean, until somebody confirms it."""
    if request.POST.get("setting") != "currency" or request.POST.get("confirmed"):
        return None
    return naming(user, request.POST.get("value", ""))


def _change(user: User, request: HttpRequest) -> None:
    """Keep the one setting that the form names."""
    name, value = request.POST.get("setting", ""), request.POST.get("value", "")
    if name == "currency":
        name_currency(user, value)
    elif name in ("week_starts", "fiscal_month"):
        firm.change(user, name, _int(value))
    elif name in ("name", "language", "holidays"):
        firm.change(user, name, value)
    elif name == "weekend":
        firm.change(user, name, [_int(one) for one in request.POST.getlist("value")])
    else:
        raise Http404


@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """A year of working days; weekend, official days, and days entered by hand."""
    user, fault = _reader(request), ""
    if request.method == "POST":
        demand_company(user, firm.MANAGE)
        try:
            shown = _enter(user, request)
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("Saved."))
            return redirect(addressed(reverse("calendar"), year=str(shown)))
    sent = request.POST if fault else request.GET
    given = {name: sent.get(name, "") for name in ("first", "last", "working", "name")}
    chosen = day_given(sent.get("day") or given["first"])
    year = _year(request.GET.get("year"), chosen)
    now, working = firm.shown(), days.working_calendar()
    special = days.special_days(year)
    context = {
        "now": now.company, "changes": now.changes, "fault": fault, "year": year,
        "may_change": may(user, firm.MANAGE), "calendar": working, "spans": _spans(special),
        "before": year - 1 if year > days.FIRST_YEAR else None,
        "after": year + 1 if year < days.LAST_YEAR else None,
        "months": _months(year, now.company.week_starts), "today": localdate(),
        "chosen": chosen, "given": given, "count": working.working_days_between(
            dt.date(year - 1, 12, 31), dt.date(year, 12, 31)
        ), "most": days.MOST, "longest": days.LONGEST_NAME,
        "weekdays": [(n, weekday(A_MONDAY + dt.timedelta(n))) for n in range(7)],
        "sources": holiday_words(),
    }  # fmt: skip
    return render(request, "settings/calendar.html", context, status=422 if fault else 200)


def _enter(user: User, request: HttpRequest) -> int:
    """Do what the form asks for; the year to show then."""
    given, what = request.POST, request.POST.get("do", "")
    if what == "week":
        _change(user, request)
        return _year(request.GET.get("year"), None)
    first = day_given(given.get("first"))
    last = day_given(given.get("last")) if given.get("last") else first
    if first is None or last is None:
        raise DaysNotValid
    if what == "clear":
        days.clear_days(user, first, last)
    elif what == "set" and given.get("working") in ("0", "1"):
        days.set_days(
            user, first, last, working=given["working"] == "1", name=given.get("name", "")
        )
    else:
        raise Http404
    return first.year


def _spans(special: list[days.SpecialDay]) -> list[tuple[days.SpecialDay, days.SpecialDay]]:
    """Days in a row of which the same is said: the first and the last of each row."""
    spans: list[tuple[days.SpecialDay, days.SpecialDay]] = []
    for one in special:
        first, last = spans[-1] if spans else (one, one)
        follows = one.day - last.day == dt.timedelta(1) and one.special == last.special
        if follows:
            spans[-1] = (first, one)
        else:
            spans.append((one, one))
    return spans


def _months(year: int, week_starts: int) -> Iterable[tuple[dt.date, list[list[dt.date]]]]:
    """The months of a year, each by its weeks with the days around it."""
    pages = weeks.Calendar(week_starts)
    return [
        (dt.date(year, month, 1), pages.monthdatescalendar(year, month)) for month in range(1, 13)
    ]


def _reader(request: HttpRequest) -> User:
    """Who manages the company may read its settings, and who sees the books."""
    user = signed_in_user(request)
    if not (may(user, firm.MANAGE) or may(user, BOOKS)):
        raise NotAllowed
    return user


def _int(text: str) -> int:
    found = whole(text)
    return -1 if found is None else found


def _year(text: str | None, day: dt.date | None) -> int:
    """The year asked for, else that of the day, else this one."""
    asked = _int(text) if text else day.year if day else localdate().year
    return asked if days.FIRST_YEAR <= asked <= days.LAST_YEAR else localdate().year
