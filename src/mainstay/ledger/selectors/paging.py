"""What the lists of the books share: which versions count, the next page, the place in a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import QuerySet

from mainstay.kernel import cursor as cursors
from mainstay.ledger.models import Document, Version

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Order:
    """By what a list of documents is sorted."""

    column: str
    descending: bool


def counting(model: type[Version], known_at: datetime | None = None) -> QuerySet[Any]:
    """The versions that count now, or counted at a moment."""
    rows: Any = model.objects
    found: QuerySet[Any] = rows.visible() if known_at is None else rows.known_at(known_at)
    return found


def booked(known_at: datetime | None = None) -> QuerySet[Any]:
    """The documents that are sales or receivables, as they count now or counted at a moment."""
    rows: Any = counting(Document, known_at)
    found: QuerySet[Any] = rows.booked()
    return found


def in_span(
    rows: QuerySet[Any], column: str, start: date | None, end: date | None
) -> QuerySet[Any]:
    """Rows whose date lies between two days inclusive; ``None`` leaves that end open."""
    if start:
        rows = rows.filter(**{f"{column}__gte": start})
    if end:
        rows = rows.filter(**{f"{column}__lte": end})
    return rows


def page_of(
    rows: Sequence[Row], size: int, value: Callable[[Row], tuple[Any, int]]
) -> tuple[tuple[Row, ...], str | None]:
    """At most ``size`` of the rows (one more was read), and the cursor behind the last of them.

    ``value(row)`` gives what the cursor holds: the value the list is sorted by, and the id.
    """
    shown = tuple(rows[:size])
    if len(rows) <= size:
        return shown, None
    last, row_id = value(shown[-1])
    return shown, cursors.encode(last.isoformat() if isinstance(last, date) else last, row_id)


def as_date(cursor: str | None) -> str | None:
    """The cursor itself, once its value is known to be a date."""
    if cursor is not None:
        value, _ = cursors.decode(cursor)
        try:
            date.fromisoformat(str(value))
        except ValueError as error:
            raise cursors.BadCursor from error
    return cursor


def file_of(files: list[dict[str, Any]], table: str) -> dict[str, Any]:
    """What the batch keeps of the file that held the table; empty without one."""
    return next((file for file in files if file["table"] == table), {})


def place(files: list[dict[str, Any]], table: str, row: int | None) -> str:
    """«file › sheet › row»; empty where unknown."""
    file = file_of(files, table)
    parts = (file.get("name"), file.get("sheet"), None if row is None else str(row))
    return " › ".join(part for part in parts if part)
