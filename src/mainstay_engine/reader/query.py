"""Asking DuckDB for a single row, and what it raises at text that is not clean."""

from __future__ import annotations

from typing import Any

import duckdb

NOT_CLEAN = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
)
"""What DuckDB raises where a file is not as clean as the quick way needs."""


def one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """The only row of a query that always has exactly one (an aggregate); leaves no open result."""
    (row,) = con.execute(sql).fetchall()
    return tuple(row)
