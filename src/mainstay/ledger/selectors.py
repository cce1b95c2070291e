"""Nouns of the books: a customer's documents and receipts, one document, the imports."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.kernel import cursor as cursors
from mainstay.ledger.errors import DocumentNotFound
from mainstay.ledger.models import Document, ImportBatch, Receipt
from mainstay.ledger.records import (
    BatchRow,
    DocumentDetail,
    DocumentPage,
    DocumentRow,
    LineRow,
    ReceiptPage,
    ReceiptRow,
)
from mainstay.parties.selectors import sees_everything, visible_to

_DOCUMENT = (
    "id", "number", "kind", "doc_date", "due_date", "net", "tax", "gross", "cost", "discount",
    "currency", "batch__exponent", "salesperson", "region", "line_count",
)  # fmt: skip
_RECEIPT = (
    "id", "number", "date", "amount", "method", "maturity", "applied_to", "currency",
    "batch__exponent", "source_row", "batch__files",
)  # fmt: skip
_LINE = (
    "line_no", "item", "item_name", "category", "quantity", "net", "tax", "gross", "cost",
    "discount", "source_row",
)  # fmt: skip


def documents(
    user: User,
    customer_code: str,
    start: date | None = None,
    end: date | None = None,
    kind: str | None = None,
    after: str | None = None,
    size: int = 50,
) -> DocumentPage:
    """A customer's documents between two business dates inclusive, newest first."""
    matching = Document.objects.visible().filter(
        customer__in=visible_to(user).filter(code=customer_code)
    )
    if start:
        matching = matching.filter(doc_date__gte=start)
    if end:
        matching = matching.filter(doc_date__lte=end)
    if kind:
        matching = matching.filter(kind=kind)
    sums = matching.aggregate(
        total=Count("pk"), net=Coalesce(Sum("net"), 0), gross=Sum("gross"), cost=Sum("cost")
    )
    page = page_after(matching, "doc_date", descending=True, cursor=_as_date(after))
    rows = [DocumentRow(*row) for row in page.values_list(*_DOCUMENT)[: size + 1]]
    return DocumentPage(
        rows=tuple(rows[:size]),
        next_cursor=_next(rows[size - 1].doc_date, rows[size - 1].id) if len(rows) > size else None,
        total=sums["total"],
        net=sums["net"],
        gross=sums["gross"],
        cost=sums["cost"],
    )


def document(user: User, document_id: int) -> DocumentDetail:
    """One document with its lines. ``DocumentNotFound`` also for one the user may not see."""
    found = Document.objects.visible().filter(pk=document_id)
    row = found.values(
        *_DOCUMENT, "customer_id", "customer__code", "customer__name", "customer__name_en",
        "customer_name", "batch_id", "batch__files", "batch__applied_at",
    ).first()  # fmt: skip
    if row is None:
        raise DocumentNotFound
    if row["customer_id"] is None:
        allowed = sees_everything(user)
    else:
        allowed = visible_to(user).filter(pk=row["customer_id"]).exists()
    if not allowed:
        raise DocumentNotFound
    lines = Document(pk=document_id).lines.order_by("line_no", "pk").values_list(*_LINE)
    file = _file(row["batch__files"], "lines")
    return DocumentDetail(
        document=DocumentRow(*(row[name] for name in _DOCUMENT)),
        customer_code=row["customer__code"],
        customer_name=row["customer__name"] or row["customer_name"],
        customer_name_en=row["customer__name_en"] or "",
        lines=tuple(LineRow(*line) for line in lines),
        batch_id=row["batch_id"],
        source_file=file.get("name", ""),
        source_sheet=file.get("sheet", ""),
        imported_at=row["batch__applied_at"],
    )


def receipts(
    user: User,
    customer_code: str,
    start: date | None = None,
    end: date | None = None,
    after: str | None = None,
    size: int = 50,
) -> ReceiptPage:
    """A customer's receipts between two dates inclusive, newest first."""
    matching = Receipt.objects.visible().filter(
        customer__in=visible_to(user).filter(code=customer_code)
    )
    if start:
        matching = matching.filter(date__gte=start)
    if end:
        matching = matching.filter(date__lte=end)
    sums = matching.aggregate(total=Count("pk"), amount=Coalesce(Sum("amount"), 0))
    page = page_after(matching, "date", descending=True, cursor=_as_date(after))
    rows = [
        ReceiptRow(*(*row[:-1], _place(row[-1], "receipts", row[-2])))
        for row in page.values_list(*_RECEIPT)[: size + 1]
    ]
    return ReceiptPage(
        rows=tuple(rows[:size]),
        next_cursor=_next(rows[size - 1].date, rows[size - 1].id) if len(rows) > size else None,
        total=sums["total"],
        amount=sums["amount"],
    )


def batches(user: User, size: int = 50) -> tuple[BatchRow, ...]:
    """The latest imports, newest first."""
    if not sees_everything(user):
        return ()
    rows = ImportBatch.objects.order_by("-pk").annotate(by=F("created_by__username"))[:size]
    return tuple(
        BatchRow(
            id=row.pk, state=row.state, created_at=row.created_at, applied_at=row.applied_at,
            created_by=row.by or "", files=tuple(row.files), counts=row.counts,
            currency=row.currency, exponent=row.exponent, is_demo=row.is_demo,
        )
        for row in rows
    )  # fmt: skip


def _file(files: list[dict[str, Any]], table: str) -> dict[str, Any]:
    """What the batch keeps of the file that held the table; empty without one."""
    return next((file for file in files if file["table"] == table), {})


def _place(files: list[dict[str, Any]], table: str, row: int | None) -> str:
    file = _file(files, table)
    parts = (file.get("name"), file.get("sheet"), None if row is None else str(row))
    return " › ".join(part for part in parts if part)


def _next(day: date, row_id: int) -> str:
    return cursors.encode(day.isoformat(), row_id)


def _as_date(cursor: str | None) -> str | None:
    """The cursor itself, once its value is known to be a date."""
    if cursor is not None:
        value, _ = cursors.decode(cursor)
        try:
            date.fromisoformat(str(value))
        except ValueError as error:
            raise cursors.BadCursor from error
    return cursor
