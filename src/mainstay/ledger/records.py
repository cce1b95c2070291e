"""What the ledger's selectors hand to pages. Money in minor units of ``currency``."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mainstay.ledger.rules import Progress


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document in a list."""

    id: int
    number: str
    kind: str
    """invoice · credit_note · opening · order · delivery"""
    doc_date: dt.date
    due_date: dt.date | None
    """Its own, else by the customer's terms."""
    net: int
    tax: int | None
    gross: int | None
    cost: int | None
    discount: int | None
    currency: str
    exponent: int
    salesperson: str
    region: str
    organisation: str
    """Whose number it is; empty where no file says."""
    line_count: int
    customer_code: str = ""
    """Empty: without a customer."""
    customer_name: str = ""
    customer_name_en: str = ""
    open: int | None = None
    """What is not settled on the day that was asked for; negative: a credit that settles nothing
    yet. Null: not in any customer's balance on that day."""
    days_late: int | None = None
    """Days past due of what is open and owed; null where nothing is, or no due day is known."""


@dataclass(frozen=True, slots=True)
class OpenSum:
    """What is open in one currency, in its minor units."""

    currency: str
    exponent: int
    documents: int
    overdue: int
    """Of the documents: past their due day."""
    receipts: int
    """Receipts that settle nothing yet, negative; owed again, positive."""

    @property
    def balance(self) -> int:
        """What the customers owe: Σ documents − Σ receipts."""
        return self.documents + self.receipts


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Documents with the sums over all that match, not only those on the page."""

    rows: tuple[DocumentRow, ...]
    next_cursor: str | None
    total: int | None = None
    """Null, as the sums: not counted, in the list across the firm."""
    net: int = 0
    gross: int | None = None
    cost: int | None = None
    """Null, as in the rows, for whoever may not see it."""
    open: tuple[OpenSum, ...] = ()
    """Where open ones were asked for: by currency, the company's first."""


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a document."""

    line_no: int | None
    item: str
    item_name: str
    category: str
    """Its own, else its product's."""
    quantity: Decimal | None
    net: int
    tax: int | None
    gross: int | None
    cost: int | None
    discount: int | None
    source_row: int | None
    """Row in the file, as a spreadsheet shows it."""
    order_no: str
    """Of a delivery or sale: the order it fulfils."""
    promised: dt.date | None
    """Of an order: the day the goods are due."""
    order_state: str
    """Of an order: closed · cancelled; empty while it is in force."""


@dataclass(frozen=True, slots=True)
class DocumentDetail:
    """One document with its lines and where it came from."""

    document: DocumentRow
    customer_code: str | None
    customer_name: str
    customer_name_en: str
    lines: tuple[LineRow, ...]
    batch_id: int
    source_file: str
    source_sheet: str
    """Of a workbook; else empty."""
    imported_at: dt.datetime | None
    cost_shown: bool
    counts: bool
    """Whether this version counts now; else it was superseded or taken back."""
    due_by_terms: bool
    """The due date is not the document's own, but follows from the customer's terms."""
    versions: tuple[VersionRow, ...]
    """All versions of the document, this one among them, newest import first."""
    linked: tuple[LinkedDocument, ...]
    """What belongs to it by the number of an order."""
    progress: Progress | None
    """How far it is; of an order only."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a document: which import brought it, and whether it counts."""

    id: int
    net: int | None
    """Null where it is not ``shown``."""
    batch_id: int
    counts: bool
    applied_at: dt.datetime | None
    undone_at: dt.datetime | None
    currency: str
    """Of this version, which may have been in another; empty where it is not ``shown``."""
    exponent: int
    shown: bool = True
    """Else it belonged to a customer the reader may not see: that it was there is all one learns.
    """


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """One document in a list across the firm."""

    id: int
    number: str
    kind: str
    doc_date: dt.date
    customer_code: str
    """Empty: without a customer."""
    customer_name: str
    customer_name_en: str
    net: int
    gross: int | None
    currency: str
    exponent: int
    line_count: int
    organisation: str
    net_before: int | None = None
    """Of the version it superseded, where the list is of changes."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Documents across the firm, newest first, with the sums over all that match."""

    rows: tuple[DocumentEntry, ...]
    next_cursor: str | None
    total: int
    net: int
    lines: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list, and how far it is."""

    id: int
    number: str
    doc_date: dt.date
    net: int
    currency: str
    exponent: int
    line_count: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders, newest first, with the sums over all that match; ``open``: net still to come."""

    rows: tuple[OrderRow, ...]
    next_cursor: str | None
    total: int
    foreign: int
    """Of these, in other currencies than the company's; sums leave them out."""
    net: int
    open: int


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery in a list."""

    id: int
    number: str
    doc_date: dt.date
    net: int
    currency: str
    exponent: int
    line_count: int
    orders: list[str]
    """Numbers of the orders it fulfils."""


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries, newest first, with the sums over all that match."""

    rows: tuple[DeliveryRow, ...]
    next_cursor: str | None
    total: int
    foreign: int
    """Of these, in other currencies than the company's; sums leave them out."""
    net: int


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document that belongs to another by the number of an order."""

    id: int
    number: str
    kind: str
    doc_date: dt.date
    net: int
    currency: str
    exponent: int


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One receipt."""

    id: int
    number: str
    date: dt.date
    amount: int
    method: str
    maturity: dt.date | None
    applied_to: str
    organisation: str
    currency: str
    exponent: int
    source_row: int | None
    """Row in the file, as a spreadsheet shows it."""
    source: str
    """«file › sheet › row» the receipt came from; empty where unknown."""
    kind: str
    """money · bill · write_off · dishonour · rebate · opening"""
    bill_no: str


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Receipts, newest first, with their sum over all that match."""

    rows: tuple[ReceiptRow, ...]
    next_cursor: str | None
    total: int | None = None
    """Null: not counted, and not added up."""
    amount: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptEntry:
    """One receipt in a list across the firm."""

    id: int
    number: str
    kind: str
    """money · bill · write_off · dishonour · rebate · opening"""
    date: dt.date
    customer_code: str
    """Empty: without a customer."""
    customer_name: str
    amount: int
    currency: str
    exponent: int
    method: str
    maturity: dt.date | None
    bill_no: str
    applied_to: str
    """Number of the document it settles, where it names one."""
    organisation: str


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """One part of a receipt that settles one document, as a file states it."""

    id: int
    receipt_no: str
    doc_no: str
    amount: int
    document: int | None
    """Id of the document; none where no document of the customer has the number."""
    date: dt.date | None
    """Of the receipt."""
    currency: str | None
    exponent: int


@dataclass(frozen=True, slots=True)
class Part:
    """One figure of a balance, signed as it adds to it, and how many rows it sums."""

    amount: int
    count: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What a customer owes on a day, by kind; the parts add up to it."""

    as_of: dt.date
    openings: Part
    invoices: Part
    credit_notes: Part
    money: Part
    bills: Part
    write_offs: Part
    rebates: Part
    dishonoured: Part
    advances: Part
    """Receipts from before the books: held for the customer, or owed."""
    bills_not_due: int
    """Of the bills: those that mature later and were not dishonoured, still a risk."""
    currency: str
    exponent: int

    @property
    def documents(self) -> int:
        """How many documents are in it."""
        return self.openings.count + self.invoices.count + self.credit_notes.count

    @property
    def receipts(self) -> int:
        """How many receipts are in it."""
        paid = (self.money, self.bills, self.write_offs, self.rebates, self.dishonoured,
                self.advances)  # fmt: skip
        return sum(part.count for part in paid)

    @property
    def total(self) -> int:
        """What is owed; negative: we owe."""
        return sum(
            part.amount
            for part in (
                self.openings, self.invoices, self.credit_notes, self.money, self.bills,
                self.write_offs, self.rebates, self.dishonoured, self.advances,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing the books lack: how many rows, and the money in them."""

    count: int
    amount: int = 0


@dataclass(frozen=True, slots=True)
class Quality:
    """What the books lack, each opening to its rows."""

    unassigned: Lack
    """Lines without a customer, and their net."""
    off_file: Lack
    """Customers that no customer list names, and the net of their documents."""
    costless: Lack
    """Lines without cost, and their net."""
    unpaired: Lack
    """Receipts without a customer, and their sum."""
    gaps: tuple[dt.date, ...]
    """First days of the months without any document between the first and the last."""
    has_customer_list: bool
    currency: str
    exponent: int


@dataclass(frozen=True, slots=True)
class OffFileRow:
    """A customer known from documents or receipts only."""

    id: int
    code: str
    name: str
    region: str
    documents: int
    net: int
    last: dt.date | None
    """Day of the latest document."""


@dataclass(frozen=True, slots=True)
class OffFilePage:
    """Customers on no list, by code, and how many there are in all."""

    rows: tuple[OffFileRow, ...]
    next_cursor: str | None
    total: int
    net: int


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product, and what the books sold of it: credit notes reduce."""

    id: int
    code: str
    name: str
    category: str | None
    unit: str
    on_file: bool  # a product list names it
    lines: int
    net: int
    last: dt.date | None
    """Day of the latest sale or credit note."""


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Products by code; how many there are in all, and how many of them without a category."""

    rows: tuple[ProductRow, ...]
    next_cursor: str | None
    total: int
    uncategorised: int


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month's documents."""

    first: dt.date
    documents: int
    net: int


@dataclass(frozen=True, slots=True)
class BooksCheck:
    """The last check of the whole books, as its job left it."""

    job: uuid.UUID
    state: str
    """queued · running · done · failed · cancelled"""
    report: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: dt.datetime
    finished_at: dt.datetime | None
