"""What pages are given: complete, stable and in few queries."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from pytest_django import DjangoAssertNumQueries

from mainstay.foundation.models import Job, User
from mainstay.insights import selectors
from mainstay.insights.errors import CustomerNotFound, NotGraded, UnknownSort
from mainstay.insights.records import CustomerRow, CustomerSums
from mainstay.insights.selectors import Filters
from mainstay.kernel.cursor import BadCursor
from mainstay.ledger import selectors as ledger
from mainstay.ledger.errors import DocumentNotFound
from mainstay.ledger.models import Document, ImportBatch
from tests.services import company

pytestmark = pytest.mark.shared_books


CODES = [f"C{number:02}" for number in range(1, company.CUSTOMERS + 1)]
SHOWN = {
    "value": "value", "rank": "rank", "code": "code", "name": "name", "region": "region",
    "owner": "owner", "salesperson": "salesperson", "net_sales": "net_sales", "growth": "growth",
    "gross_profit": "gross_profit", "margin": "margin", "collection_rate": "collection_rate",
    "open_balance": "open_balance", "overdue_balance": "overdue_balance", "recency": "recency",
    "credit_limit": "credit_limit",
}  # fmt: skip


def walk(owner: User, sort: str, size: int = 5, scheme: str = "abc") -> list[CustomerRow]:
    """All rows, page by page."""
    rows: list[CustomerRow] = []
    after = None
    while True:
        page = selectors.customer_page(owner, scheme=scheme, sort=sort, after=after, size=size)
        rows += page.rows
        after = page.next_cursor
        if after is None:
            return rows


@pytest.mark.parametrize("direction", ["", "-"])
def test_every_order_shows_everybody_once_with_nulls_last(
    graded: Job, owner: User, direction: str
) -> None:
    for sort in selectors.SORTS:
        rows = walk(owner, direction + sort)
        assert sorted(row.code for row in rows) == CODES, sort
        if sort == "class":
            order = ["A", "B", "C"]
            shown = [order.index(row.klass) for row in rows]
        else:
            shown = [getattr(row, SHOWN[sort]) for row in rows]
        if sort == "owner":  # of whom nobody owns, the owner is missing
            shown = [value or None for value in shown]
        known = [value for value in shown if value is not None]
        assert shown[: len(known)] == known, sort
        if sort not in {"code", "name", "region", "owner", "salesperson"}:
            for one, two in pairwise(known):
                assert one >= two if direction else one <= two, sort


def test_values_that_are_missing_come_last_in_both_directions(graded: Job, owner: User) -> None:
    from mainstay.insights.models import CustomerMetrics

    CustomerMetrics.objects.filter(customer__code__in=CODES[:7]).update(margin=None)
    for sort in ("margin", "-margin"):
        rows = walk(owner, sort, size=3)
        assert [row.margin is None for row in rows] == [False] * 5 + [True] * 7
        assert sorted(row.code for row in rows) == CODES


def test_the_list_filters_and_its_counts_follow(graded: Job, owner: User) -> None:
    everyone = selectors.customer_sums(owner, scheme="abc")
    assert everyone.total == 12
    assert sum(everyone.class_counts.values()) == 12
    run = selectors.customer_page(owner, scheme="abc").run
    regions, salespeople = selectors.customer_facets(owner, run)
    assert regions == tuple(sorted(company.REGIONS[:2]))
    assert salespeople == ("刘妍", "高飞")
    rows, sums = listed(owner, classes=["A"])
    assert {row.klass for row in rows} == {"A"}
    assert sums.total == everyone.class_counts["A"] == len(rows)
    assert sums.class_counts == everyone.class_counts
    rows, sums = listed(owner, region="江苏", salesperson="高飞")
    assert [row.code for row in rows] == ["C01", "C07"]
    assert sum(sums.class_counts.values()) == sums.total == 2
    assert [row.code for row in listed(owner, q="客户 10")[0]] == ["C10"]
    assert [row.name_en for row in listed(owner, q="customer 11")[0]] == ["Customer 11"]
    for sort in ("code", "-net_sales", "class"):
        narrowed = selectors.customer_page(
            owner, scheme="abc", sort=sort, filters=Filters(classes=["A", "B"], salesperson="高飞")
        ).rows
        assert narrowed
        assert all(row.klass in "AB" and row.salesperson == "高飞" for row in narrowed)


def listed(user: User, **filters: Any) -> tuple[tuple[CustomerRow, ...], CustomerSums]:
    """The rows and the sums under filters."""
    chosen = Filters(**filters)
    page = selectors.customer_page(user, scheme="abc", filters=chosen)
    return page.rows, selectors.customer_sums(user, scheme="abc", filters=chosen)


def test_totals_are_of_all_that_match_not_of_the_page(graded: Job, owner: User) -> None:
    page = selectors.customer_page(owner, scheme="abc", size=2)
    totals = selectors.customer_sums(owner, scheme="abc").totals
    assert len(page.rows) == 2
    assert totals.customers == 12
    assert totals.net_sales == sum(company.expected_net(n) for n in range(1, 13))


def test_a_list_nobody_can_show_says_why(graded: Job, owner: User) -> None:
    with pytest.raises(UnknownSort):
        selectors.customer_page(owner, scheme="abc", sort="password")
    with pytest.raises(NotGraded):
        selectors.customer_page(owner, scheme="nobody")
    with pytest.raises(BadCursor):
        selectors.customer_page(owner, scheme="abc", after="rubbish")


def test_pages_take_few_queries(
    graded: Job, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    standing = Filters(classes=["A", "B"])
    # What is kept of the grading, and where the classes stand in it, is read once.
    selectors.customer_page(owner, scheme="abc", filters=standing)
    # On SQLite the words are counted, to weigh the ways, and those they find are listed.
    with django_assert_num_queries(5 if connection.vendor == "sqlite" else 3):
        selectors.customer_page(
            owner, scheme="abc", filters=Filters(q="客户", classes=["A", "B"]), size=5
        )
    with django_assert_num_queries(4):
        selectors.customer(owner, "C12")
    with django_assert_num_queries(3):
        selectors.portfolio(owner)
    with django_assert_num_queries(3):
        page = ledger.documents(owner, "C05")
    with django_assert_num_queries(9):
        ledger.document(owner, page.rows[0].id)
    with django_assert_num_queries(3):
        ledger.receipts(owner, "C05")


def test_the_customer_page_holds_every_schemes_reason_and_three_facts(
    graded: Job, owner: User
) -> None:
    page = selectors.customer(owner, "C02")
    assert page.headline is not None
    assert page.headline.scheme == "abc"
    assert page.headline.value == company.expected_net(2)
    assert page.headline.of == 12
    assert page.headline.rank == 2
    by_metric = {criterion.metric: criterion for criterion in page.headline.criteria}
    assert by_metric["net_sales"].value == company.expected_net(2)
    assert {"abc", "value5", "collection", "behaviour"} <= {view.scheme for view in page.grades}
    assert len(page.facts) == 3
    assert page.metrics["net_sales"].value == company.expected_net(2)
    assert [month.end for month in page.monthly][-1] == company.AS_OF
    assert str(page.balances.terms) == "30"


def test_whoever_stopped_paying_is_overdue_first(graded: Job, owner: User) -> None:
    overdue = selectors.customer(owner, "C10").facts[0]
    gross = int(company.net_of(10) * 100) + int((company.net_of(10) * 13).quantize(company.CENT))
    # the invoices of 10 January to 10 May fell due by 12 June, 30 days after each
    assert overdue.code == "overdue"
    assert overdue.facts["amount"] == 5 * gross
    assert selectors.customer(owner, "C12").facts[2].code == "silent"


def test_an_unknown_customer_or_document_is_not_found(graded: Job, owner: User) -> None:
    with pytest.raises(CustomerNotFound):
        selectors.customer(owner, "C99")
    with pytest.raises(DocumentNotFound):
        ledger.document(owner, 0)


def test_the_portfolio_adds_up(graded: Job, owner: User) -> None:
    data = selectors.portfolio(owner)
    whole = sum(company.expected_net(n) for n in range(1, 13))
    assert data.stats.net_sales == whole
    assert data.stats.customers == 12
    assert data.stats.unassigned_net == int(company.UNASSIGNED * 100)
    assert sum(row.net_sales for row in data.regions) == whole
    assert data.top_shares[1] == company.expected_net(1) / whole
    assert data.apart is not None
    assert data.apart.loss_makers == 1
    assert data.cuts[-1].share_value == 1.0
    assert sum(sum(now.values()) for now in data.moves.values()) == 12


def test_every_figure_opens_to_its_documents(graded: Job, owner: User) -> None:
    run = selectors.headline_run(owner)
    assert run is not None
    page = ledger.documents(owner, "C02", run.window_start, run.window_end, size=5)
    assert page.net == company.expected_net(2)
    assert page.total == 13
    rows = list(page.rows)
    while page.next_cursor:
        page = ledger.documents(
            owner, "C02", run.window_start, run.window_end, after=page.next_cursor, size=5
        )
        rows += page.rows
    assert sum(row.net for row in rows) == company.expected_net(2)
    assert [row.doc_date for row in rows] == sorted((row.doc_date for row in rows), reverse=True)
    notes = ledger.documents(owner, "C02", kind="credit_note")
    assert [row.net for row in notes.rows] == [-1_000_00]
    detail = ledger.document(owner, notes.rows[0].id)
    assert (detail.customer_code, detail.source_file) == ("C02", "销售明细.csv")
    assert [line.net for line in detail.lines] == [-1_000_00]


def test_what_is_not_applied_is_not_shown(graded: Job, owner: User) -> None:
    hidden = ImportBatch.objects.create()
    Document.objects.create(
        number="HIDDEN", kind="invoice", doc_date=date(2026, 6, 1), net=5, digest="0", batch=hidden
    )
    assert Document.objects.filter(number="HIDDEN").exists()
    assert not Document.objects.visible().filter(number="HIDDEN").exists()


def test_receipts_add_up(graded: Job, owner: User) -> None:
    page = ledger.receipts(owner, "C03", size=4)
    assert (
        page.amount
        == Document.objects.visible()
        .filter(customer__code="C03", doc_date__lte=date(2026, 5, 23))
        .aggregate(sum=Sum("gross"))["sum"]
    )
    assert len(page.rows) == 4
    assert page.next_cursor is not None
