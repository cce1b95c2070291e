"""``mainstay grade`` on a file against DuckDB alone on the same file, and the bare import."""

from __future__ import annotations

import contextlib
import io
from typing import Any


def grade(prepared: Any, path: str) -> dict[str, Any]:
    """The command as the shell runs it, in this process."""
    from mainstay.cli import app

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            app(["grade", path, "--as-of", "2011-12-09"])
        except SystemExit as end:
            if end.code not in (0, None):
                raise RuntimeError(f"mainstay grade ended with {end.code}") from end
    return {"said": len(said.getvalue())}


def floor(prepared: Any, path: str) -> dict[str, Any]:
    """Read the file and group it by customer, nothing more."""
    import duckdb

    rows = (
        duckdb.connect()
        .execute(f"""
        SELECT "CustomerID", sum(round("Quantity" * "UnitPrice", 2)), count(DISTINCT "InvoiceNo"),
               max("InvoiceDate")
        FROM read_csv('{path}', ignore_errors = true) GROUP BY ALL""")
        .fetchall()
    )
    return {"customers": len(rows)}


def load(prepared: Any) -> dict[str, Any]:
    import mainstay_engine

    return {"version": len(mainstay_engine.__version__)}
