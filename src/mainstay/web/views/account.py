"""One's own account: password, sessions, tokens, language and theme; where home is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mainstay.foundation import second_step, sessions, throttle, tokens
from mainstay.foundation import services as foundation
from mainstay.foundation.errors import TooManyAttempts
from mainstay.foundation.models import User
from mainstay.foundation.permissions import MANAGE_PEOPLE, READ_AUDIT, may
from mainstay.insights import selectors as insights
from mainstay.insights.permissions import PORTFOLIO
from mainstay.kernel.errors import MainstayError
from mainstay.ledger.permissions import BOOKS
from mainstay.parties.permissions import SEE
from mainstay.web.context import next_page, remember, render, signed_in_user
from mainstay.web.formatting import language
from mainstay.web.forms import FirstPassword, OtherPassword, Preferences
from mainstay.web.given import whole

LIFETIMES = (30, 90, 180, 365)
"""Days that a token may be made for."""


@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Choose one's own password; whoever holds a one-time password comes here first."""
    user, address = signed_in_user(request), request.META.get("REMOTE_ADDR", "")
    kind = FirstPassword if user.must_change_password else OtherPassword
    form = kind(user, request.POST if request.method == "POST" else None)
    wait = ""
    if request.method == "POST":
        try:
            throttle.check(user.username, address)
        except TooManyAttempts as error:  # nothing is looked at, the right password neither
            form, wait = kind(user), error.text(language())
        else:
            if form.is_valid():
                foundation.change_password(
                    user, form.cleaned_data["new_password1"], here=request.session.session_key
                )
                update_session_auth_hash(request, user)
                return redirect("home")
            if "old_password" in form.errors:
                throttle.failed(user.username, address)
    status = 429 if wait else 422 if form.errors else 200
    return render(request, "account/password.html", {"form": form, "wait": wait}, status=status)


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
    return remember(HttpResponseRedirect(next_page(request)), **chosen)


@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    """The user's own choices, sessions, and tokens for programs: a new one's secret is shown this
    once.
    """
    user, key = signed_in_user(request), request.session.session_key
    fault, made, given = "", None, request.POST
    if request.method == "POST":
        try:
            if told := _end(user, key, given):
                messages.success(request, told)
                return redirect("me")
            made = tokens.make(
                user, given.get("name", ""), given.getlist("scope"), whole(given.get("days")) or 0
            )
        except MainstayError as error:
            fault = error.text(language())
    context = {
        "tokens": tokens.of_user(user), "scopes": tokens.scopes_for(user), "fault": fault,
        "made": made, "lifetimes": LIFETIMES, "sessions": sessions.of_user(user, key),
        "step": second_step.of_user(user),
        "given": {"name": given.get("name", ""), "scopes": given.getlist("scope")}
        if fault else {"name": "", "scopes": []},
    }  # fmt: skip
    return render(request, "account/me.html", context, status=422 if fault else 200)


def _end(user: User, key: str | None, given: QueryDict) -> str:
    """End what the form asks to end; what to say then, or nothing where it asks for else."""
    what = given.get("do")
    if what == "revoke":
        tokens.revoke(user, whole(given.get("token")) or 0)
        return _("The token is revoked.")
    if what == "end":
        sessions.end(user, given.get("session", ""))
        return _("The session has ended.")
    if what == "end-others":
        sessions.end_others(user, user, key)
        return _("You are signed out everywhere else.")
    return ""


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
