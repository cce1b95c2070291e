"""The books behind the figures: a customer's balance, documents, orders, receipts; a document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.records import CustomerDetail
from mainstay.ledger import selectors as ledger
from mainstay.ledger.errors import DocumentNotFound
from mainstay.parties.selectors import sees_cost
from mainstay.web.columns import shown_name
from mainstay.web.context import render, signed_in_user
from mainstay.web.formatting import iso, moment
from mainstay.web.given import FIRST, LAST, day
from mainstay.web.listing import Column, Listing, Page, addressed, answer, now_at
from mainstay.web.orders import delivery_columns, finding, order_columns
from mainstay.web.periods import Period, fiscal_years
from mainstay.web.tables import kinds, order_states, receipt_kinds

LATEST = 8
"""Documents and receipts the page Orders & money shows; the rest stand in their lists."""


@dataclass(frozen=True, slots=True)
class Span:
    """The dates and kind a list is narrowed to, and the moment whose knowledge it shows."""

    start: dt.date | None
    end: dt.date | None
    kind: str | None
    known: dt.datetime | None
    """In the user's zone; ``None``: what is known now."""

    @classmethod
    def of(cls, request: HttpRequest) -> Span:
        return cls(
            _date(request, "start"), _date(request, "end"), request.GET.get("kind") or None,
            _moment(request, "known"),
        )  # fmt: skip

    def address(self, view: str, code: str, **changes: str | None) -> str:
        values: dict[str, str | None] = {
            "start": f"{self.start:%Y-%m-%d}" if self.start else "",
            "end": f"{self.end:%Y-%m-%d}" if self.end else "", "kind": self.kind,
            "known": self.known_text, **changes,
        }  # fmt: skip
        return addressed(reverse(view, args=[code]), **values)

    @property
    def known_text(self) -> str:
        """As a field of date and time has it; empty: now."""
        return f"{timezone.localtime(self.known):%Y-%m-%dT%H:%M}" if self.known else ""


def _date(request: HttpRequest, name: str) -> dt.date | None:
    found = day(request.GET.get(name))
    if found is None and request.GET.get(name):
        raise Http404
    return found


def _moment(request: HttpRequest, name: str) -> dt.datetime | None:
    """The whole minute that a field of date and time names; a mere date means its end."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        found = parse_datetime(text if "T" in text else f"{text}T23:59")
    except ValueError as error:
        raise Http404 from error
    if found is None or not FIRST <= found.date() <= LAST:
        raise Http404
    whole = found.replace(second=59, microsecond=999_999)
    return whole if timezone.is_aware(whole) else timezone.make_aware(whole)


@require_GET
def money(request: HttpRequest, code: str) -> HttpResponse:
    """Orders & money: what the customer owes on a day, and the rows behind each figure."""
    user = signed_in_user(request)
    detail = _customer(request, code)
    if detail.code != code:
        return now_at(request, detail.code)
    span = Span.of(request)
    as_of = span.end or detail.as_of or timezone.localdate()
    asked, span = span, Span(None, as_of, None, span.known)
    balance, *others = ledger.balances(user, code, as_of, span.known)
    in_all = None
    if others and not span.known:
        in_all = insights.open_in_company(user, code, as_of)
    foreign = bool(others)
    documents = document_list(request, detail, span, foreign=foreign)
    receipts = receipt_list(request, detail, span, foreign=foreign)
    commitments = [
        make(request, detail, asked, foreign=True) for make in (order_list, delivery_list)
    ]
    context = {
        **heading(detail, "money"),
        "balance": balance,
        "others": others,
        "in_all": in_all,
        "span": span,
        "lists": [
            (listing, *listing.head(LATEST)) for listing in (documents, receipts)
        ],
        "commitments": [
            (listing, page, shown, finding(page, listing))
            for listing in commitments for page, shown in [listing.head(LATEST)] if page.rows
        ],
        "allocations": ledger.allocations(user, code, as_of, span.known),
    }  # fmt: skip
    return render(request, "customers/money.html", context)


@require_GET
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's documents in a span of days."""
    return _list(request, code, "documents")


@require_GET
def receipts(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's receipts in a span of days."""
    return _list(request, code, "receipts")


@require_GET
def orders(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's orders in a span of days."""
    return _commitments(request, code, "orders", order_list)


@require_GET
def deliveries(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's deliveries in a span of days."""
    return _commitments(request, code, "deliveries", delivery_list)


def _commitments(
    request: HttpRequest, code: str, view: str, make: Callable[..., Listing]
) -> HttpResponse:
    detail, span = _customer(request, code), Span.of(request)
    if detail.code != code:
        return now_at(request, detail.code)
    foreign = bool(ledger.foreign_currencies(code, commitments=True))
    listing = make(request, detail, span, foreign=foreign)
    page, _shown = listing.head(1)
    said = finding(page, listing)
    context = {
        **heading(detail, "money"), "span": span, "kinds": {}, "finding": said,
        "periods": _periods(detail, span, view),
    }  # fmt: skip
    return answer(request, listing, "customers/orders.html", context)


def _list(request: HttpRequest, code: str, section: str) -> HttpResponse:
    detail, span = _customer(request, code), Span.of(request)
    if detail.code != code:
        return now_at(request, detail.code)
    make = document_list if section == "documents" else receipt_list
    words = kinds() if section == "documents" else receipt_kinds()
    context = {
        **heading(detail, section), "span": span, "kinds": words,
        "periods": _periods(detail, span, section),
    }  # fmt: skip
    apart = span.kind in ("order", "delivery")
    foreign = bool(ledger.foreign_currencies(code, commitments=apart))
    listing = make(request, detail, span, foreign=foreign)
    return answer(request, listing, f"customers/{section}.html", context)


def _periods(detail: CustomerDetail, span: Span, view: str) -> list[Period]:
    """The fiscal years a list may be narrowed to, the latest that the books reach first."""
    as_of = detail.as_of or timezone.localdate()
    return fiscal_years(as_of, (span.start, span.end), partial(span.address, view, detail.code))


def document_list(
    request: HttpRequest, detail: CustomerDetail, span: Span, *, foreign: bool
) -> Listing:
    """The list of a customer's documents in a span."""
    user, words = signed_in_user(request), kinds()

    def read(after: str | None, size: int) -> Page:
        return ledger.documents(
            user, detail.code, span.start, span.end, span.kind, after, size, known_at=span.known
        )

    columns = [
        Column(_("Date"), "date", lambda r: r.doc_date),
        Column(_("Number"), "text", lambda r: r.number, lambda r: reverse("document", args=[r.id])),
        Column(_("Kind"), "text", lambda r: words[r.kind], quiet=True),
        Column(_("Due"), "date", lambda r: r.due_date, wide=True, quiet=True),
        Column(_("Lines"), "count", lambda r: r.line_count, wide=True, quiet=True),
        Column(_("Net"), "money", lambda r: r.net),
        Column(_("Tax"), "money", lambda r: r.tax, wide=True),
        Column(_("Gross"), "money", lambda r: r.gross, wide=True),
    ]
    if sees_cost(user, detail.id):
        columns.append(Column(_("Cost"), "money", lambda r: r.cost, wide=True))
    return _listing(detail, span, "documents", _("Documents"), columns, read, foreign)


def receipt_list(
    request: HttpRequest, detail: CustomerDetail, span: Span, *, foreign: bool
) -> Listing:
    """The list of a customer's receipts in a span."""
    user, words = signed_in_user(request), receipt_kinds()

    def read(after: str | None, size: int) -> Page:
        return ledger.receipts(
            user, detail.code, span.start, span.end, after, size,
            kind=span.kind, known_at=span.known,
        )  # fmt: skip

    columns = [
        Column(_("Date"), "date", lambda r: r.date),
        Column(_("Number"), "text", lambda r: r.number),
        Column(_("Kind"), "text", lambda r: words[r.kind], quiet=True, below=_bill),
        Column(_("Method"), "text", lambda r: r.method, wide=True, quiet=True),
        Column(_("Bill"), "text", lambda r: r.bill_no, wide=True, quiet=True),
        Column(_("Bill falls due"), "date", lambda r: r.maturity, wide=True, quiet=True),
        Column(_("Settles"), "text", lambda r: r.applied_to, wide=True, quiet=True),
        Column(_("Source"), "text", lambda r: r.source, wide=True, quiet=True),
        Column(_("Amount"), "money", lambda r: r.amount),
    ]
    return _listing(detail, span, "receipts", _("Receipts"), columns, read, foreign)


def _bill(row: Any) -> str:
    """A receipt's bill in a few words; empty where it is none."""
    due = _("due %(day)s") % {"day": iso(row.maturity)} if row.maturity else ""
    return " · ".join(filter(None, (row.bill_no, due)))


def order_list(
    request: HttpRequest, detail: CustomerDetail, span: Span, *, foreign: bool
) -> Listing:
    """The list of a customer's orders in a span."""
    return _commitment_list(
        request, detail, span, ledger.orders, "orders", _("Orders"), order_columns(), foreign
    )


def delivery_list(
    request: HttpRequest, detail: CustomerDetail, span: Span, *, foreign: bool
) -> Listing:
    """The list of a customer's deliveries in a span."""
    return _commitment_list(
        request, detail, span, ledger.deliveries, "deliveries", _("Deliveries"),
        delivery_columns(), foreign,
    )  # fmt: skip


def _commitment_list(
    request: HttpRequest, detail: CustomerDetail, span: Span, select: Callable[..., Page],
    view: str, title: str, columns: list[Column], foreign: bool,
) -> Listing:  # fmt: skip
    user = signed_in_user(request)

    def read(after: str | None, size: int) -> Page:
        return select(user, detail.code, span.start, span.end, after, size, known_at=span.known)

    return _listing(detail, span, view, title, columns, read, foreign)


def _listing(
    detail: CustomerDetail,
    span: Span,
    view: str,
    title: str,
    columns: list[Column],
    read: Any,
    foreign: bool,
) -> Listing:
    currency, exponent = ledger.books_currency()
    notes = [(_("Customer"), f"{detail.code} {detail.name}")]
    if span.known:
        notes.append((_("As known on"), moment(timezone.localtime(span.known))))
    return Listing(
        title, columns, read, span.address(view, detail.code), f"{detail.code}-{view}",
        currency, exponent, notes, foreign=foreign,
    )  # fmt: skip


def heading(detail: CustomerDetail, section: str) -> dict[str, Any]:
    """What the head and the tabs of a customer's pages show."""
    name = shown_name(detail.name, detail.name_en) or detail.code
    return {"c": detail, "name": name, "section": section}


def _customer(request: HttpRequest, code: str) -> CustomerDetail:
    try:
        return insights.customer(signed_in_user(request), code)
    except CustomerNotFound as error:
        raise Http404 from error


@require_GET
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """One document: its lines, where they came from, and its versions."""
    try:
        detail = ledger.document(signed_in_user(request), pk)
    except DocumentNotFound as error:
        raise Http404 from error
    name = shown_name(detail.customer_name, detail.customer_name_en)
    context = {"d": detail, "name": name, "kinds": kinds(), "states": order_states()}
    return render(request, "customers/document.html", context)
