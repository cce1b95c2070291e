"""Documents (invoices, credit notes, openings, orders, deliveries), orders' progress, receipts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

from django.utils.timezone import localdate
from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Day, Id, Paging, Text, answers, cached, of_one
from mainstay.foundation.models import User
from mainstay.insights import selectors as insights
from mainstay.ledger import selectors as ledger

router = Router(tags=["documents"])
orders = Router(tags=["documents"])
receipts = Router(tags=["receipts"])
Kind = Literal["invoice", "credit_note", "opening", "order", "delivery"]


class Document(Schema):
    """One document in a list. Amounts in minor units of `currency`; credit notes are negative."""

    id: int = Field(description="Of this version of the document.")
    number: str
    kind: str = Field(description="invoice · credit_note · opening · order · delivery")
    doc_date: dt.date
    customer_code: str = Field(description="Empty: without a customer.")
    customer_name: str
    net: int = Field(description="Without VAT.")
    gross: int | None = Field(description="With VAT: what is owed.")
    currency: str
    exponent: int = Field(description="Decimal places of the minor unit.")
    line_count: int
    organisation: str = Field(description="Company or branch whose number it is; else empty.")
    due_date: dt.date | None = Field(None, description="With `state` or `as_of` only, as the next.")
    open: int | None = Field(
        None, description="What is not settled on the day; negative: a credit. Null: not owed then."
    )
    days_late: int | None = Field(None, description="Of what is open and owed: days past due.")


class OpenSum(Schema):
    """What is open in one currency. Minor units."""

    currency: str
    exponent: int
    documents: int
    overdue: int = Field(description="Of the documents.")
    receipts: int = Field(
        description="Of receipts: negative, what settles nothing yet. Documents and receipts make "
        "the balance. 0 where the list is narrowed by more than the customer."
    )


class Documents(Schema):
    """A page of documents, the newest first."""

    rows: list[Document]
    next: str | None
    open: list[OpenSum] = Field([], description="Of all pages, with `state` only.")


class Line(Schema):
    """One line of a document."""

    line_no: int | None
    item: str
    item_name: str
    category: str
    quantity: Decimal | None
    net: int
    tax: int | None
    gross: int | None
    cost: int | None = Field(description="Null, too, for whoever may not see cost.")
    discount: int | None
    order_no: str
    promised: dt.date | None
    order_state: str


class Version(Schema):
    """One version of a document."""

    id: int
    net: int | None = Field(description="Null where it is not shown.")
    batch_id: int = Field(description="The import that brought it.")
    counts: bool
    applied_at: dt.datetime | None
    undone_at: dt.datetime | None
    currency: str = Field(description="Of this version. Empty where it is not shown.")
    exponent: int
    shown: bool = Field(
        description="False where it belonged to a customer out of the reader's reach."
    )


class DocumentDetail(Schema):
    """One version of a document with its lines."""

    id: int
    number: str
    kind: str
    doc_date: dt.date
    due_date: dt.date | None
    customer_code: str | None
    customer_name: str
    net: int
    tax: int | None
    gross: int | None
    cost: int | None
    discount: int | None
    currency: str
    exponent: int
    salesperson: str
    region: str
    organisation: str = Field(description="Company or branch whose number it is; else empty.")
    counts: bool = Field(description="Else it was superseded or its import taken back.")
    lines: list[Line]
    versions: list[Version]


class Order(Schema):
    """One order, and how far it is. Amounts net."""

    id: int
    number: str
    doc_date: dt.date
    net: int
    currency: str
    exponent: int
    state: str = Field(description="open · fulfilled · closed · cancelled")
    delivered: int
    invoiced: int
    open: int
    promised: dt.date | None


class Orders(Schema):
    """A page of a customer's orders, the newest first."""

    rows: list[Order]
    next: str | None
    open: int = Field(description="Net still to come of all orders in the company's currency.")


class Receipt(Schema):
    """One receipt: money, a bill, or what else settles."""

    id: int
    number: str
    kind: str = Field(description="money · bill · write_off · dishonour · rebate · opening")
    date: dt.date
    customer_code: str
    customer_name: str
    amount: int
    currency: str
    exponent: int
    method: str
    maturity: dt.date | None
    bill_no: str
    applied_to: str = Field(description="Number of the document it settles, if it names one.")
    organisation: str


class Receipts(Schema):
    """A page of receipts, the newest first."""

    rows: list[Receipt]
    next: str | None


class Span(Paging):
    """Which days, both inclusive."""

    start: Day | None = None
    end: Day | None = None


class OfCustomer(Span):
    """Of which customer; without one, of all that one may see."""

    customer: Text = Field("", description="Code of a customer.")


class Which(OfCustomer):
    """Which documents."""

    kind: Kind | None = None
    state: Literal["open", "overdue"] | None = Field(
        None, description="Only what is not settled on the day `as_of`; of it, what is past due."
    )
    as_of: Day | None = Field(
        None,
        description="Each document with what is open of it on the day, today without one. "
        "Without `kind` then no orders and no deliveries.",
    )


class OrdersOf(Span):
    """Whose orders."""

    customer: Text = Field(description="Code of a customer.")


@router.get("", response=answers(Documents, 404), operation_id="list_documents")
def list_documents(request: ApiRequest, query: Query[Which]) -> dict[str, Any]:
    """The documents that count now, of all kinds or of one."""
    if query.state or query.as_of:
        return _with_open(request.auth.user, query)
    rows, further = ledger.document_entries(
        request.auth.user, customer_code=query.customer, kind=query.kind or "", start=query.start,
        end=query.end, after=query.after, size=query.size,
    )  # fmt: skip
    return {"rows": rows, "next": further}


def _with_open(user: User, query: Which) -> dict[str, Any]:
    wanted = insights.Wanted(query.start, query.end, query.kind, query.state or "")
    code = insights.customer(user, query.customer).code if query.customer else None
    as_of = query.as_of or localdate()
    page = insights.documents(user, code, wanted, as_of, query.after, query.size)
    return {"rows": page.rows, "next": page.next_cursor, "open": page.open}


@router.get("/{id}", response=of_one(DocumentDetail), operation_id="get_document")
@cached
def get_document(request: ApiRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """One version of a document with its lines and the other versions there are."""
    found = ledger.document(request.auth.user, id)
    row = found.document
    plain = {
        name: getattr(row, name)
        for name in (
            "id", "number", "kind", "doc_date", "due_date", "net", "tax", "gross", "cost",
            "discount", "currency", "exponent", "salesperson", "region", "organisation",
        )
    }  # fmt: skip
    return plain | {
        "customer_code": found.customer_code, "customer_name": found.customer_name,
        "counts": found.counts, "lines": found.lines, "versions": found.versions,
    }  # fmt: skip


@orders.get("", response=answers(Orders, 404), operation_id="list_orders")
def list_orders(request: ApiRequest, query: Query[OrdersOf]) -> dict[str, Any]:
    """A customer's orders, and how far each is."""
    user = request.auth.user
    code = insights.customer(user, query.customer).code
    page = ledger.orders(user, code, query.start, query.end, query.after, query.size)
    return {"rows": [_order(row) for row in page.rows], "next": page.next_cursor, "open": page.open}


@receipts.get("", response=answers(Receipts, 404), operation_id="list_receipts")
def list_receipts(request: ApiRequest, query: Query[OfCustomer]) -> dict[str, Any]:
    """The receipts that count now."""
    rows, further = ledger.receipt_entries(
        request.auth.user, customer_code=query.customer, start=query.start, end=query.end,
        after=query.after, size=query.size,
    )  # fmt: skip
    return {"rows": rows, "next": further}


def _order(row: Any) -> dict[str, Any]:
    plain = ("id", "number", "doc_date", "net", "currency", "exponent")
    how = ("state", "delivered", "invoiced", "open", "promised")
    return {name: getattr(row, name) for name in plain} | {
        name: getattr(row.progress, name) for name in how
    }
