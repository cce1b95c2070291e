"""What the books lack: counted together, and the rows behind each count."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from mainstay.foundation.compiled import ask
from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand_company, may
from mainstay.ledger.models import Document, DocumentLine, Receipt
from mainstay.ledger.permissions import BOOKS, CHECK_BOOKS
from mainstay.ledger.records import (
    BooksCheck,
    EntryPage,
    Lack,
    MonthRow,
    OffFilePage,
    OffFileRow,
    Quality,
    ReceiptPage,
)
from mainstay.ledger.selectors.currencies import books_currency, home_sum
from mainstay.ledger.selectors.documents import entries
from mainstay.ledger.selectors.paging import booked, page_of
from mainstay.ledger.selectors.receipts import receipt_page
from mainstay.parties.models import Customer

CHECK = "ledger.check"
"""Kind of the job that proves the books."""


def quality(user: User) -> Quality:
    """What the books lack now, amounts of the company's currency.

    Raises ``NotAllowed`` unless the books are open to the user.
    """
    demand_company(user, BOOKS)
    books = books_currency()
    alone = _unassigned().aggregate(count=Coalesce(Sum("line_count"), 0), amount=home_sum("net"))
    bare = DocumentLine.objects.filter(document__in=_costless().values("pk"), cost=None).aggregate(
        count=Count("pk"), amount=home_sum("net", "document__")
    )
    loose = _unpaired().aggregate(count=Count("pk"), amount=home_sum("amount"))
    listed = Customer.objects.filter(on_file=True).exists()
    strangers = booked().filter(customer__on_file=False)
    found = strangers.aggregate(count=Count("customer", distinct=True), amount=home_sum("net"))
    return Quality(
        unassigned=Lack(**alone), off_file=Lack(**found), costless=Lack(**bare),
        unpaired=Lack(**loose), gaps=tuple(row.first for row in months(user) if not row.documents),
        has_customer_list=listed, currency=books[0], exponent=books[1],
    )  # fmt: skip


def unassigned(user: User, after: str | None = None, size: int = 50) -> EntryPage:
    """Documents without a customer: in company totals only."""
    demand_company(user, BOOKS)
    return entries(_unassigned(), after, size)


def costless(user: User, after: str | None = None, size: int = 50) -> EntryPage:
    """Invoices and credit notes with a line that has no cost."""
    demand_company(user, BOOKS)
    return entries(_costless(), after, size)


def unpaired(user: User, after: str | None = None, size: int = 50) -> ReceiptPage:
    """Receipts without a customer."""
    demand_company(user, BOOKS)
    return receipt_page(_unpaired(), after, size)


def off_file(user: User, after: str | None = None, size: int = 50) -> OffFilePage:
    """Customers that documents name and no customer list does, by code."""
    demand_company(user, BOOKS)
    counts = Q(pk__in=booked().filter(customer__on_file=False).values("customer"))
    matching = Customer.objects.filter(counts)
    sums = booked().filter(customer__on_file=False)
    total = sums.aggregate(total=Count("customer", distinct=True), net=home_sum("net"))
    page = page_after(matching, "code", descending=False, cursor=after)
    heads = list(page.values("id", "code", "name", "region")[: size + 1])
    known = _of_customers(sums.filter(customer__in=[row["id"] for row in heads]))
    found = [OffFileRow(**row, **known[row["id"]]) for row in heads]
    rows, further = page_of(found, size, lambda row: (row.code, row.id))
    return OffFilePage(rows=rows, next_cursor=further, **total)


def months(user: User) -> tuple[MonthRow, ...]:
    """Every month from the first document to the last, also those without any; oldest first."""
    demand_company(user, BOOKS)
    rows = (
        booked()
        .exclude(kind=Document.Kind.OPENING)
        .annotate(month=TruncMonth("doc_date"))
        .values("month")
        .annotate(documents=Count("pk"), net=home_sum("net"))
    )
    known = {row["month"]: row for row in rows}
    if not known:
        return ()
    found, month, last = [], min(known), max(known)
    while month <= last:
        row = known.get(month)
        found.append(MonthRow(month, row["documents"] if row else 0, row["net"] if row else 0))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return tuple(found)


def last_check(user: User) -> BooksCheck | None:
    """The latest check of the books, or the one under way."""
    demand_company(user, BOOKS)
    rows = list(_checks().order_by("-created_at")[:1])
    return BooksCheck(*rows[0]) if rows else None


def standing_faults(user: User) -> BooksCheck | None:
    """The latest check that ended, where it found faults or failed: for whoever may check."""
    if not may(user, CHECK_BOOKS):
        return None
    rows = ask("books check", _ended)
    found = BooksCheck(*rows[0]) if rows else None
    if found is None or (found.state == Job.State.DONE and not (found.report or {}).get("faults")):
        return None
    return found


def _checks() -> QuerySet[Any]:
    return Job.objects.filter(kind=CHECK).values_list(
        "pk", "state", "report", "error", "created_at", "finished_at"
    )


def _ended() -> QuerySet[Any]:
    ended = _checks().filter(state__in=(Job.State.DONE, Job.State.FAILED))
    return ended.order_by("-created_at")[:1]


def _of_customers(rows: QuerySet[Any]) -> dict[int, dict[str, Any]]:
    sums = rows.values("customer").annotate(
        documents=Count("pk"), net=home_sum("net"), last=Max("doc_date")
    )
    return {row.pop("customer"): row for row in sums}


def _unassigned() -> QuerySet[Any]:
    return booked().filter(customer=None)


def _costless() -> QuerySet[Any]:
    return booked().filter(cost=None).exclude(kind=Document.Kind.OPENING)


def _unpaired() -> QuerySet[Any]:
    return Receipt.objects.visible().filter(customer=None)
