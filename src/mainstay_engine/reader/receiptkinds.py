"""What a receipt is, by the words of its kind and method: money, a bill, or no money at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mainstay_engine.reader.convert import quote
from mainstay_engine.reader.query import one
from mainstay_engine.reader.staged import Reading
from mainstay_engine.tables import BILL, DISHONOUR, MONEY, OPENING, REBATE, WRITE_OFF

if TYPE_CHECKING:
    import duckdb

WORDS = {
    OPENING: "期初|\\bopening",
    MONEY: "收回|recover|银行汇票",
    WRITE_OFF: "坏账|核销损失|write.?off|bad debt",
    DISHONOUR: "拒付|退票|dishono|bounced",
    REBATE: "返利|rebate",
    BILL: "承兑|银承|商承|汇票|应收票据|acceptance|\\bbills? (of exchange|receivable)|^bill$",
}
"""Kind → what its words match, the first one first; other words are money."""
_OWED = "应收|欠|未收|余额|receivable|owed|balance"
"""In the words of an opening among receipts: what the customer owes, not what it has paid ahead."""


def kind(reading: Reading) -> str | None:
    """SQL of the kind of a staged receipt; ``None`` where the file has nothing to tell it by.

    A receipt with a maturity is a bill, unless its words say otherwise.
    """
    whens = [
        f"WHEN regexp_matches({words}, {quote(said)}) THEN '{name}'"
        for name, said in WORDS.items()
        if (words := _words(reading, name)) is not None
    ]
    if "maturity" in reading.places:
        whens.append(f"WHEN maturity IS NOT NULL THEN '{BILL}'")
    return f"CASE {' '.join(whens)} ELSE '{MONEY}' END" if whens else None


def amount(reading: Reading, cell: str) -> str:
    """SQL of the amount with the sign of its kind: what is owed again, or at first, is negative."""
    words, which = _words(reading, OPENING), kind(reading)
    if words is None or which is None:
        return cell
    owed = f"({which}) = '{OPENING}' AND regexp_matches({words}, {quote(_OWED)})"
    return (
        f"CASE WHEN ({which}) = '{DISHONOUR}' THEN -abs({cell}) "
        f"WHEN {owed} THEN -({cell}) ELSE {cell} END"
    )


def remarks(con: duckdb.DuckDBPyConnection, staged: str, reading: Reading) -> list[dict[str, str]]:
    """What there is to say: how many receipts are no money, and whose sign was turned."""
    which = kind(reading)
    if which is None:
        return []
    kept = f"FROM {staged} WHERE _out IS NULL AND NOT _bad AND amount IS NOT NULL"
    counts = dict(con.execute(f"SELECT {which}, count(*) {kept} GROUP BY 1").fetchall())
    told = [
        (f"{count:,} {single if count == 1 else several}", f"{zh} {count:,} 笔")
        for name, (single, several, zh) in _NAMES.items()
        if (count := counts.get(name, 0))
    ]
    said = []
    if told:
        said.append(
            {
                "en": f"Told by their words: {', '.join(en for en, _ in told)}.",
                "zh": f"按款项类型识别：{'、'.join(zh for _, zh in told)}。",
            }
        )
    (turned,) = one(
        con, f"SELECT count(*) {kept} AND amount > 0 AND {amount(reading, 'amount')} < 0"
    )
    if turned:
        rows = "row" if turned == 1 else "rows"
        said.append(
            {
                "en": f"Taken as owed again, though written as positive: {turned:,} {rows}.",
                "zh": f"以正数填写、但按应收增加处理：{turned:,} 行。",
            }
        )
    return said


_NAMES = {
    BILL: (
        "bill (it clears the invoice and stays a risk until it matures)",
        "bills (they clear the invoice and stay a risk until they mature)",
        "承兑汇票",
    ),
    WRITE_OFF: (
        "written off (settled, not received)", "written off (settled, not received)", "坏账核销",
    ),
    DISHONOUR: ("dishonoured (owed again)", "dishonoured (owed again)", "拒付退票"),
    REBATE: (
        "rebate set off (settled, not received)", "rebates set off (settled, not received)",
        "返利抵扣",
    ),
    OPENING: (
        "opening balance (no receipt of the period)",
        "opening balances (no receipts of the period)",
        "期初数据",
    ),
}  # fmt: skip
"""Kind → what one and several receipts of it are in English, and its Chinese name."""


def _words(reading: Reading, name: str) -> str | None:
    """SQL of the texts that tell a kind; of a status only an opening is told."""
    telling = ("kind", "method", "status") if name == OPENING else ("kind", "method")
    cells = [f"lower({column})" for column in telling if column in reading.places]
    return f"concat_ws(' ', {', '.join(cells)})" if cells else None
