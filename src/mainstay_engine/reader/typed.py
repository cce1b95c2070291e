"""``facts_from_tables``: tables that are canonical already, taken without guessing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.errors import BadInput, Fault
from mainstay_engine.facts import Facts, Source
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import currency_code
from mainstay_engine.tables import TABLES


def facts_from_tables(
    lines: Any,
    receipts: Any = None,
    customers: Any = None,
    allocations: Any = None,
    *,
    backend: Any = None,
    currency: str | None = None,
    exponent: int = 2,
) -> Facts:
    """Facts over tables typed as ``mainstay_engine.tables`` says (money in minor units).

    Each table is an Arrow table, the path (or glob) of Parquet files, or an Ibis expression;
    Arrow and Parquet are put on a new DuckDB (or on ``backend``, if that is DuckDB), where
    Parquet is scanned when asked, not loaded. Columns beyond the declared ones are dropped.
    Raises ``BadInput`` naming every required column that is missing.
    """
    import ibis.expr.types as ir

    inputs = {
        "lines": lines,
        "receipts": receipts,
        "customers": customers,
        "allocations": allocations,
    }
    if backend is None:
        expression = next((t for t in inputs.values() if isinstance(t, ir.Table)), None)
        backend = expression.get_backend() if expression is not None else on_duckdb(open_duckdb())
    tables: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, source in inputs.items():
        if source is None:
            continue
        table = source if isinstance(source, ir.Table) else _place(backend, name, source)
        declared = TABLES[name]
        faults += [
            _absent(name, column, table.columns)
            for column in declared.required
            if column not in table.columns
        ]
        tables[name] = table.select(*[c for c in declared.names if c in table.columns])
    if faults:
        raise BadInput(faults)
    return Facts(
        backend,
        tables["lines"],
        tables.get("receipts"),
        tables.get("allocations"),
        tables.get("customers"),
        currency_code(currency) if currency else None,
        exponent,
        tuple(Source(f"<{name}>", name) for name in tables),
    )


def _absent(name: str, column: str, columns: Sequence[str]) -> Fault:
    declared = TABLES[name][column]
    return fault(
        "missing_column",
        file=f"<{name}>",
        column=column,
        canonical=column,
        en=declared.en,
        zh=declared.zh,
        headings=", ".join(columns),
    )


def _place(backend: Any, name: str, source: Any) -> Any:
    """The source as a table on the back end: Parquet as a view, Arrow registered where it lies."""
    if isinstance(source, (str, os.PathLike)):
        return backend.read_parquet(os.fspath(source), table_name=f"mainstay_{name}")
    if hasattr(source, "to_arrow"):
        source = source.to_arrow()
    if backend.name == "duckdb":
        backend.con.register(f"mainstay_{name}", source)
        return backend.table(f"mainstay_{name}")
    return backend.create_table(f"mainstay_{name}", source, temp=True, overwrite=True)
