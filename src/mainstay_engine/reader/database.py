"""A table or view of a database as an input: by URL, DB-API, DuckDB or Ibis connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import BadInput
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.raw import Raw
from mainstay_engine.reader.sources import typed_relation

if TYPE_CHECKING:
    import duckdb

_BATCH = 50_000


def open_table(
    con: duckdb.DuckDBPyConnection, name: str, table: str, connection: Any, *, careful: bool
) -> Raw:
    """Read table or view ``name`` over ``connection`` into DuckDB.

    ``connection`` is a URL (``postgresql://…``, ``sqlite:///…``, ``duckdb://…``: whatever
    Ibis opens), an Ibis back end, a DuckDB connection, or any DB-API connection. Raises
    ``BadInput`` if the database cannot be reached or has no such table.
    """
    try:
        arrow = _table(name, connection)
    except Exception as error:  # every driver has errors of its own
        why = " ".join(str(error).split())
        raise BadInput([fault("no_table", file=name, why=why)]) from error
    con.register(f"mainstay_input_{table}", arrow)
    return typed_relation(con, f"mainstay_input_{table}", name, table, careful=careful)


def _table(name: str, connection: Any) -> Any:
    """The table as Arrow."""
    import ibis
    import pyarrow as pa

    if isinstance(connection, str):
        connection = ibis.connect(connection)
    if hasattr(connection, "list_tables"):
        return connection.table(name).to_pyarrow()
    quoted = ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
    query = f"SELECT * FROM {quoted}"
    if type(connection).__module__.split(".")[0] in ("duckdb", "_duckdb"):
        return connection.sql(query).to_arrow_table()
    return _fetch(connection, query, pa)


def _fetch(connection: Any, query: str, pa: Any) -> Any:
    """All rows of a DB-API query as an Arrow table; types by value, mixed columns as text."""
    cursor = connection.cursor()
    try:
        cursor.execute(query)
        names = [column[0] for column in cursor.description]
        columns: list[list[Any]] = [[] for _ in names]
        while rows := cursor.fetchmany(_BATCH):
            for values, column in zip(zip(*rows, strict=True), columns, strict=True):
                column.extend(values)
    finally:
        cursor.close()
    arrays = []
    for column in columns:
        try:
            arrays.append(pa.array(column))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            texts = [None if value is None else str(value) for value in column]
            arrays.append(pa.array(texts, pa.string()))
    return pa.table(arrays, names=names)
