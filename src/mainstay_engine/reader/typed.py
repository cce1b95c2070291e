"""``facts_from_tables``: tables that are canonical already, taken without guessing."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.errors import BadInput, Fault
from mainstay_engine.facts import Facts, Source
from mainstay_engine.reader.conversion import convert_tables, prepare
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import currency_code
from mainstay_engine.reader.rates import DAYS, put_in_force
from mainstay_engine.tables import TABLES


def facts_from_tables(
    lines: Any,
    receipts: Any = None,
    customers: Any = None,
    allocations: Any = None,
    rates: Any = None,
    *,
    backend: Any = None,
    currency: str | None = None,
    exponent: int = 2,
    efforts: Any = None,
    effort_rates: Any = None,
) -> Facts:
    """Facts over tables typed as ``mainstay_engine.tables`` says (money in minor units).

    Each table is an Arrow table, the path (or glob) of Parquet files, or an Ibis expression;
    Arrow and Parquet are put on a new DuckDB (or on ``backend``, if that is DuckDB), where
    Parquet is scanned when asked, not loaded. Columns beyond the declared ones are dropped.
    Raises ``BadInput`` naming every required column that is missing.

    With ``rates`` (which may be empty) amounts are in minor units of each row's own ``currency``;
    those in another than the company's are converted as ``read_facts`` does, on DuckDB only.
    """
    import ibis.expr.types as ir

    inputs = {
        "lines": lines,
        "receipts": receipts,
        "customers": customers,
        "allocations": allocations,
        "rates": rates,
        "efforts": efforts,
        "effort_rates": effort_rates,
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
    company = currency_code(currency) if currency else None
    if rates is not None and company is not None and _foreign(tables, company):
        tables |= _converted(backend, tables, company, exponent)
    return Facts(
        backend,
        tables["lines"],
        tables.get("receipts"),
        tables.get("allocations"),
        tables.get("customers"),
        company,
        exponent,
        tuple(Source(f"<{name}>", name) for name in tables),
        rates=tables.get("rates"),
        efforts=tables.get("efforts"),
        effort_rates=tables.get("effort_rates"),
    )


def _foreign(tables: Mapping[str, Any], company: str) -> bool:
    """Whether any line or receipt is in another currency."""
    for name in DAYS:
        table = tables.get(name)
        if table is not None and "currency" in table.columns:
            codes = table.select("currency").distinct().to_pyarrow()["currency"].to_pylist()
            if set(codes) - {company, None}:
                return True
    return False


def _converted(
    backend: Any, tables: Mapping[str, Any], company: str, exponent: int
) -> dict[str, Any]:
    """Lines and receipts in the company's currency. Raises ``BadInput`` for missing rates."""
    names = [name for name in DAYS if name in tables]
    prefix = "mainstay_own_"
    for name in names:
        backend.create_table(f"{prefix}{name}", tables[name], overwrite=True)
    put_in_force(backend.con, tables["rates"].to_pyarrow())
    named = {name: f"<{name}>" for name in names}
    prepare(backend.con, names, company, named, prefix)
    convert_tables(backend.con, names, company, exponent, named, prefix)
    return {name: backend.table(f"{prefix}{name}") for name in names}


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
