"""Whose address a request comes from, whether somebody asks or a page left open, the user's
language, what comes first (a new password, a second step), texts that no store can hold; and the
company's settings, read once.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from mainstay.foundation.company.once import reading_once
from mainstay.foundation.models import User
from mainstay.foundation.permissions import needs_second_step
from mainstay.foundation.sessions import BY, PASSED, POLL, POLLING, SessionStore

Handler = Callable[[HttpRequest], HttpResponse]
ALWAYS_OPEN = {"sign-out", "set-preferences"}


def own_address(get_response: Handler) -> Handler:
    """Put the browser's address in the place of the nearest proxy's, for everybody who asks.

    Each of our ``PROXIES`` adds at the end of ``X-Forwarded-For`` whom it was asked by: the n-th
    last is what the outermost saw, and all before it is the client's own word.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if n := settings.PROXIES:
            seen = request.headers.get("X-Forwarded-For", "").split(",")[-n:]
            if len(seen) == n and (address := _address(seen[0])):
                request.META["REMOTE_ADDR"] = address
        return get_response(request)

    return middleware


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return ""


def polls_are_no_use(get_response: Handler) -> Handler:
    """Let a page that asks again by itself not keep its session going."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if POLL in request.GET and isinstance(request.session, SessionStore):
            with suppress(Resolver404):
                request.session.is_polled = resolve(request.path_info).url_name in POLLING
        return get_response(request)

    return middleware


def user_language(get_response: Handler) -> Handler:
    """Answer in the language the user chose; without a choice the browser's stays."""

    def middleware(request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if language:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        response = get_response(request)
        response.headers["Content-Language"] = translation.get_language() or ""
        return response

    return middleware


def first_things_first(get_response: Handler) -> Handler:
    """Open one page alone to whoever holds a one-time password, and then to whoever lacks the
    second step that a role asks for.

    A session without the second step is of somebody who has none: whoever sets one up or loses it
    is signed out elsewhere.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        first = _first(request)
        if first and resolve(request.path_info).url_name not in {first, *ALWAYS_OPEN}:
            return HttpResponseRedirect(reverse(first))
        return get_response(request)

    return middleware


def _first(request: HttpRequest) -> str:
    user = request.user
    if not isinstance(user, User):
        return ""
    if user.must_change_password and request.session.get(BY) != "provider":
        return "change-password"
    if not request.session.get(PASSED) and needs_second_step(user):
        return "second-step"
    return ""


def form_page(request: HttpRequest) -> str:
    """The page of ours on which the form stood that was sent; empty where the browser hides it."""
    sent = urlsplit(request.headers.get("Referer", ""))
    if sent.netloc != request.get_host() or not sent.path.startswith("/"):
        return ""
    return sent.path + (f"?{sent.query}" if sent.query else "")


class SignInFirst(LoginRequiredMiddleware):
    """Lead whoever is not signed in to the sign-in page, and from there back; a form that was sent
    meanwhile is lost, so back to the page it stood on.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(form_page(request) or reverse("home"), reverse("sign-in"))


class NoNullCharacters:
    """Refuse a null character in the address and in what a form sends: PostgreSQL has no text that
    holds one. The API looks at its own texts.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("null character in the address")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Handler, *_given: object) -> None:
        """Here the form's token and the sign-in have been looked at."""
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return
        if any("\0" in text for given in request.POST.lists() for text in (given[0], *given[1])):
            raise SuspiciousOperation("null character in a form")


def company_once(get_response: Handler) -> Handler:
    """Read the company's settings and calendar once for the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with reading_once():
            return get_response(request)

    return middleware
