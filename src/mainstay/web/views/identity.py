"""Two customers that are one, and one that is two: asked with the effect, decided with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mainstay.exchange import customers as exchange
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.kernel.errors import MainstayError
from mainstay.ledger import identity
from mainstay.ledger.selectors import books_currency
from mainstay.parties.errors import MergeNotFound, UnknownCode
from mainstay.parties.permissions import MERGE
from mainstay.parties.selectors import search
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.given import reason

LONGEST_REASON = 2_000


@require_http_methods(["GET", "POST"])
def same(request: HttpRequest, code: str) -> HttpResponse:
    """«This is the same customer as …»: search, see what moves, decide."""
    user = _merger(request)
    own, fault, why = _customer(code), "", reason(request.POST)
    into = request.POST.get("into", "") or request.GET.get("into", "")
    if request.method == "POST":
        try:
            exchange.merge(user, own.code, into, why)
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("They are one customer now; everybody is graded anew."))
            return redirect("customer", into)
    q = request.GET.get("q", "").strip()[:200]
    context = {
        "own": own, "other": _customer(into) if into else None, "merge": None, "q": q,
        "found": search(user, q, own.pk) if q else [], "moving": identity.moving(user, own),
        "post": reverse("same-customer", args=[own.code]),
    }  # fmt: skip
    return _page(request, context, fault, why)


@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a merge or a confirmed match back: see what goes, decide."""
    user = _merger(request)
    try:
        merge = identity.held(pk)
    except MergeNotFound as error:
        raise Http404 from error
    fault, why = "", reason(request.POST)
    if request.method == "POST":
        try:
            exchange.split(user, pk, why)
        except MainstayError as error:
            fault = error.text(language())
        else:
            messages.success(request, _("They are two customers again; everybody is graded anew."))
            return redirect("customer", merge.merged.code)
    context = {
        "merge": merge, "own": merge.merged, "other": merge.into,
        "moving": identity.leaving(user, merge), "post": reverse("split-customer", args=[pk]),
    }  # fmt: skip
    return _page(request, context, fault, why)


def _page(request: HttpRequest, context: Mapping[str, Any], fault: str, why: str) -> HttpResponse:
    currency, exponent = books_currency()
    whole = {**context, "fault": fault, "reason": why, "currency": currency,
             "exponent": exponent}  # fmt: skip
    return render(request, "customers/same.html", whole, status=422 if fault else 200)


def _customer(code: str) -> Any:
    try:
        return identity.customer_of(code)
    except UnknownCode as error:
        raise Http404 from error


def _merger(request: HttpRequest) -> User:
    user = signed_in_user(request)
    demand(user, MERGE)
    return user
