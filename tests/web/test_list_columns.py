"""The list's columns: who owns a customer, what it owes, its terms; on page, phone, file, API."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation import tokens
from mainstay.foundation.models import User
from mainstay.parties import owners
from mainstay.parties.models import Assignment, Customer
from tests.people import person, with_rights

ROW = re.compile(r'<tr><td class="tick">.*?</tr>', re.DOTALL)
HEAD = re.compile(r'<th scope="col" class="[^"]*"[^>]*>(?:<a[^>]*>)?([^<]+?)(?: [↓↑])?<')
CODE = re.compile(r'name="code" value="([^"]+)"')
MORE = "?col=owner&col=salesperson&col=open_balance&col=credit_limit&col=terms&col=tax_no"


@pytest.fixture
def seller(books: User) -> User:
    """She owns C002 and C005."""
    user = person("seller", "salesperson", first_name="Ma <Li>", language="en")
    for code in ("C002", "C005"):
        Assignment.objects.create(
            customer=Customer.objects.get(code=code), user=user, duty="owner", source="hand",
            since="2020-01-01",
        )  # fmt: skip
    owners.restate()
    return user


def shown(client: Client, query: str = "") -> tuple[list[str], list[list[str]]]:
    """Heads and the cells' words, tick aside."""
    text = client.get(reverse("customers") + query).content.decode()
    cells = [
        [
            html.unescape(re.sub(r'<span class="narrow.*?</span>(?:</span>)?|<[^>]+>', "", cell))
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)[1:]
        ]
        for row in ROW.findall(text)
    ]
    return HEAD.findall(text), cells


def column(client: Client, title: str, query: str = "") -> list[str]:
    heads, rows = shown(client, query)
    return [row[heads.index(title)] for row in rows]


def test_the_owner_stands_there_and_not_whom_the_books_name(page: Client, seller: User) -> None:
    assert column(page, "Owner")[:4] == ["刘妍", "Ma <Li>", "刘妍", "高飞"]
    text = page.get(reverse("customers")).content.decode()
    assert '<span class="q" title="as the books name it">刘妍</span>' in text
    assert 'name it">Ma' not in text
    heads, _ = shown(page)
    assert "Salesperson in the books" not in heads
    query = "?col=owner&col=salesperson"
    assert column(page, "Salesperson in the books", query)[:3] == ["刘妍", "高飞", "刘妍"]
    assert column(page, "Owner", query)[1] == "Ma <Li>"


def test_until_somebody_owns_a_customer_the_books_salesperson_stands_there(page: Client) -> None:
    heads, _ = shown(page)
    assert ("Owner" in heads, "Salesperson in the books" in heads) == (False, True)
    text = page.get(reverse("customers") + "?salesperson=高飞&class=A").content.decode()
    assert CODE.findall(text) == ["C002", "C004", "C006", "C008", "C010"]
    assert '<option value="高飞" selected>' in text
    assert '<select name="owner">' not in text


def test_customers_are_narrowed_to_an_owner_and_sorted_by_one(page: Client, seller: User) -> None:
    address = reverse("customers")

    def codes(query: str) -> list[str]:
        return CODE.findall(page.get(address + query).content.decode())

    assert codes(f"?owner={seller.pk}") == ["C002", "C005"]
    assert codes(f"?owner={seller.pk}&sort=net_sales") == ["C005", "C002"]
    assert codes("?sort=owner")[:3] == ["C002", "C005", "C001"]
    assert len(codes("?owner=0")) == 50
    assert not {"C002", "C005"} & set(codes("?owner=0"))
    assert codes(f"?owner={2**63}") == []
    text = page.get(f"{address}?owner={seller.pk}").content.decode()
    chosen = re.search(r'<select name="owner">(.*?)</select>', text)
    assert chosen
    assert f'<option value="{seller.pk}" selected>Ma &lt;Li&gt;</option>' in chosen[1]
    assert "sort=owner" in text


def test_sums_follow_the_owner(page: Client, seller: User) -> None:
    asked = reverse("customers-sums") + f"?owner={seller.pk}&col=open_balance"
    text = page.get(asked).content.decode()
    assert "All 2" in text
    # A half and a fifth of a million are sold; an eighth of both together is owed.
    assert '<td class="n">¥88K</td>' in text


def test_a_view_kept_with_a_salesperson_still_shows_theirs(page: Client, seller: User) -> None:
    text = page.get(reverse("customers") + "?class=A&owner=高飞").content.decode()
    assert CODE.findall(text) == ["C002", "C004", "C006", "C008", "C010"]
    assert '<select name="salesperson"><option value="高飞">' in text
    assert "salesperson=%E9%AB%98%E9%A3%9E" in text


def test_what_a_customer_owes_and_its_terms_can_be_shown(page: Client) -> None:
    Customer.objects.filter(code="C001").update(tax_no="91320500<1>", terms="")
    Customer.objects.filter(code="C002").update(credit_limit=None, terms_days=None)
    Customer.objects.filter(code="C003").update(credit_limit=0)
    heads, rows = shown(page, MORE)
    assert heads == [
        "Class", "Customer", "Owner", "Salesperson in the books", "Net sales", "Receivables",
        "Credit limit", "Credit period", "Tax number",
    ]  # fmt: skip
    # Of C001: an eighth of a million yuan is owed, the limit is half a million.
    assert rows[0][5:] == ["¥125K", "¥500K", "30 days", "91320500<1>"]
    assert rows[1][6:] == ["–", "–", "–"]
    assert rows[2][6] == "¥0"


def test_columns_that_no_index_sorts_offer_no_order(page: Client) -> None:
    text = page.get(reverse("customers") + MORE).content.decode()
    for name in ("open_balance", "credit_limit"):
        assert f'sort=-{name}"' in text
    for name in ("terms", "tax_no", "months"):
        assert f"sort={name}" not in text
        assert f"sort=-{name}" not in text
        assert page.get(reverse("customers") + f"?sort={name}").status_code == 404


def test_profit_is_no_column_to_choose_without_the_right(page: Client, books: User) -> None:
    with_rights(books, "customers.see", "lists.export")
    asked = "?col=gross_profit&col=margin&col=credit_limit"
    heads, _ = shown(page, asked)
    assert heads == ["Class", "Customer", "Net sales", "Credit limit"]
    text = page.get(reverse("customers") + asked).content.decode()
    assert 'type="checkbox" name="col" value="margin"' not in text
    first = exported(page, asked)[0]
    assert not {"Profit, CNY", "Margin"} & set(first)


def exported(client: Client, query: str = "") -> list[list[str]]:
    text = client.get(reverse("customers-csv") + query).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_a_file_has_the_columns_that_are_shown(page: Client, seller: User) -> None:
    head, first, second, *_ = exported(page, MORE)
    assert head[5:] == [
        "Owner", "Salesperson in the books", "Net sales, CNY", "Receivables, CNY",
        "Credit limit, CNY", "Credit period", "Tax number", "Set by a person", "Reason",
    ]  # fmt: skip
    assert second[5:7] == ["Ma <Li>", "高飞"]
    assert first[8:11] == ["125000.00", "500000.00", "30 days"]
    usual = exported(page)[0]
    assert usual[5:9] == ["Owner", "Salesperson in the books", "Region", "Net sales, CNY"]
    assert usual[-4:-1] == ["Overdue, CNY", "Days since last order", "Set by a person"]


def test_a_phone_can_sort_and_says_what_is_overdue(page: Client, seller: User) -> None:
    text = page.get(reverse("customers") + "?sort=overdue_balance").content.decode()
    choice = re.search(r'<span class="narrow">.*?<select name="sort">(.*?)</select>', text)
    assert choice
    ways = re.findall(r'value="([^"]+)"( selected)?>([^<]+)<', choice[1])
    assert ("overdue_balance", " selected", "Overdue ↑") in ways
    assert ("-overdue_balance", "", "Overdue ↓") in ways
    assert [way for way, *_ in ways if "months" in way] == []
    rows = {
        CODE.findall(row)[0]: row for row in ROW.findall(page.get("/customers").content.decode())
    }
    # Odd customers owe a sixteenth of their sales too late, even ones nothing.
    assert '<span class="bad">¥62K overdue</span>' in rows["C001"]
    assert "overdue</span>" not in rows["C002"]
    assert "Ma &lt;Li&gt; · Anhui" in rows["C002"]
    assert "刘妍 · Jiangsu" in rows["C001"]


def test_the_api_tells_of_each_customer_what_the_list_can_show(books: User, seller: User) -> None:
    _, secret = tokens.make(books, "program", ["customers.see"], 30)
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    answer: dict[str, Any] = program.get("/api/v1/grades?sort=owner&scheme=abc").json()
    first = answer["rows"][0]
    assert (first["code"], first["owner"], first["salesperson"]) == ("C002", "Ma <Li>", "高飞")
    assert first["open_balance"] == 50_000_000 // 8
    assert (first["credit_limit"], first["terms"], first["tax_no"]) == (50_000_000, "30", "")
    narrowed = program.get(f"/api/v1/grades?owner={seller.pk}").json()
    assert [row["code"] for row in narrowed["rows"]] == ["C002", "C005"]
    assert narrowed["total"] == 2
    assert program.get("/api/v1/grades?owner=-1").status_code == 422
