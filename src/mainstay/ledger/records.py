"""What the ledger's selectors hand to pages. Money in minor units of ``currency``."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One document in a list."""

    id: int
    number: str
    kind: str
    """invoice · credit_note"""
    doc_date: dt.date
    due_date: dt.date | None
    net: int
    tax: int | None
    gross: int | None
    cost: int | None
    discount: int | None
    currency: str
    exponent: int
    salesperson: str
    region: str
    line_count: int


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Documents, newest first, with the sums over all that match, not only those on the page."""

    rows: tuple[DocumentRow, ...]
    next_cursor: str | None
    total: int
    net: int
    gross: int | None
    cost: int | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a document."""

    line_no: int | None
    item: str
    item_name: str
    category: str
    quantity: Decimal | None
    net: int
    tax: int | None
    gross: int | None
    cost: int | None
    discount: int | None
    source_row: int | None
    """Row in the file, as a spreadsheet shows it."""


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
    currency: str
    exponent: int
    source_row: int | None
    """Row in the file, as a spreadsheet shows it."""
    source: str
    """«file › sheet › row» the receipt came from; empty where unknown."""


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """Receipts, newest first, with their sum over all that match."""

    rows: tuple[ReceiptRow, ...]
    next_cursor: str | None
    total: int
    amount: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One import."""

    id: int
    state: str
    """loading · applied · failed"""
    created_at: dt.datetime
    applied_at: dt.datetime | None
    created_by: str
    files: tuple[dict[str, Any], ...]
    """``name``, ``table``, ``size``, ``sha256``, ``sheet``"""
    counts: dict[str, Any]
    currency: str
    exponent: int
    is_demo: bool
