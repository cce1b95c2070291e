"""The books behind the figures: a customer's documents and receipts, and one document."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.kernel.cursor import BadCursor
from mainstay.ledger import selectors as ledger
from mainstay.ledger.errors import DocumentNotFound
from mainstay.web.context import fragment, render, signed_in_user, wants_fragment
from mainstay.web.views.customers import shown_name


@dataclass(frozen=True, slots=True)
class Span:
    """The dates and kind a list of documents is narrowed to."""

    start: dt.date | None
    end: dt.date | None
    kind: str | None

    @classmethod
    def of(cls, request: HttpRequest) -> Span:
        return cls(_date(request, "start"), _date(request, "end"), request.GET.get("kind") or None)

    def address(self, view: str, code: str, **changes: str | None) -> str:
        values = {
            "start": f"{self.start:%Y-%m-%d}" if self.start else "",
            "end": f"{self.end:%Y-%m-%d}" if self.end else "", "kind": self.kind, **changes,
        }  # fmt: skip
        return f"{reverse(view, args=[code])}?{urlencode({k: v for k, v in values.items() if v})}"


def _date(request: HttpRequest, name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.GET[name]) if request.GET.get(name) else None
    except ValueError as error:
        raise Http404 from error


@require_GET
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's documents in a span of days."""
    return _ledger_list(request, code, "documents")


@require_GET
def receipts(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's receipts in a span of days."""
    return _ledger_list(request, code, "receipts")


def _ledger_list(request: HttpRequest, code: str, view: str) -> HttpResponse:
    user = signed_in_user(request)
    span = Span.of(request)
    after = request.GET.get("after") or None
    try:
        detail = insights.customer(user, code)
        page: Any = (
            ledger.documents(user, code, span.start, span.end, span.kind, after)
            if view == "documents"
            else ledger.receipts(user, code, span.start, span.end, after)
        )
    except (CustomerNotFound, BadCursor) as error:
        raise Http404 from error
    context = {
        "c": detail,
        "name": shown_name(detail.name, detail.name_en) or detail.code,
        "page": page,
        "span": span,
        "next": span.address(view, code, after=page.next_cursor) if page.next_cursor else "",
    }
    if after and wants_fragment(request):
        return fragment(request, f"customers/_{view}.html", context)
    return render(request, f"customers/{view}.html", context)


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: its lines, and where they came from."""
    try:
        detail = ledger.document(signed_in_user(request), pk)
    except DocumentNotFound as error:
        raise Http404 from error
    name = shown_name(detail.customer_name, detail.customer_name_en)
    return render(request, "customers/document.html", {"d": detail, "name": name})
