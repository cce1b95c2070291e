"""Asking DuckDB for a single row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


def one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    """The only row of a query that always has exactly one (an aggregate); leaves no open result."""
    (row,) = con.execute(sql).fetchall()
    return tuple(row)
