"""C7 on five public data sets: each goes in through a map saved by name, and ties.

The totals are those their READMEs publish; everything else is recomputed here from the files, in
whole cents, by code that shares nothing with the product. For each: the same files again change
nothing; a changed export supersedes; after the undo all is as before, and answers as of the time
between stay.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone
from pytest_django import Settings

from mainstay.exchange import jobs, local, services, sources
from mainstay.foundation.models import Job, User
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties.models import Customer
from tests.people import administrator

Row = dict[str, str]
CENT = Decimal("0.01")


@dataclass
class Case:
    """One data set as an ERP would export it, and what it must come to."""

    files: dict[str, Path]
    mapping: dict[str, Any]
    documents: int
    lines: int
    customers: int
    net: int
    """Of all lines, in minor units."""
    unassigned: int = 0
    """Lines without a customer."""
    receipts: int = 0
    """In minor units."""
    span: tuple[date, date] | None = None
    change: tuple[str, str, str] | None = None
    """Document, its first line's amount, and the amount it is changed to (column ``amount``)."""
    amount: str = ""


def rows_of(path: Path) -> Iterator[Row]:
    packed = path.suffix == ".gz"
    with (
        gzip.open(path, "rt", encoding="utf-8", newline="")
        if packed
        else path.open(encoding="utf-8", newline="")
    ) as file:
        yield from csv.DictReader(file)


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    every = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(every[0]))
        writer.writeheader()
        writer.writerows(every)
    return path


def minor(text: object) -> int:
    return int(Decimal(str(text)).quantize(CENT, ROUND_HALF_EVEN) * 100)


def classic_models(data: Path, folder: Path) -> Case:
    """Orders with their details and the products' cost, as one sales export."""
    read: Callable[[str], Iterator[Row]] = lambda name: rows_of(  # noqa: E731
        data / "classic-models" / f"{name}.csv"
    )
    orders = {row["orderNumber"]: row for row in read("orders")}
    products = {row["productCode"]: row for row in read("products")}
    lines = [
        {
            "Order": d["orderNumber"],
            "Ordered on": orders[d["orderNumber"]]["orderDate"],
            "Buyer": orders[d["orderNumber"]]["customerNumber"],
            "Article": d["productCode"],
            "Pieces": d["quantityOrdered"],
            "Worth": Decimal(d["priceEach"]) * int(d["quantityOrdered"]),
            "Cost": Decimal(products[d["productCode"]]["buyPrice"]) * int(d["quantityOrdered"]),
        }
        for d in read("orderdetails")
    ]
    receipts = [
        {"Check": p["checkNumber"], "Paid on": p["paymentDate"], "Buyer": p["customerNumber"],
         "Paid": p["amount"]}
        for p in read("payments")
    ]  # fmt: skip
    customers = [
        {"Buyer": c["customerNumber"], "Name": c["customerName"], "Limit": c["creditLimit"]}
        for c in read("customers")
    ]
    first = lines[0]
    return Case(
        files={
            "lines": write(folder / "lines.csv", lines),
            "receipts": write(folder / "receipts.csv", receipts),
            "customers": write(folder / "customers.csv", customers),
        },
        mapping={
            "lines": {"doc_no": "Order", "doc_date": "Ordered on", "customer_id": "Buyer",
                      "item": "Article", "quantity": "Pieces", "net": "Worth", "cost": "Cost"},
            "receipts": {"receipt_no": "Check", "date": "Paid on", "customer_id": "Buyer",
                         "amount": "Paid"},
            "customers": {"customer_id": "Buyer", "customer_name": "Name", "credit_limit": "Limit"},
            "options": {"currency": "USD"},
        },
        documents=326, lines=2_996, customers=122, net=960_419_061, receipts=885_383_923,
        span=(date(2003, 1, 6), date(2005, 5, 31)),
        change=(str(first["Order"]), str(first["Worth"]), "1.00"), amount="Worth",
    )  # fmt: skip


def northwind(data: Path, folder: Path) -> Case:
    """Orders with their details; the net value of a line after its discount, to the cent."""
    read: Callable[[str], Iterator[Row]] = lambda name: rows_of(  # noqa: E731
        data / "northwind" / f"{name}.csv"
    )
    orders = {row["orderID"]: row for row in read("orders")}
    lines = [
        {
            "Order ID": d["orderID"],
            "Order Date": orders[d["orderID"]]["orderDate"],
            "Customer ID": orders[d["orderID"]]["customerID"],
            "Product ID": d["productID"],
            "Quantity": d["quantity"],
            "Net": (Decimal(d["unitPrice"]) * int(d["quantity"]) * (1 - Decimal(d["discount"])))
            .quantize(CENT, ROUND_HALF_EVEN),
        }
        for d in read("order-details")
    ]  # fmt: skip
    customers = [
        {"Customer ID": c["customerID"], "Customer": c["companyName"], "Country": c["country"]}
        for c in read("customers")
    ]
    first = lines[0]
    return Case(
        files={
            "lines": write(folder / "lines.csv", lines),
            "customers": write(folder / "customers.csv", customers),
        },
        mapping={"lines": {"net": "Net"}, "options": {"currency": "USD"}},
        documents=830, lines=2_155, customers=91, net=sum(minor(row["Net"]) for row in lines),
        span=(date(1996, 7, 4), date(1998, 5, 6)),
        change=(str(first["Order ID"]), str(first["Net"]), "1.00"), amount="Net",
    )  # fmt: skip


def ibm_receivables(data: Path, folder: Path) -> Case:
    """The invoices as they are, and a receipt of the full amount on each day of settlement."""
    path = data / "ibm-accounts-receivable" / "accounts_receivable.csv"
    invoices = list(rows_of(path))
    receipts = [
        {"Receipt": f"R{row['invoiceNumber']}", "Customer": row["customerID"],
         "Date": row["SettledDate"], "Amount": row["InvoiceAmount"],
         "Invoice": row["invoiceNumber"]}
        for row in invoices
    ]  # fmt: skip
    first = invoices[0]
    return Case(
        files={
            "lines": write(folder / "lines.csv", invoices),
            "receipts": write(folder / "receipts.csv", receipts),
        },
        mapping={
            "lines": {"doc_no": "invoiceNumber", "doc_date": "InvoiceDate", "due_date": "DueDate",
                      "customer_id": "customerID", "net": "InvoiceAmount"},
            "receipts": {"receipt_no": "Receipt", "date": "Date", "customer_id": "Customer",
                         "amount": "Amount", "applied_to": "Invoice"},
            "options": {"dayfirst": False},
        },
        documents=2_466, lines=2_466, customers=100, net=14_770_318, receipts=14_770_318,
        span=(date(2012, 1, 3), date(2013, 12, 2)),
        change=(first["invoiceNumber"], first["InvoiceAmount"], "1.00"), amount="InvoiceAmount",
    )  # fmt: skip


def superstore(data: Path, folder: Path) -> Case:
    """The file as it is; sales of four decimals are rounded line by line."""
    lines = list(rows_of(data / "superstore" / "superstore.csv.gz"))
    assert sum((Decimal(row["Sales"]) for row in lines), Decimal()).quantize(CENT) == Decimal(
        "2326534.35"
    )
    first = lines[0]
    return Case(
        files={"lines": write(folder / "lines.csv", lines)},
        mapping={"lines": {"net": "Sales"}, "options": {"currency": "USD", "dayfirst": True}},
        documents=5_111, lines=10_194, customers=804,
        net=sum(minor(row["Sales"]) for row in lines),
        span=(date(2019, 1, 3), date(2022, 12, 30)),  # its README says the 2nd: no line is of it
        change=(first["Order ID"], first["Sales"], "1.00"), amount="Sales",
    )  # fmt: skip


def online_retail(data: Path, folder: Path) -> Case:
    """The packed file as it is."""
    return Case(
        files={"lines": data / "online-retail-1" / "online_retail.csv.gz"},
        mapping={"options": {"currency": "GBP"}},
        documents=25_900, lines=541_909, customers=4_372, net=974_774_793, unassigned=135_080,
        span=(date(2010, 12, 1), date(2011, 12, 9)),
    )  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """What the books say now, or said at a moment."""

    documents: int
    net: int
    lines: int
    by_customer: dict[str | None, int]
    receipts: int
    span: tuple[Any, Any]


def answers(at: datetime | None = None) -> Answers:
    def rows(model: Any) -> Any:
        return model.objects.visible() if at is None else model.objects.known_at(at)

    documents = list(
        rows(Document).values_list("number", "customer__code", "net", "doc_date", "line_count")
    )
    by_customer: dict[str | None, int] = {}
    for _, customer, net, _, _ in documents:
        by_customer[customer] = by_customer.get(customer, 0) + net
    days = [day for *_, day, _ in documents]
    return Answers(
        documents=len({number for number, *_ in documents}),
        net=sum(net for _, _, net, _, _ in documents),
        lines=sum(count for *_, count in documents),
        by_customer=by_customer,
        receipts=rows(Receipt).aggregate(sum=Sum("amount"))["sum"] or 0,
        span=(min(days, default=None), max(days, default=None)),
    )


@pytest.fixture
def owner(db: None, settings: Settings, tmp_path: Path) -> User:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return administrator("boss")


@pytest.fixture
def ungraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes in and out of the books is at stake here; grading has scenarios of its own."""

    class Graded:
        pk, as_of = 0, date(2000, 1, 1)

    monkeypatch.setattr(jobs, "grade_and_follow", lambda *args, **kinds: Graded)


def bring(owner: User, given: local.Delivery) -> ImportBatch:
    """As the command does it."""
    upload = local.upload(owner, given)
    job = local.finish(services.apply(upload, given.mapping, source=given.source, via="cli"))
    assert job.state == Job.State.DONE, job.error
    upload.refresh_from_db()
    assert upload.batch is not None
    return upload.batch


def changed(case: Case, folder: Path) -> dict[str, Path]:
    """The same export a month later: one amount corrected."""
    assert case.change is not None
    _, before, after = case.change
    lines = list(rows_of(case.files["lines"]))
    assert lines[0][case.amount] == before
    lines[0][case.amount] = after
    return {**case.files, "lines": write(folder / "changed.csv", lines)}


CASES = [classic_models, northwind, ibm_receivables, superstore, online_retail]


@pytest.mark.usefixtures("ungraded")
@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
def test_a_public_data_set_goes_in_ties_and_comes_out_again(
    make: Callable[[Path, Path], Case], owner: User, shared_data: Path, tmp_path: Path
) -> None:
    case = make(shared_data, tmp_path)
    paths, tables = list(case.files.values()), list(case.files)
    name = make.__name__
    first = bring(owner, local.delivery(paths, tables=tables, mapping=case.mapping, source=name))
    before = answers()
    assert (before.documents, before.lines, before.net) == (case.documents, case.lines, case.net)
    assert before.receipts == case.receipts
    assert before.span == case.span
    assert Customer.objects.count() == case.customers
    assert first.counts["unassigned_lines"] == case.unassigned
    stored = DocumentLine.objects.filter(document__in=Document.objects.visible())
    assert stored.aggregate(net=Sum("net"))["net"] == case.net

    again = local.delivery(paths, tables=tables)  # by its headings
    assert (again.source, again.recognised) == (name, True)
    assert again.mapping == sources.source_named(name).mapping
    second = bring(owner, again)
    assert second.counts["documents_identical"] >= case.documents
    moving = {k: n for k, n in second.counts.items() if k.endswith(("_new", "_changed"))}
    assert not any(moving.values()), moving
    assert answers() == before

    last, between = second, before
    if case.change:
        given = local.delivery(list(changed(case, tmp_path).values()), tables=tables, source=name)
        last = bring(owner, given)
        between = answers()
        _, was, becomes = case.change
        assert between.net == before.net - minor(was) + minor(becomes)
        assert last.counts["documents_changed"] == 1
    moment = timezone.now()
    services.undo(owner, last.pk, "a trial")
    assert answers() == before
    assert answers(moment) == between

    for batch in ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("-pk"):
        services.undo(owner, batch.pk, "all of it")
    assert answers().documents == 0
    assert answers().receipts == 0
    assert answers(moment) == between
