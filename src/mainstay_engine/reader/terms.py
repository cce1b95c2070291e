"""Terms of payment in a file: what each text of the column means, and the due dates they give.

A column holds few different texts, so each is understood once and looked up by the rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from mainstay_engine.reader.query import one
from mainstay_engine.reader.staged import Reading
from mainstay_engine.terms import Terms, parse_terms, readings
from mainstay_engine.terms.words import MonthEnd

if TYPE_CHECKING:
    import duckdb

COLUMNS = ("terms", "terms_days")
"""Canonical columns that hold terms of payment."""
_SHOWN = 3
"""Unreadable texts shown in a remark."""


@dataclass(frozen=True)
class Learned:
    """What a file's terms turned out to be. ``open_order``: texts with two readings, by rows."""

    open_order: int = 0
    example: str | None = None
    unreadable: int = 0
    unread: tuple[str, ...] = ()


def learn_terms(
    con: duckdb.DuckDBPyConnection, reading: Reading, month_end: MonthEnd | None
) -> Learned:
    """Make ``mainstay_terms_<table>``: each text of a terms column (``said``) and its notation."""
    places = [name for name in COLUMNS if name in reading.places]
    if not places:
        return Learned()
    texts = " UNION ALL ".join(
        f"SELECT CAST(t_{name} AS VARCHAR) AS said FROM ({reading.texts()})" for name in places
    )
    rows = con.execute(
        f"SELECT said, count(*) FROM ({texts}) WHERE said IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    table = reading.raw.table
    con.execute(f"CREATE OR REPLACE TABLE mainstay_terms_{table} (said VARCHAR, means VARCHAR)")
    found = [(said, count, readings(_whole(said))) for said, count in rows]
    means = [
        [said, str(parse_terms(_whole(said), month_end or "first"))]
        for said, _, all_ in found
        if all_
    ]
    if means:
        con.register("mainstay_terms_given", _pairs(means))
        con.execute(f"INSERT INTO mainstay_terms_{table} SELECT * FROM mainstay_terms_given")
        con.unregister("mainstay_terms_given")
    doubtful = [(said, count) for said, count, all_ in found if len(all_) > 1]
    unread = [(said, count) for said, count, all_ in found if not all_]
    return Learned(
        sum(count for _, count in doubtful),
        doubtful[0][0] if doubtful else None,
        sum(count for _, count in unread),
        tuple(said for said, _ in unread[:_SHOWN]),
    )


def _whole(said: str) -> str:
    """«30.0», as a spreadsheet writes 30, without the «.0»."""
    return re.sub(r"^(\d+)\.0+$", r"\1", said)


def _pairs(rows: list[list[str]]) -> pa.Table:
    said, means = zip(*rows, strict=True)
    return pa.table({"said": pa.array(said, pa.string()), "means": pa.array(means, pa.string())})


def fill_due_dates(con: duckdb.DuckDBPyConnection) -> None:
    """Lines without a due date get the one their terms give; the column ``terms`` goes."""
    given: pa.Table = con.sql(
        "SELECT DISTINCT terms, doc_date FROM mainstay_lines "
        "WHERE due_date IS NULL AND terms IS NOT NULL AND doc_date IS NOT NULL"
    ).to_arrow_table()
    if given.num_rows:
        day = given["doc_date"].cast(pa.int32()).cast(pa.int64()).to_numpy()
        due = np.empty(len(day), dtype=np.int64)
        texts = np.array(given["terms"].to_pylist(), dtype=object)
        for text in set(texts):
            rows = texts == text
            due[rows] = parse_terms(text).due_days(day[rows])
        dates = pa.array(due.astype(np.int32), pa.int32()).cast(pa.date32())
        con.register("mainstay_due", given.append_column("due", dates))
        con.execute(
            "UPDATE mainstay_lines SET due_date = d.due FROM mainstay_due d "
            "WHERE mainstay_lines.due_date IS NULL AND mainstay_lines.terms = d.terms "
            "AND mainstay_lines.doc_date = d.doc_date"
        )
        con.unregister("mainstay_due")
    con.execute("ALTER TABLE mainstay_lines DROP COLUMN terms")


def remarks(
    con: duckdb.DuckDBPyConnection, reading: Reading, learned: Learned, month_end: MonthEnd | None
) -> list[dict[str, str]]:
    """What there is to say about the terms: which reading was taken, what was not understood."""
    said: list[dict[str, str]] = []
    if learned.open_order and learned.example:
        first, last = (_example(terms) for terms in readings(_whole(learned.example)))
        taken, other = (last, first) if month_end == "last" else (first, last)
        option = "first" if month_end == "last" else "last"
        rows = learned.open_order
        said.append(
            {
                "en": f"Terms such as «{learned.example}» ({rows:,} "
                f"{'rows' if rows != 1 else 'row'}) have two readings. Taken: {taken['en']}. "
                f"The other: {other['en']}; choose it on the check page, or by "
                f"the option month_end: {option}.",
                "zh": f"“{learned.example}”这类账期（{rows:,} 行）有两种理解。"
                f"本次采用：{taken['zh']}。另一种：{other['zh']}；"
                f"如需采用，请在检查页选择，或设选项 month_end: {option}。",
            }
        )
    if learned.unreadable and reading.raw.table == "lines":
        shown = "、".join(learned.unread)
        said.append(
            {
                "en": f"Terms that could not be read on {learned.unreadable:,} rows ({shown}): "
                "they give no due date.",
                "zh": f"有 {learned.unreadable:,} 行的账期无法识别（{shown}），不据此推算到期日。",
            }
        )
    if "from delivery" in _starts(con, reading):
        said.append(
            {
                "en": "Terms that count from the delivery are counted from the document's date "
                "where the day of delivery is not known.",
                "zh": "自货到起算的账期，若无发货日期，则按单据日期起算。",
            }
        )
    return said


def _starts(con: duckdb.DuckDBPyConnection, reading: Reading) -> str:
    if not any(name in reading.places for name in COLUMNS):
        return ""
    query = f"SELECT coalesce(string_agg(means, '|'), '') FROM mainstay_terms_{reading.raw.table}"
    return str(one(con, query)[0])


def _example(terms: Terms) -> dict[str, str]:
    invoiced = date(2026, 1, 5)
    due = terms.due_date(invoiced)
    if terms.then_days:
        en, zh = f"month-end, then {terms.then_days} days", f"先到月末，再加 {terms.then_days} 天"
    else:
        en, zh = f"{terms.days} days, then month-end", f"先加 {terms.days} 天，再到月末"
    return {
        "en": f"{en} (an invoice of {invoiced} falls due on {due})",
        "zh": f"{zh}（{invoiced} 的发票于 {due} 到期）",
    }
