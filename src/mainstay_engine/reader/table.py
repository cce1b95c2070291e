"""One input from its cells to its typed table: understand, convert, check."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import Fault
from mainstay_engine.facts import Source
from mainstay_engine.reader import canonical, checks, columns, rows
from mainstay_engine.reader.dates import day_orders
from mainstay_engine.reader.options import Wishes
from mainstay_engine.reader.raw import Raw
from mainstay_engine.reader.sources import open_source
from mainstay_engine.reader.staged import CODES, Reading

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Outcome:
    """What reading one table gave: its source record, its faults, the currency found in it."""

    source: Source
    faults: list[Fault]
    currency: str | None
    reading: Reading


def read_table(
    con: duckdb.DuckDBPyConnection, source: Any, table: str, wishes: Wishes, *, connection: Any = None
) -> Outcome:
    """Read one input into the DuckDB table ``mainstay_<table>``.

    A clean file is read in one quick pass. If anything in it cannot be read, it is opened again with
    exact row numbers, rows are sorted into data, totals and notes, and every fault is collected.
    """
    import duckdb

    options = wishes.table_options(table)
    mapping = wishes.columns.get(table, {})
    raw = open_source(con, source, table, mapping, options, connection=connection)
    if not raw.exact_rows:
        try:
            outcome = _read(con, raw, wishes)
            if outcome is not None:
                return outcome
        except duckdb.Error:
            pass  # not a clean file after all: the careful way says what is wrong
        raw = open_source(con, source, table, mapping, options, careful=True)
    done = _read(con, raw, wishes)
    assert done is not None
    return done


def _read(con: duckdb.DuckDBPyConnection, raw: Raw, wishes: Wishes) -> Outcome | None:
    """The table from its cells; ``None`` if it was read quickly and turned out not to be clean."""
    table, options = raw.table, wishes.table_options(raw.table)
    guesses = columns.guess(table, raw.headings, wishes.columns.get(table))
    places = {g.canonical: g.index for g in guesses if g.canonical is not None}
    faults = checks.column_faults(raw, guesses, wishes)
    reading = Reading(raw, places, {})
    left: dict[str, int] = {}
    if raw.exact_rows:
        reading, left = rows.clean(con, reading)
    orders, order_faults = day_orders(con, reading, options)
    faults += order_faults
    reading = replace(reading, dayfirst=orders)
    staged = f"mainstay_staged_{table}"
    con.execute(f"CREATE OR REPLACE TABLE {staged} AS {reading.stage()}")
    count, bad, out = _one(con, f"SELECT count(*), count(*) FILTER (_bad AND _out IS NULL), count(_out) FROM {staged}")
    if not raw.exact_rows and (bad or faults):
        return None
    strip = _strip_zero(con, staged, reading)
    if bad:
        faults += checks.cell_faults(con, staged, reading)
    currency = checks.one_currency(con, staged, reading)
    wishes = wishes.settled(currency)
    notes: list[dict[str, str]] = []
    if any(fault.row is None for fault in faults):
        return Outcome(Source(raw.name, table), faults, currency, reading)
    if table == "lines":
        made = checks.build_lines(con, staged, reading, wishes, strip)
        if not raw.exact_rows and made.faults:
            return None
        faults += made.faults
        notes += made.notes
        total, exact = made.total, made.exact_total
    else:
        con.execute(
            f"CREATE OR REPLACE TABLE mainstay_{table} AS "
            + canonical.plain_sql(staged, reading, wishes.exponent, strip_zero=strip)
        )
        money = "amount" if "amount" in places else None
        total = int(_one(con, f"SELECT coalesce(sum({money or 0}), 0) FROM mainstay_{table}")[0])
        exact = None
    kept = int(_one(con, f"SELECT count(*) FROM mainstay_{table}")[0])
    reasons = dict(con.execute(f"SELECT _out, count(*) FROM {staged} WHERE _out IS NOT NULL GROUP BY 1").fetchall())
    notes += rows.remarks({**left, **reasons})
    left_out = sum(left.values()) + int(out)
    recognised = {g.canonical: g for g in guesses if g.canonical is not None}
    record = Source(
        raw.name, table, int(count) + sum(left.values()), kept, left_out, int(count) - int(out) - kept,
        raw.encoding, raw.sheet,
        {name: g.heading for name, g in recognised.items()},
        {name: g.confidence for name, g in recognised.items()},
        total, exact, notes,
    )  # fmt: skip
    con.execute(f"DROP TABLE {staged}")
    return Outcome(record, faults, currency, reading)


def _strip_zero(con: duckdb.DuckDBPyConnection, staged: str, reading: Reading) -> list[str]:
    """Code columns in which every value is a whole number written with «.0»."""
    names = []
    for name in reading.places:
        if name not in CODES or reading.raw.types[reading.places[name]] != "text":
            continue
        seen = [row[reading.places[name]] for row in reading.raw.sample[:50] if len(row) > reading.places[name]]
        if not any((cell or "").endswith(".0") for cell in seen):
            continue
        other = _one(con, f"SELECT count(*) FROM {staged} WHERE NOT regexp_full_match({name}, '[0-9]+[.]0')")
        if not other[0]:
            names.append(name)
    return names


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = con.execute(sql).fetchone()
    assert row is not None
    return row
