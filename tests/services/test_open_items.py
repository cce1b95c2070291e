"""What is open of each document: it ties with balances on any day, and with the measures shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from mainstay.foundation.models import Job, User
from mainstay.insights import selectors as insights
from mainstay.insights.models import CustomerMetrics
from mainstay.kernel.cursor import BadCursor, encode
from mainstay.ledger import selectors as ledger
from mainstay.ledger.models import Document, ImportBatch, Receipt
from mainstay.ledger.records import DocumentRow
from mainstay.ledger.selectors.paging import Order
from mainstay.parties import owners
from mainstay.parties.models import Customer
from tests.people import hold, person
from tests.services import company

pytestmark = pytest.mark.shared_books

DAYS = (date(2024, 9, 1), date(2025, 6, 30), company.AS_OF, date(2026, 12, 31))


def walk(user: User, code: str | None, wanted: insights.Wanted, as_of: date, size: int) -> Any:
    after, rows = None, []
    while True:
        page = insights.documents(user, code, wanted, as_of, after, size)
        rows += page.rows
        after = page.next_cursor
        if after is None:
            return page, rows


@pytest.mark.parametrize("day", DAYS)
def test_what_is_open_of_each_document_is_the_balance(owner: User, graded: Job, day: date) -> None:
    owed = 0
    for code in Customer.objects.values_list("code", flat=True):
        balance = ledger.balance(owner, code, day)
        page, rows = walk(owner, code, insights.Wanted(state="open"), day, 5)
        (of,) = page.open
        assert of.balance == balance.total, code
        assert sum(row.open for row in rows) == of.documents
        assert len(rows) == page.total
        owed += balance.total
    page, rows = walk(owner, None, insights.Wanted(state="open"), day, 7)
    assert page.open[0].balance == owed
    assert sum(row.open for row in rows) == page.open[0].documents
    overdue = [row for row in rows if row.days_late]
    assert page.open[0].overdue == sum(row.open for row in overdue)
    page, rows = walk(owner, None, insights.Wanted(state="overdue"), day, 7)
    assert {row.id for row in rows} == {row.id for row in overdue}
    assert page.open[0].documents == page.open[0].overdue == sum(row.open for row in overdue)


def test_overdue_documents_are_those_of_the_figure_on_the_customer_s_page(
    owner: User, graded: Job
) -> None:
    told = CustomerMetrics.objects.filter(snapshot__as_of=company.AS_OF)
    assert told.exclude(overdue_balance=0).exists()
    for code, overdue, measured in told.values_list("customer__code", "overdue_balance", "metrics"):
        _page, rows = walk(owner, code, insights.Wanted(state="overdue"), company.AS_OF, 50)
        assert sum(row.open for row in rows) == overdue
        assert len(rows) == measured["overdue_invoices"]
        assert max((row.days_late for row in rows), default=0) == measured["oldest_overdue_days"]
        for row in rows:
            assert row.days_late == (company.AS_OF - row.due_date).days


ORDERS = (
    Order("doc_date", descending=True), Order("doc_date", descending=False),
    Order("due", descending=False), Order("open", descending=True),
)  # fmt: skip


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_order_shows_each_open_document_once(owner: User, graded: Job, order: Order) -> None:
    wanted = insights.Wanted(state="open", order=order)
    page, rows = walk(owner, None, wanted, company.AS_OF, 4)
    assert len({row.id for row in rows}) == len(rows) == page.total > 8
    named = {"due": "due_date"}.get(order.column, order.column)
    values = [getattr(row, named) for row in rows if getattr(row, named) is not None]
    assert values == sorted(values, reverse=order.descending)
    for broken in (encode("2026-01-01", 1), "nonsense"):
        with pytest.raises(BadCursor):
            insights.documents(owner, None, wanted, company.AS_OF, broken)


def test_days_and_kinds_narrow_what_is_open(owner: User, graded: Job) -> None:
    start, end = date(2026, 2, 1), date(2026, 3, 31)
    wanted = insights.Wanted(start=start, end=end, kind="invoice", state="open")
    page, rows = walk(owner, None, wanted, company.AS_OF, 50)
    assert rows and all(start <= row.doc_date <= end for row in rows)
    assert {row.kind for row in rows} == {"invoice"}
    assert page.open[0].receipts == 0  # receipts are of no kind and no such days


def test_whoever_sees_some_customers_sees_their_open_documents_alone(
    owner: User, graded: Job
) -> None:
    seller = person("liu-yan")
    hold(seller, "salesperson")
    owners.assign(owner, "C10", seller.pk)
    page, rows = walk(seller, None, insights.Wanted(state="open"), company.AS_OF, 50)
    assert {row.customer_code for row in rows} == {"C10"}
    assert all(row.cost is None for row in rows)
    assert page.open[0].balance == ledger.balance(owner, "C10", company.AS_OF).total
    everything = walk(seller, None, insights.Wanted(), company.AS_OF, 50)[1]
    assert {row.customer_code for row in everything} == {"C10"}
    assert sum(row.open for row in everything) == page.open[0].documents


def test_all_documents_say_what_is_open_of_them(owner: User, graded: Job) -> None:
    """Of no customer's balance: the unassigned one, orders, and what is dated later."""
    day = date(2026, 5, 31)
    _, rows = walk(owner, None, insights.Wanted(), day, 50)
    assert len(rows) == company.DOCUMENTS
    bare = {row.number for row in rows if row.open is None}
    later = {row.number for row in rows if row.doc_date > day}
    assert bare == later and "XS2606-99" in later
    assert {row.open for row in rows if row.customer_code == "C03" and row.doc_date < day} == {0}


def test_what_was_known_earlier_was_open_then(owner: User, graded: Job) -> None:
    Receipt.objects.filter(customer__code="C03").update(known_since=date(2026, 9, 1))
    before = datetime(2026, 8, 1, 12, tzinfo=UTC)
    known = insights.Wanted(state="open", known_at=before)
    page, rows = walk(owner, "C03", known, company.AS_OF, 50)
    assert page.open[0].balance == ledger.balance(owner, "C03", company.AS_OF, before).total
    assert len(rows) == Document.objects.filter(customer__code="C03", kind="invoice").count()
    nothing = insights.Wanted(state="open", known_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert walk(owner, "C03", nothing, company.AS_OF, 50)[1] == []


def test_the_list_across_the_firm_follows_the_books(owner: User, graded: Job) -> None:
    def total() -> int:
        wanted = insights.Wanted(state="open")
        return insights.documents(owner, None, wanted, company.AS_OF).open[0].balance

    before = total()
    receipt = Receipt.objects.filter(customer__code="C03").latest("date")
    Receipt.objects.filter(pk=receipt.pk).update(amount=receipt.amount - 700)
    ImportBatch.objects.update(applied_at=timezone.now() + timedelta(seconds=1))
    assert total() == before + 700


def test_openings_fall_due_by_terms_as_the_measures_have_it(owner: User, graded: Job) -> None:
    Document.objects.filter(number="XS2601-10").update(kind="opening", due_date=None)
    page = insights.documents(
        owner, "C10", insights.Wanted(kind="opening", state="open"), company.AS_OF
    )  # fmt: skip
    (row,) = page.rows
    assert isinstance(row, DocumentRow)
    assert row.due_date == row.doc_date + timedelta(days=30)
    assert row.days_late == (company.AS_OF - row.due_date).days
