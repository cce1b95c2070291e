"""The only place that opens Ibis: DuckDB by default, PostgreSQL with the same expressions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "4GB"
"""Default memory limit of DuckDB; beyond it, it spills to its temporary folder."""


def open_duckdb(
    *, memory_limit: str = MEMORY_LIMIT, spill: str | None = None, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """A private in-memory DuckDB with a memory limit and a spill folder.

    ``memory_limit`` as DuckDB writes it («4GB»); ``spill`` a folder (default: the system's
    temporary folder); ``threads`` defaults to the number of processors.
    """
    import tempfile

    import duckdb

    config: dict[str, Any] = {
        "memory_limit": memory_limit,
        "temp_directory": spill or os.path.join(tempfile.gettempdir(), f"mainstay-spill-{os.getpid()}"),
    }
    if threads is not None:
        config["threads"] = threads
    return duckdb.connect(":memory:", config=config)


def on_duckdb(connection: duckdb.DuckDBPyConnection) -> Any:
    """The Ibis back end over an open DuckDB connection."""
    import ibis

    return ibis.duckdb.from_connection(connection)


def on_postgres(url: str) -> Any:
    """The Ibis back end over a PostgreSQL database, given as ``postgresql://…``."""
    import ibis

    return ibis.connect(url)
