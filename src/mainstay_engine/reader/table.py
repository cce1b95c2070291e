"""One input from its cells to its typed table: understand, convert, check."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import Fault
from mainstay_engine.facts import Source
from mainstay_engine.reader import (
    amounts,
    canonical,
    checks,
    columns,
    commitments,
    currencies,
    efforts,
    parts,
    rates,
    receiptkinds,
    rows,
)
from mainstay_engine.reader.convert import minor
from mainstay_engine.reader.dates import day_orders
from mainstay_engine.reader.decimals import REMARK, decimal_commas
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.options import Wishes
from mainstay_engine.reader.outside import told_apart
from mainstay_engine.reader.query import NOT_CLEAN, one
from mainstay_engine.reader.raw import Raw
from mainstay_engine.reader.sources import open_source
from mainstay_engine.reader.staged import CODES, Reading
from mainstay_engine.reader.terms import Learned, learn_terms
from mainstay_engine.reader.terms import remarks as terms_remarks
from mainstay_engine.tables import LISTS

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Outcome:
    """What reading one table gave: its source record, its faults, the currency found in it."""

    source: Source
    faults: list[Fault]
    currency: str | None
    reading: Reading
    guesses: list[columns.Guess] = field(default_factory=list)
    value_sql: str | None = None
    """SQL of a staged row's net (or amount) in minor units."""
    amount_is: str | None = None
    """What a bare 金额 was found to be: «net» or «gross»."""
    foreign: bool = False
    """Whether rows are in other currencies than ``currency``, the company's: to be converted."""
    staged: bool = True
    """Whether there are staged rows; lines of a clean file are built in one pass without."""
    learned: Learned = field(default_factory=Learned)
    """What the texts of a terms column mean."""


def read_table(
    con: duckdb.DuckDBPyConnection,
    source: Any,
    table: str,
    wishes: Wishes,
    *,
    connection: Any = None,
    inspecting: bool = False,
) -> Outcome:
    """Read one input into the DuckDB table ``mainstay_<table>``.

    A clean file is read in one quick pass. If anything in it cannot be read, it is opened
    again with exact row numbers, rows are sorted into data, totals and notes, and every fault
    is collected. Customers, products, rates and efforts, few as they are, are read
    carefully at once. Rows are
    numbered from the start when their numbers are wished for, or when ``inspecting``, which also
    leaves the tables worked on in place.
    """
    options = wishes.table_options(table)
    mapping = wishes.columns.get(table, {})

    def opened(*, careful: bool = False, numbered: bool = False) -> Raw:
        return open_source(
            con,
            source,
            table,
            mapping,
            options,
            connection=connection,
            careful=careful,
            numbered=numbered,
        )

    with told_apart(source):
        if table in (*LISTS, "rates", *efforts.TABLES):
            raw = opened(careful=True)
        else:
            raw = opened(numbered=inspecting or wishes.source_rows)
        if not raw.exact_rows:
            if raw.numbered:
                _remember_headings(con, raw)
            try:
                outcome = _read(con, raw, wishes, keep=inspecting)
                if outcome is not None:
                    return _remembered(con, outcome, wishes)
            except NOT_CLEAN:
                pass  # the careful way says what is wrong
            raw = raw.with_(exact_rows=True) if raw.numbered else opened(careful=True)
        _remember_headings(con, raw)
        if raw.ways:
            wishes = wishes.hinted(table, raw.ways, raw.headings)
        done = _read(con, raw, wishes, keep=inspecting)
        if done is None:
            raise RuntimeError(f"{raw.name}: the careful reading gave no outcome")
        if raw.ways and done.currency is None:
            done = replace(done, currency=wishes.currency)
        return _remembered(con, done, wishes)


def _remembered(con: duckdb.DuckDBPyConnection, outcome: Outcome, wishes: Wishes) -> Outcome:
    """The outcome, its conventions kept beside the rows: by them rejected rows are read again."""
    reading, table = outcome.reading, outcome.reading.raw.table
    ways = wishes.ways(table)
    for guess in outcome.guesses:
        if guess.canonical is not None:
            name = guess.canonical
            if name == "amount" and outcome.amount_is not in (None, *reading.places):
                name = str(outcome.amount_is)
            ways.append((f"column {name}", guess.heading))
    orders = set(reading.dayfirst.values())
    if len(orders) == 1:
        ways.append(("option dayfirst", "true" if orders.pop() else "false"))
    ways.append(("option decimal", "," if reading.comma else "."))
    con.execute(f"CREATE OR REPLACE TABLE mainstay_ways_{table} (name VARCHAR, said VARCHAR)")
    con.executemany(f"INSERT INTO mainstay_ways_{table} VALUES (?, ?)", [list(way) for way in ways])
    return outcome


def _remember_headings(con: duckdb.DuckDBPyConnection, raw: Raw) -> None:
    """Keep the headings beside the raw rows, for giving rejected rows back."""
    con.execute(
        f"CREATE OR REPLACE TABLE mainstay_headings_{raw.table} (place INTEGER, heading VARCHAR)"
    )
    con.executemany(
        f"INSERT INTO mainstay_headings_{raw.table} VALUES (?, ?)",
        [list(pair) for pair in enumerate(raw.headings)],
    )


def _read(
    con: duckdb.DuckDBPyConnection, raw: Raw, wishes: Wishes, *, keep: bool = False
) -> Outcome | None:
    """The table from its cells; ``None`` if it was read quickly and turned out not to be clean."""
    table, options = raw.table, wishes.table_options(raw.table)
    guesses = columns.guess(table, raw.headings, wishes.columns.get(table))
    guesses = commitments.settled(table, guesses, options.documents, wanted=wishes.orders)
    guesses = parts.settled(table, guesses)
    places = {g.canonical: g.index for g in guesses if g.canonical is not None}
    faults = checks.column_faults(raw, guesses, wishes)
    reading = Reading(raw, places, {}, documents=options.documents, orders=wishes.orders)
    if not places:
        return (
            Outcome(Source(raw.name, table), faults, None, reading, guesses)
            if raw.exact_rows
            else None
        )
    left: dict[str, int] = {}
    if raw.exact_rows:
        reading, left = rows.clean(con, reading)
    orders, order_faults = day_orders(con, reading, options)
    faults += order_faults
    reading = replace(reading, dayfirst=orders)
    if raw.exact_rows or raw.delimiter == ";" or options.decimal == ",":
        commas, comma_faults = decimal_commas(con, reading, options)
        faults += comma_faults
        reading = replace(reading, comma=commas)
    learned = learn_terms(con, reading, options.month_end)
    if not raw.exact_rows:
        if faults or reading.comma or "applied" in places:
            return None
        if table == "lines" and amounts.needs_no_decision(reading) and not _ends_in_zero(reading):
            return _read_at_once(con, reading, guesses, wishes, learned)
    return _stage_and_build(con, reading, guesses, wishes, faults, left, learned, keep=keep)


def _read_at_once(
    con: duckdb.DuckDBPyConnection,
    reading: Reading,
    guesses: list[columns.Guess],
    wishes: Wishes,
    learned: Learned,
) -> Outcome | None:
    """Lines in one pass over the file: first by plain casts, else by the full reading of cells."""
    built = None
    if reading.may_be_strict():
        with suppress(*NOT_CLEAN):
            built = amounts.build_at_once(con, replace(reading, strict=True), wishes)
    if built is None:
        if currencies.several_signs(con, reading):
            return None
        built = amounts.build_at_once(con, reading, wishes)
    if built is None or built.faults:
        return None
    count = int(one(con, "SELECT count(*) FROM mainstay_lines")[0])
    notes = built.notes + terms_remarks(
        con, reading, learned, wishes.table_options("lines").month_end
    )
    notes += commitments.doubt(reading)
    tally = Tally(count, count, 0, built.total, built.exact_total, notes)
    record = _record(reading.raw, guesses, tally)
    return Outcome(record, [], None, reading, guesses, staged=False, learned=learned)


def _stage_and_build(
    con: duckdb.DuckDBPyConnection,
    reading: Reading,
    guesses: list[columns.Guess],
    wishes: Wishes,
    faults: list[Fault],
    left: dict[str, int],
    learned: Learned,
    *,
    keep: bool = False,
) -> Outcome | None:
    """The table by way of staged rows, which decisions about the whole file are made on."""
    raw, table = reading.raw, reading.raw.table
    staged = f"mainstay_staged_{table}"
    con.execute(f"CREATE OR REPLACE TABLE {staged} AS {reading.stage()}")
    count, bad, out = one(
        con, f"SELECT count(*), count(*) FILTER (_bad AND _out IS NULL), count(_out) FROM {staged}"
    )
    if bad and not raw.exact_rows:
        return None
    if bad:
        undecided = {f.column for f in faults if f.code in ("date_order", "decimal_mark")}
        faults += [f for f in checks.cell_faults(con, staged, reading) if f.column not in undecided]
    if not count and not faults:
        faults.append(fault("empty", file=raw.name, sheet=raw.sheet))
    money_of, money_faults = _money(con, staged, reading, wishes)
    if money_faults and not raw.exact_rows:
        return None
    faults += money_faults
    currency = money_of.currency
    wishes = wishes.settled(currency)
    if any(f.row is None for f in faults):
        return Outcome(Source(raw.name, table), faults, currency, reading, guesses)
    strip = _strip_zero(con, staged, reading)
    notes = [REMARK] if reading.comma else []
    notes += raw.remarks
    notes += terms_remarks(con, reading, learned, wishes.table_options(table).month_end)
    exact, amount_is, told = None, None, None
    if table == "lines":
        built = amounts.build_lines(con, staged, reading, wishes, strip, money_of)
        if built.faults and not raw.exact_rows:
            return None
        faults += built.faults
        if any(f.row is None for f in faults):
            return Outcome(Source(raw.name, table), faults, currency, reading, guesses)
        notes += built.notes + commitments.doubt(reading)
        total, exact, value = built.total, built.exact_total, built.net_sql
        amount_is = built.amount_is
    else:
        plain = _build_plain(con, staged, reading, wishes, strip, money_of)
        if plain.faults and not raw.exact_rows:
            return None
        faults += plain.faults
        notes += plain.notes
        total, value, told = plain.total, plain.value, plain.kept
    kept = int(one(con, f"SELECT count(*) FROM mainstay_{table}")[0]) if told is None else told
    reasons = dict(
        con.execute(
            f"SELECT _out, count(*) FROM {staged} WHERE _out IS NOT NULL GROUP BY 1"
        ).fetchall()
    )
    if not keep:
        con.execute(f"DROP TABLE {staged}")
    aside = sum(left.values())
    tally = Tally(
        int(count) + aside,
        kept,
        aside + int(out),
        total,
        exact,
        notes + rows.remarks({**left, **reasons}),
    )
    record = _record(raw, guesses, tally)
    return Outcome(
        record, faults, currency, reading, guesses, value, amount_is,
        foreign=money_of.foreign and table != "rates", learned=learned,
    )  # fmt: skip


def _build_plain(
    con: duckdb.DuckDBPyConnection,
    staged: str,
    reading: Reading,
    wishes: Wishes,
    strip: list[str],
    money_of: currencies.Money,
) -> _Plain:
    """Make the table of anything but lines."""
    table, exponent = reading.raw.table, wishes.exponent
    if table in ("receipts", "allocations"):
        exponent = currencies.places(con, staged, money_of, exponent)
    faults: list[Fault] = []
    in_parts = table == "receipts" and {"amount", "applied"} <= set(reading.places)
    if in_parts:
        faults += parts.gather(con, staged, reading, exponent)
    if table in LISTS and reading.raw.exact_rows:
        faults += checks.doubled_codes(con, staged, reading)
    if table in efforts.TABLES:
        faults += efforts.faults(con, staged, reading)
    con.execute(
        f"CREATE OR REPLACE TABLE mainstay_{table} AS "
        + canonical.plain_sql(
            staged,
            reading,
            exponent,
            money=money_of,
            strip_zero=strip,
            source_rows=wishes.source_rows,
        )
    )
    if "amount" not in reading.places:
        return _Plain(0, None, faults, [], None)
    value, notes, kept = minor("amount", exponent), [], None
    if table == "receipts":
        value = receiptkinds.amount(reading, value)
        notes = receiptkinds.remarks(con, staged, reading)
        if in_parts:
            kept, told = parts.split(con)
            notes += told
    total = int(one(con, f"SELECT coalesce(sum(amount), 0) FROM mainstay_{table}")[0])
    return _Plain(total, value, faults, notes, kept)


@dataclass(frozen=True)
class _Plain:
    """A table of no documents: the sum of its amounts, SQL of a row's amount in minor units where
    it has one, faults and remarks, and the rows kept where the facts have not as many.
    """

    total: int
    value: str | None
    faults: list[Fault]
    notes: list[dict[str, str]]
    kept: int | None


def _money(
    con: duckdb.DuckDBPyConnection, staged: str, reading: Reading, wishes: Wishes
) -> tuple[currencies.Money, list[Fault]]:
    """In which currency the rows are, and every fault of currencies and rates."""
    money_of, faults = currencies.of_rows(con, staged, reading, wishes)
    faults += currencies.several_signs(con, reading)
    if reading.raw.table == "rates":
        faults += rates.rate_faults(con, staged, reading, wishes.currency)
    return money_of, faults


@dataclass(frozen=True)
class Tally:
    """Rows and amounts of one input: what is neither kept nor left out is rejected."""

    rows: int
    kept: int
    left_out: int
    total: int
    exact_total: str | None
    notes: list[dict[str, str]]


def _record(raw: Raw, guesses: list[columns.Guess], tally: Tally) -> Source:
    found = {g.canonical: g for g in guesses if g.canonical is not None}
    return Source(
        name=raw.name,
        table=raw.table,
        rows=tally.rows,
        kept=tally.kept,
        left_out=tally.left_out,
        rejected=tally.rows - tally.left_out - tally.kept,
        encoding=raw.encoding,
        sheet=raw.sheet,
        mapping={name: g.heading for name, g in found.items()},
        confidence={name: g.confidence for name, g in found.items()},
        total=tally.total,
        exact_total=tally.exact_total,
        notes=tally.notes,
    )


def _ends_in_zero(reading: Reading) -> list[str]:
    """Code columns of which the sample shows values such as «17850.0»."""
    codes = CODES if "customer_id" in reading.places else CODES | {"customer_name"}
    return [
        name
        for name, index in reading.places.items()
        if name in codes
        and reading.raw.types[index] == "text"
        and any((row[index] or "").endswith(".0") for row in reading.raw.sample if len(row) > index)
    ]


def _strip_zero(con: duckdb.DuckDBPyConnection, staged: str, reading: Reading) -> list[str]:
    """Code columns in which every value is a whole number written with «.0»."""
    return [
        name
        for name in _ends_in_zero(reading)
        if not one(
            con, f"SELECT count(*) FROM {staged} WHERE NOT regexp_full_match({name}, '[0-9]+[.]0')"
        )[0]
    ]
