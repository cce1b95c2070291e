"""From sales lines to documents: pure Arrow in, Arrow out, worked by DuckDB.

Lines come as the engine's fact table (``mainstay_engine.tables``): amounts in minor units, optional
columns absent where the file lacks them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_LINE_COLUMNS = {
    "doc_no": "VARCHAR", "line_no": "INTEGER", "kind": "VARCHAR", "customer_id": "VARCHAR",
    "customer_name": "VARCHAR", "doc_date": "DATE", "due_date": "DATE", "item": "VARCHAR",
    "item_name": "VARCHAR", "category": "VARCHAR", "quantity": "DECIMAL(18, 4)", "net": "BIGINT",
    "tax": "BIGINT", "gross": "BIGINT", "cost": "BIGINT", "discount": "BIGINT",
    "salesperson": "VARCHAR", "region": "VARCHAR", "currency": "VARCHAR", "known_since": "DATE",
    "source_row": "BIGINT",
}  # fmt: skip
_RECEIPT_COLUMNS = {
    "receipt_no": "VARCHAR", "customer_id": "VARCHAR", "customer_name": "VARCHAR", "date": "DATE",
    "amount": "BIGINT", "method": "VARCHAR", "maturity": "DATE", "applied_to": "VARCHAR",
    "currency": "VARCHAR", "known_since": "DATE", "source_row": "BIGINT",
}  # fmt: skip
_ALLOCATION_COLUMNS = {
    "receipt_no": "VARCHAR", "doc_no": "VARCHAR", "amount": "BIGINT", "known_since": "DATE",
}  # fmt: skip
_HEAD = (
    "doc_no", "kind", "customer_id", "doc_date", "due_date", "salesperson", "region", "currency",
    "known_since",
)  # fmt: skip
"""What all lines of a document share. A number whose lines do not becomes several parts."""
_CONTENT = ("line_no", "item", "quantity", "net", "tax", "gross", "cost", "discount")
_HEAD_CONTENT = ("customer_id", "doc_date", "due_date", "salesperson", "region", "currency")


def documents(lines: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The documents of the lines, and the lines in file order, each with its document's ``place``.

    Documents: ``place`` (0, 1, …), ``number, kind, part``, the shared columns, sums of ``net, tax,
    gross, cost, discount`` (null where any line's is), ``line_count`` and a ``digest`` of the
    content that does not depend on the order of lines.
    """
    with _duckdb() as db:
        db.register("given", _numbered(lines))
        head = ", ".join(_HEAD)
        db.execute(
            f"CREATE TABLE line AS SELECT {_typed(lines, _LINE_COLUMNS)}, place, "  # noqa: S608  names
            f"dense_rank() OVER (ORDER BY {head}) - 1 AS document FROM given"
        )
        sums = ", ".join(
            f"CASE WHEN count({name}) = count(*) THEN sum({name})::BIGINT END AS {name}"
            for name in ("net", "tax", "gross", "cost", "discount")
        )
        content = _joined(_CONTENT)
        found = db.sql(
            f"""
            SELECT document AS place, kind || ':' || doc_no AS key, doc_no AS number, kind,
                   row_number() OVER (PARTITION BY doc_no, kind ORDER BY document)::INTEGER AS part,
                   customer_id, min(customer_name) AS customer_name, doc_date, due_date, currency,
                   {sums}, salesperson, region, known_since, count(*)::INTEGER AS line_count,
                   md5({_joined(_HEAD_CONTENT)} || '¶'
                   || string_agg({content}, '¶' ORDER BY {content})) AS digest
            FROM line GROUP BY document, {head} ORDER BY document
            """  # noqa: S608  every name is one of ours
        ).to_arrow_table()
        detail = db.sql(
            "SELECT document AS place, line_no, item, item_name, category, quantity, net, tax, "
            "gross, cost, discount, source_row FROM line ORDER BY document, line.place"
        ).to_arrow_table()
    return found, detail


def receipts(given: pa.Table) -> pa.Table:
    """The receipts with ``key``, ``digest`` of their content and ``copy`` 1, 2, … of equal ones."""
    content = ("receipt_no", "customer_id", "date", "amount", "method", "maturity", "applied_to")
    with _duckdb() as db:
        db.register("given", _numbered(given))
        shaped: pa.Table = db.sql(
            f"""
            SELECT coalesce(receipt_no, ':' || digest || ':' || copy) AS key, receipt_no AS number,
                   customer_id, date, amount, method, maturity, applied_to, currency, known_since,
                   source_row, digest, copy
            FROM (SELECT *, row_number() OVER (PARTITION BY digest ORDER BY place)::INTEGER AS copy
                  FROM (SELECT *, md5({_joined(content)}) AS digest
                        FROM (SELECT {_typed(given, _RECEIPT_COLUMNS)}, place FROM given)))
            ORDER BY place
            """  # noqa: S608  every name is one of ours
        ).to_arrow_table()
    return shaped


def allocations(given: pa.Table) -> pa.Table:
    """The parts of receipts with the receipt's ``key``, a ``digest`` and ``copy``."""
    with _duckdb() as db:
        db.register("given", _numbered(given))
        shaped: pa.Table = db.sql(
            f"""
            SELECT receipt_no AS key, receipt_no, doc_no, amount, known_since, digest,
                   row_number() OVER (PARTITION BY digest ORDER BY place)::INTEGER AS copy
            FROM (SELECT *, md5({_joined(("receipt_no", "doc_no", "amount"))}) AS digest
                  FROM (SELECT {_typed(given, _ALLOCATION_COLUMNS)}, place FROM given))
            ORDER BY place
            """  # noqa: S608  every name is one of ours
        ).to_arrow_table()
    return shaped


def customers(lines: pa.Table, given_receipts: pa.Table | None) -> pa.Table:
    """Customers as documents and receipts name them: ``code``, latest ``name``, and the region and
    salesperson of the latest document. Sorted by code.
    """
    with _duckdb() as db:
        db.register("given", lines)
        columns = _typed(lines, _LINE_COLUMNS)
        db.execute(f"CREATE TABLE line AS SELECT {columns} FROM given")  # noqa: S608  our names
        also = ""
        if given_receipts is not None:
            db.register("paid", given_receipts)
            columns = _typed(given_receipts, _RECEIPT_COLUMNS)
            db.execute(f"CREATE TABLE receipt AS SELECT {columns} FROM paid")  # noqa: S608  our names
            also = "UNION ALL SELECT customer_id, customer_name, NULL, NULL, date FROM receipt"
        shaped: pa.Table = db.sql(
            f"""
            SELECT customer_id AS code,
                   arg_max(customer_name, (day, customer_name)) AS name,
                   arg_max(region, (day, region)) AS region,
                   arg_max(salesperson, (day, salesperson)) AS salesperson
            FROM (SELECT customer_id, customer_name, region, salesperson, doc_date AS day FROM line
                  {also})
            WHERE customer_id IS NOT NULL GROUP BY customer_id ORDER BY customer_id
            """  # noqa: S608  every name is one of ours
        ).to_arrow_table()
    return shaped


def _duckdb() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config={"memory_limit": "2GB"})


def _numbered(table: pa.Table) -> pa.Table:
    """With a column ``place``: the row's position in the input."""
    return table.append_column("place", pa.array(np.arange(table.num_rows)))


def _typed(table: pa.Table, columns: dict[str, str]) -> str:
    """SQL that selects all columns of the fact table, null where the input lacks one."""
    have = set(table.column_names)
    return ", ".join(
        f"CAST({name if name in have else 'NULL'} AS {kind}) AS {name}"
        for name, kind in columns.items()
    )


def _joined(columns: tuple[str, ...]) -> str:
    """SQL of one text from many values; a null differs from an empty text."""
    parts = ", ".join(f"coalesce({name}::VARCHAR, '∅')" for name in columns)
    return f"concat_ws('|', {parts})"
