"""Orders, deliveries and opening balances among the lines: no sales. Which rows are.

A row's type column tells («销售订单», «Delivery Note»), unless the user says what the whole file is
(option ``documents``). An opening balance is owed, but was sold before the books: it carries no
net, its gross is what is owed. Orders and deliveries are commitments: where nobody asks for them,
their rows are left out and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mainstay_engine.reader.convert import quote
from mainstay_engine.reader.query import one
from mainstay_engine.reader.statuses import CLOSED, HELD, closed_flags, opening_flag, status_rules
from mainstay_engine.tables import DELIVERY, INVOICE, OPENING, ORDER

if TYPE_CHECKING:
    import duckdb

    from mainstay_engine.reader.columns import Guess
    from mainstay_engine.reader.staged import Reading

COLUMNS = ("order_no", "promised", "order_state")
"""Columns of the lines that only orders and what fulfils them have."""
_READ = ("order_no", "promised", "closed")
"""Columns of a file that are read for them alone."""
_WHOLE = {"orders": ORDER, "deliveries": DELIVERY, "openings": OPENING}
_ORDERS = "(销售|客户)订单|sales orders?"
_DELIVERIES = (
    "发货单|送货单|交货单|发货通知|(delivery|despatch|dispatch) notes?|packing (slip|list)s?"
)
_BOOKED = "出库|发票|开票|退货|红字|invoice|credit|return"
"""Beside an order's or a delivery's words: the row is what was made of it."""
_NAMED_ORDER = ("订单", "order")
"""In the heading of a document's number: perhaps the file holds orders."""


def settled(
    table: str, guesses: Sequence[Guess], documents: str | None, *, wanted: bool
) -> list[Guess]:
    """The guesses without columns that this file is not read for.

    Only whoever keeps orders needs to know which one an invoice fulfils; and only files that may
    hold orders have days promised and orders closed.
    """
    if table != "lines":
        return list(guesses)
    typed = any(guess.canonical == "kind" for guess in guesses)
    unread: set[str] = set() if wanted else set(_READ)
    if documents in ("sales", "deliveries", "openings") or (documents is None and not typed):
        unread |= {"promised", "closed"}
    return [
        replace(guess, canonical=None, confidence=0.0) if guess.canonical in unread else guess
        for guess in guesses
    ]


def possible(reading: Reading) -> bool:
    """Whether any row may be no sale."""
    if reading.raw.table != "lines":
        return False
    return reading.documents in _WHOLE or bool({"kind", "status"} & set(reading.places))


def staged(reading: Reading) -> str:
    """SQL of ``_commitment`` (order, delivery, opening or null) and ``_state`` of a staged row."""
    if not possible(reading):
        return ""
    return f", {_commitment(reading)} AS _commitment, {_state(reading)} AS _state"


def left_out(reading: Reading, rules: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The (reason, SQL condition) for which rows are left out, as they hold for commitments.

    A kept order stays though it was cancelled: it supersedes what an earlier file said of it.
    """
    if not possible(reading):
        return rules
    which = _commitment(reading)
    if reading.orders:
        return [
            (why, f"({said}) AND {which} IS DISTINCT FROM '{ORDER}'" if why == "void" else said)
            for why, said in rules
        ]
    return [*rules, *((kind, f"{which} = '{kind}'") for kind in (ORDER, DELIVERY))]


def kind(reading: Reading) -> str:
    """SQL of the kind of a staged row, before credit notes are told from invoices."""
    sale = f"'{INVOICE}'"
    return f"coalesce(_commitment, {sale})" if possible(reading) else sale


def columns(reading: Reading, strip_zero: Collection[str]) -> dict[str, str]:
    """Canonical column → SQL over the staged columns, of those there are."""
    picked: dict[str, str] = {}
    some = possible(reading)
    if "order_no" in reading.places:
        own = "regexp_replace(order_no, '[.]0$', '')" if "order_no" in strip_zero else "order_no"
        of_others = f"CASE WHEN _commitment IS DISTINCT FROM '{ORDER}' THEN {own} END"
        picked["order_no"] = of_others if some else own
    if some and "promised" in reading.places:
        picked["promised"] = f"CASE WHEN _commitment = '{ORDER}' THEN promised END"
    if some and reading.orders and {"status", "closed"} & set(reading.places):
        picked["order_state"] = "_state"
    return picked


def _commitment(reading: Reading) -> str:
    if reading.documents in _WHOLE:
        return quote(_WHOLE[str(reading.documents)])
    whens = [f"WHEN {opening(reading)} THEN '{OPENING}'"]
    if reading.documents is None and "kind" in reading.places:
        cell = reading.lower("kind")
        whens += [
            f"WHEN regexp_matches({cell}, {quote(words)}) "
            f"AND NOT regexp_matches({cell}, {quote(_BOOKED)}) THEN '{kind}'"
            for words, kind in ((_ORDERS, ORDER), (_DELIVERIES, DELIVERY))
        ]
    return f"CASE {' '.join(whens)} END"


def opening(reading: Reading) -> str:
    """SQL: whether a row, by its texts, is an opening balance."""
    if reading.raw.table != "lines":
        return "FALSE"
    if reading.documents in _WHOLE:
        return str(reading.documents == "openings").upper()
    cells = [reading.lower(name) for name in ("kind", "status") if name in reading.places]
    return " OR ".join(opening_flag(cell) for cell in cells) or "FALSE"


def is_opening(reading: Reading) -> str:
    """SQL condition over staged rows: the row is an opening balance."""
    return f"(_commitment IS NOT DISTINCT FROM '{OPENING}')" if possible(reading) else "FALSE"


def held_ahead(reading: Reading, owed: str) -> str:
    """SQL of what an opening owes: negative where its words say it was paid ahead (期初预收)."""
    cells = [
        f"lower(CAST({name} AS VARCHAR))" for name in ("kind", "status") if name in reading.places
    ]
    if not cells:
        return owed
    said = f"regexp_matches(concat_ws(' ', {', '.join(cells)}), {quote(HELD)})"
    return f"CASE WHEN {said} THEN -abs({owed}) ELSE {owed} END"


def keep_openings_off_sales(con: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    """Openings get ``_owed``, which goes, as their gross and nothing that is a sale; a remark."""
    of_them = f"kind = '{OPENING}'"
    (count,) = one(con, f"SELECT count(*) FROM mainstay_lines WHERE {of_them}")
    if not count:
        con.execute("ALTER TABLE mainstay_lines DROP COLUMN _owed")
        return []
    there = {row[0] for row in con.execute("DESCRIBE mainstay_lines").fetchall()}
    if "gross" not in there:
        con.execute("ALTER TABLE mainstay_lines ADD COLUMN gross BIGINT")
    emptied = [name for name in ("tax", "cost", "discount", "quantity") if name in there]
    if "_exact" in there:
        emptied.append("_exact")
    changes = ", ".join(["gross = _owed", "net = 0", *(f"{name} = NULL" for name in emptied)])
    con.execute(f"UPDATE mainstay_lines SET {changes} WHERE {of_them}")
    con.execute("ALTER TABLE mainstay_lines DROP COLUMN _owed")
    return [
        {
            "en": f"Opening balances: {count:,} rows; owed, but no sales.",
            "zh": f"期初余额：{count:,} 行，计入应收，不计入销售。",
        }
    ]


def _state(reading: Reading) -> str:
    """SQL of an order's state: cancelled, closed, or null while it is in force."""
    cancelled, closed = [], []
    if "status" in reading.places:
        cell = reading.lower("status")
        heading = reading.raw.headings[reading.places["status"]]
        cancelled += [said for why, said in status_rules(cell, heading) if why == "void"]
        closed.append(f"regexp_matches({cell}, {quote(CLOSED)})")
    if "closed" in reading.places:
        heading = reading.raw.headings[reading.places["closed"]]
        closed.append(closed_flags(reading.lower("closed"), heading))
    if not closed:
        return "CAST(NULL AS VARCHAR)"
    whens = "".join(
        f"WHEN {' OR '.join(said)} THEN '{state}' "
        for state, said in (("cancelled", cancelled), ("closed", closed))
        if said
    )
    return f"CASE WHEN {_commitment(reading)} = '{ORDER}' THEN CASE {whens}END END"


def doubt(reading: Reading) -> list[dict[str, str]]:
    """A remark where documents carry order numbers and nothing tells what they are."""
    place = reading.places.get("doc_no")
    if reading.documents is not None or "kind" in reading.places or place is None:
        return []
    heading = reading.raw.headings[place]
    if not any(word in heading.lower() for word in _NAMED_ORDER):
        return []
    return [
        {
            "en": f"Documents are numbered by «{heading}» and read as sales. Are they orders not "
            "yet invoiced? Then say so: documents: orders.",
            "zh": f"单据号取自“{heading}”，按销售读取。若为未开票的订单，"
            "请注明 documents: orders。",
        }
    ]
