"""One's own second step: set it up by a QR code, renew it, other recovery codes, turn it off."""

from __future__ import annotations

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from markupsafe import Markup

from mainstay.foundation import second_step as steps
from mainstay.foundation import sessions, throttle
from mainstay.foundation.errors import SealedByAnotherKey
from mainstay.foundation.models import User
from mainstay.kernel.errors import MainstayError
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import language

DRAFT = "second_step_draft"
"""In the session: the sealed secret that is shown until a code proves it."""


@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Whoever has none sets one up; whoever has one changes it after the password."""
    user = signed_in_user(request)
    codes: list[str] = []
    fault = ""
    if request.method == "POST":
        try:
            codes = _do(request, user, request.POST.get("do", ""))
        except MainstayError as error:
            fault = error.text(language())
        else:
            if not codes:
                return redirect("second-step")
    info = steps.of_user(user)
    draft = _draft(request, user, wanted=info.set_up_at is None)
    context = {
        "info": info, "codes": codes, "fault": fault, "draft": None if codes else draft,
        "qr": _qr(draft.uri) if draft and not codes else "",
        "first": info.needed and info.set_up_at is None,
    }  # fmt: skip
    return render(request, "account/second_step.html", context, status=422 if fault else 200)


def _do(request: HttpRequest, user: User, what: str) -> list[str]:
    """What the form asks for; recovery codes where there are new ones."""
    address = request.META.get("REMOTE_ADDR", "")
    if what == "confirm":
        code = request.POST.get("code", "")
        codes = steps.confirm(user, request.session.get(DRAFT, ""), code, address)
        del request.session[DRAFT]
        _now(request, user, passed=True)
        return codes
    if what == "leave":
        request.session.pop(DRAFT, None)
        return []
    throttle.password(user, request.POST.get("password", ""), address)
    if what == "renew":
        request.session[DRAFT] = steps.propose(user).sealed
        return []
    if what == "codes":
        return steps.renew_codes(user)
    if what == "off":
        steps.turn_off(user)
        _now(request, user, passed=False)
        messages.success(request, _("The second step is off."))
        return []
    raise Http404


def _now(request: HttpRequest, user: User, *, passed: bool) -> None:
    """This session goes on under another key; the others, let in by what held before, end."""
    request.session[sessions.PASSED] = passed
    request.session.cycle_key()
    key = request.session.session_key
    if len(sessions.of_user(user, key)) > 1:
        sessions.end_others(user, user, key)


def _draft(request: HttpRequest, user: User, *, wanted: bool) -> steps.Draft | None:
    """The secret that is being set up; a new one where one is wanted."""
    if sealed := request.session.get(DRAFT):
        try:
            return steps.shown(user, sealed)
        except SealedByAnotherKey:  # the system's key was changed meanwhile: begin again
            del request.session[DRAFT]
    if not wanted:
        return None
    draft = steps.propose(user)
    request.session[DRAFT] = draft.sealed
    return draft


def _qr(uri: str) -> Markup:
    drawn = segno.make(uri, error="m").svg_inline(scale=5, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704  drawn by segno; the address is in it as squares
