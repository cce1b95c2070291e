"""The inbox: what one decides, what one asked for, and what one is told of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.foundation.approvals import absence, deciding, inbox
from mainstay.foundation.errors import NoSuchNotice, NoSuchRequest
from mainstay.foundation.models import User
from mainstay.foundation.notices import reading
from mainstay.foundation.notices.models import Way
from mainstay.foundation.selectors import colleagues
from mainstay.foundation.subjects import path_of
from mainstay.kernel.errors import MainstayError
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import day as date_words
from mainstay.web.formatting import language, money_exact, said
from mainstay.web.given import day, reason, whole

PAGE = 30
"""Notices on a page."""


def state_words() -> dict[str, str]:
    """How far a request is, in words."""
    return {
        "open": _("to be decided"), "returned": _("asked back"), "approved": _("approved"),
        "refused": _("refused"), "withdrawn": _("withdrawn"),
    }  # fmt: skip


def verdict_words() -> dict[str, str]:
    """What was said on a request, in words."""
    return {**state_words(), "answered": _("answered")}


def way_words() -> dict[str, str]:
    """How somebody is told, in words."""
    return {
        Way.MAIL: _("by mail at once"), Way.DIGEST: _("in the mail of the day"),
        Way.APP: _("here only"), Way.OFF: _("not at all"),
    }  # fmt: skip


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Requests and notices."""
    user, given = signed_in_user(request), request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    notices = reading.notices(user, after, PAGE + 1)
    context = {
        "to_decide": inbox.to_decide(user), "asked": inbox.asked(user),
        "decided": inbox.decided(user), "notices": notices[:PAGE],
        "next": notices[PAGE - 1].id if len(notices) > PAGE else None, "first": after is None,
        "states": state_words(), "away": absence.of(user),
        "stands_for": [who.known_as() for who in absence.away_for(user)],
    }  # fmt: skip
    return render(request, "inbox/inbox.html", context)


@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: what it changes, what was said on it; approve, refuse, ask back, answer."""
    user, fault = signed_in_user(request), ""
    try:
        if request.method == "POST":
            try:
                messages.success(request, _say(request, user, pk))
                return redirect("request", pk)
            except NoSuchRequest:
                raise
            except MainstayError as error:
                fault = error.text(language())
        detail = inbox.detail(user, pk)
    except NoSuchRequest as error:
        raise Http404 from error
    reading.mark_subject_read(user, f"request:{pk}")
    context: dict[str, Any] = {
        "r": detail, "fault": fault, "states": state_words(), "verdicts": verdict_words(),
        "weighed": [(said(fact["what"]), _told(fact)) for fact in detail.weighed],
        "where": path_of(detail.subject), "given": request.POST.get("reason", "") if fault else "",
    }  # fmt: skip
    return render(request, "inbox/request.html", context, status=422 if fault else 200)


def _told(fact: Mapping[str, Any]) -> str:
    """The value of a fact of ``weighing`` in words."""
    value = fact["value"]
    match fact["unit"]:
        case "money":
            return money_exact(*value)
        case "day":
            return date_words(dt.date.fromisoformat(value))
        case _:
            return said(value)


def _say(request: HttpRequest, user: User, pk: int) -> str:
    """What the form says; how it was taken."""
    why = reason(request.POST)
    match request.POST.get("do"):
        case "approve":
            row = deciding.approve(user, pk, request.POST.get("seen", ""), why)
            done = row.step == len(row.steps)
            return _("Approved, and carried out.") if done else _("Approved; it goes on.")
        case "refuse":
            deciding.refuse(user, pk, why)
            return _("Refused.")
        case "ask-back":
            deciding.ask_back(user, pk, why)
            return _("Asked back.")
        case "answer":
            deciding.answer(user, pk, why)
            return _("Answered; it is to be decided again.")
        case "withdraw":
            deciding.withdraw(user, pk, why)
            return _("Withdrawn.")
        case _:
            raise Http404


@require_GET
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a notice leads; it is read thereby."""
    try:
        subject = reading.subject_of(signed_in_user(request), pk)
    except NoSuchNotice as error:
        raise Http404 from error
    return redirect(path_of(subject) or reverse("inbox"))


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything is read."""
    reading.mark_read(signed_in_user(request))
    return redirect("inbox")


@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """How one is told of what, and who decides while one is away."""
    user, fault, given = signed_in_user(request), "", request.POST
    if request.method == "POST":
        try:
            _keep(request, user)
            return redirect("inbox-choices")
        except MainstayError as error:
            fault = error.text(language())
    context = {
        "kinds": reading.choices(user), "ways": way_words(), "fault": fault,
        "away": absence.of(user), "today": localdate().isoformat(), "mail": user.email,
        "mail_is_set_up": settings.MAIL_IS_SET_UP, "links": bool(settings.PUBLIC_URL.netloc),
        "others": [person for person in colleagues() if person[0] != user.pk],
        "given": {name: given.get(name, "") for name in ("since", "until", "deputy")},
    }  # fmt: skip
    return render(request, "inbox/choices.html", context, status=422 if fault else 200)


def _keep(request: HttpRequest, user: User) -> None:
    given = request.POST
    match given.get("do"):
        case "ways":
            known = set(Way.values)
            reading.choose(user, {name: way for name, way in given.items() if way in known})
            messages.success(request, _("Saved."))
        case "away":
            days = [day(given.get(name)) for name in ("since", "until")]
            absence.go_away(user, whole(given.get("deputy")) or 0, *days)
            messages.success(request, _("Your deputy decides for you on these days."))
        case "back":
            absence.come_back(user)
            messages.success(request, _("You decide yourself again."))
        case _:
            raise Http404
