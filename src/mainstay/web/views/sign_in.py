"""The way in and out: name and password, the code of the second step, sign-out."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods, require_POST

from mainstay.foundation import provider, second_step, sessions, throttle
from mainstay.foundation.errors import TooManyAttempts, TooManyRequests
from mainstay.foundation.models import User
from mainstay.kernel.errors import MainstayError
from mainstay.web.context import next_page, remember, render, theme_of, wants_fragment
from mainstay.web.formatting import language
from mainstay.web.forms import SignIn

HALF = "half"
"""In a session of nobody: whose password was right, and that the code is still to come."""
HALF_LIFE = 10 * 60
"""Seconds in which the code must come."""
log = logging.getLogger(__name__)


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password."""
    if request.user.is_authenticated:
        return redirect("home")
    if wants_fragment(request):  # for a part of a page whose session has ended
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    form = SignIn(request, request.POST if request.method == "POST" else None)
    name, address = request.POST.get("username", ""), request.META.get("REMOTE_ADDR", "")
    context = {
        "form": form, "next": request.GET.get("next", request.POST.get("next", "")), "wait": "",
        "provider": provider.title(),
    }  # fmt: skip
    if request.method == "POST":
        try:
            throttle.check(name, address)
        except TooManyAttempts as error:  # nothing is looked at, a right password neither
            context |= {"form": SignIn(request), "wait": error.text(language())}
            return slowed(render(request, "account/sign_in.html", context, status=429), error)
        if form.is_valid():
            throttle.succeeded(name)
            user = form.get_user()
            return let_in(request, user, by="password", to=next_page(request))
        throttle.failed(name, address)
        log.warning("wrong password for %.60r from %s", throttle.called(name), address)
    return render(request, "account/sign_in.html", context, status=422 if form.errors else 200)


def let_in(
    request: HttpRequest, user: User, *, by: str, to: str, strong: bool = False
) -> HttpResponse:
    """Begin the session, or ask for the code first where the user has a second step; ``strong``
    where the provider saw to that.
    """
    if strong or not second_step.is_set_up(user):
        sessions.begin(request, user, by=by, second_step=strong)
        return HttpResponseRedirect(to)
    request.session.cycle_key()
    request.session[HALF] = {
        "user": user.pk, "hash": user.get_session_auth_hash(), "by": by, "to": to,
        "at": int(time.time()),
    }  # fmt: skip
    return redirect("sign-in-code")


@login_not_required
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the second step; nothing is open before it is right."""
    half: dict[str, Any] = request.session.get(HALF) or {}
    user = _half_in(half)
    if user is None or request.user.is_authenticated:
        request.session.pop(HALF, None)
        return redirect("sign-in")
    fault: MainstayError | None = None
    if request.method == "POST":
        try:
            second_step.prove(
                user, request.POST.get("code", ""), request.META.get("REMOTE_ADDR", "")
            )
        except MainstayError as error:
            fault = error
            log.warning("code refused for user %s: %s", user.pk, error.code)
        else:
            del request.session[HALF]
            sessions.begin(request, user, by=half["by"], second_step=True)
            return HttpResponseRedirect(half["to"])
    context = {"fault": fault.text(language()) if fault else ""}
    status = 429 if isinstance(fault, TooManyAttempts) else 422 if fault else 200
    return slowed(render(request, "account/code.html", context, status=status), fault)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the browser keeps language and theme."""
    theme, chosen = theme_of(request), translation.get_language()
    logout(request)
    response = remember(redirect("sign-in"), theme=theme, language=chosen)
    if settings.HTTPS:  # browsers complain of it elsewhere
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def slowed(response: HttpResponse, error: MainstayError | None) -> HttpResponse:
    """Say when to come again, where that is the matter."""
    if isinstance(error, TooManyAttempts | TooManyRequests):
        response.headers["Retry-After"] = str(error.facts.get("seconds") or error.facts["wait"])
    return response


def _half_in(half: dict[str, Any]) -> User | None:
    """Whose password was right a moment ago, and still is."""
    if not half or half["at"] + HALF_LIFE < time.time():
        return None
    user = get_user_model().objects.filter(pk=half["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), half["hash"]):
        return None
    return user
