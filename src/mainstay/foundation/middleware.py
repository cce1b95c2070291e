"""The user's language, the new password that comes first, addresses no store can look up; and the
company's settings, read once.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import resolve, reverse
from django.utils import translation

from mainstay.foundation.company.once import reading_once

Handler = Callable[[HttpRequest], HttpResponse]
OPEN_BEFORE_NEW_PASSWORD = {"change-password", "sign-out", "set-preferences"}


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


def new_password_first(get_response: Handler) -> Handler:
    """Send whoever holds a one-time password to the page that changes it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if getattr(request.user, "must_change_password", False):
            match = resolve(request.path_info)
            if match.url_name not in OPEN_BEFORE_NEW_PASSWORD:
                return HttpResponseRedirect(reverse("change-password"))
        return get_response(request)

    return middleware


def no_null_characters(get_response: Handler) -> Handler:
    """Refuse an address with a null character: PostgreSQL has no text that holds one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("null character in the address")
        return get_response(request)

    return middleware


def company_once(get_response: Handler) -> Handler:
    """Read the company's settings and calendar once for the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with reading_once():
            return get_response(request)

    return middleware
