"""What a customer is owed and got, and who is under- or over-served."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from mainstay.effort.selectors import may_record
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.permissions import may
from mainstay.insights.errors import NotGraded
from mainstay.kernel.cursor import BadCursor
from mainstay.kernel.errors import MainstayError
from mainstay.policies import excepting, rules, selectors
from mainstay.policies.errors import BenefitUnknown, NoSuchPolicy
from mainstay.policies.owing import MONEY, Due, Served
from mainstay.policies.permissions import PROPOSE
from mainstay.web import export
from mainstay.web import policies as words
from mainstay.web.books import head_of, heading
from mainstay.web.columns import shown_name
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.formatting import language, said
from mainstay.web.given import day, reason, whole
from mainstay.web.grades import Badges
from mainstay.web.listing import addressed, now_at

USUAL = timedelta(days=182)
"""How long an exception stands unless somebody says otherwise."""


@require_http_methods(["GET", "POST"])
def owed(request: HttpRequest, code: str) -> HttpResponse:
    """What one customer is owed, what it got and what is missing; ask for an exception, end one."""
    user, fault = signed_in_user(request), ""
    head = head_of(request, code)
    if head.code != code:
        return now_at(request, head.code)
    if request.method == "POST":
        try:
            messages.success(request, _done(request, head.code))
            return redirect("customer-owed", head.code)
        except NotAllowed:
            raise
        except MainstayError as error:
            fault = error.text(language())
    found = selectors.of_customer(user, head.code)
    context: dict[str, Any] = {
        **heading(head, "owed"), **_words(), "found": found, "fault": fault,
        "badges": {one.run.scheme: Badges(one.run) for one in found},
        "may_record": may_record(user, head.code), "may_propose": may(user, PROPOSE),
        "benefits": rules.benefits(), "activities": _activities(),
    }  # fmt: skip
    if wants_fragment(request):
        response = fragment(request, "customers/_owed.html", context)
    else:
        today = localdate()
        context |= {
            "rows": [(row, row.ended_at is None and row.until >= today)
                     for row in excepting.of(user, head.code)],
            "given": request.POST if fault else {}, "today": today, "usual": today + USUAL,
            "most": today + excepting.LONGEST, "user_id": user.pk, "units": words.unit_words(),
            "decides": excepting.may_decide(user, head.code),
            "excepted": request.GET.get("benefit", ""),
        }  # fmt: skip
        response = render(request, "customers/owed.html", context, status=422 if fault else 200)
    response.headers["Vary"] = "HX-Request"
    return response


def _done(request: HttpRequest, code: str) -> str:
    """What the form asks for; how it was taken."""
    user, form = signed_in_user(request), request.POST
    if form.get("do") == "end":
        excepting.end(user, whole(form.get("row")) or 0, reason(form))
        return _("The class decides again.")
    name = form.get("benefit", "")
    wanted = {
        "customer": code, "scheme": form.get("scheme", ""), "benefit": name,
        "value": words.value_in(rules.benefit(name), form.get("value", "")),
        "until": (day(form.get("until")) or localdate()).isoformat(),
    }  # fmt: skip
    if excepting.ask(user, wanted, reason(form)) is not None:
        return _("Asked for. Who decides is told.")
    return _("Done.")


@require_GET
def served(request: HttpRequest) -> HttpResponse:
    """The list; ``?side=`` under or over, ``?scheme=``, ``?benefit=``, ``?after=``."""
    user = signed_in_user(request)
    schemes = selectors.schemes_owed(user)
    if not schemes:
        context: dict[str, Any] = {"page": None, "may_propose": may(user, PROPOSE)}
        return render(request, "portfolio/owed.html", context)
    page = _page(request, 50)
    address = reverse("owed")
    chosen = {"scheme": request.GET.get("scheme"), "side": "over" if page.over else None}
    context = {
        "page": page, "run": page.run, "badges": Badges(page.run), **_words(),
        "schemes": [(addressed(address, **{**chosen, "scheme": name}), said(title),
                     name == page.run.scheme) for name, title in schemes.items()],
        "sides": [(addressed(address, **{**chosen, "side": side}), title, page.over == over)
                  for side, title, over in ((None, _("Under-served"), False),
                                            ("over", _("Over-served"), True))],
        "benefits": [(addressed(address, **chosen), _("All"), not page.benefit, None), *(
            (addressed(address, **chosen, benefit=name), said(rules.benefit(name).title),
             page.benefit == name, count) for name, count in page.counts.items()
        )],
        "rows": [(row, shown_name(row.name, row.name_en) or row.code) for row in page.rows],
        "further": addressed(address, **chosen, benefit=page.benefit, after=page.next)
        if page.next else "",
        "data": addressed(reverse("owed-data"), **chosen, benefit=page.benefit),
    }  # fmt: skip
    return render(request, "portfolio/owed.html", context)


@require_GET
def served_data(request: HttpRequest) -> HttpResponse:
    """The whole list as CSV: one row for each customer and benefit, exact."""
    page = _page(request, None)
    run = page.run
    columns = [
        export.Column(_("Code"), "text"), export.Column(_("Name"), "text"),
        export.Column(_("Class"), "text"),
        export.Column(_("Net sales"), "money", run.exponent),
        export.Column(_("Benefit"), "text"), export.Column(_("Unit"), "text"),
        export.Column(_("Counts from"), "date"), export.Column(_("Owed"), "count"),
        export.Column(_("Given"), "count"), export.Column(_("Missing"), "count"),
        export.Column(_("Beyond"), "count"),
    ]  # fmt: skip
    rows = [_row(row, due, run.currency, run.exponent) for row in page.rows for due in row.dues]
    name = f"owed-{run.scheme}-{'over' if page.over else 'under'}-{run.as_of:%Y-%m-%d}"
    return export.hand_out(
        signed_in_user(request), export.Table(name, "owed", columns, rows), "csv"
    )


def _row(row: Served, due: Due, currency: str, exponent: int) -> list[Any]:
    money = due.unit == MONEY
    told = [
        None if amount is None else words.decimal(amount / 10**exponent if money else amount)
        for amount in (due.owed, due.given, due.missing, due.over)
    ]
    unit = currency if money else {"times": _("times"), "days": _("days")}.get(due.unit, due.unit)
    return [row.code, shown_name(row.name, row.name_en), row.klass, row.net_sales,
            said(due.benefit.title), unit, due.since, *told]  # fmt: skip


def _page(request: HttpRequest, size: int | None) -> selectors.ServedPage:
    side = request.GET.get("side", "under")
    if side not in ("under", "over"):
        raise Http404
    try:
        return selectors.owed_and_given(
            signed_in_user(request), request.GET.get("scheme", ""), over=side == "over",
            benefit=request.GET.get("benefit", ""), after=request.GET.get("after") or None,
            size=size,
        )  # fmt: skip
    except (NoSuchPolicy, NotGraded, BenefitUnknown, BadCursor) as error:
        raise Http404 from error


def _activities() -> frozenset[str]:
    """Benefits that a recorded effort shows."""
    return frozenset(name for name, one in rules.benefits().items() if one.counted)


def _words() -> dict[str, Any]:
    return {"value_words": words.value_words, "amount_words": words.amount_words,
            "note_words": words.note_words}  # fmt: skip
