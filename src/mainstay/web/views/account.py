"""Sign in, sign out, the first own password, language and theme."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.foundation import services as foundation
from mainstay.foundation import throttle, tokens
from mainstay.foundation.errors import TooManyAttempts
from mainstay.foundation.models import User
from mainstay.foundation.permissions import MANAGE_PEOPLE, READ_AUDIT, may
from mainstay.insights import selectors as insights
from mainstay.insights.permissions import PORTFOLIO
from mainstay.kernel.errors import MainstayError
from mainstay.ledger.permissions import BOOKS
from mainstay.parties.permissions import SEE
from mainstay.web.context import render, signed_in_user, theme_of
from mainstay.web.formatting import language
from mainstay.web.forms import FirstPassword, OtherPassword, Preferences, SignIn

YEAR = 365 * 24 * 3600
LIFETIMES = (30, 90, 180, 365)
"""Days that a token may be made for."""


def next_page(request: HttpRequest) -> str:
    """Where to go afterwards: a page of our own, else home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own and wanted.startswith("/") else reverse("home")


@login_not_required
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password."""
    if request.user.is_authenticated:
        return redirect("home")
    form = SignIn(request, request.POST if request.method == "POST" else None)
    name, address = request.POST.get("username", ""), request.META.get("REMOTE_ADDR", "")
    context = {
        "form": form, "next": request.GET.get("next", request.POST.get("next", "")), "wait": "",
    }  # fmt: skip
    if request.method == "POST":
        try:
            throttle.check(name, address)
        except TooManyAttempts as error:  # nothing is looked at, a right password neither
            context |= {"form": SignIn(request), "wait": error.text(language())}
            response = render(request, "account/sign_in.html", context, status=429)
            response.headers["Retry-After"] = str(error.facts["seconds"])
            return response
        if form.is_valid():
            throttle.succeeded(name)
            login(request, form.get_user())
            return HttpResponseRedirect(next_page(request))
        throttle.failed(name, address)
    return render(request, "account/sign_in.html", context, status=422 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the browser keeps language and theme."""
    theme, language = theme_of(request), translation.get_language()
    logout(request)
    return _remember(redirect("sign-in"), theme=theme, language=language)


@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Choose one's own password; whoever holds a one-time password comes here first."""
    user = signed_in_user(request)
    kind = FirstPassword if user.must_change_password else OtherPassword
    form = kind(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        foundation.change_password(user, form.cleaned_data["new_password1"])
        update_session_auth_hash(request, user)
        return redirect("home")
    return render(
        request, "account/password.html", {"form": form}, status=422 if form.errors else 200
    )


@login_not_required
@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """Keep language or theme: with the user, and in the browser for the page before sign-in."""
    form = Preferences(request.POST)
    chosen: dict[str, Any] = {}
    if form.is_valid():
        chosen = {name: value for name, value in form.cleaned_data.items() if value}
    if chosen and isinstance(request.user, User):
        foundation.set_preferences(request.user, **chosen)
    return _remember(HttpResponseRedirect(next_page(request)), **chosen)


@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """The user's own choices, and tokens for programs: a new one's secret is shown this once."""
    user = signed_in_user(request)
    fault, made, given = "", None, request.POST
    if request.method == "POST":
        try:
            if given.get("do") == "revoke":
                tokens.revoke(user, _int(given.get("token")))
                messages.success(request, _("The token is revoked."))
                return redirect("me")
            made = tokens.make(
                user, given.get("name", ""), given.getlist("scope"), _int(given.get("days"))
            )
        except MainstayError as error:
            fault = error.text(language())
    context = {
        "tokens": tokens.of_user(user), "scopes": tokens.scopes_for(user), "fault": fault,
        "made": made, "lifetimes": LIFETIMES,
        "given": {"name": given.get("name", ""), "scopes": given.getlist("scope")}
        if fault else {"name": "", "scopes": []},
    }  # fmt: skip
    return render(request, "account/me.html", context, status=422 if fault else 200)


def _int(text: str | None) -> int:
    """The number a field holds; 0, which is of nothing, where it holds none."""
    return int(text) if text and len(text) < 19 and text.isascii() and text.isdigit() else 0


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page one's roles open; before the first grades, the two doors."""
    user = signed_in_user(request)
    if may(user, SEE):
        graded = insights.headline_run(user)
        if graded is None and may(user, BOOKS):
            return redirect("start")
        return redirect("portfolio" if may(user, PORTFOLIO) and graded else "customers")
    for right, name in ((BOOKS, "data"), (MANAGE_PEOPLE, "people"), (READ_AUDIT, "audit")):
        if may(user, right):
            return redirect(name)
    return render(request, "account/no_role.html")


def _remember(response: HttpResponse, **chosen: str | None) -> HttpResponse:
    names = {"language": settings.LANGUAGE_COOKIE_NAME, "theme": "theme"}
    for name, value in chosen.items():
        if value:
            response.set_cookie(
                names[name], value, max_age=YEAR, samesite="Lax", secure=settings.HTTPS
            )
    return response
