"""Whether the amounts of a line are there and tie: net + tax = gross, net × rate = tax."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault
from mainstay_engine.reader import canonical
from mainstay_engine.reader.convert import minor, places_of
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb

TOLERANCE = 1
"""Minor units by which net + tax may miss gross on a line: each is rounded on its own."""
RATE_TOLERANCE = 5
"""Minor units by which net × rate may miss the tax of a line: tax is often rounded per document."""
KEPT = "_out IS NULL AND NOT _bad"
"""SQL condition: the staged row is neither left out nor faulty."""


def missing_amounts(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, sums: canonical.Amounts
) -> list[Fault]:
    """A fault per row whose net cannot be had, at the first empty column it would come from."""
    raw = reading.raw
    inputs = [name for name in sums.inputs if name in reading.places]
    empty = ", ".join(f"{name} IS NULL" for name in inputs) or "TRUE"
    rows = con.execute(
        f"SELECT rn, {empty} FROM {staged} WHERE {KEPT} AND ({sums.net}) IS NULL ORDER BY rn"
    ).fetchall()
    found = []
    for row, *nulls in rows:
        name = next((n for n, is_empty in zip(inputs, nulls, strict=False) if is_empty), None)
        heading = raw.headings[reading.places[name]] if name else None
        code = "missing_value" if name else "too_large"
        found.append(fault(code, file=raw.name, sheet=raw.sheet, row=row, column=heading))
    _condemn(con, staged, [f.row for f in found if f.row])
    return found


def ties(
    has: Collection[str], exponent: int, amount_is: str, sums: canonical.Amounts
) -> list[tuple[str, str]]:
    """(SQL condition that fails on the row, what it compares: «sum» or «rate»)."""
    stated = set(has) | ({amount_is} if "amount" in has else set())
    found = []
    if {"net", "tax", "gross"} <= stated:
        found.append((f"abs(({sums.net}) + ({sums.tax}) - ({sums.gross})) > {TOLERANCE}", "sum"))
    if "tax_rate" in has and "tax" in has and sums.net is not None:
        due = minor(f"CAST(({sums.net}) AS DECIMAL(24, 0)) * tax_rate", 0)
        found.append((f"abs(({due}) - ({sums.tax})) > {RATE_TOLERANCE}", "rate"))
    return found


def untied(
    con: duckdb.DuckDBPyConnection,
    staged: str,
    reading: Reading,
    has: Collection[str],
    exponent: int,
    amount_is: str,
    sums: canonical.Amounts,
    *,
    where: str = KEPT,
) -> list[Fault]:
    """A fault per row ``where`` net + tax is not gross, or net × rate is not the tax."""
    raw = reading.raw
    found: dict[int, Fault] = {}
    column = next((n for n in ("tax", "gross", "amount", "net") if n in reading.places), None)
    heading = raw.headings[reading.places[column]] if column else None
    for condition, what in ties(has, exponent, amount_is, sums):
        rate = "tax_rate" if what == "rate" else "NULL"
        for row, net, tax, gross, of, places in con.execute(
            f"SELECT rn, {sums.net}, {sums.tax}, {sums.gross}, {rate}, {places_of(exponent)} "
            f"FROM {staged} "
            f"WHERE {where} AND {condition} ORDER BY rn"
        ).fetchall():
            if row in found:
                continue
            if what == "rate":
                due = int((Decimal(net) * of).to_integral_value())
                detail = (
                    f"{money(net, places)} × {of * 100:.4g}% = {money(due, places)}, "
                    f"not {money(tax, places)}"
                )
            else:
                detail = (
                    f"{money(net, places)} + {money(tax, places)} = "
                    f"{money(net + tax, places)}, not {money(gross, places)}"
                )
            value = money(tax if column == "tax" else gross, places)
            found[row] = fault(
                "does_not_tie",
                file=raw.name,
                sheet=raw.sheet,
                row=row,
                column=heading,
                value=value,
                detail=detail,
                detail_zh=detail.replace(", not ", "，而不是 "),
            )
    _condemn(con, staged, list(found))
    return [found[row] for row in sorted(found)]


def _condemn(con: duckdb.DuckDBPyConnection, staged: str, rows: list[int]) -> None:
    """Mark rows as bad."""
    if rows:
        con.execute(f"UPDATE {staged} SET _bad = TRUE WHERE rn IN (SELECT unnest(?))", [rows])


def money(amount: int, exponent: int) -> str:
    """Minor units as people read them: «1,234.50»."""
    return f"{Decimal(amount).scaleb(-exponent):,.{exponent}f}"
