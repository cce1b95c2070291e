"""``inspect``: how a file would be read: columns, marked rows, counts, tie-out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mainstay_engine.backends import open_duckdb
from mainstay_engine.errors import BadInput, EngineError, Fault, MixedCurrencies
from mainstay_engine.reader import convert
from mainstay_engine.reader.asks import asks
from mainstay_engine.reader.canonical import document_of
from mainstay_engine.reader.currencies import OWN
from mainstay_engine.reader.mapping import load_mapping
from mainstay_engine.reader.options import Wishes, exponent_of
from mainstay_engine.reader.preview import (
    Counts,
    Preview,
    PreviewColumn,
    PreviewRow,
    TieOut,
    choices,
)
from mainstay_engine.reader.query import one
from mainstay_engine.reader.raw import Options, Raw
from mainstay_engine.reader.rows import REASONS
from mainstay_engine.reader.table import Outcome, read_table
from mainstay_engine.tables import TABLES

if TYPE_CHECKING:
    import duckdb

FIRST_ROWS = 50
"""Rows shown from the top of the data."""
PROBLEM_ROWS = 500
"""Rows shown that are faulty or left out; the counts and ``faults`` are always of all."""


def inspect(
    path: Any,
    table: str = "lines",
    mapping: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    *,
    currency: str | None = None,
    exponent: int | None = None,
    several: bool = False,
    rows: int = FIRST_ROWS,
    problems: int = PROBLEM_ROWS,
    orders: bool = False,
) -> Preview:
    """Read a file as ``read_facts`` would and say what would happen.

    ``path`` is anything ``read_facts`` takes, ``orders`` as there. With ``several`` rows may be in
    other currencies than the company's, ``currency``; whether each has a rate is not asked. Never
    raises for bad input: what cannot be read is in ``faults``; where even the columns are not
    known, only ``faults`` and
    ``columns`` are filled.
    """
    name = (
        os.path.basename(os.fspath(path)) if isinstance(path, (str, os.PathLike)) else f"<{table}>"
    )
    wishes = replace(
        Wishes.of(load_mapping(mapping), currency, exponent), orders=orders, rates=several
    )
    con = open_duckdb()
    try:
        outcome = read_table(con, path, table, wishes, inspecting=True)
    except BadInput as error:
        return Preview(name, table, faults=tuple(error.faults), choices=choices(table))
    except EngineError as error:
        odd = Fault(error.code, error.message, error.remedy, file=name)
        ask = {"currency": ""} if isinstance(error, MixedCurrencies) else {}
        return Preview(name, table, faults=(odd,), choices=choices(table), asks=ask)
    return _preview(con, outcome, wishes.settled(outcome.currency), rows, problems)


def _preview(
    con: duckdb.DuckDBPyConnection, outcome: Outcome, wishes: Wishes, rows: int, problems: int
) -> Preview:
    raw, reading = outcome.reading.raw, outcome.reading
    table = raw.table
    faults = tuple(outcome.faults)
    if not reading.places:
        return _unrecognised(con, outcome, wishes.table_options(table), rows)
    marks = _marks(reading.raw.headings, faults)
    held = _held(con, outcome, marks)
    shown = _shown if raw.exact_rows else _shown_of_clean
    first, odd = shown(con, outcome, held, rows, problems)
    first_date, last_date, counts, totals = None, None, Counts(), TieOut()
    built = not any(fault.row is None for fault in faults)
    if built:
        counts = _counts(con, outcome, len(held))
        totals = TieOut() if outcome.foreign else _tie_out(con, outcome, wishes.exponent)
        day = {"lines": "doc_date", "receipts": "date"}.get(table)
        if day is not None:
            first_date, last_date = one(con, f"SELECT min({day}), max({day}) FROM mainstay_{table}")
    return Preview(
        raw.name,
        table,
        columns=_columns(outcome),
        rows=tuple(_row(row, marks) for row in first),
        problems=tuple(_row(row, marks) for row in odd),
        counts=counts,
        totals=totals,
        faults=faults,
        missing=tuple(f.column or "" for f in faults if f.code == "missing_column"),
        choices=choices(table),
        sheet=raw.sheet,
        sheets=raw.sheets,
        sheet_hidden=raw.hidden,
        other_sheets=raw.others,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        heading_row=raw.heading_row,
        currency=wishes.currency,
        exponent=wishes.exponent,
        currencies=_sums(con, outcome, wishes) if built and outcome.foreign else (),
        apart=_apart(con, wishes) if built and table == "lines" else (),
        first_date=first_date,
        last_date=last_date,
        notes=tuple(note for note in outcome.source.notes if note not in raw.sheet_remarks),
        asks=asks(outcome, wishes.table_options(table)),
    )


def _held(con: duckdb.DuckDBPyConnection, outcome: Outcome, marks: Mapping[int, Any]) -> list[int]:
    """Rows that are faulty, and of receipts those that go along with a faulty one."""
    if outcome.reading.raw.table != "receipts" or not outcome.staged:
        return sorted(marks)
    bad = con.execute("SELECT rn FROM mainstay_staged_receipts WHERE _bad AND _out IS NULL")
    return sorted({*marks, *(row for (row,) in bad.fetchall())})


def _shown(
    con: duckdb.DuckDBPyConnection, outcome: Outcome, held: list[int], rows: int, problems: int
) -> tuple[list[Any], list[Any]]:
    """(row, verdict, cells, cells filled down) of the first rows, and of those with problems."""
    raw = outcome.reading.raw
    verdict = (
        "CASE WHEN r.verdict <> 'data' THEN r.verdict WHEN s._out IS NOT NULL THEN s._out "
        "WHEN list_contains($held, r.rn) THEN 'held_back' ELSE 'data' END"
    )
    query = (
        f"SELECT * FROM (SELECT r.rn, {verdict} AS verdict, "
        f"{_cells(raw, 'w')} AS cells, {_cells(raw, 'd')} AS filled "
        f"FROM mainstay_rows_{raw.table} r JOIN {raw.relation} w ON w.rn = r.rn "
        f"LEFT JOIN mainstay_data_{raw.table} d ON d.rn = r.rn "
        f"LEFT JOIN mainstay_staged_{raw.table} s ON s.rn = r.rn) "
        "WHERE verdict <> 'blank' AND {} ORDER BY rn LIMIT {}"
    )
    first = con.execute(query.format("TRUE", rows), {"held": held}).fetchall()
    odd = con.execute(query.format("verdict <> 'data'", problems), {"held": held}).fetchall()
    return first, odd


def _shown_of_clean(
    con: duckdb.DuckDBPyConnection, outcome: Outcome, held: list[int], rows: int, problems: int
) -> tuple[list[Any], list[Any]]:
    """The same of a file read quickly: no row is at fault, blank, a total or a note."""
    raw = outcome.reading.raw
    out, staged = "CAST(NULL AS VARCHAR)", ""
    if outcome.staged:
        out, staged = "s._out", f" LEFT JOIN mainstay_staged_{raw.table} s ON s.rn = w.rn"
    cells = _cells(raw, "w")
    query = (
        f"SELECT w.rn, coalesce({out}, 'data'), {cells}, {cells} FROM {raw.relation} w{staged} "
        "WHERE {} ORDER BY w.rn LIMIT {}"
    )
    last = (raw.heading_row or 0) + rows
    first = con.execute(query.format(f"w.rn <= {last}", rows)).fetchall()
    return first, con.execute(query.format(f"{out} IS NOT NULL", problems)).fetchall()


def _cells(raw: Raw, alias: str) -> str:
    """SQL of a row's cells as a list of texts."""
    return f"[{', '.join(f'CAST({alias}.c{i} AS VARCHAR)' for i in range(len(raw.headings)))}]"


def _unrecognised(
    con: duckdb.DuckDBPyConnection, outcome: Outcome, options: Options, rows: int
) -> Preview:
    """A file of which no column was recognised: its columns and first rows, to be mapped."""
    raw = outcome.reading.raw
    cells = ", ".join(f"CAST(c{i} AS VARCHAR)" for i in range(len(raw.headings)))
    first = con.execute(
        f"SELECT rn, [{cells}] FROM {raw.relation} "
        f"WHERE rn > {raw.heading_row or 0} ORDER BY rn LIMIT {rows}"
    ).fetchall()
    return Preview(
        raw.name,
        raw.table,
        columns=_columns(outcome),
        rows=tuple(PreviewRow(n, tuple(cell or "" for cell in row), "data") for n, row in first),
        faults=tuple(outcome.faults),
        missing=TABLES[raw.table].required,
        choices=choices(raw.table),
        sheet=raw.sheet,
        sheets=raw.sheets,
        sheet_hidden=raw.hidden,
        other_sheets=raw.others,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        heading_row=raw.heading_row,
        asks=asks(outcome, options),
    )


def _marks(
    headings: list[str], faults: tuple[Fault, ...]
) -> dict[int, dict[int, tuple[Fault, ...]]]:
    """Row → column index → faults; a fault without a column is marked at the first."""
    marks: dict[int, dict[int, tuple[Fault, ...]]] = {}
    for fault in faults:
        if fault.row is None:
            continue
        index = headings.index(fault.column) if fault.column in headings else 0
        row = marks.setdefault(fault.row, {})
        row[index] = (*row.get(index, ()), fault)
    return marks


def _row(
    record: tuple[Any, ...], marks: Mapping[int, Mapping[int, tuple[Fault, ...]]]
) -> PreviewRow:
    number, verdict, cells, filled = record
    note = None
    if verdict in REASONS:
        en, zh = REASONS[verdict]
        note = {"en": f"Left out: {en}.", "zh": f"不导入：{zh}。"}
    down = {
        i: value
        for i, (own, value) in enumerate(zip(cells, filled, strict=True))
        if value and not (own or "").strip()
    }
    return PreviewRow(
        number, tuple(cell or "" for cell in cells), verdict, note, marks.get(number, {}), down
    )


def _columns(outcome: Outcome) -> tuple[PreviewColumn, ...]:
    raw = outcome.reading.raw
    titles = choices(raw.table)
    declared = TABLES[raw.table]
    found = []
    for guess in outcome.guesses:
        samples = [row[guess.index] for row in raw.sample if len(row) > guess.index]
        distinct = dict.fromkeys(text.strip() for text in samples if text and text.strip())
        found.append(
            PreviewColumn(
                guess.index,
                guess.heading,
                guess.canonical,
                guess.confidence,
                titles.get(guess.canonical) if guess.canonical else None,
                guess.canonical in declared.required,
                tuple(distinct)[:5],
            )
        )
    return tuple(found)


def _counts(con: duckdb.DuckDBPyConnection, outcome: Outcome, held_back: int) -> Counts:
    raw, table = outcome.reading.raw, outcome.reading.raw.table
    reasons = []
    if raw.exact_rows:
        reasons.append(f"SELECT verdict AS why FROM mainstay_rows_{table} WHERE verdict <> 'data'")
    if outcome.staged:
        reasons.append(f"SELECT _out AS why FROM mainstay_staged_{table} WHERE _out IS NOT NULL")
    left = {}
    if reasons:
        every = " UNION ALL ".join(reasons)
        left = dict(con.execute(f"SELECT why, count(*) FROM ({every}) GROUP BY 1").fetchall())
    kept = outcome.source.kept
    names = {row[0] for row in con.execute(f"DESCRIBE mainstay_{table}").fetchall()}
    document = document_of(names) if "doc_no" in names else None
    if document is None and "receipt_no" in names:
        document = "receipt_no"
    customer = "customer_id" if "customer_id" in names else "NULL"
    alone = "customer_id IS NULL" if "customer_id" in names else "FALSE"
    documents, customers, unassigned = one(
        con,
        f"SELECT count(DISTINCT {document or 'NULL'}), count(DISTINCT {customer}), "
        f"count(*) FILTER ({alone}) FROM mainstay_{table}",
    )
    in_file = raw.records
    if in_file is None:
        in_file = int(one(con, f"SELECT count(*) FROM {raw.relation}")[0]) + 1
    return Counts(
        in_file, left, kept + held_back, kept, held_back, documents, customers, unassigned
    )


def _sums(
    con: duckdb.DuckDBPyConnection, outcome: Outcome, wishes: Wishes
) -> tuple[tuple[str, int, int], ...]:
    """Of each currency: its code, decimal places and the sum to import in its minor units."""
    rows = con.execute(
        f"SELECT {OWN}, sum({outcome.value_sql}) FROM mainstay_staged_{outcome.reading.raw.table} "
        "WHERE _out IS NULL AND NOT _bad GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return tuple(
        (code, wishes.exponent if code == wishes.currency else exponent_of(code), int(value or 0))
        for code, value in rows
    )


def _apart(
    con: duckdb.DuckDBPyConnection, wishes: Wishes
) -> tuple[tuple[str, str | None, int, int, int], ...]:
    """Of sales, orders and deliveries: documents and net in each currency; nothing of one alone."""
    names = {row[0] for row in con.execute("DESCRIBE mainstay_lines").fetchall()}
    currency = "currency" if "currency" in names else "NULL"
    rows = con.execute(
        "SELECT CASE kind WHEN 'order' THEN 'orders' WHEN 'delivery' THEN 'deliveries' "
        f"ELSE 'sales' END AS what, {currency} AS code, count(DISTINCT {document_of(names)}), "
        "sum(net)::BIGINT "
        "FROM mainstay_lines GROUP BY 1, 2 ORDER BY 1 DESC, 2"
    ).fetchall()
    if len({what for what, *_ in rows}) < 2:
        return ()
    return tuple(
        (what, code, wishes.exponent if code in (None, wishes.currency) else exponent_of(code),
         documents, net or 0)
        for what, code, documents, net in rows
    )  # fmt: skip


def _tie_out(con: duckdb.DuckDBPyConnection, outcome: Outcome, exponent: int) -> TieOut:
    raw, places = outcome.reading.raw, outcome.reading.places
    to_import = outcome.source.total
    held = 0
    if outcome.value_sql is not None and outcome.staged:
        held = int(
            one(
                con,
                f"SELECT coalesce(sum({outcome.value_sql}), 0) FROM mainstay_staged_{raw.table} "
                "WHERE _bad AND _out IS NULL",
            )[0]
        )
    column = next((name for name in ("net", "amount") if name in places), None)
    found: list[tuple[Any, ...]] = []
    if column is not None and raw.exact_rows:
        value = convert.minor(
            convert.number(
                f"CAST(c{places[column]} AS VARCHAR)",
                convert.AMOUNT,
                comma=column in outcome.reading.comma,
            ),
            exponent,
        )
        found = con.execute(
            f"SELECT r.rn, {value} FROM mainstay_rows_{raw.table} r "
            f"JOIN {raw.relation} w ON w.rn = r.rn "
            f"WHERE r.verdict = 'total' AND {value} IS NOT NULL ORDER BY r.rn DESC LIMIT 1"
        ).fetchall()
    total = to_import + held
    if not found:
        return TieOut(total, held, to_import)
    row, stated = found[0]
    return TieOut(total, held, to_import, row, stated, stated == total)
