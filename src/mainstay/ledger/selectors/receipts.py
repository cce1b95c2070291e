"""A customer's receipts, and which documents they settle as the files state it."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.ledger.models import Allocation, Receipt
from mainstay.ledger.records import AllocationRow, ReceiptEntry, ReceiptPage, ReceiptRow
from mainstay.ledger.selectors.currencies import home_sum, in_own
from mainstay.ledger.selectors.paging import as_date, booked, counting, in_span, page_of, place
from mainstay.parties.selectors import of_code, sees_everything, visible_to

_RECEIPT = (
    "id", "number", "date", "amount", "method", "maturity", "applied_to", "organisation",
    "code", "places", "source_row", "kind", "bill_no", "batch__files",
)  # fmt: skip
_ENTRY = (
    "id", "number", "kind", "date", "customer__code", "customer__name", "amount", "code",
    "places", "method", "maturity", "bill_no", "applied_to", "organisation",
)  # fmt: skip


_OF_SAME = (
    Q(organisation="")
    | Q(organisation=OuterRef("organisation"))
    | Q(Exact(OuterRef("organisation"), Value("")))
)
"""Neither names an organisation, one does, or both the same."""


def receipts(
    user: User,
    customer_code: str,
    start: date | None = None,
    end: date | None = None,
    after: str | None = None,
    size: int = 50,
    *,
    kind: str | None = None,
    known_at: datetime | None = None,
    counted: bool = True,
) -> ReceiptPage:
    """A customer's receipts between two dates inclusive, newest first.

    ``known_at``: as they were known at that moment; without it, as they count now. ``counted``:
    with their sum.
    """
    matching = counting(Receipt, known_at).filter(customer__in=of_code(user, customer_code))
    matching = in_span(matching, "date", start, end)
    if kind:
        matching = matching.filter(kind=kind)
    return receipt_page(matching, after, size, counted=counted)


def receipt_page(
    matching: QuerySet[Any], after: str | None, size: int, *, counted: bool = True
) -> ReceiptPage:
    """Receipts, newest first, with the sum of those in the company's currency, or without it.

    The caller has checked the rights.
    """
    sums = matching.aggregate(total=Count("pk"), amount=home_sum("amount")) if counted else {}
    rated = matching.annotate(**in_own())
    page = page_after(rated, "date", descending=True, cursor=as_date(after))
    found = [
        ReceiptRow(*(*row[:11], place(row[13], "receipts", row[10]), *row[11:13]))
        for row in page.values_list(*_RECEIPT)[: size + 1]
    ]
    rows, further = page_of(found, size, lambda row: (row.date, row.id))
    return ReceiptPage(rows=rows, next_cursor=further, **sums)


def receipt_entries(
    user: User,
    *,
    customer_code: str = "",
    start: date | None = None,
    end: date | None = None,
    after: str | None = None,
    size: int = 50,
) -> tuple[tuple[ReceiptEntry, ...], str | None]:
    """A page of the receipts of all customers one may see, or of one, newest first, and the next
    page's cursor. Raises ``BadCursor``.
    """
    matching = in_span(counting(Receipt), "date", start, end)
    if customer_code:
        matching = matching.filter(customer__in=of_code(user, customer_code))
    elif not sees_everything(user):
        matching = matching.filter(customer__in=visible_to(user))
    page = page_after(matching.annotate(**in_own()), "date", descending=True, cursor=as_date(after))
    found = [
        ReceiptEntry(*(*row[:4], row[4] or "", row[5] or "", *row[6:]))
        for row in page.values_list(*_ENTRY)[: size + 1]
    ]
    return page_of(found, size, lambda row: (row.date, row.id))


def allocations(
    user: User,
    customer_code: str,
    as_of: date | None = None,
    known_at: datetime | None = None,
    size: int = 100,
) -> tuple[AllocationRow, ...]:
    """Which receipts settle which documents, as files state it; the latest receipts first.

    By an allocation, which holds for the customer of its receipt; without one for a receipt, by the
    document the receipt itself names, with the receipt's whole amount. Where no file states any,
    settlement is replayed when grades are made (``mainstay_engine.allocation``).
    """
    own = of_code(user, customer_code)
    paid = in_span(counting(Receipt, known_at).filter(customer__in=own), "date", None, as_of)
    bills = booked(known_at).filter(customer__in=own).order_by("part", "pk").values("pk")
    stated = counting(Allocation, known_at)
    paying = paid.filter(_OF_SAME, number=OuterRef("receipt_no")).order_by("pk")
    parts = (
        stated.filter(receipt_no__in=paid.exclude(number="").values("number"))
        .filter(Exists(paying))
        .annotate(
            place=Value(1),
            document=_bill(bills, "doc_no"),
            date=Subquery(paying.values("date")[:1]),
            currency=Subquery(paying.annotate(**in_own()).values("code")[:1]),
            exponent=Subquery(paying.annotate(**in_own()).values("places")[:1]),
        )
        .order_by()
    )
    naming = (
        paid.exclude(applied_to="")
        .exclude(
            Exists(stated.filter(_OF_SAME, receipt_no=OuterRef("number")).exclude(receipt_no=""))
        )
        .annotate(
            place=Value(2),
            receipt_no=F("number"),
            doc_no=F("applied_to"),
            document=_bill(bills, "applied_to"),
            exponent=in_own()["places"],
        )
        .order_by()
    )
    names = [*(field.name for field in fields(AllocationRow)), "place"]
    both = parts.values_list(*names, "pk").union(naming.values_list(*names, "pk"), all=True)
    rows = both.order_by("-date", "place", "receipt_no", "doc_no", "pk")[:size]
    return tuple(AllocationRow(*row[:-2]) for row in rows)


def _bill(bills: QuerySet[Any], named: str) -> Coalesce:
    """The document that a row names in its column ``named``: its own organisation's, else any."""
    found = bills.filter(number=OuterRef(named))
    own = found.filter(organisation=OuterRef("organisation"))
    return Coalesce(Subquery(own[:1]), Subquery(found[:1]))
