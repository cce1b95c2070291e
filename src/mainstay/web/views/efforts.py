"""Efforts for a customer and what is left after them; and what efforts cost, in the settings."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.effort import rules, selectors
from mainstay.effort import services as verbs
from mainstay.effort.permissions import RATES
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.permissions import may
from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.records import CustomerDetail
from mainstay.insights.selectors import service
from mainstay.kernel.cursor import BadCursor
from mainstay.kernel.errors import MainstayError
from mainstay.kernel.money import to_minor
from mainstay.ledger.selectors import books_currency
from mainstay.parties.selectors import sees_cost_of
from mainstay.web import export
from mainstay.web.books import heading
from mainstay.web.charts.waterfall import waterfall as bars
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.formatting import in_currency, language, money, money_exact, said
from mainstay.web.given import day, reason, whole
from mainstay.web.listing import addressed, now_at

HOURS = ("0.5", "1", "2", "4", "8")
"""Hours that one tap gives."""
WIDE, NARROW = 620, 358
FIELDS = ("activity", "hours", "other", "date", "amount", "quantity", "person", "note")


class NotANumber(ValueError):
    """A field of a form holds no number."""


@require_http_methods(["GET", "POST"])
def efforts(request: HttpRequest, code: str) -> HttpResponse:
    """What was done for the customer and what is left after it; record an effort, withdraw one."""
    user, fault = signed_in_user(request), ""
    try:
        detail = insights.customer(user, code, runs=runs_of(request))
    except CustomerNotFound as error:
        raise Http404 from error
    if detail.code != code:
        return now_at(request, detail.code)
    given = {name: request.POST.get(name, "").strip() for name in FIELDS}
    if request.method == "POST":
        try:
            _do(request, detail.code, given)
        except NotAllowed:
            raise
        except NotANumber:
            fault = _("A number such as 1.5 is needed.")
        except MainstayError as error:
            fault = error.text(language())
        else:
            return redirect("efforts", detail.code)
    try:
        page = selectors.efforts(user, detail.code, request.GET.get("after") or None)
    except BadCursor as error:
        raise Http404 from error
    wanted = whole(request.GET.get("withdraw"))
    chosen = selectors.effort(user, detail.code, wanted) if wanted else None
    address = reverse("efforts", args=[detail.code])
    currency, exponent = books_currency()
    context = heading(detail, "efforts") | {
        "rows": page.rows, "next": addressed(address, after=page.next) if page.next else "",
        "activities": rules.activities(), "hours": HOURS, "given": given, "fault": fault,
        "today": timezone.localdate(), "may_record": selectors.may_record(user, detail.code),
        "chosen": chosen, "currency": currency, "exponent": exponent,
        "waterfall": figure(detail), "lacking": lacking(detail), "titles": service.titles(),
        "longest": rules.LONGEST,
    }  # fmt: skip
    return render(request, "customers/efforts.html", context, status=422 if fault else 200)


@require_GET
def waterfall_data(request: HttpRequest, code: str) -> HttpResponse:
    """The customer's waterfall as CSV, exact."""
    user = signed_in_user(request)
    try:
        detail = insights.customer(user, code, runs=runs_of(request))
    except CustomerNotFound as error:
        raise Http404 from error
    if not sees_cost_of(user, detail.code):
        raise NotAllowed
    steps = service.waterfall(detail)
    if not steps.whole:
        raise Http404
    names = service.titles()
    columns = [
        export.Column(_("Step"), "text"),
        export.Column(in_currency(_("Amount"), detail.currency), "money", detail.exponent),
        export.Column(in_currency(_("Left"), detail.currency), "money", detail.exponent),
    ]
    rows = [
        [said(names[step.metric]), step.amount if step.level else -step.amount, step.left]
        for step in steps.steps
    ]
    table = export.Table(f"{detail.code}-waterfall", "waterfall", columns, rows)
    return export.hand_out(user, table, "csv")


@dataclass(frozen=True, slots=True)
class Drawn:
    """The waterfall ready for its frame."""

    title: str
    rows: list[list[str]]
    wide: Any
    narrow: Any


def figure(detail: CustomerDetail) -> Drawn | None:
    """«Of ¥1.2M at list price ¥80K is left»; ``None`` where what is left is not known."""
    steps = service.waterfall(detail)
    if not steps.whole:
        return None
    names, currency, exponent = service.titles(), detail.currency, detail.exponent
    first, last = steps.steps[0], steps.steps[-1]
    words = {"first": money(first.amount, currency, exponent),
             "left": money(last.left, currency, exponent)}  # fmt: skip
    title = (
        _("Of %(first)s, %(left)s is left after service")
        if last.left > 0
        else _("Of %(first)s, nothing is left after service: %(left)s")
    ) % words

    def signed(step: Any) -> int:
        return int(step.amount if step.level else -step.amount)

    drawn = [
        (said(names[step.metric]), money(signed(step), currency, exponent), step.amount, step.left,
         step.level)
        for step in steps.steps
    ]  # fmt: skip
    rows = [
        [said(names[step.metric]), money_exact(signed(step), currency, exponent),
         money_exact(step.left, currency, exponent)]
        for step in steps.steps
    ]  # fmt: skip
    return Drawn(title, rows, bars(drawn, WIDE), bars(drawn, NARROW))


def lacking(detail: CustomerDetail) -> list[str]:
    """What is not known of the customer, so that nobody can tell what is left."""
    names = service.titles()
    return [said(names[name]) for name in service.waterfall(detail).lacking]


def _do(request: HttpRequest, code: str, given: dict[str, str]) -> None:
    user = signed_in_user(request)
    if request.POST.get("do") == "withdraw":
        number = whole(request.POST.get("effort")) or 0
        verbs.withdraw(user, code, number, reason(request.POST))
        messages.success(request, _("Withdrawn. It counts no more from the next grading."))
        return
    exponent = books_currency()[1]
    amount = _number(given["amount"])
    verbs.record(
        user, code,
        verbs.Given(
            date=day(given["date"]) or timezone.localdate(), activity=given["activity"],
            hours=_number(given["other"] or given["hours"]),
            quantity=_number(given["quantity"]),
            amount=None if amount is None else to_minor(amount, exponent),
            note=given["note"], person=given["person"],
        ),
    )  # fmt: skip
    messages.success(request, _("Recorded. It counts from the next grading."))


def _number(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise NotANumber from error
    if not found.is_finite() or abs(found) >= 10**12:
        raise NotANumber
    return round(found, 4)


@require_http_methods(["GET", "POST"])
def effort_rates(request: HttpRequest) -> HttpResponse:
    """What activities cost, by their days; with the right: set a rate, withdraw one."""
    user, fault = signed_in_user(request), ""
    rows = selectors.rates(user)
    names = ("activity", "since", "per_hour", "per_time", "per_year")
    given = {name: request.POST.get(name, "").strip() for name in names}
    if request.method == "POST":
        try:
            _rate(request, given)
        except NotAllowed:
            raise
        except NotANumber:
            fault = _("A number such as 1.5 is needed.")
        except MainstayError as error:
            fault = error.text(language())
        else:
            return redirect("effort-rates")
    wanted = whole(request.GET.get("withdraw"))
    currency, exponent = books_currency()
    context = {
        "rows": rows, "activities": rules.activities(rates=True), "given": given, "fault": fault,
        "may_set": may(user, RATES), "today": timezone.localdate(), "currency": currency,
        "exponent": exponent, "chosen": next((r for r in rows if r.id == wanted), None),
        "financing": rules.FINANCING,
    }  # fmt: skip
    return render(request, "settings/effort_rates.html", context, status=422 if fault else 200)


def _rate(request: HttpRequest, given: dict[str, str]) -> None:
    user = signed_in_user(request)
    if request.POST.get("do") == "withdraw":
        verbs.withdraw_rate(user, whole(request.POST.get("rate")) or 0, reason(request.POST))
        messages.success(request, _("Withdrawn. It counts no more from the next grading."))
        return
    exponent = books_currency()[1]

    def amount(name: str) -> int | None:
        found = _number(given[name])
        return None if found is None else to_minor(found, exponent)

    yearly = _number(given["per_year"])
    since: dt.date = day(given["since"]) or timezone.localdate()
    verbs.set_rate(
        user, given["activity"], since, per_hour=amount("per_hour"), per_time=amount("per_time"),
        per_year=None if yearly is None else yearly / 100,
    )  # fmt: skip
    messages.success(request, _("The rate counts from the next grading."))
