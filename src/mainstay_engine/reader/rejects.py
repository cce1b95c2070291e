"""Rows that were left out as faulty, given back as a file to be corrected and read again."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

from mainstay_engine.errors import Fault
from mainstay_engine.facts import Facts

REASON, REMEDY = "原因 Reason", "处理 Remedy"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_rejects(facts: Facts, path: str | os.PathLike[str]) -> list[Path]:
    """Write the rejected rows as CSV (UTF-8 with BOM): their original columns, reason and remedy.

    One file per input that has any: the first under ``path``, the others with the table's
    name before the ending. Returns the files written; none when nothing was rejected. Texts
    that a spreadsheet would take for formulas are preceded by an apostrophe.
    """
    target = Path(path)
    written: list[Path] = []
    for source in facts.sources:
        faults = [f for f in facts.rejects if f.file == source.name and f.row is not None]
        if not faults:
            continue
        place = (
            target
            if not written
            else target.with_name(f"{target.stem}.{source.table}{target.suffix}")
        )
        headings, rows = _rows(facts.backend.con, source.table, faults)
        with place.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*headings, REASON, REMEDY])
            writer.writerows(rows)
        written.append(place)
    return written


def _rows(con: Any, table: str, faults: list[Fault]) -> tuple[list[str], list[list[str]]]:
    by_row: dict[int, list[Fault]] = {}
    for fault in faults:
        by_row.setdefault(fault.row or 0, []).append(fault)
    headings = [
        row[0]
        for row in con.execute(
            f"SELECT heading FROM mainstay_headings_{table} ORDER BY place"
        ).fetchall()
    ]
    cells = ", ".join(f"CAST(c{i} AS VARCHAR)" for i in range(len(headings)))
    found = con.execute(
        f"SELECT rn, {cells} FROM mainstay_raw_{table} WHERE rn IN (SELECT unnest(?)) ORDER BY rn",
        [list(by_row)],
    ).fetchall()
    rows = []
    for number, *texts in found:
        reasons = " / ".join(
            f"{f.column or ''}: {f.message['zh']} {f.message['en']}" for f in by_row[number]
        )
        remedies = " / ".join(
            dict.fromkeys(f"{f.remedy['zh']} {f.remedy['en']}" for f in by_row[number])
        )
        rows.append([*(_harmless(text or "") for text in texts), reasons, remedies])
    return headings, rows


def _harmless(text: str) -> str:
    """The text as a spreadsheet shows it and does not run it; plain negative numbers stay."""
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text.replace(",", ""))
    except ValueError:
        return "'" + text
    return text
