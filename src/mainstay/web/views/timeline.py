"""A customer's time line: everything that happened, the latest first."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from mainstay.kernel.cursor import BadCursor
from mainstay.parties import timeline as parties
from mainstay.web.books import head_of, heading
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.listing import addressed, now_at
from mainstay.web.timeline import shown, source_words


@require_GET
def timeline(request: HttpRequest, code: str) -> HttpResponse:
    """The page; its next part where htmx asks for it."""
    user = signed_in_user(request)
    detail = head_of(request, code)
    if detail.code != code:
        return now_at(request, detail.code)
    only, after = request.GET.get("only", ""), request.GET.get("after") or None
    words = source_words()
    if only and only not in words:
        raise Http404
    try:
        page = parties.timeline(user, code, only=[only] if only else (), after=after)
    except BadCursor as error:
        raise Http404 from error
    address = reverse("timeline", args=[code])
    context = {
        "months": shown(page.rows), "only": only, "words": words, "address": address,
        "next": addressed(address, only=only, after=page.next_cursor) if page.next_cursor else "",
    }  # fmt: skip
    if after and wants_fragment(request):
        return fragment(request, "customers/_timeline.html", context)
    response = render(request, "customers/timeline.html", context | heading(detail, "timeline"))
    response.headers["Vary"] = "HX-Request"
    return response
