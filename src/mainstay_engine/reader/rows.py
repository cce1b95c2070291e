"""Which rows of a sheet are data: totals, notes, repeated headings and blanks are left out.

Header fields written only on a document's first line are filled down.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mainstay_engine.reader import baretotals
from mainstay_engine.reader.convert import AMOUNT, number, present, quote, text, trimmed
from mainstay_engine.reader.staged import TOTAL_LABELS, Reading
from mainstay_engine.tables import LISTS

if TYPE_CHECKING:
    import duckdb

_ANCHOR = {
    "lines": ("doc_no", "doc_date"), "receipts": ("receipt_no", "date"),
    "efforts": ("", "date"), "effort_rates": ("", "since"),
}  # fmt: skip
_HEADER = {
    "lines": (
        "doc_no",
        "doc_date",
        "due_date",
        "customer_id",
        "customer_name",
        "kind",
        "salesperson",
        "region",
        "organisation",
        "currency",
        "status",
        "closed",
        "order_no",
        "promised",
    ),
    "receipts": (
        "receipt_no",
        "date",
        "customer_id",
        "customer_name",
        "kind",
        "method",
        "bill_no",
        "maturity",
        "organisation",
        "currency",
        "exchange_rate",
        "status",
    ),
}
"""What a document states once, on its first row; a receipt only where its parts are told."""
_LABEL = (
    r"([^0-9]{0,12}|.*\s)?(小\s*计|合\s*计|总\s*计|累\s*计)\s*[\])】]?\s*[:：]?"
    r"|(?i:(sub\s*-?\s*totals?|grand\s+totals?|totals?)\s*:?)"
)
_DOCUMENT = r"[^\s:：]*[0-9][^\s:：]*"
"""A document's number, as against a note that happens to stand in its column."""
REASONS = {
    "blank": ("blank rows", "空行"),
    "total": ("total rows", "合计行"),
    "note": ("notes", "备注行"),
    "unsaid": (
        "rows that name a document and not the amount settled",
        "只写核销单号、未写核销金额的行",
    ),
    "heading": ("repeated headings", "重复的表头行"),
    "void": ("void documents", "作废单据"),
    "draft": ("drafts", "未审核单据"),
    "not_sales": ("payments and journals", "收付款及凭证"),
    "order": ("orders, which are no sales yet", "订单（尚非销售）"),
    "delivery": ("deliveries, which are no sales", "发货单（不是销售）"),
}
"""Why a row is left out, in English and Chinese."""


def clean(con: duckdb.DuckDBPyConnection, reading: Reading) -> tuple[Reading, dict[str, int]]:
    """The reading over data rows only, headers filled down, and the number left out by reason.

    The verdict on every row stays in the DuckDB table ``mainstay_rows_<table>`` (rn, verdict).
    """
    raw = reading.raw
    table, width = raw.table, len(raw.headings)
    verdicts = f"mainstay_rows_{table}"
    start = raw.heading_row or 0
    con.execute(
        f"CREATE OR REPLACE TABLE {verdicts} AS SELECT rn, {_verdict(reading)} AS verdict "
        f"FROM ({_texts(reading, start)})"
    )
    baretotals.find(con, reading, verdicts, _texts(reading, start))
    counts = dict(
        con.execute(
            f"SELECT verdict, count(*) FROM {verdicts} WHERE verdict <> 'data' GROUP BY 1"
        ).fetchall()
    )
    counts.pop("blank", None)
    cells = [f"c{i}" for i in range(width)]
    data = (
        f"SELECT r.* FROM {raw.relation} r JOIN {verdicts} v ON v.rn = r.rn AND v.verdict = 'data'"
    )
    filled = _fill_down(reading, data, cells)
    con.execute(f"CREATE OR REPLACE TABLE mainstay_data_{table} AS {filled or data}")
    relation = f"(SELECT * FROM mainstay_data_{table} ORDER BY rn)"
    return replace(reading, relation=relation), counts


def _texts(reading: Reading, start: int) -> str:
    """SQL of every cell below the headings as trimmed text ``x0`` … ``xN``, worked out once."""
    width = range(len(reading.raw.headings))
    trims = "".join(f", {trimmed(f'CAST(c{i} AS VARCHAR)')} AS s{i}" for i in width)
    cells = "".join(f", {present(f's{i}')} AS x{i}" for i in width)
    layer = f"SELECT rn{trims} FROM {reading.raw.relation} WHERE rn > {start}"
    return f"SELECT rn{cells} FROM ({layer})"


def _verdict(reading: Reading) -> str:
    raw = reading.raw
    cells = [f"x{i}" for i in range(len(raw.headings))]
    some = f"({' OR '.join(f'({cell}) IS NOT NULL' for cell in cells)})"
    place = {name: f"({cells[index]})" for name, index in reading.places.items()}
    anchor, day = _ANCHOR.get(raw.table, (None, None))
    numbers = [name for name in place if reading.kind(name) in ("number", "price", "quantity")]
    labels = ", ".join(quote(label) for label in TOTAL_LABELS)
    texts = [place[name] for name in place if reading.kind(name) == "text"]
    exact = " OR ".join(f"{cell} IN ({labels})" for cell in texts) or "FALSE"
    matching = f"lambda x: regexp_full_match(x, {quote(_LABEL)})"
    loose = f"len(list_filter([{', '.join(cells)}], {matching})) > 0"
    partial = " OR ".join(f"{place[name]} IS NULL" for name in (anchor, day) if name in place)
    label_there = " OR ".join(
        f"regexp_full_match({place[name]}, {quote(_LABEL)})"
        for name in (anchor, day)
        if name in place
    )
    whens = [f"WHEN NOT {some} THEN 'blank'"]
    whens.append(f"WHEN coalesce({exact}, FALSE) THEN 'total'")
    if partial:
        whens.append(
            f"WHEN (({partial}) OR coalesce({label_there}, FALSE)) AND ({loose}) THEN 'total'"
        )
    elif raw.table in LISTS:
        whens.append(f"WHEN {loose} THEN 'total'")
    same = [
        f"CASE WHEN {cells[i]} = {quote(h)} THEN 1 ELSE 0 END"
        for i, h in enumerate(raw.headings)
        if h
    ]
    whens.append(f"WHEN {' + '.join(same) or '0'} >= {min(3, max(1, len(same)))} THEN 'heading'")
    empty = [
        f"{number(place[name], AMOUNT, comma=comma)} IS NULL"
        for name in numbers
        for comma in (False, True)
    ]
    empty += [f"{place[day]} IS NULL"] if day in place else []
    if raw.table in LISTS:
        named = ("customer_name", "item_name")
        empty = [f"{place[name]} IS NULL" for name in named if name in place]
        filled = " + ".join(f"CASE WHEN ({cell}) IS NOT NULL THEN 1 ELSE 0 END" for cell in cells)
        empty.append(f"({filled}) <= 1")
    if empty:
        whens.append(f"WHEN {' AND '.join(empty)} THEN {_said(reading, place)}")
    return f"CASE {' '.join(whens)} ELSE 'data' END"


def _said(reading: Reading, place: dict[str, str]) -> str:
    """SQL of the verdict on a row without a date or a number that can be read. Of a receipt it may
    be a part: what it says of the amount is then to be read, or to be missed by name.
    """
    if reading.raw.table != "receipts" or "applied_to" not in place:
        return "'note'"
    names = f"regexp_full_match({place['applied_to']}, {quote(_DOCUMENT)})"
    states = f"{place['applied']} IS NOT NULL" if "applied" in place else "FALSE"
    return f"CASE WHEN NOT {names} THEN 'note' WHEN {states} THEN 'data' ELSE 'unsaid' END"


def _fill_down(reading: Reading, data: str, cells: list[str]) -> str | None:
    """SQL of the data with document headers filled down; ``None`` where the table has none.

    A row without document number, or with its predecessor's number but no date, belongs to the last
    document begun above it and takes what is empty in its header from that document's first row. Of
    receipts only rows that cannot be receipts of their own do (``_belongs``), and only where a
    column says what their parts settle.
    """
    raw, places = reading.raw, reading.places
    anchor, day = _ANCHOR.get(raw.table, ("", ""))
    header = [name for name in _HEADER.get(raw.table, ()) if name in places]
    paid = raw.table == "receipts"
    if paid and anchor not in places:
        anchor = day
    if not header or anchor not in places or day not in places:
        return None
    if paid and not {"amount", "applied"} <= set(places):
        return None
    key = text(f"CAST(c{places[anchor]} AS VARCHAR)")
    date = text(f"CAST(c{places[day]} AS VARCHAR)")
    whose = places.get("customer_id", places.get("customer_name"))
    who = "NULL" if whose is None else text(f"CAST(c{whose} AS VARCHAR)")
    filled = {places[name] for name in header}
    columns = []
    for index, cell in enumerate(cells):
        if index in filled:
            own = f"d.{cell}" if raw.types[index] != "text" else text(f"d.{cell}")
            columns.append(
                f"CASE WHEN d._dependent THEN coalesce({own}, a.{cell}) ELSE d.{cell} END AS {cell}"
            )
        else:
            columns.append(f"d.{cell}")
    above = "lag({} IGNORE NULLS) OVER (ORDER BY rn)"
    again = (
        f" AND (_key IS DISTINCT FROM {above.format('_key')} OR _day IS DISTINCT FROM "
        f"{above.format('_day')} OR (_who IS NOT NULL AND _who IS DISTINCT FROM "
        f"{above.format('_who')}))"
        if paid and anchor != day
        else ""
    )
    return (
        f"WITH keyed AS (SELECT *, {key} AS _key, {date} AS _day, {who} AS _who FROM ({data})), "
        f"started AS (SELECT *, _key IS NOT NULL AND _day IS NOT NULL{again} AS _starts "
        "FROM keyed), "
        "begun AS (SELECT *, max(CASE WHEN _starts THEN rn END) OVER (ORDER BY rn) AS _first "
        "FROM started), "
        f"tied AS (SELECT b.*, coalesce(b._first < b.rn AND ({_belongs(reading, anchor)}) "
        "AND (b._who IS NULL OR b._who = f._who), FALSE) AS _dependent "
        "FROM begun b LEFT JOIN keyed f ON f.rn = b._first) "
        f"SELECT d.rn, {', '.join(columns)} FROM tied d LEFT JOIN keyed a ON a.rn = d._first"
    )


def _belongs(reading: Reading, anchor: str) -> str:
    """SQL: whether a row ``b`` belongs to the document begun in ``f``, by number and date."""
    nothing = "b._key IS NULL AND b._day IS NULL"
    if reading.raw.table != "receipts":
        return (
            f"({nothing}) OR (b._key IS NULL AND b._day = f._day) "
            "OR (b._key = f._key AND b._day IS NULL)"
        )
    if anchor != "receipt_no":
        return nothing
    amount = text(f"CAST(b.c{reading.places['amount']} AS VARCHAR)")
    return (
        f"({nothing}) OR (b._key = f._key AND (b._day IS NULL OR b._day = f._day)) "
        f"OR (b._key IS NULL AND b._day = f._day AND ({amount}) IS NULL)"
    )


def remarks(counts: dict[str, int]) -> list[dict[str, str]]:
    """One remark for people per kind of row left out."""
    return [
        {
            "en": f"{count} row{'s' if count != 1 else ''} left out: {REASONS[reason][0]}.",
            "zh": f"未导入 {count} 行：{REASONS[reason][1]}。",
        }
        for reason, count in sorted(counts.items())
    ]
