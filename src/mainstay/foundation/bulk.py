"""Many rows into one table, fast: multi-row chunks on SQLite, COPY on PostgreSQL.

Rows come as an Arrow table whose columns are named after the model's. Chunks are short, so that
other writers get their turn; whoever calls makes the rows visible in one step afterwards.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, models, transaction
from pyarrow import csv

SQLITE_CHUNK = 2_000
"""Rows of one transaction on SQLite, whose writers wait for each other."""
COPY_CHUNK = 50_000
MANY = 5_000
"""Rows from which on a planner that takes a table for empty makes answers slow."""

Advance = Callable[[int], None]
"""Told after each chunk how many rows went in."""


def reserve_ids(model: type[models.Model], count: int) -> pa.Int64Array:
    """That many ids which nobody else will get, ascending."""
    if connection.vendor == "postgresql":
        return _reserve_on_postgres(model, count)
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        start = row[0] if row else 0
        if row:
            cursor.execute(
                "UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [start + count, table]
            )
        else:
            cursor.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count]
            )
    return pa.array(range(start + 1, start + count + 1), pa.int64())


def _reserve_on_postgres(model: type[models.Model], count: int) -> pa.Int64Array:
    with connection.cursor() as cursor:
        parts = [pa.array([], pa.int64())]
        for start in range(0, count, COPY_CHUNK):
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [model._meta.db_table, min(COPY_CHUNK, count - start)],
            )
            parts.append(pa.array([value for (value,) in cursor.fetchall()], pa.int64()))
        return pa.concat_arrays(parts)


def insert(
    model: type[models.Model], rows: pa.Table, *, after_chunk: Advance | None = None
) -> None:
    """Insert the rows, each chunk in a transaction of its own (or in the one around it).

    Columns are the model's database columns; JSON columns hold JSON text. A null in a text column
    that may not be null becomes the empty text; a column left out takes the field's plain default.
    """
    rows = _with_defaults(model, _without_null_texts(model, rows))
    put = _copy if connection.vendor == "postgresql" else _execute_many
    size = COPY_CHUNK if connection.vendor == "postgresql" else SQLITE_CHUNK
    with _unhurried():
        for start in range(0, rows.num_rows, size):
            chunk = rows.slice(start, size)
            with transaction.atomic():
                put(model, chunk)
            if after_chunk is not None:
                after_chunk(chunk.num_rows)
    if connection.vendor == "postgresql" and rows.num_rows >= MANY:
        _have_it_counted(model, rows.num_rows)


def _have_it_counted(model: type[models.Model], inserted: int) -> None:
    """Let the planner learn of rows it knows nothing of.

    The server counts tables by itself, but only within a minute. Until then it takes a table that
    was empty for empty still, and joins the new rows each with each.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        (known,) = cursor.fetchone()
        if known < inserted:
            cursor.execute(f"ANALYZE {table}")


@contextmanager
def _unhurried() -> Iterator[None]:
    """Commits in the block need not be on the disk at once, on SQLite; the next one outside, which
    makes the rows visible, takes them there with it.

    Losing power meanwhile loses the last of them, in order, as a kill between two chunks does.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        (before,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={before}")


def _without_null_texts(model: type[models.Model], rows: pa.Table) -> pa.Table:
    not_null = {field.column for field in model._meta.concrete_fields if not field.null}
    for index, field in enumerate(rows.schema):
        if field.name in not_null and pa.types.is_string(field.type):
            column: Any = rows.column(index)
            rows = rows.set_column(index, field.name, column.fill_null(""))
    return rows


def _with_defaults(model: type[models.Model], rows: pa.Table) -> pa.Table:
    given = set(rows.column_names)
    for field in model._meta.concrete_fields:
        value = None if field.primary_key else field.get_default()
        if value is not None and field.column is not None and field.column not in given:
            rows = rows.append_column(field.column, pa.array([value] * rows.num_rows))
    return rows


def _columns(model: type[models.Model], rows: pa.Table) -> tuple[str, str]:
    """The quoted names of the table and its columns, once each is known to be the model's."""
    known = {field.column for field in model._meta.concrete_fields}
    if unknown := set(rows.column_names) - known:
        raise ValueError(f"{model._meta.label} has no columns {sorted(unknown)}")
    quote = connection.ops.quote_name
    return quote(model._meta.db_table), ", ".join(quote(name) for name in rows.column_names)


def _execute_many(model: type[models.Model], rows: pa.Table) -> None:
    table, columns = _columns(model, rows)
    places = ", ".join(["%s"] * rows.num_columns)
    values = [_python_values(column) for column in rows.columns]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({columns}) VALUES ({places})",  # noqa: S608  names are the model's
            list(zip(*values, strict=True)),
        )


def _python_values(column: pa.ChunkedArray[Any]) -> list[Any]:
    """Values as SQLite stores them: dates as ISO text, decimals as numbers."""
    kind = column.type
    if pa.types.is_date(kind):
        return list(pc.cast(column, pa.string()).to_pylist())
    if pa.types.is_decimal(kind):
        return list(pc.cast(column, pa.float64()).to_pylist())
    return list(column.to_pylist())


def _copy(model: type[models.Model], rows: pa.Table) -> None:
    """COPY of the rows as CSV: null is empty, an empty text is quoted."""
    table, columns = _columns(model, rows)
    buffer = io.BytesIO()
    csv.write_csv(
        _texts_without_nul(rows),
        buffer,
        csv.WriteOptions(include_header=False, quoting_style="needed"),
    )
    statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(buffer.getbuffer())


def _texts_without_nul(rows: pa.Table) -> pa.Table:
    """PostgreSQL knows no NUL character in texts; files sometimes carry one."""
    for index, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            column = rows.column(index)
            if pc.any(pc.match_substring(column, "\0")).as_py():
                rows = rows.set_column(index, field.name, pc.replace_substring(column, "\0", ""))
    return rows
