"""Rows out of the store, straight into Arrow: one query for each table, typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from mainstay.insights import sqlite_reader

TEXT, DATE, MONEY, COUNT = pa.string(), pa.date32(), pa.int64(), pa.int32()


@dataclass(frozen=True, slots=True)
class Extract:
    """One query: SQL of each column with its type, and where the rows come from."""

    columns: dict[str, tuple[str, pa.DataType]]
    source: str
    required: frozenset[str]
    """Kept even when no row has a value."""


def narrowed(extract: Extract, only: str) -> Extract:
    return Extract(extract.columns, extract.source + only, extract.required)


def read(*extracts: Extract) -> list[pa.Table]:
    """The rows of each extract, typed, without the columns nobody ever filled."""
    if connection.in_atomic_block:
        tables = [by_cursor(one) for one in extracts]  # nobody else sees the uncommitted
    elif connection.vendor == "postgresql":
        tables = _by_adbc_postgres(extracts)
    else:
        tables = _by_adbc_sqlite(extracts)
    return [filled(table, one) for table, one in zip(tables, extracts, strict=True)]


def filled(table: pa.Table, extract: Extract) -> pa.Table:
    keep = [
        name
        for name in table.column_names
        if name in extract.required or table[name].null_count < table.num_rows
    ]
    return table.select(keep)


def _select(extract: Extract) -> str:
    columns = ", ".join(f"{sql} AS {name}" for name, (sql, _) in extract.columns.items())
    return f"SELECT {columns} FROM {extract.source}"  # noqa: S608  constants of this file


def _typed(table: pa.Table, extract: Extract) -> pa.Table:
    """The declared types, from whatever the driver made of them."""
    columns = {}
    for name, (_, wanted) in extract.columns.items():
        column = table[name]
        if pa.types.is_decimal(wanted) and not pa.types.is_floating(column.type):
            column = pc.cast(column, pa.float64())
        columns[name] = pc.cast(column, wanted)
    return pa.table(columns)


def _by_adbc_sqlite(extracts: Sequence[Extract]) -> list[pa.Table]:
    """SQLite has no column types in a query; a first row made of the right ones sets them."""
    queries = []
    for extract in extracts:
        samples = ", ".join(_sample(kind) for _, kind in extract.columns.values())
        queries.append(f"SELECT {samples} UNION ALL {_select(extract)}")
    tables = sqlite_reader.read(str(connection.settings_dict["NAME"]), queries)
    return [
        _typed(table.rename_columns(list(extract.columns)).slice(1), extract)
        for table, extract in zip(tables, extracts, strict=True)
    ]


def _sample(kind: pa.DataType) -> str:
    if pa.types.is_date(kind):
        return "'2000-01-01'"
    if pa.types.is_string(kind):
        return "''"
    return "0.5" if pa.types.is_decimal(kind) else "0"


def _by_adbc_postgres(extracts: Sequence[Extract]) -> list[pa.Table]:
    from adbc_driver_postgresql import dbapi

    tables = []
    with dbapi.connect(_postgres_url()) as reader, reader.cursor() as cursor:
        for extract in extracts:
            columns = ", ".join(
                f"CAST({sql} AS {_postgres(kind)}) AS {name}"
                for name, (sql, kind) in extract.columns.items()
            )
            cursor.execute(f"SELECT {columns} FROM {extract.source}")  # noqa: S608  constants
            tables.append(_typed(cursor.fetch_arrow_table(), extract))
    return tables


def _postgres(kind: pa.DataType) -> str:
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_decimal(kind):
        return "double precision"
    if pa.types.is_string(kind):
        return "text"
    return "integer" if kind == COUNT else "bigint"


def _postgres_url() -> str:
    from urllib.parse import quote, urlencode

    given: dict[str, Any] = connection.settings_dict
    who = quote(given["USER"], safe="")
    if given["PASSWORD"]:
        who += ":" + quote(given["PASSWORD"], safe="")
    host = given["HOST"] or "localhost"
    port = f":{given['PORT']}" if given["PORT"] else ""
    options = {key: value for key, value in given["OPTIONS"].items() if isinstance(value, str)}
    query = f"?{urlencode(options)}" if options else ""
    return f"postgresql://{who}@{host}{port}/{quote(str(given['NAME']), safe='')}{query}"


def by_cursor(extract: Extract) -> pa.Table:
    names = list(extract.columns)
    with connection.cursor() as cursor:
        cursor.execute(_select(extract))
        rows = cursor.fetchall()
    values = zip(*rows, strict=True) if rows else ([] for _ in names)
    columns: dict[str, pa.Array[Any]] = {}
    for name, column in zip(names, values, strict=True):
        kind = extract.columns[name][1]
        if pa.types.is_decimal(kind):
            columns[name] = pa.array(
                [None if v is None else float(v) for v in column], pa.float64()
            )
        elif pa.types.is_date(kind):
            columns[name] = pa.array([None if v is None else str(v) for v in column], pa.string())
        else:
            columns[name] = pa.array(column, kind)
    return _typed(pa.table(columns), extract)
