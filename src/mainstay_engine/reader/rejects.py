"""Rows that were left out as faulty, given back as a file to be corrected and read again.

Every row carries its document's fields, even where the file wrote them on the first line only, and
a document comes back whole: its sound rows stand beside the faulty ones. So the file, once
corrected, says by itself what the original should have said.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mainstay_engine.errors import Fault
from mainstay_engine.facts import Facts, Source
from mainstay_engine.reader.convert import text
from mainstay_engine.reader.raw import EXTRA, EXTRA_CSV

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WHOLE = {"lines": "doc_no", "receipts": "receipt_no", "allocations": "receipt_no"}
"""The number whose rows are one fact, replaced as a whole when it is brought again."""
_ALONG = (
    "Nothing is wrong here, but another row of the document is. / 本行无误；同一单据另有错误行。",
    "Leave it, so that the document stays whole. / 请保留，以免单据缺行。",
)


@dataclass(frozen=True)
class Row:
    """One row to give back: its cells as they stood, the faulty ones by index, why and remedy."""

    cells: list[str]
    faulty: frozenset[int]
    why: str
    remedy: str


@dataclass(frozen=True)
class Block:
    """The rows of one input, under their own headings."""

    source: Source
    headings: list[str]
    rows: list[Row]


def write_rejects(facts: Facts, path: str | os.PathLike[str]) -> list[Path]:
    """Write the rejected rows with reason and remedy; the files written, none without any.

    The path's ending decides. «.xlsx»: one workbook with a sheet per table, which ``read_facts``
    reads again under the same conventions (order of day and month, decimal mark, columns). Anything
    else: CSV (UTF-8 with BOM), one file per input that has any, the first under ``path``, the
    others with the table's name before the ending; there texts that a spreadsheet would take for
    formulas are preceded by an apostrophe. Raises ``EngineError`` where a sheet is too small or
    the disk is full; then no file is left.
    """
    target = Path(path)
    blocks = list(_blocks(facts))
    if not blocks:
        return []
    if target.suffix.lower() == ".xlsx":
        from mainstay_engine.reader.errorbook import write_book

        write_book(facts, blocks, target)
        return [target]
    written: list[Path] = []
    for block in blocks:
        table = block.source.table
        place = target.with_name(f"{target.stem}.{table}{target.suffix}") if written else target
        with place.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*block.headings, *EXTRA_CSV])
            for row in block.rows:
                writer.writerow([*(_harmless(cell) for cell in row.cells), row.why, row.remedy])
        written.append(place)
    return written


def _blocks(facts: Facts) -> Iterator[Block]:
    for source in facts.sources:
        faults = [
            fault
            for fault in facts.rejects
            if (fault.file, fault.sheet) == (source.name, source.sheet) and fault.row is not None
        ]
        if faults:
            yield _block(facts.backend.con, source, faults)


def _block(con: Any, source: Source, faults: list[Fault]) -> Block:
    table = source.table
    every: list[tuple[int, str]] = con.execute(
        f"SELECT place, heading FROM mainstay_headings_{table} ORDER BY place"
    ).fetchall()
    own = [(place, heading) for place, heading in every if heading not in (*EXTRA, *EXTRA_CSV)]
    by_row: dict[int, list[Fault]] = {}
    for fault in faults:
        by_row.setdefault(fault.row or 0, []).append(fault)
    rows = []
    for number, *cells in _records(con, source, own, list(by_row)):
        found = by_row.get(number)
        why, remedy = _ALONG if found is None else (_why(found), _remedy(found))
        names = {fault.column for fault in found or ()}
        bad = frozenset(at for at, (_place, heading) in enumerate(own) if heading in names)
        rows.append(Row([cell or "" for cell in cells], bad, why, remedy))
    return Block(source, [heading for _place, heading in own], rows)


def _records(
    con: Any, source: Source, own: list[tuple[int, str]], bad: list[int]
) -> list[tuple[Any, ...]]:
    """(row, cells …) of the faulty rows and of every other row of their documents, in order."""
    cells = ", ".join(f"CAST(c{place} AS VARCHAR)" for place, _heading in own)
    held = f"mainstay_data_{source.table}"
    tables = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if held not in tables:
        held = f"mainstay_raw_{source.table}"
    wanted = "rn IN (SELECT unnest($rows))"
    place, whose = (
        next((place for place, name in own if name == source.mapping.get(column)), None)
        for column in (_WHOLE.get(source.table, ""), "organisation")
    )
    if place is not None:
        number = text(f"CAST(c{place} AS VARCHAR)")
        if whose is not None:
            number += f" || chr(31) || coalesce({text(f'CAST(c{whose} AS VARCHAR)')}, '')"
        wanted += f" OR {number} IN (SELECT {number} FROM {held} WHERE {wanted})"
    found: list[tuple[Any, ...]] = con.execute(
        f"SELECT rn, {cells} FROM {held} WHERE {wanted} ORDER BY rn", {"rows": bad}
    ).fetchall()
    return found


def _why(faults: list[Fault]) -> str:
    return "\n".join(f"{f.column or '–'}: {f.message['en']} / {f.message['zh']}" for f in faults)


def _remedy(faults: list[Fault]) -> str:
    return "\n".join(dict.fromkeys(f"{f.remedy['en']} / {f.remedy['zh']}" for f in faults))


def _harmless(cell: str) -> str:
    """The text as a spreadsheet shows it and does not run it; plain negative numbers stay."""
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell.replace(",", ""))
    except ValueError:
        return "'" + cell
    return cell
