"""Customers go to somebody else: see what would change, decide with a reason, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from mainstay.foundation import selectors
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.insights.selectors.weight import weights
from mainstay.kernel.errors import MainstayError
from mainstay.parties import handover, owners
from mainstay.parties.errors import NoSuchHandOver
from mainstay.parties.permissions import ASSIGN
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language, number
from mainstay.web.given import reason, whole

MOST = 500
"""Customers that can be named one by one."""


@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """Who gives, who gets; then what that changes; then it is done. Only a form that shows what
    was seen does it.
    """
    user = signed_in_user(request)
    demand(user, ASSIGN)
    given = request.POST if request.method == "POST" else request.GET
    asked = _asked(given)
    if asked["leaves"]:
        demand(user, MANAGE_PEOPLE)
    fault, plan = "", None
    try:
        if request.method == "POST" and given.get("do") == "hand-over":
            return _done(request, user, asked, given.get("seen", ""))
    except NotAllowed:
        raise
    except MainstayError as error:
        fault = error.text(language())
    try:
        if asked["to"] and (asked["codes"] or asked["giver"]):
            plan = handover.look(user, asked["to"], **_of(asked))
    except NotAllowed:
        raise
    except MainstayError as error:
        fault = fault or error.text(language())
    context = {
        "asked": asked, "plan": plan, "fault": fault, "why": reason(given),
        "people": selectors.colleagues(), "takers": owners.choices(),
        "weights": weights(user, plan.customers) if plan else None,
        "leaves": _leaver(asked["giver"]) if asked["leaves"] else None,
    }  # fmt: skip
    return render(request, "customers/hand_over.html", context, status=422 if fault else 200)


@require_http_methods(["GET", "POST"])
def handed_over(request: HttpRequest, pk: int) -> HttpResponse:
    """One hand-over as it was decided; it can be taken back."""
    user, fault = signed_in_user(request), ""
    demand(user, ASSIGN)
    try:
        if request.method == "POST":
            try:
                count = handover.take_back(user, pk, reason(request.POST))
            except NoSuchHandOver:
                raise
            except MainstayError as error:
                fault = error.text(language())
            else:
                messages.success(request, _came_back(count))
                return redirect("handed-over", pk)
        shown = handover.hand_over(user, pk)
    except NoSuchHandOver as error:
        raise Http404 from error
    context = {"h": shown, "fault": fault, "why": reason(request.POST)}
    return render(request, "customers/handed_over.html", context, status=422 if fault else 200)


def _asked(given: Any) -> dict[str, Any]:
    """What the form or the address names."""
    return {
        "to": whole(given.get("to")) or 0, "giver": whole(given.get("from")) or 0,
        "codes": [code for code in given.getlist("code") if code][:MOST],
        "leaves": given.get("leaves") == "1", "outside": given.get("outside") == "1",
        "query": given.get("query", ""),
    }  # fmt: skip


def _of(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"codes": asked["codes"]} if asked["codes"] else {"giver_id": asked["giver"]}


def _done(request: HttpRequest, user: User, asked: Mapping[str, Any], seen: str) -> HttpResponse:
    why = reason(request.POST)
    if asked["leaves"]:
        row = handover.let_go(
            user, asked["giver"], asked["to"], why, seen=seen, outside=asked["outside"]
        )
        messages.success(request, _("The account is closed."))
    else:
        row = handover.give(
            user, asked["to"], why, seen=seen, outside=asked["outside"], **_of(asked)
        )
    if row is None:
        return redirect("person", asked["giver"])
    messages.success(request, handed(row.customers))
    return redirect("handed-over", row.pk)


def _leaver(person: int) -> str:
    return next((name for pk, name in selectors.colleagues() if pk == person), "")


def handed(count: int) -> str:
    """How many customers got another owner."""
    return ngettext(
        "%(num)s customer was handed over.", "%(num)s customers were handed over.", count
    ) % {"num": number(count)}


def _came_back(count: int) -> str:
    return ngettext(
        "%(num)s customer came back.", "%(num)s customers came back.", count
    ) % {"num": number(count)}  # fmt: skip
