"""What the pages of a customer's books share: whose they are, their head, their lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from mainstay.insights import selectors as insights
from mainstay.insights.errors import CustomerNotFound
from mainstay.insights.records import CustomerDetail, CustomerHead
from mainstay.ledger import selectors as ledger
from mainstay.web.columns import shown_name
from mainstay.web.context import runs_of, signed_in_user
from mainstay.web.formatting import day, iso, moment
from mainstay.web.listing import Column, Listing
from mainstay.web.span import Span


def head_of(request: HttpRequest, code: str) -> CustomerHead:
    """The customer a code leads to; not found where the reader may not see it."""
    try:
        return insights.customer_head(signed_in_user(request), code, runs=runs_of(request))
    except CustomerNotFound as error:
        raise Http404 from error


def reach_note(as_of: dt.date) -> str:
    """That the books do not reach to a day, where they do not; empty where they do."""
    last = ledger.reach()
    if last is None or last >= as_of:
        return ""
    return _("The books reach to %(day)s: what happened since is not in them.") % {"day": day(last)}


def heading(detail: CustomerHead | CustomerDetail, section: str) -> dict[str, Any]:
    """What the head and the tabs of a customer's pages show."""
    name = shown_name(detail.name, detail.name_en) or detail.code
    return {"c": detail, "name": name, "section": section}


def organisation_columns() -> list[Column]:
    """Whose number a row's is, where the books name several organisations."""
    if not ledger.names_organisations():
        return []
    return [Column(_("Organisation"), "text", lambda r: r.organisation, wide=True, quiet=True)]


def listing_of(
    detail: CustomerHead,
    span: Span,
    view: str,
    title: str,
    columns: list[Column],
    read: Any,
    foreign: bool,
    as_of: dt.date | None = None,
) -> Listing:
    """A list of a customer's books; ``as_of``: the day of what is open."""
    currency, exponent = ledger.books_currency()
    notes = [(_("Customer"), f"{detail.code} {detail.name}")]
    if as_of:
        notes.append((_("Open on"), iso(as_of)))
    if span.known:
        notes.append((_("As known on"), moment(timezone.localtime(span.known))))
    return Listing(
        title, columns, read, span.address(view, detail.code), f"{detail.code}-{view}",
        currency, exponent, notes, foreign=foreign,
    )  # fmt: skip
