"""Keyset pages: the rows after a cursor, in any order, nulls last, without counting offsets."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet

from mainstay.kernel import cursor as cursors


def after(
    rows: QuerySet[Any], column: str, *, descending: bool, cursor: str | None, id_column: str = "pk"
) -> QuerySet[Any]:
    """Order by the column (nulls last), then by id; start behind the cursor.

    Raises ``BadCursor`` for a cursor that is unreadable or of another column's type.
    """
    order = F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_last=True)
    ordered = rows.order_by(order, id_column)
    if cursor is None:
        return ordered
    value, row_id = cursors.decode(cursor)
    later = Q(**{f"{id_column}__gt": row_id})
    is_null = Q(**{f"{column}__isnull": True})
    if value is None:
        return ordered.filter(is_null & later)
    beyond = Q(**{f"{column}__{'lt' if descending else 'gt'}": value})
    try:
        return ordered.filter(beyond | (Q(**{column: value}) & later) | is_null)
    except (TypeError, ValueError, ValidationError) as error:
        raise cursors.BadCursor from error


def moment(at: datetime, row_id: uuid.UUID) -> str:
    """The cursor after a row of a list that is ordered by a moment and a UUID, newest first."""
    return cursors.encode(f"{at.isoformat()} {row_id}", 0)


def before(cursor: str, column: str) -> Q:
    """The rows behind such a cursor; ``column`` holds the moment. Raises ``BadCursor``."""
    value, _ = cursors.decode(cursor)
    try:
        text, row_id = str(value).split(" ")
        at, last = datetime.fromisoformat(text), uuid.UUID(row_id)
    except ValueError as error:
        raise cursors.BadCursor from error
    if at.tzinfo is None:
        raise cursors.BadCursor
    return Q(**{f"{column}__lt": at}) | Q(**{column: at, "pk__lt": last})
