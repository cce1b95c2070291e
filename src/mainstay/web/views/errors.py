"""Pages for what went wrong, in the look and language of the rest."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as django_render
from django.utils.translation import gettext as _

from mainstay.foundation.models import User
from mainstay.kernel.errors import MainstayError
from mainstay.web.context import render
from mainstay.web.formatting import language


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    signed_in = isinstance(getattr(request, "user", None), User)
    template = "errors/page.html" if signed_in else "errors/plain.html"
    return render(request, template, {"title": title, "text": text}, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, also for what one may not see."""
    cause = exception.__cause__ if exception else None
    if isinstance(cause, MainstayError):
        return _page(request, 404, _("Not found"), cause.text(language()))
    return _page(
        request, 404, _("There is no page at this address"),
        _("The address may be mistyped, or what stood here was never imported."),
    )  # fmt: skip


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(
        request, 403, _("You may not do this"),
        _("Ask an administrator if your work needs it."),
    )  # fmt: skip


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that lost its token: mostly a page left open over a sign-in."""
    return _page(
        request, 403, _("This page was open for too long"),
        _("Nothing was changed. Go back, load the page again and send the form once more."),
    )  # fmt: skip


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(
        request, 400, _("The request could not be understood"),
        _("Nothing was changed. Go back and try again."),
    )  # fmt: skip


def crashed(request: HttpRequest) -> HttpResponse:
    """500: rendered without the database, which may be what failed."""
    return django_render(request, "errors/crash.html", {"lang": language()}, status=500)
