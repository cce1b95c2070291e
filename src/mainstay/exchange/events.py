"""Events: documents and receipts that a program sends, as an upload like anybody's files.

They are written as tables under the canonical names of the columns, so that everything else
(checks, versions, undo, audit, grades) is the path of a file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mainstay.exchange.errors import CurrencyNotGiven, NothingUploaded
from mainstay.exchange.models import Upload
from mainstay.exchange.permissions import IMPORT
from mainstay.exchange.services import start_upload
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.ledger import selectors as ledger
from mainstay.ledger.rules import places_of

Event = Mapping[str, Any]
KINDS = {
    "order": "sales order", "delivery": "delivery note", "invoice": "invoice",
    "credit_note": "credit note",
}  # fmt: skip
"""Kind of a document → the words by which the reader knows it."""
RECEIPTS = {
    "money": "money", "bill": "acceptance", "write_off": "write-off", "dishonour": "dishonoured",
    "rebate": "rebate",
}  # fmt: skip
"""The same of receipts."""
DOCUMENT = {
    "number": "doc_no", "customer_code": "customer_id", "customer_name": "customer_name",
    "date": "doc_date", "due_date": "due_date", "salesperson": "salesperson", "region": "region",
    "organisation": "organisation", "tax_no": "tax_no", "currency": "currency",
}  # fmt: skip
"""Part of a document → column of each of its lines."""
LINE = ("line_no", "item", "item_name", "category", "quantity", "net", "tax", "gross", "cost",
        "discount", "order_no", "promised")  # fmt: skip
RECEIPT = {
    "number": "receipt_no", "customer_code": "customer_id", "customer_name": "customer_name",
    "date": "date", "amount": "amount", "method": "method", "bill_no": "bill_no",
    "maturity": "maturity", "applied_to": "applied_to", "organisation": "organisation",
    "currency": "currency",
}  # fmt: skip
_MONEY = ("net", "tax", "gross", "cost", "discount", "amount")
_TYPES = {
    **dict.fromkeys(_MONEY, pa.decimal128(24, 3)), "quantity": pa.decimal128(22, 4),
    "line_no": pa.int32(),
    **dict.fromkeys(("doc_date", "due_date", "promised", "date", "maturity"), pa.date32()),
}  # fmt: skip
"""Of columns that are no texts. No currency has more than three decimals."""


class Table:
    """Rows as a file that a form would hand over."""

    def __init__(self, name: str, rows: Sequence[Event]) -> None:
        self.name: str | None = f"events-{name}.parquet"
        columns = [column for column in rows[0] if any(row[column] is not None for row in rows)]
        self.mapping = {column: column for column in columns}
        table = pa.table({
            column: pa.array([row[column] for row in rows], _TYPES.get(column, pa.string()))
            for column in columns
        })  # fmt: skip
        written = io.BytesIO()
        pq.write_table(table, written)
        self._content = written.getvalue()

    def chunks(self, chunk_size: int | None = None) -> Iterable[bytes]:
        """The whole file."""
        del chunk_size
        return [self._content]


def take(
    user: User, documents: Sequence[Event], receipts: Sequence[Event]
) -> tuple[Upload, dict[str, Any]]:
    """Keep events as an upload; it, and the map of columns to apply it by.

    A document is a mapping of ``kind`` (see ``KINDS``), the keys of ``DOCUMENT`` and ``lines``,
    each of the keys of ``LINE`` and ``state`` (closed · cancelled, of an order's line). A receipt
    has ``kind`` (see ``RECEIPTS``) and the keys of ``RECEIPT``. Amounts in minor units of
    ``currency``, the company's where none is given; quantities as decimal texts. Of a document
    that comes twice, the last counts. Raises ``NothingUploaded``, ``CurrencyNotGiven``,
    ``NotAllowed``.
    """
    demand_company(user, IMPORT)
    last = {(event["kind"], event["number"], event["organisation"]): event for event in documents}
    company = ledger.books_currency()[0]
    tables = {
        "lines": [row for event in last.values() for row in _lines(event, company)],
        "receipts": [_receipt(event, company) for event in receipts],
    }
    files = {name: Table(name, rows) for name, rows in tables.items() if rows}
    if not files:
        raise NothingUploaded
    upload = start_upload(user, files)
    return upload, {name: file.mapping for name, file in files.items()}


def _lines(event: Event, company: str) -> Iterator[Event]:
    head = {column: event[part] or None for part, column in DOCUMENT.items()}
    head["currency"] = currency = _currency(event, company)
    for line in event["lines"]:
        yield head | {"kind": KINDS[event["kind"]], "status": line["state"]} | _amounts(
            {name: line[name] for name in LINE}, currency
        )  # fmt: skip


def _receipt(event: Event, company: str) -> Event:
    row = {column: event[part] or None for part, column in RECEIPT.items()}
    row["amount"] = event["amount"]
    row["currency"] = currency = _currency(event, company)
    return {"kind": RECEIPTS[event["kind"]]} | _amounts(row, currency)


def _currency(event: Event, company: str) -> str:
    found = event["currency"] or company
    if not found:
        raise CurrencyNotGiven(number=event["number"])
    return str(found)


def _amounts(row: Event, currency: str) -> dict[str, Any]:
    """The row with amounts in units of the currency and quantities as numbers, exactly."""
    scale = dict.fromkeys(_MONEY, -places_of(currency)) | {"quantity": 0}
    return {
        name: Decimal(value).scaleb(scale[name]) if name in scale and value is not None else value
        for name, value in row.items()
    }
