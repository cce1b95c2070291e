"""Keyset pages: the rows after a cursor, in any order, nulls last, without counting offsets."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import BooleanField, Expression, F, Field, Func, Q, QuerySet, Value

from mainstay.kernel import cursor as cursors

LARGEST = 2**63 - 1
"""Of the numbers that a store holds."""


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
    return _filtered(ordered, _beyond(column, value, later, descending) | is_null)


def position(cursor: str | None, field: Field[Any, Any]) -> cursors.Key:
    """Sort value and id where a page begins, as the column holds them; ``(None, -1)`` at the start.

    Raises ``BadCursor``.
    """
    if cursor is None:
        return None, -1
    value, row_id = cursors.decode(cursor)
    try:
        return field.get_prep_value(value), row_id
    except (TypeError, ValueError, ValidationError) as error:
        raise cursors.BadCursor from error


class Compared(Func):
    """Whether a column and an id are beyond others, as one: ``(column, id) > (value, id)``.

    That is one stretch of an index on both, where «more, or as much and a later id» is two.
    """

    output_field = BooleanField()

    def __init__(self, column: str, id_column: str, way: str, value: Any, row_id: Any) -> None:
        super().__init__(column, id_column, _given(value), _given(row_id))
        self.way = way

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        parts = [compiler.compile(one) for one in self.get_source_expressions()]
        sql = "({}, {}) {way} ({}, {})".format(*(part for part, _ in parts), way=self.way)
        return sql, [value for _, given in parts for value in given]


class Among(Func):
    """Whether a column is among ids that are told as one text (``listed``), which may be ``Given``:
    so the same SQL asks for few and for many.
    """

    output_field = BooleanField()

    def __init__(self, column: str, ids: Any) -> None:
        super().__init__(column, _given(ids))

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        (column, _), (given, values) = map(compiler.compile, self.get_source_expressions())
        if connection.vendor == "postgresql":
            return f"{column} = ANY({given}::bigint[])", list(values)
        among = f"SELECT value FROM json_each({given})"  # noqa: S608  a placeholder
        return f"{column} IN ({among})", list(values)


def listed(ids: Collection[int]) -> str:
    """Ids as the text that ``Among`` is asked with."""
    text = ",".join(map(str, ids))
    return f"{{{text}}}" if connection.vendor == "postgresql" else f"[{text}]"


def _given(value: Any) -> Any:
    return value if isinstance(value, Expression) else Value(value)


def ordered(
    rows: QuerySet[Any], column: str, *, id_column: str, descending: bool
) -> QuerySet[Any]:  # fmt: skip
    """The rows with a value in the column, by that and by id; ``descending`` turns both round."""
    way = "-" if descending else ""
    found = rows.filter(**{f"{column}__isnull": False})
    return found.order_by(f"{way}{column}", f"{way}{id_column}")


def same(
    rows: QuerySet[Any], column: str, value: Any, *, id_column: str, behind: Any, descending: bool
) -> QuerySet[Any]:
    """The rows of one value behind an id.

    They and those ``beyond`` the value are asked for apart where the id is the row's own: SQLite
    compares that with none together (``Compared``).
    """
    found = rows.filter(**{column: value})
    return after_id(found, id_column=id_column, behind=behind, descending=descending)


def after_id(
    rows: QuerySet[Any], *, id_column: str, behind: Any, descending: bool
) -> QuerySet[Any]:  # fmt: skip
    """The rows behind an id, by ids alone; ``descending``: from the last to the first."""
    way = "lt" if descending else "gt"
    found = rows.filter(**{f"{id_column}__{way}": behind})
    return found.order_by(f"-{id_column}" if descending else id_column)


def beyond(
    rows: QuerySet[Any], column: str, value: Any, *, id_column: str, descending: bool
) -> QuerySet[Any]:
    """The rows behind a value."""
    found = rows.filter(**{f"{column}__{'lt' if descending else 'gt'}": value})
    way = "-" if descending else ""
    return found.order_by(f"{way}{column}", f"{way}{id_column}")


def without(rows: QuerySet[Any], column: str, *, id_column: str, behind: Any) -> QuerySet[Any]:
    """The rows without a value in the column, behind an id."""
    empty = rows.filter(**{f"{column}__isnull": True, f"{id_column}__gt": behind})
    return empty.order_by(id_column)


def _beyond(column: str, value: Any, later: Q, descending: bool) -> Q:
    """The bound on the column alone is said too: an index finds that, and not the alternatives."""
    way = "lt" if descending else "gt"
    bound = Q(**{f"{column}__{way}e": value})
    return bound & (Q(**{f"{column}__{way}": value}) | later)


def _filtered(rows: QuerySet[Any], wanted: Q) -> QuerySet[Any]:
    try:
        return rows.filter(wanted)
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
    if at.tzinfo is None or not 1900 <= at.year < 3000:  # no other has all its zones
        raise cursors.BadCursor
    return Q(**{f"{column}__lt": at}) | Q(**{column: at, "pk__lt": last})
