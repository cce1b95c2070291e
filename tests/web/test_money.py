"""Orders & money: the balance on any day against a sum of its own, and rows behind each figure."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import re
from collections import Counter

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.ledger import selectors as ledger
from mainstay.ledger.models import Allocation, Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties.models import Customer, CustomerCode

DOCUMENTS = (  # number, kind, day, net, tax, gross of its one line
    ("QC-1", "opening", "2025-12-31", 50_000, None, 50_000),
    ("F-1", "invoice", "2026-01-10", 100_000, 13_000, 113_000),
    ("F-2", "invoice", "2026-02-10", 20_000, 2_600, None),
    ("F-3", "invoice", "2026-03-10", 7_000, None, None),
    ("H-1", "credit_note", "2026-02-20", -10_000, -1_300, -11_300),
)
RECEIPTS = (  # number, kind, day, amount, maturity
    ("S-1", "money", "2026-01-20", 50_000, None),
    ("S-2", "bill", "2026-02-25", 60_000, "2026-08-25"),
    ("S-3", "bill", "2026-03-01", 13_000, "2026-03-20"),
    ("S-4", "write_off", "2026-03-05", 500, None),
    ("S-5", "dishonour", "2026-03-22", -13_000, None),
    ("S-6", "money", "2026-04-02", -2_000, None),
)  # fmt: skip


@pytest.fixture
def ledgered(books: User) -> User:
    """Customer M1 with every kind of document and receipt."""
    batch = ImportBatch.objects.get()
    customer = Customer.objects.create(code="M1", name="合肥铭丰", name_en="Mingfeng")
    CustomerCode.objects.create(code="M1", own=customer, customer=customer, in_use=True)
    for number, kind, day, net, tax, gross in DOCUMENTS:
        document = Document.objects.create(
            key=f"{kind}:{number}", number=number, kind=kind, customer=customer, doc_date=day,
            net=net, tax=tax, gross=gross, currency="CNY", line_count=1, digest=number,
            batch=batch, current=True,
        )  # fmt: skip
        DocumentLine.objects.create(document=document, net=net, tax=tax, gross=gross)
    for number, kind, day, amount, maturity in RECEIPTS:
        Receipt.objects.create(
            key=number, number=number, kind=kind, customer=customer, date=day, amount=amount,
            maturity=maturity, currency="CNY", digest=number, batch=batch, current=True,
        )  # fmt: skip
    Allocation.objects.create(
        key="S-1", receipt_no="S-1", doc_no="QC-1", amount=50_000, digest="a", batch=batch,
        current=True,
    )  # fmt: skip
    return books


def owed_on(day: str) -> Counter[str]:
    """By kind, in fen: gross, else net and tax, else net; receipts as they lower the balance."""
    sums: Counter[str] = Counter()
    for _, kind, own, net, tax, gross in DOCUMENTS:
        if own <= day:
            sums[kind] += gross if gross is not None else net + (tax or 0)
    for _, kind, own, amount, _ in RECEIPTS:
        if own <= day:
            sums[kind] -= amount
    return sums


@pytest.mark.parametrize(
    "day", ["2025-12-30", "2025-12-31", "2026-01-15", "2026-02-25", "2026-03-10", "2026-12-31"]
)
def test_the_balance_of_any_day_is_the_sum_of_what_counted_by_then(
    ledgered: User, day: str
) -> None:
    found = ledger.balance(ledgered, "M1", dt.date.fromisoformat(day))
    expected = owed_on(day)
    parts = {
        "opening": found.openings, "invoice": found.invoices, "credit_note": found.credit_notes,
        "money": found.money, "bill": found.bills, "write_off": found.write_offs,
        "dishonour": found.dishonoured, "rebate": found.rebates, "opening receipt": found.advances,
    }  # fmt: skip
    assert {kind: part.amount for kind, part in parts.items() if part.count} == dict(expected)
    assert found.total == sum(expected.values())


def test_a_bill_is_a_risk_until_it_matures(ledgered: User) -> None:
    assert ledger.balance(ledgered, "M1", dt.date(2026, 3, 10)).bills_not_due == 73_000
    assert ledger.balance(ledgered, "M1", dt.date(2026, 3, 20)).bills_not_due == 60_000
    assert ledger.balance(ledgered, "M1", dt.date(2026, 8, 25)).bills_not_due == 0


def test_the_balance_as_known_earlier_leaves_out_what_came_later(ledgered: User) -> None:
    Document.objects.filter(number="F-1").update(known_since="2026-05-01")
    day = dt.date(2026, 2, 1)
    before = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
    after = dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC)
    now = ledger.balance(ledgered, "M1", day)
    assert ledger.balance(ledgered, "M1", day, after) == now
    assert ledger.balance(ledgered, "M1", day, before).total == now.total - 113_000


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_figure_opens_to_the_rows_that_make_it(
    page: Client, ledgered: User, language: str
) -> None:
    User.objects.filter(pk=ledgered.pk).update(language=language)
    address = reverse("money", args=["M1"]) + "?end=2026-04-30"
    text = html.unescape(page.get(address).content.decode())
    statement = text[text.index("statement") :]
    links = re.findall(r'fig-link" href="([^"]+)">([^<]+)<', statement)
    assert len(links) == 7
    for href, shown in links:
        rows = list(csv.reader(io.StringIO(page.get(f"{href}&as=csv").content.decode("utf-8-sig"))))
        money = rows[0].index(_gross(rows[0])) if "documents" in href else -1
        figure = sum(
            round(float(row[money] or row[5]) * 100) * (1 if "documents" in href else -1)
            for row in rows[1:]
        )
        plain = int(re.sub(r"[^\d]", "", shown)) * (-1 if "\u2212" in shown else 1)
        if "kind=invoice" not in href:  # F-2 owes net and tax, and has no gross of its own
            assert figure == plain, href
    assert f"{sum(owed_on('2026-04-30').values()) / 100:,.2f}" in text


def _gross(head: list[str]) -> str:
    return next(title for title in head if title.startswith(("Gross", "价税合计", "含税")))


def test_lists_show_the_kind_and_the_moment_asked_for(page: Client, ledgered: User) -> None:
    address = reverse("receipts", args=["M1"])
    bills = page.get(f"{address}?kind=bill").content.decode()
    assert "S-2" in bills
    assert "S-1" not in bills
    assert "2 receipts" in bills
    known = page.get(f"{address}?known=2026-02-01T12:00").content.decode()
    assert "S-1" in known
    assert "S-2" not in known
    assert "as known on 2026-02-01 12:00" in known
    for broken in ("?known=soon", "?known=2026-13-40T00:00", "?end=never"):
        assert page.get(address + broken).status_code == 404, broken


def test_a_bill_stands_below_its_kind_on_the_phone(page: Client, ledgered: User) -> None:
    Receipt.objects.filter(number="S-2").update(bill_no="0123", maturity=dt.date(2026, 8, 1))
    address = reverse("receipts", args=["M1"])
    bills = page.get(f"{address}?kind=bill").content.decode()
    assert '<span class="narrow q xs">0123 · due 2026-08-01</span>' in bills
    assert '<span class="narrow' not in page.get(f"{address}?kind=money").content.decode()


def test_what_files_say_of_settlement_is_shown_with_its_document(
    page: Client, ledgered: User
) -> None:
    opening = Document.objects.get(number="QC-1")
    text = page.get(reverse("money", args=["M1"])).content.decode()
    assert "Settled by reference" in text
    row = text[text.index("Settled by reference") :]
    assert reverse("document", args=[opening.pk]) in row
    Receipt.objects.filter(number="S-2").update(applied_to="F-1")
    Receipt.objects.filter(number="S-1").update(applied_to="F-9")  # its allocation says better
    rows = ledger.allocations(ledgered, "M1")
    assert [(row.receipt_no, row.doc_no, row.amount) for row in rows] == [
        ("S-2", "F-1", 60_000), ("S-1", "QC-1", 50_000),
    ]  # fmt: skip
    assert rows[0].document == Document.objects.get(number="F-1").pk
    before = page.get(reverse("money", args=["M1"]) + "?end=2026-01-19").content.decode()
    assert "No file states which receipt settles which document." in before


@pytest.mark.parametrize("view", ["money", "documents"])
def test_a_day_beyond_the_books_is_marked_as_such(page: Client, ledgered: User, view: str) -> None:
    """The last of these books is the receipt of C001 to C060, or S-6, whichever is later."""
    assert ledger.reach() == dt.date(2026, 4, 2)
    address = reverse(view, args=["M1"]) + "?state=open&end="
    assert "The books reach to" not in page.get(f"{address}2026-04-02").content.decode()
    beyond = page.get(f"{address}2026-04-03").content.decode()
    assert "The books reach to 2 Apr 2026: what happened since is not in them." in beyond


def test_empty_books_reach_nowhere(books: User) -> None:
    Document.objects.update(current=False)
    Receipt.objects.update(current=False)
    assert ledger.reach() is None


def test_orders_and_money_costs_few_queries(
    page: Client, ledgered: User, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(35):  # type: ignore[operator]
        page.get(reverse("money", args=["M1"]))


def test_nobody_reads_the_balance_of_a_customer_that_is_not_there(page: Client) -> None:
    assert page.get(reverse("money", args=["nobody"])).status_code == 404
