"""Documents: lists across the firm and of one customer, what is open of them; one document."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from mainstay.foundation.models import User
from mainstay.insights import selectors as insights
from mainstay.insights.records import CustomerHead
from mainstay.insights.selectors.runs import headline
from mainstay.ledger import selectors as ledger
from mainstay.ledger.errors import DocumentNotFound
from mainstay.ledger.records import DocumentPage, OpenSum
from mainstay.ledger.selectors.paging import Order
from mainstay.parties.selectors import sees_cost
from mainstay.web.books import head_of, heading, listing_of, organisation_columns, reach_note
from mainstay.web.columns import shown_name
from mainstay.web.context import render, runs_of, signed_in_user
from mainstay.web.formatting import day, iso, mark, money_exact, number
from mainstay.web.listing import Column, Listing, answer, now_at
from mainstay.web.periods import fiscal_years
from mainstay.web.span import ALL, OPEN, OVERDUE, Span
from mainstay.web.tables import kinds, order_states


@require_GET
def all_documents(request: HttpRequest) -> HttpResponse:
    """The documents of all customers one may see, those that are open if nothing else is asked."""
    user, span = signed_in_user(request), Span.of(request, OPEN)
    run = headline(runs_of(request))
    as_of = span.end or (run.as_of if run else None) or ledger.reach() or timezone.localdate()
    foreign = bool(ledger.foreign_currencies(commitments=span.kind in ("order", "delivery")))
    listing = document_list(user, None, span, as_of, foreign=foreign)
    return _answer(request, listing, "documents.html", None, span, as_of)


@require_GET
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """A customer's documents in a span of days."""
    user, span, detail = signed_in_user(request), Span.of(request), head_of(request, code)
    if detail.code != code:
        return now_at(request, detail.code)
    as_of = span.end or detail.as_of or timezone.localdate()
    foreign = bool(ledger.foreign_currencies(code, commitments=span.kind in ("order", "delivery")))
    listing = document_list(user, detail, span, as_of, foreign=foreign)
    return _answer(request, listing, "customers/documents.html", detail, span, as_of)


def _answer(
    request: HttpRequest, listing: Listing, template: str, detail: CustomerHead | None,
    span: Span, as_of: dt.date,
) -> HttpResponse:  # fmt: skip
    code = detail.code if detail else None
    route = "documents" if detail else "all-documents"
    context = {
        **(heading(detail, "documents") if detail else {}),
        "span": span, "kinds": kinds(), "states": states(), "orders": orders(span.state),
        "as_of": as_of, "reach": "" if span.state == ALL else reach_note(as_of),
        "finding": lambda page: finding(page, span, as_of),
        "today": span.address(route, code, end=f"{timezone.localdate()}"),
        "periods": fiscal_years(
            as_of, (span.start, span.end), partial(span.address, route, code)
        ),
    }  # fmt: skip
    return answer(request, listing, template, context)


def document_list(
    user: User, detail: CustomerHead | None, span: Span, as_of: dt.date, *, foreign: bool,
    counted: bool = True,
) -> Listing:  # fmt: skip
    """The list of the documents that a span leaves, of a customer or of all."""

    def read_page(after: str | None, size: int) -> DocumentPage:
        return read(user, detail, span, as_of, after, size, counted=counted)

    made = columns(whose=detail is None, cost=detail.cost if detail else sees_cost(user))
    if detail:
        return listing_of(detail, span, "documents", _("Documents"), made, read_page, foreign,
                          as_of)  # fmt: skip
    currency, exponent = ledger.books_currency()
    return Listing(
        _("Documents"), made, read_page, span.address("all-documents", None), "documents",
        currency, exponent, [(_("Open on"), f"{as_of}")], foreign=foreign,
    )  # fmt: skip


def states() -> dict[str, str]:
    """What a list of documents may be narrowed to."""
    return {
        "all": _("all documents"), "open": _("open ones"), "overdue": _("overdue ones"),
    }  # fmt: skip


def orders(state: str) -> dict[str, str]:
    """The orders there are, the first as it is without choice."""
    newest, oldest = ("newest", _("newest first")), ("oldest", _("oldest first"))
    if state == ALL:
        return dict([newest, oldest, ("largest", _("largest net first"))])
    return dict([("due", _("earliest due first")), ("largest", _("most open first")),
                 newest, oldest])  # fmt: skip


def read(
    user: User, head: CustomerHead | None, span: Span, as_of: dt.date, after: str | None,
    size: int, *, counted: bool = True,
) -> DocumentPage:  # fmt: skip
    """A page of the documents that a span leaves. Raises ``BadCursor``."""
    offered = list(orders(span.state))
    sort = span.sort if span.sort in offered else offered[0]
    order = {
        "newest": Order("doc_date", descending=True),
        "oldest": Order("doc_date", descending=False),
        "due": Order("due", descending=False),
        "largest": Order("net" if span.state == ALL else "open", descending=True),
    }[sort]
    wanted = insights.Wanted(
        start=span.start, end=span.end, kind=span.kind,
        state="" if span.state == ALL else span.state, order=order, known_at=span.known,
        counted=counted,
    )  # fmt: skip
    code = head.code if head else None
    return insights.documents(user, code, wanted, as_of, after, size, head=head)


def columns(*, whose: bool, cost: bool) -> list[Column]:
    """The columns of documents; ``whose``: of several customers."""
    words = kinds()

    def name(row: Any) -> str:
        return shown_name(row.customer_name, row.customer_name_en) or row.customer_code

    def at_customer(row: Any) -> str | None:
        return reverse("money", args=[row.customer_code]) if row.customer_code else None

    def below(row: Any) -> str:
        return f"{iso(row.doc_date)} · {name(row) if whose else words[row.kind]}"

    made = [
        Column(_("Date"), "date", lambda r: r.doc_date, wide=True),
        Column(_("Number"), "text", lambda r: r.number, lambda r: reverse("document", args=[r.id]),
               below=below),
    ]  # fmt: skip
    if whose:
        made.append(Column(_("Customer"), "text", name, at_customer, wide=True))
    made += [
        Column(_("Kind"), "text", lambda r: words[r.kind], wide=True, quiet=True),
        Column(_("Due"), "date", lambda r: r.due_date, wide=True, quiet=True),
        Column(_("Days late"), "count", lambda r: r.days_late, wide=True, tone=_late),
        Column(_("Still open"), "money", lambda r: r.open, below=_days_late),
        Column(_("Net"), "money", lambda r: r.net),
        Column(_("Tax"), "money", lambda r: r.tax, wide=True),
        Column(_("Gross"), "money", lambda r: r.gross, wide=True),
        *organisation_columns(),
    ]
    if cost:
        made.append(Column(_("Cost"), "money", lambda r: r.cost, wide=True))
    return made


def _late(row: Any) -> str:
    return "bad" if row.days_late else ""


def _days_late(row: Any) -> str:
    """How late, in words; empty where it is not."""
    if not row.days_late:
        return ""
    late = ngettext("%(days)s day late", "%(days)s days late", row.days_late)
    return late % {"days": number(row.days_late)}


def finding(found: DocumentPage, span: Span, as_of: dt.date) -> list[str]:
    """How many are open and how much: a sentence, and one for each currency. Of all documents of
    a customer, what they come to.
    """
    if span.state == ALL:
        return []
    total = found.total or 0
    if span.state == OVERDUE:
        count = ngettext(
            "%(num)s document is overdue on %(day)s", "%(num)s documents are overdue on %(day)s",
            total,
        )  # fmt: skip
    else:
        count = ngettext(
            "%(num)s document is open on %(day)s", "%(num)s documents are open on %(day)s", total
        )
    said = [count % {"num": number(total), "day": day(as_of)}]
    told = [of for of in found.open if of.documents or of.receipts or len(found.open) == 1]
    return [*said, *(_in_currency(of, span.state) for of in told)]


def _in_currency(of: OpenSum, state: str) -> str:
    def cash(minor: int) -> str:
        return money_exact(minor, of.currency, of.exponent)

    if state == OVERDUE:
        return _("open %(amount)s") % {"amount": cash(of.documents)}
    said = [_("open %(amount)s") % {"amount": cash(of.documents)}]
    if of.overdue:
        said.append(_("of it overdue %(amount)s") % {"amount": cash(of.overdue)})
    if of.receipts:
        if of.receipts < 0:
            words = _("less receipts that settle nothing yet %(amount)s")
        else:
            words = _("and owed again by receipts %(amount)s")
        said.append(words % {"amount": cash(abs(of.receipts))})
        said.append(_("balance %(amount)s") % {"amount": cash(of.balance)})
    return mark(";").join(said)


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
