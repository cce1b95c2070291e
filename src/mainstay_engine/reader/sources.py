"""Any input (file, data frame, Arrow, database table) as one ``Raw`` relation on DuckDB."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import BadInput
from mainstay_engine.reader import columns as cols
from mainstay_engine.reader.convert import quote
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.raw import Options, Raw
from mainstay_engine.reader.sniff import file_kind, unpacked

if TYPE_CHECKING:
    import duckdb


class HeadingFinder:
    """Finds the heading row among the first records: the one most like headings of ``table``."""

    def __init__(self, table: str, mapping: Mapping[str, Any]) -> None:
        self.table = table
        self.wanted = {cols.squeeze(str(heading)) for heading in mapping.values() if heading}

    def score(self, record: list[str]) -> float:
        cells = [cell for cell in record if cell and cell.strip()]
        hits = sum(cols.squeeze(cell) in self.wanted for cell in cells)
        return cols.heading_score(self.table, cells) + 2 * hits

    def __call__(self, records: list[list[str]]) -> int | None:
        """Index of the heading record within the first forty, or ``None``."""
        best, best_score = None, 0.0
        for index, record in enumerate(records[:40]):
            score = self.score(record)
            if score > best_score:
                best, best_score = index, score
        return best


def open_source(
    con: duckdb.DuckDBPyConnection,
    source: Any,
    table: str,
    mapping: Mapping[str, Any],
    options: Options,
    *,
    connection: Any = None,
    careful: bool = False,
    numbered: bool = False,
) -> Raw:
    """The input as text cells. ``careful`` asks for exact record numbers even of a clean CSV.

    ``numbered`` asks for them too, but lets what is read quickly be read quickly.

    Raises ``BadInput`` where the input cannot be opened at all.
    """
    finder = HeadingFinder(table, mapping)
    if connection is not None and isinstance(source, str):
        from mainstay_engine.reader.database import open_table

        typed = open_table(con, source, table, connection, careful=careful or numbered)
        return typed.with_(exact_rows=careful, numbered=numbered)
    if not isinstance(source, (str, os.PathLike)):
        typed = _open_frame(con, source, table, careful=careful or numbered)
        return typed.with_(exact_rows=careful, numbered=numbered)
    path = Path(source)
    kind = file_kind(path)
    if kind == "gz":
        with unpacked(path) as whole:
            return open_source(
                con, whole, table, mapping, options, careful=careful, numbered=numbered
            )
    if kind == "parquet":
        relation = f"read_parquet({quote(str(path))})"
        typed = typed_relation(con, relation, path.name, table, careful=careful or numbered)
        return typed.with_(exact_rows=careful, numbered=numbered)
    if kind in ("csv", "csv.gz"):
        from mainstay_engine.reader import textfile

        if careful or numbered:
            raw = textfile.numbered(con, path, kind, table, finder)
        else:
            raw = textfile.quick(path, kind, table, finder)
        if raw is not None:
            return raw.with_(exact_rows=careful)
        return textfile.careful(con, path, kind, table, finder)
    from mainstay_engine.reader.workbook import open_workbook

    return open_workbook(con, path, kind, table, finder, options)


def _open_frame(con: duckdb.DuckDBPyConnection, frame: Any, table: str, *, careful: bool) -> Raw:
    """A pandas or Polars data frame, an Arrow table or reader, or an Ibis expression."""
    import pyarrow as pa

    if isinstance(frame, pa.RecordBatchReader):
        frame = frame.read_all()
    elif hasattr(frame, "to_arrow"):
        frame = frame.to_arrow()
    elif hasattr(frame, "to_pyarrow"):
        frame = frame.to_pyarrow()
    elif not isinstance(frame, pa.Table):
        if type(frame).__module__.split(".")[0] != "pandas":
            raise TypeError(f"cannot read {table} from {type(frame).__name__}")
        twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        if twice:
            raise BadInput([
                fault("doubled_heading", file=f"<{table}>", column=heading) for heading in twice
            ])  # fmt: skip
        named = set(frame.index.names) - {None}
        if named and not named & set(frame.columns):
            frame = frame.reset_index()
        frame = pa.Table.from_pandas(frame, preserve_index=False)
    if not frame.column_names:
        raise BadInput([fault("empty", file=f"<{table}>")])
    name = f"mainstay_input_{table}"
    con.register(name, _without_zones(frame))
    return typed_relation(con, name, f"<{table}>", table, careful=careful)


def _without_zones(frame: Any) -> Any:
    """The table with moments in their own zone's wall time: the day is the one its users saw."""
    import pyarrow as pa
    import pyarrow.compute as _compute

    local: Any = vars(_compute)["local_timestamp"]
    for index, column in enumerate(frame.schema):
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            frame = frame.set_column(index, column.name, local(frame.column(index)))
    return frame


def typed_relation(
    con: duckdb.DuckDBPyConnection, relation: str, name: str, table: str, *, careful: bool
) -> Raw:
    """A relation with typed columns: whole numbers, decimals and dates stay, the rest becomes text.

    Floats are written by their shortest decimal form, so 2.55 is 2.55. Row numbers count records
    from 2, as if the headings were row 1.
    """
    described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    headings = [row[0] for row in described]
    kept, cells = [], []
    for index, (heading, type_, *_rest) in enumerate(described):
        exact = _exact_type(type_)
        kept.append(exact or "text")
        column = '"' + heading.replace('"', '""') + '"'
        if exact is None:
            text = f"CAST({column} AS VARCHAR)"
            floating = type_ in ("DOUBLE", "FLOAT")
            missing = f"NOT isfinite({column})" if floating else f"{text} IN ('', 'NULL', 'null')"
            column = f"CASE WHEN {missing} THEN NULL ELSE {text} END"
        cells.append(f"{column} AS c{index}")
    if not headings:
        raise BadInput([fault("empty", file=name)])
    query = f"SELECT 0 AS rn, {', '.join(cells)} FROM {relation}"
    if careful:
        numbered = f"SELECT row_number() OVER () + 1 AS rn, {', '.join(cells)} FROM {relation}"
        con.execute(f"CREATE OR REPLACE TABLE mainstay_raw_{table} AS {numbered}")
        query = f"SELECT * FROM mainstay_raw_{table}"
    sample = con.execute(f"SELECT * FROM ({query}) LIMIT 300").fetchall()
    return Raw(
        name,
        table,
        headings,
        f"({query})",
        kept,
        exact_rows=careful,
        sample=[[None if cell is None else str(cell) for cell in row[1:]] for row in sample],
    )


def _exact_type(type_: str) -> str | None:
    """«integer», «decimal» or «date» for types that need no reading as text."""
    if type_ in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"):
        return "integer"
    if type_.startswith("DECIMAL"):
        return "decimal"
    if type_ == "DATE" or type_.startswith("TIMESTAMP"):
        return "date"
    return None
