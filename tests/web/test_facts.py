"""The three facts of a customer, as the page says them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from mainstay.foundation.models import User
from mainstay.insights import selectors
from mainstay.insights.records import CustomerDetail, FactNow
from mainstay.parties.models import Customer
from mainstay.web.facts import spoken


@pytest.fixture
def detail(books: User) -> CustomerDetail:
    """A graded customer."""
    run = selectors.headline_run(books)
    assert run is not None
    first = selectors.customer_page(books, scheme=run.scheme).rows[0]
    return replace(selectors.customer(books, first.code), currency="CNY", exponent=2)


def overdue(invoices: int | None, days: int | None) -> FactNow:
    facts = {"amount": 1_000_00, "open_balance": 4_000_00, "share": 0.25}
    return FactNow("overdue", "warn", facts | {"invoices": invoices, "days": days})


@pytest.mark.parametrize(
    ("invoices", "days", "en", "zh"),
    [
        (3, 41, "3 invoices, the oldest by 41 days", "3 张发票，最早的已逾期 41 天"),
        (2, 1, "2 invoices, the oldest by 1 day", "2 张发票，最早的已逾期 1 天"),
        (1, 7, "1 invoice, by 7 days", "1 张发票，已逾期 7 天"),
        (None, None, "25 % of what they owe", "占应收的 25 %"),
    ],
)
def test_what_is_overdue_says_how_many_invoices_and_since_when(
    detail: CustomerDetail, invoices: int | None, days: int | None, en: str, zh: str
) -> None:
    with translation.override("en"):
        said = spoken(overdue(invoices, days), detail).text
    assert said.replace("%", " %").replace("\N{NO-BREAK SPACE}", " ").replace("  ", " ") == en
    with translation.override("zh-hans"):
        said = spoken(overdue(invoices, days), detail).text
    assert said.replace("%", " %").replace("\N{NO-BREAK SPACE}", " ").replace("  ", " ") == zh


@pytest.mark.parametrize(
    ("days", "title"),
    [(0, "Ordered today"), (1, "Ordered 1 day ago"), (2, "Ordered 2 days ago")],
)
def test_days_are_counted_in_singular_and_plural(
    detail: CustomerDetail, days: int, title: str
) -> None:
    with translation.override("en"):
        said = spoken(FactNow("in_rhythm", "good", {"days": days, "gap": 1.0}), detail)
    assert said.title == title
    assert said.text == "within its rhythm: an order every 1 day"


def test_the_page_says_by_how_much_the_limit_is_exceeded(page: Client, books: User) -> None:
    text = page.get(reverse("customer", args=["C001"])).content.decode()
    assert "over the credit limit" not in text
    Customer.objects.filter(code="C001").update(credit_limit=10_000_000)  # 12,500,000 is open
    text = page.get(reverse("customer", args=["C001"])).content.decode()
    assert "¥25K over the credit limit" in text
    assert "¥125K is open, the limit is ¥100K" in text
    assert "state=open" in text
