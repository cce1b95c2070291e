"""Every page answers, in both languages, and only to those who are signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from mainstay.foundation.models import User
from mainstay.ledger.models import Document
from mainstay.parties import owners
from tests.people import person
from tests.web import company

OPEN = {"sign-in", "sign-in-provider", "sign-in-back", "set-preferences"}
ARGUMENTS = {
    "code": "C001", "pk": 1, "name": "finance", "figure": "pareto", "change": "new",
    "what": "unassigned", "step": "lost", "product": "B2", "cohort": "2024-H2",
    "upload_id": "00000000-0000-0000-0000-000000000000",
    "job_id": "00000000-0000-0000-0000-000000000000",
}  # fmt: skip
READING = (
    "white-space", "white-space-customers", "could-buy", "week",
    "portfolio", "over-time", "over-time-data", "matrix", "matrix-data", "cohorts", "cohorts-data",
    "cohort-customers", "sales-change", "sales-change-customers", "sales-change-data",
    "customers", "customer", "documents", "receipts", "data", "me", "start",
    "customers-csv", "customers-excel", "portfolio-data",
    "customer-months", "customer-grades", "money", "quality", "quality-rows", "imports-csv",
    "imports-excel", "terms", "people", "roles", "role", "territories", "keepers",
    "timeline", "search", "audit", "second-step", "help", "help-metrics",
)  # fmt: skip


def routes() -> Iterator[tuple[str, str]]:
    """Name and an address of every route."""
    for pattern in get_resolver("mainstay.web.urls").url_patterns:
        assert isinstance(pattern, URLPattern)
        name = pattern.name or ""
        wanted = pattern.pattern.regex.groupindex
        yield name, reverse(name, kwargs={key: ARGUMENTS[key] for key in wanted})


def test_no_route_answers_a_stranger(db: None) -> None:
    for name, address in routes():
        for send in (Client().get, Client().post):
            response = send(address)
            if name in OPEN:
                assert response.status_code != 500, name
            else:
                assert response.status_code == 302, name
                assert response["Location"].startswith(reverse("sign-in")), name


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_reading_page_answers_in_both_languages(
    page: Client, books: User, language: str
) -> None:
    User.objects.filter(pk=books.pk).update(language=language)
    for name, address in routes():
        if name in READING:
            response = page.get(address)
            assert response.status_code == 200, name
            if "html" in response["Content-Type"]:
                lang = "zh-Hans" if language == "zh-hans" else "en"
                assert f'<html lang="{lang}"' in response.content.decode(), name


def test_pages_hold_no_inline_style_or_script(page: Client) -> None:
    document = Document.objects.get(number="XS-0001")
    addresses = [address for name, address in routes() if name in READING and "." not in address]
    for address in [*addresses, reverse("document", args=[document.pk])]:
        text = page.get(address).content.decode()
        assert " style=" not in text, address
        assert "<style" not in text, address
        assert " onclick=" not in text, address
        assert text.count("<script") == text.count('<script type="module" src='), address


def test_the_policy_allows_nothing_unsafe(page: Client) -> None:
    policy = page.get(reverse("portfolio"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_portfolio_states_its_finding(page: Client) -> None:
    text = page.get(reverse("portfolio")).content.decode()
    # 60 customers who sell 1/1 … 1/60 of a million: the harmonic sums give the shares.
    harmonic = [sum(1 / k for k in range(1, n + 1)) for n in range(61)]
    fifth, half = harmonic[12] / harmonic[60], harmonic[30] / harmonic[60]
    assert f"A fifth of the customers bring {fifth:.0%} of sales" in text
    assert f"the last half bring {1 - half:.1%}" in text


def test_the_customer_page_shows_the_reason_and_the_way_to_the_documents(page: Client) -> None:
    text = page.get(reverse("customer", args=["C001"])).content.decode()
    assert "Suzhou Hengsheng Precision Machinery" in text
    assert "¥1.00M" in text
    assert "Rank 1." in text
    documents = reverse("documents", args=["C001"])
    assert f"{documents}?end=2026-06-30&amp;start=2025-07-01" in text
    listed = page.get(f"{documents}?start=2025-07-01&end=2026-06-30").content.decode()
    assert "XS-0001" in listed
    assert "¥1,000,000.00" in listed


def test_a_document_names_its_file_and_rows(page: Client) -> None:
    document = Document.objects.get(number="XS-0003")
    text = page.get(reverse("document", args=[document.pk])).content.decode()
    assert "销售明细.csv" in text
    assert "切削液 A-60 18L" in text
    assert "¥333,333.33" in text


def test_what_is_not_there_is_told_in_our_look(page: Client) -> None:
    for address in ("/nowhere", reverse("customer", args=["nobody"]), "/customers?sort=nothing"):
        response = page.get(address)
        assert response.status_code == 404
        assert 'class="app"' in response.content.decode()


def test_before_the_first_import_two_doors_stand_open(reader: User) -> None:
    client = Client()
    client.force_login(reader)
    response = client.get(reverse("home"), follow=True)
    text = response.content.decode()
    assert "Bring your own spreadsheet" in text
    assert "Look around the demo company" in text
    assert reverse("portfolio") not in text


@pytest.mark.parametrize(
    ("name", "queries"),
    [("customers", 12), ("portfolio", 14), ("customer", 14), ("documents", 22), ("data", 18)],
)
def test_pages_keep_to_their_query_budget(
    page: Client, django_assert_max_num_queries: object, name: str, queries: int
) -> None:
    address = dict(routes())[name]
    with django_assert_max_num_queries(queries):  # type: ignore[operator]
        assert page.get(address).status_code == 200


def test_sixty_customers_cost_no_more_queries_than_ten(
    page: Client, django_assert_max_num_queries: object
) -> None:
    page.get(reverse("customers"))  # reads the runs, which are kept
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        page.get(reverse("customers"))
    with django_assert_max_num_queries(10):  # type: ignore[operator]  # also those without the figure
        page.get(reverse("customers") + "?class=A")


def test_the_company_of_the_tests_is_what_it_says() -> None:
    assert company.sales(1) == 100_000_000
    assert sum(count for *_, count in company.ABC) == company.COUNT


def test_the_demo_company_is_offered_while_the_books_are_empty(reader: User) -> None:
    client = Client()
    client.force_login(reader)
    text = client.get(reverse("start")).content.decode()
    assert "Load the demo company" in text
    company.build(reader)
    text = client.get(reverse("start")).content.decode()
    assert "Load the demo company" not in text
    assert "Look at what is there" in text


def test_a_small_portfolio_tells_of_its_largest(page: Client, books: User) -> None:
    seller = person("small", "key_account_manager", language="en")
    for code in ("C001", "C002"):
        owners.assign(books, code, seller.pk)
    client = Client()
    client.force_login(seller)
    text = client.get(reverse("portfolio")).content.decode()
    assert "<dt>Largest</dt>" in text
    assert not any(word in text for word in ("Ten largest", "Top 5", "Top 10", "Top 50"))
    assert "Ten largest" in page.get(reverse("portfolio")).content.decode()
