"""429: whoever asks too often is told when to ask again, on a page or in a part of one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from mainstay.foundation.errors import TooManyRequests
from mainstay.web.context import fragment, render, wants_fragment
from mainstay.web.formatting import language


class TooOften:
    """Answer a view that raises ``TooManyRequests``. The API answers its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page, or for htmx a note in the place of what was asked for."""
        if not isinstance(error, TooManyRequests):
            return None
        context = {"title": _("Too often"), "text": error.text(language())}
        if wants_fragment(request):
            response = fragment(request, "errors/_note.html", context)
            response.status_code = 429
        else:
            response = render(request, "errors/page.html", context, status=429)
        response.headers["Retry-After"] = str(error.facts["wait"])
        return response
