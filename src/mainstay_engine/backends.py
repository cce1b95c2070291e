"""The only place that opens Ibis: DuckDB by default, PostgreSQL with the same expressions.

Compiling an Ibis expression costs some 20 ms, often more than running it. So a query is compiled
once per (dialect, shape) against an abstract table and *dates as sentinels*; each use puts the real
dates and the real table in, compiled once too. Only ``datetime.date`` values are ever put in.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa

MEMORY_LIMIT = "4GB"
"""Default memory limit of DuckDB; beyond it, it spills to its temporary folder."""


def open_duckdb(
    *,
    memory_limit: str = MEMORY_LIMIT,
    spill: str | None = None,
    threads: int | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> duckdb.DuckDBPyConnection:
    """A private DuckDB with a memory limit and a spill folder.

    ``memory_limit`` as DuckDB writes it («4GB»); ``spill`` a folder (default: the system's
    temporary folder); ``threads`` defaults to the number of processors. With ``folder`` its tables
    lie in a file there, so that memory stays flat however many rows they have; the caller removes
    the folder. Without, they lie in memory.
    """
    import tempfile

    import duckdb

    if folder is not None:
        spill = spill or os.fspath(folder)
    spill = spill or os.path.join(tempfile.gettempdir(), f"mainstay-spill-{os.getpid()}")
    config: dict[str, Any] = {"memory_limit": memory_limit, "temp_directory": spill}
    if threads is not None:
        config["threads"] = threads
    place = ":memory:" if folder is None else os.path.join(folder, "work.duckdb")
    return duckdb.connect(place, config=config)


def on_duckdb(connection: duckdb.DuckDBPyConnection) -> Any:
    """The Ibis back end over an open DuckDB connection."""
    import ibis

    return ibis.duckdb.from_connection(connection)


def on_postgres(url: str) -> Any:
    """The Ibis back end over a PostgreSQL database, given as ``postgresql://…``."""
    import ibis

    return ibis.connect(url)


# --- queries compiled once -------------------------------------------------------------------

_SENTINEL_YEAR = 9001
_INT = r"(?:CAST\()?{}(?: AS INT\))?"
_SENTINEL = re.compile(
    r"MAKE_DATE\({}, {}, {}\)".format(
        _INT.format(_SENTINEL_YEAR), _INT.format(r"(\d+)"), _INT.format(r"(\d+)")
    )
)
_LIMIT = 512
_compiled: dict[Hashable, tuple[str, pa.Schema]] = {}
_table_sql: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
"""SQL of a real table, as long as somebody holds its Ibis operation, which names its back end."""
_lock = Lock()


class Dates:
    """Placeholders for the dates of a query: ``dates["as_of"]`` is an Ibis date literal.

    ``dates.raw("as_of")`` is the placeholder as a ``date``, for code that builds literals itself.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: index for index, name in enumerate(names)}

    def raw(self, name: str) -> date:
        month, day = divmod(self._place[name], 28)
        return date(_SENTINEL_YEAR, month + 1, day + 1)

    def __getitem__(self, name: str) -> Any:
        import ibis

        return ibis.literal(self.raw(name), type="date")


def query(
    backend: Any,
    shape: Hashable,
    tables: Mapping[str, ir.Table],
    build: Callable[[Mapping[str, ir.Table], Dates], ir.Table],
    dates: Mapping[str, date],
) -> pa.Table:
    """Run the query that ``build`` describes over ``tables`` with ``dates``; the answer in Arrow.

    ``shape`` tells this query from every other built over tables of the same columns: equal shapes
    must build equal expressions. ``build`` is called only when that shape was not seen before.
    """
    import ibis

    names = tuple(dates)
    columns = tuple((name, tuple(table.schema().items())) for name, table in tables.items())
    key = (backend.name, shape, columns, names)
    found = _compiled.get(key)
    if found is None:
        abstract = {
            name: ibis.table(table.schema(), name=f"mainstay_{name}")
            for name, table in tables.items()
        }
        expr = build(abstract, Dates(names))
        found = str(backend.compile(expr)), expr.schema().to_pyarrow()
        with _lock:
            if len(_compiled) >= _LIMIT:
                _compiled.clear()
            _compiled[key] = found
    template, schema = found
    values = list(dates.values())

    def put(match: re.Match[str]) -> str:
        return f"DATE '{values[(int(match[1]) - 1) * 28 + int(match[2]) - 1].isoformat()}'"

    sql = _with_tables(_SENTINEL.sub(put, template), backend, tables)
    return _fetch(backend, sql, schema)


def _with_tables(sql: str, backend: Any, tables: Mapping[str, ir.Table]) -> str:
    """Put the real tables before the query as common table expressions."""
    parts = ", ".join(
        f'"mainstay_{name}" AS ({_sql_of(table, backend)})' for name, table in tables.items()
    )
    if sql[:5].upper() == "WITH ":
        return f"WITH {parts}, {sql[5:]}"
    return f"WITH {parts} {sql}"


def _sql_of(table: ir.Table, backend: Any) -> str:
    operation = table.op()
    found = _table_sql.get(operation)
    if found is None:
        found = _table_sql[operation] = str(backend.compile(table))
    return found


def _fetch(backend: Any, sql: str, schema: pa.Schema) -> pa.Table:
    """The answer as Arrow, typed as Ibis declares it (sums come back wider from both back ends)."""
    import pyarrow as pa

    if backend.name == "duckdb":
        table = backend.con.sql(sql).to_arrow_table()
        pairs = zip(table.columns, schema, strict=True)
        return pa.table([column.cast(field.type) for column, field in pairs], schema=schema)
    cursor = backend.raw_sql(sql)
    try:
        rows = cursor.fetchall()
    finally:
        cursor.close()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = []
    for column, field in zip(columns, schema, strict=True):
        whole = pa.types.is_integer(field.type)
        values = [None if v is None else int(v) for v in column] if whole else list(column)
        arrays.append(pa.array(values, field.type))
    return pa.table(arrays, schema=schema)
