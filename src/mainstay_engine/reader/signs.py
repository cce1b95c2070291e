"""Which sign credit notes carry: negative in the facts, whichever way the file writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault
from mainstay_engine.reader.canonical import document_of
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.query import one
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb


def settle_signs(con: duckdb.DuckDBPyConnection, reading: Reading, explicit: bool) -> list[Fault]:
    """Give credit notes negative amounts; a file that marks them one way and another is at fault.

    By column, documents being summed: all positive → turned round; all negative → as they
    are. Mixed is a fault in the amount column where the file itself says which documents are
    credit notes.
    """
    present = {row[0] for row in con.execute("DESCRIBE mainstay_lines").fetchall()}
    columns = [c for c in ("net", "tax", "gross", "cost", "discount", "quantity") if c in present]
    counts = ", ".join(f"count(*) FILTER (s_{c} > 0), count(*) FILTER (s_{c} < 0)" for c in columns)
    sums = ", ".join(f"sum({c}) AS s_{c}" for c in columns)
    document = document_of(present)
    documents = (
        f"SELECT {document} AS document, {sums} FROM mainstay_lines "
        "WHERE kind = 'credit_note' GROUP BY 1"
    )
    figures = one(con, f"SELECT {counts} FROM ({documents})")
    signs = {c: (figures[2 * i], figures[2 * i + 1]) for i, c in enumerate(columns)}
    turned = [c for c, (positive, negative) in signs.items() if positive and not negative]
    positive, negative = signs["net"]
    if explicit and positive and negative:
        fewer = "s_net > 0" if positive <= negative else "s_net < 0"
        of_them = f"{document} IN (SELECT document FROM ({documents}) WHERE {fewer})"
        return _mixed_signs(con, reading, f"kind = 'credit_note' AND {of_them}")
    if turned:
        if "net" in turned and "_exact" in present:
            turned.append("_exact")
        changes = ", ".join(f"{c} = -{c}" for c in turned)
        con.execute(f"UPDATE mainstay_lines SET {changes} WHERE kind = 'credit_note'")
    return []


def _mixed_signs(con: duckdb.DuckDBPyConnection, reading: Reading, of_them: str) -> list[Fault]:
    raw = reading.raw
    column = next(
        n for n in ("net", "amount", "gross", "price", "price_gross") if n in reading.places
    )
    rows = con.execute(
        f"SELECT _rn, doc_no FROM mainstay_lines WHERE {of_them} ORDER BY 1"
    ).fetchall()
    con.execute(f"DELETE FROM mainstay_lines WHERE {of_them}")
    return [
        fault(
            "mixed_signs",
            file=raw.name,
            sheet=raw.sheet,
            row=row,
            value=number,
            column=raw.headings[reading.places[column]],
        )
        for row, number in rows
    ]
