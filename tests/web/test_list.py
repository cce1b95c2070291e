"""The customer list: filters, sorting, paging, and the files taken from it."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import SavedView, User
from mainstay.kernel import cursor
from mainstay.parties.models import Assignment
from tests.people import only, person
from tests.web import company

CODE = re.compile(r'href="/customers/(C\d{3})"')


def codes(client: Client, query: str = "", **headers: str) -> list[str]:
    return CODE.findall(client.get(reverse("customers") + query, headers=headers).content.decode())


def test_the_largest_come_first_fifty_to_a_page(page: Client) -> None:
    assert codes(page) == [f"C{n:03}" for n in range(1, 51)]


def test_the_rest_follow_by_the_link_at_the_end(page: Client) -> None:
    first = html.unescape(page.get(reverse("customers")).content.decode())
    more = re.search(r'href="(/customers\?[^"]*after=[^"]+)"', first)
    assert more
    rows = page.get(more[1], headers={"HX-Request": "true"}).content.decode()
    assert CODE.findall(rows) == [f"C{n:03}" for n in range(51, 61)]
    assert "<html" not in rows
    assert CODE.findall(page.get(more[1]).content.decode()) == [f"C{n:03}" for n in range(51, 61)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?class=A", [f"C{n:03}" for n in range(1, 11)]),
        ("?q=Ningbo", ["C002"]),
        ("?q=宁波", ["C002"]),
        ("?q=c060", ["C060"]),
        ("?q=nobody", []),
        ("?class=A&region=江苏", ["C001", "C004", "C007", "C010"]),
        ("?class=A&owner=高飞&sort=net_sales", ["C010", "C008", "C006", "C004", "C002"]),
    ],
)
def test_filters_narrow_and_sorting_orders(page: Client, query: str, expected: list[str]) -> None:
    assert codes(page, query) == expected


def test_counts_by_class_stand_on_the_views(page: Client) -> None:
    whole = page.get(reverse("customers")).content.decode()
    asked = re.search(r'hx-get="(/customers.sums[^"]*)" hx-trigger="load"', whole)
    assert asked
    text = page.get(html.unescape(asked[1])).content.decode()
    assert "A Large<em>10</em>" in text
    assert "All<em>60</em>" in text
    assert "All 60" in text
    narrowed = page.get(reverse("customers-sums") + "?region=江苏&class=A").content.decode()
    assert "A Large<em>4</em>" in narrowed
    assert "All 4" in narrowed


def test_columns_are_chosen_and_stay_when_sorted(page: Client) -> None:
    text = page.get(reverse("customers") + "?col=region&col=growth&col=password").content.decode()
    heads = re.findall(r'<th scope="col" class="[^"]*"[^>]*>(?:<a[^>]*>)?([^<]+?)(?: [↓↑])?<', text)
    assert [head.strip() for head in heads] == [
        "Class", "Customer", "Region", "Net sales", "Growth",
    ]  # fmt: skip
    assert "col=region&amp;col=growth" in text


def test_a_view_is_kept_shared_and_removed(page: Client, books: User) -> None:
    asked = "scheme=abc&class=A&region=江苏"
    save = reverse("save-view")
    answer = page.post(save, {"name": "Jiangsu A", "query": asked, "shared": "on"}, follow=True)
    assert "The view is saved; it stands under Views." in answer.content.decode()
    other = Client()
    other.force_login(person("other", "credit_controller", language="en"))
    text = html.unescape(other.get(reverse("customers-sums")).content.decode())
    assert f"?{asked}" in text
    view = SavedView.objects.get()
    assert other.post(reverse("drop-view", args=[view.pk])).status_code == 404
    other.post(save, {"name": "Jiangsu A", "query": "", "shared": "on"})
    assert SavedView.objects.count() == 1
    other.post(save, {"name": "Jiangsu A", "query": "region=浙江"})
    assert {row.shared for row in SavedView.objects.all()} == {True, False}
    page.post(reverse("drop-view", args=[view.pk]))
    assert not SavedView.objects.filter(shared=True).exists()


def test_ticked_customers_lead_to_what_giving_them_would_change(page: Client, books: User) -> None:
    seller = person("seller", "salesperson")
    act, ticked = reverse("customers-act"), {"do": "assign", "code": ["C001", "C002"]}
    answer = page.post(act, {**ticked, "to": seller.pk, "reason": "new"})
    assert "2 customers go to seller" in answer.content.decode()
    assert ">new</textarea>" in answer.content.decode()
    assert not Assignment.objects.filter(user=seller).exists()
    assert (
        page.post(act, {**ticked, "code": ["C003", "nobody"], "to": seller.pk}).status_code == 422
    )
    only(books, "credit_controller")
    assert page.post(act, {**ticked, "to": seller.pk}).status_code == 403


def test_ticked_customers_are_taken_out_alone(page: Client) -> None:
    answer = page.post(
        reverse("customers-act"), {"do": "export", "code": ["C007", "C002"], "query": "sort=code"}
    )
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
    assert ("C002" in texts, "C007" in texts, "C003" in texts) == (True, True, False)


def test_another_scheme_shows_its_own_classes(page: Client) -> None:
    text = page.get(reverse("customers") + "?scheme=value5&class=key").content.decode()
    assert CODE.findall(text) == [f"C{n:03}" for n in range(1, 6)]
    assert "Key" in text
    assert "Value classes" in text


def test_asked_by_htmx_only_the_results_come(page: Client) -> None:
    text = page.get(reverse("customers") + "?class=B", headers={"HX-Request": "true"})
    body = text.content.decode()
    assert "<html" not in body
    assert 'id="views"' in body
    assert len(CODE.findall(body)) == 20


def read_csv(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(reverse("customers-csv") + query)
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_export_holds_exactly_what_the_list_shows(page: Client) -> None:
    query = "?class=A&owner=高飞&sort=net_sales"
    rows = read_csv(page, query)
    assert [row[0] for row in rows[1:]] == codes(page, query)
    assert len(read_csv(page)) == company.COUNT + 1


def test_the_export_names_scheme_and_currency_and_keeps_money_exact(page: Client) -> None:
    head, first, *_ = read_csv(page)
    assert head[2] == "Class (ABC classes, abc)"
    assert head[7] == "Net sales, CNY"
    assert first[7] == "1000000.00"
    assert read_csv(page)[3][7] == "333333.33"


def test_a_name_that_looks_like_a_formula_stays_text(page: Client) -> None:
    row = next(row for row in read_csv(page) if row[0] == "C004")
    assert row[1].startswith("'=SUM")
    book = page.get(reverse("customers-excel") + "?q=C004").content
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        texts = parts.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "=SUM(A1:A9)" in texts


@pytest.mark.parametrize("value", ["text", True, 10**30, float("nan")])
def test_a_position_of_another_kind_leads_nowhere(page: Client, value: str | float) -> None:
    answer = page.get(reverse("customers"), {"after": cursor.encode(value, 1)})
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["customers", "products", "data", "audit"])
@pytest.mark.parametrize("value", ["\ud800", "a\0"])
def test_a_position_that_is_no_text_of_a_store_leads_nowhere(
    page: Client, name: str, value: str
) -> None:
    answer = page.get(reverse(name), {"after": cursor.encode(value, 1)})
    assert answer.status_code in (200, 404)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_at_the_end_of_the_calendar_leads_nowhere(page: Client, at: str) -> None:
    position = cursor.encode(f"{at} 00000000-0000-0000-0000-000000000000", 0)
    assert page.get(reverse("jobs"), {"after": position}).status_code == 404


@pytest.mark.parametrize("address", ["/customers?q=%00", "/customers/%00"])
def test_a_null_character_is_refused_on_either_store(page: Client, address: str) -> None:
    assert page.get(address).status_code == 400


@pytest.mark.parametrize(
    "given",
    [
        {"do": "revoke", "token": "1\0"}, {"name": "a\0", "scope": "books.read", "days": "30"},
        {"a\0": "b"},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("kind", [None, "multipart"])
def test_a_null_character_in_a_form_is_refused_on_either_store(
    page: Client, given: dict[str, str], kind: str | None
) -> None:
    body: dict[str, Any] = {"data": given} if kind else {
        "data": urlencode(given), "content_type": "application/x-www-form-urlencoded"
    }  # fmt: skip
    assert page.post(reverse("me"), **body).status_code == 400


def test_who_can_do_nothing_with_ticked_rows_ticks_none(page: Client, books: User) -> None:
    listed = page.get(reverse("customers")).content.decode()
    assert 'class="unticked"' not in listed
    assert "<kbd>X</kbd>" in listed
    only(books, "data_protection")
    listed = page.get(reverse("customers")).content.decode()
    assert 'class="unticked"' in listed
    assert "<kbd>X</kbd>" not in listed
