"""What must hold before facts are facts: columns present, cells readable, one currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import Fault
from mainstay_engine.reader.columns import Guess, find, squeeze, synonyms
from mainstay_engine.reader.convert import UNCALCULATED
from mainstay_engine.reader.messages import TABLES_ZH, fault
from mainstay_engine.reader.options import Wishes
from mainstay_engine.reader.raw import Raw
from mainstay_engine.reader.staged import NEEDED, Reading
from mainstay_engine.tables import TABLES

if TYPE_CHECKING:
    import duckdb

_CUT = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
_DAY_LIKE = re.compile(r"\d{1,4}[-./年]\d{1,2}[-./月]\d{1,4}日?|\d{8}")
_NUMBER_LIKE = re.compile(r"[-+]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][-+]?\d+)?")


def column_faults(raw: Raw, guesses: Sequence[Guess], wishes: Wishes) -> list[Fault]:
    """Headings asked for but absent, needed columns not recognised, headings that stand twice."""
    table = raw.table
    place: dict[str, Any] = {"file": raw.name, "sheet": raw.sheet}
    has = {g.canonical: g for g in guesses if g.canonical is not None}
    shown = ", ".join(h for h in raw.headings if h) or "–"
    faults = []
    known = {name for meanings in synonyms(table).values() for name in meanings}
    for canonical, heading in wishes.columns.get(table, {}).items():
        if canonical not in known and canonical not in TABLES[table].names:
            faults.append(
                fault(
                    "unknown_canonical",
                    **place,
                    value=canonical,
                    table=table,
                    table_zh=TABLES_ZH[table],
                    names=", ".join(sorted(known)),
                )
            )
        elif heading is not None and find(raw.headings, heading) is None:
            faults.append(fault("no_column", **place, value=str(heading), headings=shown))
    if not has:
        zh = TABLES_ZH[table]
        return [*faults, fault("no_headings", **place, table=table, table_zh=zh)]
    for canonical in _missing(table, has, wishes):
        column = TABLES[table][canonical]
        faults.append(
            fault(
                "missing_column",
                **place,
                column=canonical,
                canonical=canonical,
                en=column.en,
                zh=column.zh,
                headings=shown,
            )
        )
    counts: dict[str, int] = {}
    for heading in raw.headings:
        counts[squeeze(heading)] = counts.get(squeeze(heading), 0) + 1
    for canonical, guess in has.items():
        times = counts.get(squeeze(guess.heading), 0)
        if times > 1 and guess.heading and raw.headings.count(guess.heading) > 1:
            column_ = next((c for c in TABLES[table].columns if c.name == canonical), None)
            faults.append(
                fault(
                    "doubled_column",
                    **place,
                    column=guess.heading,
                    times=times,
                    en=column_.en if column_ else canonical,
                    zh=column_.zh if column_ else canonical,
                )
            )
    return faults


def _missing(table: str, has: dict[str, Guess], wishes: Wishes) -> list[str]:
    missing = [name for name in NEEDED[table] if name not in has]
    if wishes.table_options(table).documents == "openings" and "doc_no" in missing:
        missing.remove("doc_no")
    if table in ("lines", "receipts", "efforts") and not {"customer_id", "customer_name"} & set(
        has
    ):
        missing.append("customer_id")
    if table == "lines":
        rate = "tax_rate" in has or wishes.table_options(table).tax_rate is not None
        ways = (
            "net" in has,
            "amount" in has,
            {"gross", "tax"} <= set(has),
            "gross" in has and rate,
            {"price", "quantity"} <= set(has),
            {"price_gross", "quantity"} <= set(has) and (rate or "tax" in has),
        )
        if not any(ways):
            missing.append("net")
    if table == "customers" and "customer_id" in missing and "customer_name" in has:
        missing.remove("customer_id")
    return missing


def cell_faults(con: duckdb.DuckDBPyConnection, staged: str, reading: Reading) -> list[Fault]:
    """One fault per cell that could not be read or is needed and empty, by row."""
    raw = reading.raw
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE mainstay_bad AS SELECT * FROM ({reading.values()}) "
        f"WHERE rn IN (SELECT rn FROM {staged} WHERE _bad AND _out IS NULL)"
    )
    found: list[tuple[int, int, Fault]] = []
    for name, index in reading.places.items():
        condition = reading.failed(name)
        if name in NEEDED[raw.table]:
            condition += f" OR ({reading.lacks(name)})"
        rows = con.execute(
            f"SELECT rn, CAST(t_{name} AS VARCHAR) FROM mainstay_bad WHERE {condition} ORDER BY rn"
        ).fetchall()
        for row, value in rows:
            column = raw.headings[index]
            code = _cell_code(reading.kind(name), value)
            found.append(
                (
                    row,
                    index,
                    fault(
                        code, file=raw.name, sheet=raw.sheet, row=row, column=column, value=value
                    ),
                )
            )
    con.execute("DROP TABLE mainstay_bad")
    return [fault_ for _row, _index, fault_ in sorted(found, key=lambda f: f[:2])]


def _cell_code(kind: str, value: str | None) -> str:
    """Which fault an unreadable cell is."""
    if value is None:
        return "missing_value"
    if value.startswith("#"):
        return "uncalculated" if value == UNCALCULATED else "error_cell"
    if kind == "date":
        if _CUT.fullmatch(value):
            return "cut_code_date"
        return "no_such_day" if _DAY_LIKE.match(value) else "not_a_date"
    if kind == "text":
        return "cut_code"
    return "too_large" if _NUMBER_LIKE.fullmatch(value) else "not_a_number"


def doubled_codes(con: duckdb.DuckDBPyConnection, staged: str, reading: Reading) -> list[Fault]:
    """A fault for every row of a list whose code stands in an earlier row; the row becomes bad."""
    raw = reading.raw
    (code,) = NEEDED[raw.table]
    if code not in reading.places:
        return []
    rows = con.execute(
        f"SELECT rn, {code}, first FROM (SELECT rn, {code}, _bad, "
        f"min(rn) OVER (PARTITION BY {code}) AS first FROM {staged} WHERE _out IS NULL) "
        f"WHERE rn > first AND NOT _bad AND {code} IS NOT NULL ORDER BY rn"
    ).fetchall()
    column = TABLES[raw.table][code]
    if rows:
        doubled = [row[0] for row in rows]
        con.execute(f"UPDATE {staged} SET _bad = TRUE WHERE rn IN (SELECT unnest(?))", [doubled])
    return [
        fault(
            "doubled_key",
            file=raw.name,
            sheet=raw.sheet,
            row=row,
            column=raw.headings[reading.places[code]],
            value=value,
            first=first,
            en=column.en.lower(),
            zh=column.zh,
        )
        for row, value, first in rows
    ]
