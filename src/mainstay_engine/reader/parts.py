"""Receipts that say what their parts settle: 核销单号 and 核销金额, a row for each part.

Exports write the receipt once with further rows below it, or repeat it on the row of every part.
In the facts each part stands by itself with the document it settles, and what no part settles
stands as one more; all have the receipt's number, and their sum is what was received, once.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault
from mainstay_engine.reader.columns import Guess
from mainstay_engine.reader.convert import text
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import currency_code, exponent_of
from mainstay_engine.reader.query import one
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb

_HEAD = ("receipt_no", "organisation", "customer_id", "date", "kind", "method", "bill_no",
         "maturity", "currency")  # fmt: skip
"""What rows of one receipt share: 500 in cash and 500 by bill are two, whatever their number."""
_SETTLES = "round(sum(applied), 4)"
"""Major units of what the parts settle; further decimals are a spreadsheet's arithmetic."""


def settled(table: str, guesses: list[Guess]) -> list[Guess]:
    """Of a file of receipts that states parts alone, they are the amounts. Beside an amount, and
    without the documents they settle, they are no parts but how far the receipt is: not read.
    """
    names = {guess.canonical for guess in guesses}
    if table != "receipts" or "applied" not in names or {"amount", "applied_to"} <= names:
        return guesses
    return [
        guess if guess.canonical != "applied"
        else replace(guess, canonical=None, confidence=0.0) if "amount" in names
        else replace(guess, canonical="amount")
        for guess in guesses
    ]  # fmt: skip


def gather(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, exponent: int
) -> list[Fault]:
    """Let the staged rows of one receipt share ``_whose``, and the first alone state its amount.

    Its amount is the only one stated; or that which its rows repeat; or the sum of rows with
    amounts of their own: unlike ones, ones below the receipt, ones that each settle the whole; or,
    where none is stated, that of its parts. At fault are receipts whose parts settle more than
    that, those of which nothing tells how often they were received, and parts without a document
    below them. A receipt is whole or absent, as its number is in the books: one bad row is the end
    of all rows of that number.
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE mainstay_part AS {_rows(staged, reading)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE mainstay_whole AS {_RECEIPTS}")
    faults = [
        found
        for code, column, condition in _FAULTS
        for found in _faulty(con, reading, exponent, code, column, condition)
    ]
    con.execute(
        f"UPDATE {staged} SET _bad = TRUE WHERE rn IN (SELECT rn FROM mainstay_part WHERE number "
        "IN (SELECT number FROM mainstay_part WHERE _bad OR list_contains($rows, rn)))",
        {"rows": [found.row for found in faults]},
    )
    con.execute(f"ALTER TABLE {staged} ADD COLUMN _whose VARCHAR")
    con.execute(
        f"UPDATE {staged} SET _whose = p.whose, amount = CASE WHEN NOT w.stated THEN p.amount "
        "WHEN p.rn = w.head THEN w.total END FROM mainstay_part p JOIN mainstay_whole w "
        f"USING (whose) WHERE p.rn = {staged}.rn"
    )
    con.execute("DROP TABLE mainstay_part")
    con.execute("DROP TABLE mainstay_whole")
    return sorted(faults, key=lambda found: found.row or 0)


def split(con: duckdb.DuckDBPyConnection) -> tuple[int, list[dict[str, str]]]:
    """Put parts in the place of gathered receipts in ``mainstay_receipts``, whose rows carry
    ``_applied`` (minor units, null: the row names no part), ``_whose`` and ``_rn``.

    How many rows of the file there are, and what there is to say.
    """
    there = {row[0] for row in con.execute("DESCRIBE mainstay_receipts").fetchall()}
    con.execute(
        "CREATE OR REPLACE TEMP TABLE mainstay_parts AS SELECT *, "
        "count(_applied) OVER w > 0 AS _stated, count(*) OVER w > 1 AS _several, "
        "coalesce(sum(_applied) OVER w, 0)::BIGINT AS _parts "
        "FROM mainstay_receipts WINDOW w AS (PARTITION BY _whose)"
    )
    kept, rows, receipts = one(
        con,
        "SELECT count(*), count(*) FILTER (_stated AND _several), "
        "count(DISTINCT _whose) FILTER (_stated AND _several) FROM mainstay_parts",
    )
    unnamed = ", NULL AS applied_to" if "applied_to" in there else ""
    out = "EXCLUDE (_applied, _whose, _parts, _stated, _several)"
    con.execute(
        "CREATE OR REPLACE TABLE mainstay_receipts AS SELECT * EXCLUDE (_rn, _rest) FROM ("
        f"SELECT * {out}, 0 AS _rest FROM mainstay_parts WHERE NOT _stated "
        f"UNION ALL SELECT * {out} REPLACE (_applied AS amount), 0 FROM mainstay_parts "
        "WHERE _stated AND _applied <> 0 "
        f"UNION ALL SELECT * {out} REPLACE (amount - _parts AS amount{unnamed}), 1 "
        "FROM mainstay_parts WHERE _stated AND amount <> _parts) ORDER BY _rn, _rest"
    )
    con.execute("DROP TABLE mainstay_parts")
    return int(kept), _told(int(rows), int(receipts))


def _rows(staged: str, reading: Reading) -> str:
    """SQL of the rows with the ``number`` and what tells ``whose`` receipt they are; whether they
    stand ``below`` the row that names it; of those without a number, what they ``look`` like.

    Without a number, a row with a date begins a receipt.
    """
    has = reading.places
    head = [name for name in _HEAD if name in has]
    if "customer_id" not in has and "customer_name" in has:
        head.append("customer_name")
    same = ", ".join(f"coalesce(s.{name}::VARCHAR, '')" for name in head)
    dated = _stands(has["date"])
    begun = f"max(CASE WHEN {dated} THEN s.rn END) OVER (ORDER BY s.rn)"
    nameless = f"chr(31) || coalesce({begun}, s.rn)"
    sql = {
        "number": nameless, "whose": nameless, "below": f"NOT ({dated})",
        "looks": f"concat_ws(chr(31), {same}, s.amount::VARCHAR)",
    }  # fmt: skip
    if "receipt_no" in has:
        branch = " || chr(31) || coalesce(s.organisation, '')" if "organisation" in has else ""
        numbered = {
            "number": f"s.receipt_no{branch}", "whose": f"concat_ws(chr(31), {same})",
            "below": f"NOT ({_stands(has['receipt_no'])})", "looks": "NULL",
        }  # fmt: skip
        sql = {
            name: f"CASE WHEN s.receipt_no IS NOT NULL THEN {numbered[name]} ELSE {other} END"
            for name, other in sql.items()
        }
    sql |= {name: f"s.{name}" if name in has else "CAST(NULL AS VARCHAR)"
            for name in ("applied_to", "currency")}  # fmt: skip
    columns = ", ".join(f"{expression} AS {name}" for name, expression in sql.items())
    return (
        f"SELECT s.rn, s._bad, s.amount, s.applied, {columns} "
        f"FROM {staged} s JOIN {reading.raw.relation} o ON o.rn = s.rn WHERE s._out IS NULL"
    )


def _stands(place: int) -> str:
    """SQL: whether the row itself has something in this column, before it is filled down."""
    return f"({text(f'CAST(o.c{place} AS VARCHAR)')}) IS NOT NULL"


_REPEATS = (
    "(count(amount) > 1 AND min(amount) = max(amount) "
    "AND NOT bool_or(below AND amount IS NOT NULL) "
    "AND NOT bool_and(applied IS NOT DISTINCT FROM amount) FILTER (amount IS NOT NULL))"
)
_RECEIPTS = f"""
    WITH alike AS (
        SELECT looks FROM mainstay_part WHERE looks IS NOT NULL AND amount IS NOT NULL
        GROUP BY looks HAVING count(*) > 1 AND count(applied) = count(*)
        AND count(DISTINCT applied_to) = count(*) AND abs({_SETTLES}) <= max(abs(amount))
        AND bool_or(applied <> amount))
    SELECT *, stated AND settles <> 0 AND (abs(settles) > round(abs(total), 4)
           OR sign(settles) <> sign(total)) AS beyond
    FROM (SELECT whose, min(rn) AS head, count(applied) > 0 AS stated, {_SETTLES} AS settles,
                 CASE WHEN count(amount) = 0 THEN sum(applied) WHEN {_REPEATS} THEN max(amount)
                 ELSE sum(amount) END AS total,
                 count(a.looks) > 0 OR (count(applied) > 0 AND {_REPEATS}
                 AND bool_or(amount IS NOT NULL AND applied IS NULL)) AS unclear
          FROM mainstay_part p LEFT JOIN alike a USING (looks) GROUP BY whose)
"""
"""``unclear``: a row repeats the amount and settles nothing, so it may be money of its own; or
receipts without a number look the same and each settles a part, so they may be one.
"""
_FAULTS = (
    ("unnamed_part", "applied_to",
     "NOT unclear AND below AND stated AND applied_to IS NULL AND coalesce(applied, amount) <> 0"),
    ("unclear_receipt", "amount", "unclear AND amount IS NOT NULL"),
    ("overapplied", "applied", "beyond AND NOT unclear"),
)  # fmt: skip
"""Code, column and SQL condition of what is wrong with a row."""


def _faulty(
    con: duckdb.DuckDBPyConnection,
    reading: Reading,
    exponent: int,
    code: str,
    column: str,
    condition: str,
) -> list[Fault]:
    raw = reading.raw
    rows = con.execute(
        f"SELECT rn, {column}, settles, total, currency FROM mainstay_part JOIN mainstay_whole "
        f"USING (whose) WHERE NOT _bad AND {condition} ORDER BY rn"
    ).fetchall()
    found = []
    for row, value, settles, total, currency in rows:
        places = exponent_of(currency_code(currency)) if currency else exponent
        said = _major(value, places) if isinstance(value, Decimal) else value
        found.append(
            fault(
                code, file=raw.name, sheet=raw.sheet, row=row, value=said,
                column=raw.headings[reading.places[column]],
                parts=_major(settles, places), total=_major(total, places),
            )
        )  # fmt: skip
    return found


def _major(amount: Decimal | None, places: int) -> str:
    return "" if amount is None else f"{amount:,.{places}f}"


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
