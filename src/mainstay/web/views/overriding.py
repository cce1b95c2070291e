"""A class set for one customer by a person, under one scheme."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.foundation.errors import NotAllowed
from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.schemes import in_use, overriding
from mainstay.kernel.errors import MainstayError
from mainstay.web.columns import shown_name
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.given import day, reason, whole
from mainstay.web.listing import now_at

USUAL = timedelta(days=182)
"""How long a class stands unless somebody says otherwise."""


@require_http_methods(["GET", "POST"])
def set_class(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for another class until a day; those set so far, and an early end to one."""
    user, fault = signed_in_user(request), ""
    try:
        head = insights.customer_head(user, code, runs=runs_of(request))
    except CustomerNotFound as error:
        raise Http404 from error
    if head.code != code:
        return now_at(request, head.code)
    if request.method == "POST":
        try:
            messages.success(request, _done(request, head.code))
            return redirect("customer", head.code)
        except NotAllowed:
            raise
        except MainstayError as error:
            fault = error.text(language())
    schemes = in_use.in_use()
    wanted = request.POST.get("scheme") or request.GET.get("scheme", "")
    chosen = next((one for one in schemes if one.name == wanted), schemes[0])
    today = localdate()
    context: dict[str, Any] = {
        "c": head, "name": shown_name(head.name, head.name_en) or head.code, "fault": fault,
        "schemes": schemes, "chosen": chosen, "given": request.POST if fault else {},
        "usual": today + USUAL, "today": today, "most": today + overriding.LONGEST,
        "rows": [(row, _titles(schemes, row), row.ended_at is None and row.until >= today)
                 for row in overriding.of(user, head.code)],
        "user_id": user.pk, "decides": overriding.may_decide(user, head.code),
    }  # fmt: skip
    return render(request, "customers/class.html", context, status=422 if fault else 200)


def _titles(schemes: list[Any], row: Any) -> tuple[Any, Any]:
    """Title of the scheme and of the class of an override; the bare names where it is gone."""
    scheme = next((one for one in schemes if one.name == row.scheme), None)
    if scheme is None:
        return row.scheme, row.klass
    klass = next((one for one in scheme.classes if one.id == row.klass), None)
    return scheme.title.model_dump(), klass.title.model_dump() if klass else row.klass


def _done(request: HttpRequest, code: str) -> str:
    """What the form asks for; how it was taken."""
    user, form = signed_in_user(request), request.POST
    if form.get("do") == "end":
        overriding.end(user, whole(form.get("row")) or 0, reason(form))
        return _("The figures decide again from the next grading.")
    until = day(form.get("until")) or localdate()
    wanted = {
        "customer": code, "scheme": form.get("scheme", ""), "class": form.get("class", ""),
        "until": until.isoformat(),
    }  # fmt: skip
    if overriding.ask(user, wanted, reason(form)) is not None:
        return _("Asked for. Who decides is told.")
    return _("Done. Everybody is graded anew.")
