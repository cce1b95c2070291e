"""The books behind the figures: a customer's balance, receipts, orders and deliveries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from mainstay.insights import selectors as insights
from mainstay.insights.records import CustomerHead
from mainstay.ledger import selectors as ledger
from mainstay.web.books import head_of, heading, listing_of, organisation_columns, reach_note
from mainstay.web.context import fragment, render, signed_in_user
from mainstay.web.formatting import iso
from mainstay.web.listing import Column, Listing, Page, answer, now_at
from mainstay.web.orders import delivery_columns, finding, order_columns
from mainstay.web.periods import Period, fiscal_years
from mainstay.web.span import Span
from mainstay.web.tables import receipt_kinds
from mainstay.web.views.documents import document_list

LATEST = 8
"""Documents and receipts the page Orders & money shows; the rest stand in their lists."""


@require_GET
def money(request: HttpRequest, code: str) -> HttpResponse:
    """Orders & money: what the customer owes on a day, and the rows behind each figure."""
    user = signed_in_user(request)
    detail = head_of(request, code)
    if detail.code != code:
        return now_at(request, detail.code)
    span = Span.of(request)
    as_of = span.end or detail.as_of or timezone.localdate()
    asked, span = span, Span(None, as_of, None, span.known)
    balance, *others = ledger.balances(user, code, as_of, span.known)
    foreign = bool(others)
    documents = document_list(user, detail, span, as_of, foreign=foreign, counted=False)
    receipts = receipt_list(request, detail, span, foreign=foreign, counted=False)
    counts = (
        sum(one.documents for one in (balance, *others)),
        sum(one.receipts for one in (balance, *others)),
    )
    context = {
        **heading(detail, "money"),
        "balance": balance,
        "others": others,
        "reach": reach_note(as_of),
        "span": span,
        "lists": [
            (listing, count, *listing.head(LATEST))
            for listing, count in zip((documents, receipts), counts, strict=True)
        ],
        "promised": asked.address("money-promised", code) if detail.promises else "",
        "in_all": span.address("money-in-all", code) if foreign and not span.known else "",
        "allocations": ledger.allocations(user, code, as_of, span.known),
    }  # fmt: skip
    return render(request, "customers/money.html", context)


@require_GET
def promised(request: HttpRequest, code: str) -> HttpResponse:
    """The latest orders and deliveries, which Orders & money asks for once it stands."""
    head, span = head_of(request, code), Span.of(request)
    found = []
    for make in (order_list, delivery_list):
        listing = make(request, head, span, foreign=True)
        page, shown = listing.head(LATEST)
        if page.rows:
            found.append((listing, page, shown, finding(page, listing)))
    return fragment(request, "customers/_promised.html", {"found": found, "c": head})


@require_GET
def in_all(request: HttpRequest, code: str) -> HttpResponse:
    """What is owed in all currencies together, asked for in the same way."""
    head, span = head_of(request, code), Span.of(request)
    as_of = span.end or head.as_of or timezone.localdate()
    amount = insights.open_in_company(signed_in_user(request), head.code, as_of)
    currency, exponent = ledger.books_currency()
    context = {"amount": amount, "currency": currency, "exponent": exponent}
    return fragment(request, "customers/_in_all.html", context)


@require_GET
def receipts(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's receipts in a span of days."""
    detail, span = head_of(request, code), Span.of(request)
    if detail.code != code:
        return now_at(request, detail.code)
    foreign = bool(ledger.foreign_currencies(code))
    context = {
        **heading(detail, "receipts"), "span": span, "kinds": receipt_kinds(),
        "periods": _periods(detail, span, "receipts"),
    }  # fmt: skip
    listing = receipt_list(request, detail, span, foreign=foreign)
    return answer(request, listing, "customers/receipts.html", context)


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
    detail, span = head_of(request, code), Span.of(request)
    if detail.code != code:
        return now_at(request, detail.code)
    foreign = bool(ledger.foreign_currencies(code, commitments=True))
    listing = make(request, detail, span, foreign=foreign)
    context = {
        **heading(detail, "money"), "span": span, "kinds": {},
        "finding": lambda page: finding(page, listing),
        "periods": _periods(detail, span, view),
    }  # fmt: skip
    return answer(request, listing, "customers/orders.html", context)


def _periods(detail: CustomerHead, span: Span, view: str) -> list[Period]:
    """The fiscal years a list may be narrowed to, the latest that the books reach first."""
    as_of = detail.as_of or timezone.localdate()
    return fiscal_years(as_of, (span.start, span.end), partial(span.address, view, detail.code))


def receipt_list(
    request: HttpRequest, detail: CustomerHead, span: Span, *, foreign: bool, counted: bool = True
) -> Listing:
    """The list of a customer's receipts in a span."""
    user, words = signed_in_user(request), receipt_kinds()

    def read(after: str | None, size: int) -> Page:
        return ledger.receipts(
            user, detail.code, span.start, span.end, after, size,
            kind=span.kind, known_at=span.known, counted=counted,
        )  # fmt: skip

    columns = [
        Column(_("Date"), "date", lambda r: r.date),
        Column(_("Number"), "text", lambda r: r.number),
        Column(_("Kind"), "text", lambda r: words[r.kind], quiet=True, below=_bill),
        Column(_("Method"), "text", lambda r: r.method, wide=True, quiet=True),
        Column(_("Bill"), "text", lambda r: r.bill_no, wide=True, quiet=True),
        Column(_("Bill falls due"), "date", lambda r: r.maturity, wide=True, quiet=True),
        Column(_("Settles"), "text", lambda r: r.applied_to, wide=True, quiet=True),
        *organisation_columns(),
        Column(_("Source"), "text", lambda r: r.source, wide=True, quiet=True),
        Column(_("Amount"), "money", lambda r: r.amount),
    ]
    return listing_of(detail, span, "receipts", _("Receipts"), columns, read, foreign)


def _bill(row: Any) -> str:
    """A receipt's bill in a few words; empty where it is none."""
    due = _("due %(day)s") % {"day": iso(row.maturity)} if row.maturity else ""
    return " · ".join(filter(None, (row.bill_no, due)))


def order_list(request: HttpRequest, detail: CustomerHead, span: Span, *, foreign: bool) -> Listing:
    """The list of a customer's orders in a span."""
    return _commitment_list(
        request, detail, span, ledger.orders, "orders", _("Orders"), order_columns(), foreign
    )


def delivery_list(
    request: HttpRequest, detail: CustomerHead, span: Span, *, foreign: bool
) -> Listing:
    """The list of a customer's deliveries in a span."""
    return _commitment_list(
        request, detail, span, ledger.deliveries, "deliveries", _("Deliveries"),
        delivery_columns(), foreign,
    )  # fmt: skip


def _commitment_list(
    request: HttpRequest, detail: CustomerHead, span: Span, select: Callable[..., Page],
    view: str, title: str, columns: list[Column], foreign: bool,
) -> Listing:  # fmt: skip
    user = signed_in_user(request)

    def read(after: str | None, size: int) -> Page:
        return select(user, detail.code, span.start, span.end, after, size, known_at=span.known)

    return listing_of(detail, span, view, title, columns, read, foreign)
