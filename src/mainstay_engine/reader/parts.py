"""Receipts that say what their parts settle: 核销单号 and 核销金额, a row for each part.

Exports write the receipt once with further rows below it, or repeat it on the row of every part.
In the facts each part stands by itself with the document it settles, and what no part settles
stands as one more; all have the receipt's number, and their sum is what was received, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault
from mainstay_engine.reader.columns import Guess
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.query import one
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Split:
    """What became of receipts with parts."""

    faults: list[Fault] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    kept: int | None = None
    """Rows of the file that are in the facts; ``None``: as many as the facts have."""


def settled(table: str, guesses: list[Guess]) -> list[Guess]:
    """Of a file of receipts that states parts alone, they are the amounts."""
    names = {guess.canonical for guess in guesses}
    if table != "receipts" or "amount" in names or "applied" not in names:
        return guesses
    return [
        replace(guess, canonical="amount") if guess.canonical == "applied" else guess
        for guess in guesses
    ]


def split(con: duckdb.DuckDBPyConnection, reading: Reading, exponent: int) -> Split:
    """Put parts in the place of receipts in ``mainstay_receipts``, whose rows carry ``_applied``
    (minor units, null: the row names no part) and ``_rn``.

    A receipt of which the parts settle more than was received is at fault with all its rows.
    """
    there = {row[0] for row in con.execute("DESCRIBE mainstay_receipts").fetchall()}
    con.execute(f"CREATE OR REPLACE TEMP TABLE mainstay_parts AS {_together(there)}")
    faults = _beyond(con, reading, exponent)
    con.execute("DELETE FROM mainstay_parts WHERE _beyond")
    kept, rows, receipts = one(
        con,
        "SELECT count(*), count(*) FILTER (_several), count(DISTINCT _whose) FILTER (_several) "
        "FROM mainstay_parts",
    )
    unnamed = ", NULL AS applied_to" if "applied_to" in there else ""
    out = "EXCLUDE (_applied, _whose, _total, _parts, _first, _stated, _several, _beyond)"
    con.execute(
        "CREATE OR REPLACE TABLE mainstay_receipts AS SELECT * EXCLUDE (_rn, _rest) FROM ("
        f"SELECT * {out}, 0 AS _rest FROM mainstay_parts WHERE NOT _stated "
        f"UNION ALL SELECT * {out} REPLACE (_applied AS amount), 0 FROM mainstay_parts "
        "WHERE _stated AND _applied <> 0 "
        f"UNION ALL SELECT * {out} REPLACE (_total - _parts AS amount{unnamed}), 1 "
        "FROM mainstay_parts WHERE _stated AND _first AND _total <> _parts) ORDER BY _rn, _rest"
    )
    con.execute("DROP TABLE mainstay_parts")
    return Split(faults, _told(int(rows), int(receipts)), int(kept))


def _together(there: set[str]) -> str:
    """SQL of the rows with what the rows of their receipt come to.

    Rows of one number, day, customer and organisation are one receipt; without a number, a row
    with an amount and those without any below it. Its amount is the only one stated; or that which
    every row repeats, where the parts are not more; or the sum of the rows; or that of its parts.
    """
    same = ["receipt_no", "organisation", "customer_id", "date"]
    key = ", ".join(f"coalesce({name}::VARCHAR, '')" for name in same if name in there)
    numbered = "receipt_no IS NOT NULL" if "receipt_no" in there else "FALSE"
    whose = (
        f"CASE WHEN {numbered} THEN concat_ws(chr(31), {key}) ELSE chr(31) || coalesce("
        "max(CASE WHEN amount IS NOT NULL THEN _rn END) OVER (ORDER BY _rn), _rn) END"
    )
    repeated = (
        "min(amount) = max(amount) AND count(amount) = count(*) "
        "AND abs(sum(_applied)) <= abs(max(amount)) "
        "AND NOT bool_and(_applied IS NOT DISTINCT FROM amount)"
    )
    total = (
        "CASE WHEN count(amount) = 0 THEN sum(_applied) WHEN count(amount) = 1 THEN max(amount) "
        f"WHEN {repeated} THEN max(amount) ELSE sum(amount) END"
    )
    summed = (
        f"SELECT _whose, ({total})::BIGINT AS _total, "
        "coalesce(sum(_applied), 0)::BIGINT AS _parts, count(_applied) > 0 AS _stated, "
        "min(_rn) AS _head, count(*) > 1 AS _many "
        "FROM w GROUP BY _whose"
    )
    return (
        f"WITH w AS (SELECT *, {whose} AS _whose FROM mainstay_receipts), g AS ({summed}) "
        "SELECT w.*, g._total, g._parts, w._rn = g._head AS _first, g._stated, "
        "g._stated AND g._many AS _several, g._stated AND g._parts <> 0 AND "
        "(abs(g._parts) > abs(g._total) OR sign(g._parts) <> sign(g._total)) AS _beyond "
        "FROM w JOIN g USING (_whose)"
    )


def _beyond(con: duckdb.DuckDBPyConnection, reading: Reading, exponent: int) -> list[Fault]:
    raw = reading.raw
    rows = con.execute(
        "SELECT _rn, _applied, _parts, _total FROM mainstay_parts WHERE _beyond ORDER BY _rn"
    ).fetchall()

    def major(minor: int | None) -> str:
        return "" if minor is None else f"{Decimal(minor).scaleb(-exponent):,.{exponent}f}"

    return [
        fault(
            "overapplied", file=raw.name, sheet=raw.sheet, row=row, value=major(applied) or None,
            column=raw.headings[reading.places["applied"]],
            parts=major(parts), total=major(total),
        )
        for row, applied, parts, total in rows
    ]  # fmt: skip


def _told(rows: int, receipts: int) -> list[dict[str, str]]:
    if not receipts:
        return []
    return [
        {
            "en": f"Receipts whose rows say what they settle: {receipts:,}, in {rows:,} rows; each "
            "counts once.",
            "zh": f"分多行核销的收款：{receipts:,} 笔，共 {rows:,} 行；每笔只计一次。",
        }
    ]
