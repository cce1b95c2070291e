"""Lists of documents: what is open, how late, in which order; pages, files, API."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.ledger import selectors as ledger
from mainstay.ledger.models import Document, Receipt
from tests.api.callers import BASE, caller
from tests.web import company

ALL = reverse("all-documents")
OPEN_1 = company.sales(1) * 13 // 100
"""What customer 1 has not paid: the tax."""


def shown(page: Client, address: str) -> str:
    return html.unescape(page.get(address).content.decode())


def file_of(page: Client, address: str) -> list[dict[str, str]]:
    text = page.get(f"{address}{'&' if '?' in address else '?'}as=csv").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_across_the_firm_shows_what_is_open_and_how_late(page: Client) -> None:
    text = shown(page, ALL)
    assert "60 documents are open on 30 Jun 2026" in text
    total = sum(company.sales(n) * 13 // 100 for n in range(1, company.COUNT + 1))
    assert f"¥{total / 100:,.2f}" in text
    rows = file_of(page, ALL)
    assert len(rows) == 60
    assert sum(round(float(row["Still open, CNY"]) * 100) for row in rows) == total
    assert {row["Days late"] for row in rows} == {"82"}  # due 9 April
    assert rows[0]["Customer"]


def test_the_day_decides_what_is_overdue(page: Client) -> None:
    assert "Nothing is overdue." in shown(page, f"{ALL}?state=overdue&end=2026-04-09")
    text = shown(page, f"{ALL}?state=overdue&end=2026-04-10")
    assert "60 documents are overdue on 10 Apr 2026" in text
    assert '<td class="n wide bad">1</td>' in text
    before = shown(page, f"{ALL}?end=2026-03-31")  # receipts are of 1 April
    assert f"¥{company.sales(1) * 113 // 100 / 100:,.2f}" in before


def test_overdue_on_the_customer_s_page_opens_the_overdue_documents(page: Client) -> None:
    text = shown(page, reverse("customer", args=["C001"]))
    (href,) = set(re.findall(r'href="([^"]*state=overdue[^"]*)"', text))
    assert href.startswith("/customers/C001/documents?") and "end=2026-06-30" in href
    Document.objects.create(
        key="invoice:XS-N", number="XS-N", kind="invoice", doc_date="2026-06-20", digest="n",
        due_date="2026-07-20", currency="CNY", net=500, gross=500, line_count=1, current=True,
        batch=Document.objects.earliest("pk").batch, is_change=False,
        customer=Document.objects.get(number="XS-0001").customer,
    )  # fmt: skip
    overdue = shown(page, href)
    assert "XS-0001" in overdue and "XS-N" not in overdue
    assert "1 document is overdue on 30 Jun 2026" in overdue
    everything = shown(page, reverse("documents", args=["C001"]))
    assert "XS-0001" in everything and "XS-N" in everything
    opened = shown(page, reverse("documents", args=["C001"]) + "?state=open")
    assert f"¥{(OPEN_1 + 500) / 100:,.2f}" in opened


def test_receipts_that_settle_nothing_yet_are_told_beside(page: Client) -> None:
    Receipt.objects.filter(number="SK-0001").update(amount=company.sales(1) * 2)
    text = shown(page, reverse("documents", args=["C001"]) + "?state=open")
    assert "Nothing is open." in text
    spare = company.sales(1) * 2 - company.sales(1) * 113 // 100
    assert f"less receipts that settle nothing yet ¥{spare / 100:,.2f}" in text
    owed = ledger.balance(User.objects.get(username="lin"), "C001", company.AS_OF).total
    assert owed == -spare and f"balance \u2212\u2060¥{spare / 100:,.2f}" in text


@pytest.mark.parametrize(
    ("sort", "first"),
    [("largest", "XS-0001"), ("newest", "XS-0001"), ("due", "XS-0060"), ("oldest", "XS-0001")],
)
def test_an_order_holds_over_all_pages_and_in_the_file(page: Client, sort: str, first: str) -> None:
    Document.objects.filter(number="XS-0060").update(due_date="2026-03-20")
    address = f"{ALL}?state=open&sort={sort}"
    text = shown(page, address)
    numbers = re.findall(r">(XS-\d+)<", text)
    assert numbers[0] == first and len(numbers) == 50
    (more,) = set(re.findall(r'hx-get="([^"]+)"', text.split("<tbody>")[1]))
    rest = re.findall(
        r">(XS-\d+)<", page.get(more, headers={"HX-Request": "true"}).content.decode()
    )
    assert len({*numbers, *rest}) == 60
    assert [row["Number"] for row in file_of(page, address)] == [*numbers, *rest]
    assert page.get(f"{ALL}?state=all&sort={sort}").status_code == 200


def test_what_no_list_knows_is_not_found(page: Client) -> None:
    for broken in ("state=most", "sort=loudest", "end=never", "after=x", "after=x&state=all"):
        assert page.get(f"{ALL}?{broken}").status_code == 404, broken


def test_programs_get_the_same(page: Client, books: User) -> None:
    program, path = caller(books), f"{BASE}/documents"
    answer = program.get(f"{path}?state=overdue&as_of=2026-06-30&size=20").json()
    assert [row["days_late"] for row in answer["rows"]] == [82] * 20
    assert answer["open"][0]["overdue"] == answer["open"][0]["documents"]
    one = program.get(f"{path}?customer=C001&as_of=2026-06-30").json()
    assert one["rows"][0]["open"] == OPEN_1
    assert one["rows"][0]["due_date"] == "2026-04-09"
    assert program.get(path).json()["rows"][0]["open"] is None
    whole = program.get(f"{path}?state=open&as_of=2026-06-30").json()["open"][0]
    assert whole["documents"] + whole["receipts"] == sum(
        ledger.balance(books, f"C{n:03}", company.AS_OF).total for n in range(1, company.COUNT + 1)
    )
