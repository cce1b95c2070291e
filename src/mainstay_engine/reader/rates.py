"""Rates of exchange: what is wrong with a table of them, which are missing, and conversion by them.

The rate in force is the latest on or before the business date; a rate that the row states itself
wins. Each amount of a line is converted by itself: minor units × rate × 10^(company's places − own
places), half-even. Net and tax are converted and gross is their sum, wherever net + tax = gross in
the row's own currency. Everything is in whole numbers of 128 bits; a rate has ten decimals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import Fault
from mainstay_engine.reader.convert import half_even, quote
from mainstay_engine.reader.currencies import OWN, condemned
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import exponent_of
from mainstay_engine.reader.query import one
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

DAYS = {"lines": "doc_date", "receipts": "date"}
"""The business date of each table that holds amounts to convert."""
AMOUNTS = {"lines": ("net", "tax", "gross", "cost", "discount"), "receipts": ("amount",)}
OWN_AMOUNT = {"lines": "owed_own", "receipts": "amount_own"}
IN_FORCE = "mainstay_rates_in_force"
FAR = "1.2"
"""A row's own rate this many times the table's, or the reverse, is remarked upon."""
ALLOCATED_PLACES = 4
"""Decimals that allocations are read with before their documents tell the currency."""
_FINE = 10**10


def rate_faults(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, company: str | None
) -> list[Fault]:
    """A fault per row of a table of rates that is 0 or less, is of the company's own currency and
    not 1, or differs from another of its day.
    """
    if not {"currency", "date", "rate"} <= set(reading.places):
        return []
    kept = "_out IS NULL AND NOT _bad"
    bad = con.execute(
        f"SELECT rn, CAST(rate AS VARCHAR) FROM {staged} WHERE {kept} AND rate <= 0 ORDER BY rn"
    ).fetchall()
    found = condemned(con, staged, reading, "rate", "bad_rate", bad)
    if company is not None:
        own = con.execute(
            f"SELECT rn, CAST(rate AS VARCHAR) FROM {staged} WHERE {kept} "
            f"AND {OWN} = {quote(company)} AND rate <> 1 ORDER BY rn"
        ).fetchall()
        found += condemned(con, staged, reading, "rate", "home_rate", own, company=company)
    doubled = con.execute(
        f"SELECT rn, CAST(rate AS VARCHAR), {OWN}, first FROM (SELECT rn, rate, {OWN}, "
        f"min(rn) OVER w AS first, first_value(rate) OVER (w ORDER BY rn) AS other FROM {staged} "
        f"WHERE {kept} WINDOW w AS (PARTITION BY {OWN}, date)) WHERE rate <> other ORDER BY rn"
    ).fetchall()
    for row, value, code, first in doubled:
        found += condemned(
            con, staged, reading, "rate", "doubled_rate", [(row, value)],
            currency=code, first=first,
        )  # fmt: skip
    return found


def given(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there is a table of rates on the connection."""
    query = "SELECT 1 FROM duckdb_columns() WHERE table_name = 'mainstay_rates' LIMIT 1"
    return bool(con.execute(query).fetchall())


def put_in_force(con: duckdb.DuckDBPyConnection, standing: Any = None) -> None:
    """Make ``IN_FORCE``: the rates given and, for other days, those that stood before.

    ``standing``: an Arrow table ``currency, date, rate``, or none.
    """
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {IN_FORCE} "
        "(currency VARCHAR, date DATE, rate DECIMAL(20, 10))"
    )
    if given(con):
        con.execute(f"INSERT INTO {IN_FORCE} SELECT currency, date, rate FROM mainstay_rates")
    if standing is not None:
        con.register("mainstay_standing", standing)
        con.execute(
            f"INSERT INTO {IN_FORCE} SELECT s.currency, s.date, s.rate FROM mainstay_standing s "
            f"ANTI JOIN {IN_FORCE} r ON r.currency = s.currency AND r.date = s.date"
        )
        con.unregister("mainstay_standing")


def home(con: duckdb.DuckDBPyConnection, table: str, company: str) -> None:
    """Every row states its currency: a table, or a row, without one is the company's, whose rows
    state no rate.
    """
    if "currency" not in _columns(con, table):
        con.execute(f"ALTER TABLE {table} ADD COLUMN currency VARCHAR")
    con.execute(f"UPDATE {table} SET currency = {quote(company)} WHERE currency IS NULL")
    if "exchange_rate" not in _columns(con, table):
        con.execute(f"ALTER TABLE {table} ADD COLUMN exchange_rate DECIMAL(20, 10)")
    con.execute(f"UPDATE {table} SET exchange_rate = NULL WHERE currency = {quote(company)}")


def missing(
    con: duckdb.DuckDBPyConnection,
    name: str,
    company: str,
    file: str | None,
    table: str,
    *,
    booked_only: bool = False,
) -> list[Fault]:
    """A fault per currency some rows of which have no rate: it names the first day without.

    ``name`` is the kind of table, ``table`` what it is called on the connection. ``booked_only``:
    orders and deliveries are not asked.
    """
    day = DAYS[name]
    booked = ""
    if booked_only and name == "lines" and "kind" in _columns(con, table):
        booked = "AND kind NOT IN ('order', 'delivery') "
    rows = con.execute(
        f"SELECT currency, CAST(min({day}) AS VARCHAR), count(*) FROM {_rated(table, day)} "
        f"WHERE in_force IS NULL AND currency <> {quote(company)} {booked}GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        fault("rate_missing", file=file, column="currency", value=code,
              currency=code, date=first, rows=f"{count:,}")
        for code, first, count in rows
    ]  # fmt: skip


def far_off(
    con: duckdb.DuckDBPyConnection, name: str, company: str, table: str
) -> list[dict[str, str]]:
    """A remark per currency where rows state a rate far from the one of the table of rates."""
    day = DAYS[name]
    rows = con.execute(
        f"SELECT currency, count(*), arg_min(own, {day}), arg_min(listed, {day}), "
        f"CAST(min({day}) AS VARCHAR) FROM {_rated(table, day)} "
        f"WHERE currency <> {quote(company)} AND "
        f"(own > listed * {FAR} OR listed > own * {FAR}) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        {
            "en": f"{count:,} rows in {code} state a rate more than 20% away from the table's "
            f"(the first: {own.normalize():f} against {listed.normalize():f}, {first}). "
            "Is one of them upside down?",
            "zh": f"有 {count:,} 行 {code} 的汇率与汇率表相差超过 20%"
            f"（首行 {first}：{own.normalize():f}，表中 {listed.normalize():f}），请确认是否倒置。",
        }
        for code, count, own, listed, first in rows
    ]


def convert(
    con: duckdb.DuckDBPyConnection,
    name: str,
    company: str,
    places: int,
    file: str | None,
    source: str,
    target: str,
) -> list[Fault]:
    """Make ``target`` of ``source``: amounts in the company's currency, with what is owed (or
    received) in the row's own and the rate in force. A fault per currency with amounts too large.
    """
    day, has = DAYS[name], _columns(con, source)
    codes = [row[0] for row in con.execute(f"SELECT DISTINCT currency FROM {source}").fetchall()]
    parts = " ".join(
        f"WHEN {quote(code)} THEN {10 ** (10 + exponent_of(code) - places)}"
        for code in sorted(set(codes) - {company})
    )
    parts = f"CAST({_by_currency(parts, _FINE)} AS HUGEINT)"
    factor = f"CAST(in_force * {_FINE} AS HUGEINT)"

    def converted(column: str) -> str:
        product = f"CAST({column} AS HUGEINT) * {factor}"
        exact = half_even(product, parts)
        foreign = f"currency <> {quote(company)}"
        return f"CASE WHEN {foreign} THEN TRY_CAST({exact} AS BIGINT) ELSE {column} END"

    made = {column: converted(column) for column in AMOUNTS[name] if column in has}
    if {"net", "tax", "gross"} <= set(made):
        made["gross"] = (
            f"CASE WHEN net + tax = gross THEN ({made['net']}) + ({made['tax']}) "
            f"ELSE {made['gross']} END"
        )
    made["exchange_rate"] = f"CASE WHEN currency = {quote(company)} THEN 1 ELSE in_force END"
    keep = [column for column in has if column not in made and column != OWN_AMOUNT[name]]
    columns = ", ".join([*keep, *(f"{sql} AS {column}" for column, sql in made.items())])
    con.execute(
        f"CREATE TABLE {target} AS SELECT {columns}, {_own(name, has)} AS {OWN_AMOUNT[name]} "
        f"FROM {_rated(source, day)}"
    )
    main = AMOUNTS[name][0]
    lost = con.execute(
        f"SELECT currency, count(*) FROM {target} WHERE {main} IS NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [
        fault("rate_too_large", file=file, column="currency", value=code,
              currency=code, rows=f"{count:,}")
        for code, count in lost
    ]  # fmt: skip


def _by_currency(whens: str, otherwise: int) -> str:
    """SQL of a number by the row's currency; where there are no other currencies, the number."""
    return f"CASE currency {whens} ELSE {otherwise} END" if whens else str(otherwise)


def rescale_allocations(con: duckdb.DuckDBPyConnection, company: str, places: int) -> None:
    """Allocations read with ``ALLOCATED_PLACES`` into minor units of their document's currency.

    The currency is that of the document, else of the receipt, else the company's.
    """
    lines = "SELECT doc_no, min(currency) AS currency FROM mainstay_lines GROUP BY 1"
    receipts = "SELECT NULL AS receipt_no, NULL AS currency"
    if "receipt_no" in _columns(con, "mainstay_receipts"):
        receipts = "SELECT receipt_no, min(currency) AS currency FROM mainstay_receipts GROUP BY 1"
    con.execute(
        f"CREATE TEMP TABLE mainstay_scaled AS SELECT a.* EXCLUDE (amount), "
        f"coalesce(d.currency, r.currency, {quote(company)}) AS currency, amount "
        f"FROM mainstay_allocations a LEFT JOIN ({lines}) d ON d.doc_no = a.doc_no "
        f"LEFT JOIN ({receipts}) r ON r.receipt_no = a.receipt_no"
    )
    found = con.execute("SELECT DISTINCT currency FROM mainstay_scaled").fetchall()
    codes = [row[0] for row in found]
    whens = " ".join(
        f"WHEN {quote(code)} THEN "
        f"{10 ** (ALLOCATED_PLACES - (places if code == company else exponent_of(code)))}"
        for code in codes
    )
    divisor = f"CAST({_by_currency(whens, 1)} AS HUGEINT)"
    amount = half_even("CAST(amount AS HUGEINT)", divisor)
    con.execute("DROP TABLE mainstay_allocations")
    con.execute(
        "CREATE TABLE mainstay_allocations AS SELECT * EXCLUDE (amount, currency), "
        f"CAST({amount} AS BIGINT) AS amount FROM mainstay_scaled"
    )
    con.execute("DROP TABLE mainstay_scaled")


def total(con: duckdb.DuckDBPyConnection, name: str, *, only: str | None = None) -> int:
    """Sum of a table's net or amount in minor units; of the rows in one currency ``only``."""
    column = AMOUNTS[name][0] if name in AMOUNTS else "amount"
    where = f"WHERE currency = {quote(only)}" if only and name in AMOUNTS else ""
    return int(one(con, f"SELECT coalesce(sum({column}), 0) FROM mainstay_{name} {where}")[0])


def _rated(table: str, day: str) -> str:
    """SQL of the rows with the rate they state (``own``), the table's (``listed``), and the one
    ``in_force``."""
    return (
        f"(SELECT t.*, t.exchange_rate AS own, r.rate AS listed, "
        f"coalesce(t.exchange_rate, r.rate) AS in_force FROM {table} t "
        f"ASOF LEFT JOIN {IN_FORCE} r ON t.currency = r.currency AND t.{day} >= r.date)"
    )


def _own(name: str, has: Collection[str]) -> str:
    """SQL of what a row is about in its own currency: what a line owes, or a receipt brings."""
    if name == "receipts":
        return "amount"
    taxed = "net + coalesce(tax, 0)" if "tax" in has else "net"
    return f"coalesce(gross, {taxed})" if "gross" in has else taxed


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
        [table],
    ).fetchall()
    return [row[0] for row in rows]
