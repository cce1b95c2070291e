"""Receipts that say what they settle: the money counts once, each part goes to its document."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.errors import BadInput
from mainstay_engine.facts import Facts
from mainstay_engine.reader import inspect
from mainstay_engine.reader.rejects import write_rejects

HEAD = "收款单号,收款日期,客户编码,结算方式,收款金额,核销单号,核销金额"
ONCE = [
    "SK1,2026-03-01,C1,电汇,1000.00,XS1,600.00",
    ",,,,,XS2,300.00",
    "SK2,2026-03-02,C2,电汇,50.00,XS9,50.00",
]
REPEATED = [
    "SK1,2026-03-01,C1,电汇,1000.00,XS1,600.00",
    "SK1,2026-03-01,C1,电汇,1000.00,XS2,300.00",
    "SK2,2026-03-02,C2,电汇,50.00,XS9,50.00",
]
PARTS = [
    ("SK1", "C1", "XS1", 600_00), ("SK1", "C1", "XS2", 300_00), ("SK1", "C1", None, 100_00),
    ("SK2", "C2", "XS9", 50_00),
]  # fmt: skip


def read(tmp_path: Path, rows: list[str], head: str = HEAD, **more: object) -> Facts:
    path = tmp_path / "paid.csv"
    path.write_text("\n".join([head, *rows]), encoding="utf-8")
    return me.read_facts(receipts=path, **more)  # type: ignore[arg-type]


def told(facts: Facts) -> list[tuple[object, ...]]:
    assert facts.receipts is not None
    rows = facts.receipts.to_pyarrow().to_pylist()
    return sorted(
        ((r.get("receipt_no"), r["customer_id"], r.get("applied_to"), r["amount"]) for r in rows),
        key=lambda row: [str(cell or "~") for cell in row[:3]],
    )


@pytest.mark.parametrize("rows", [ONCE, REPEATED], ids=["once", "repeated"])
def test_however_it_is_written_money_counts_once(tmp_path: Path, rows: list[str]) -> None:
    facts = read(tmp_path, rows)
    assert told(facts) == PARTS
    (source,) = facts.sources
    assert (source.rows, source.kept, source.left_out, source.total) == (3, 3, 0, 1050_00)
    assert any("1, in 2 rows" in note["en"] for note in source.notes)


def test_rows_with_amounts_of_their_own_add_up(tmp_path: Path) -> None:
    rows = ["SK1,2026-03-01,C1,电汇,600.00,XS1,600.00", "SK1,2026-03-01,C1,电汇,400.00,XS2,400.00"]
    assert told(read(tmp_path, rows)) == [
        ("SK1", "C1", "XS1", 600_00), ("SK1", "C1", "XS2", 400_00)
    ]  # fmt: skip


def test_two_parts_of_the_same_size_as_the_amount_of_their_rows_are_two(tmp_path: Path) -> None:
    rows = ["SK1,2026-03-01,C1,电汇,100.00,XS1,100.00", "SK1,2026-03-01,C1,电汇,100.00,XS2,100.00"]
    assert sum(row[3] for row in told(read(tmp_path, rows))) == 200_00  # type: ignore[misc]


def test_a_receipt_that_settles_nothing_stays_as_it_is(tmp_path: Path) -> None:
    rows = [*ONCE, "SK3,2026-03-03,C3,电汇,70.00,,", "SK4,2026-03-03,C3,电汇,80.00,XS4,"]
    facts = read(tmp_path, rows)
    assert told(facts)[-2:] == [("SK3", "C3", None, 70_00), ("SK4", "C3", "XS4", 80_00)]


def test_without_numbers_rows_below_a_receipt_are_its_parts(tmp_path: Path) -> None:
    head = "收款日期,客户名称,收款金额,核销单号,核销金额"
    rows = ["2026-03-01,甲,1000.00,XS1,600.00", ",,,XS2,300.00", "2026-03-02,乙,50.00,XS9,50.00"]
    assert told(read(tmp_path, rows, head)) == [
        (None, "乙", "XS9", 50_00), (None, "甲", "XS1", 600_00), (None, "甲", "XS2", 300_00),
        (None, "甲", None, 100_00),
    ]  # fmt: skip


def test_a_file_of_parts_alone_is_what_they_come_to(tmp_path: Path) -> None:
    head = "收款单号,收款日期,客户编码,核销单号,核销金额"
    rows = ["SK1,2026-03-01,C1,XS1,600.00", "SK1,2026-03-01,C1,XS2,300.00"]
    assert told(read(tmp_path, rows, head)) == [
        ("SK1", "C1", "XS1", 600_00), ("SK1", "C1", "XS2", 300_00)
    ]  # fmt: skip


def test_money_paid_back_has_parts_too(tmp_path: Path) -> None:
    rows = ["SK1,2026-03-01,C1,电汇,-100.00,XS1,-60.00", ",,,,,XS2,-40.00"]
    assert told(read(tmp_path, rows)) == [
        ("SK1", "C1", "XS1", -60_00), ("SK1", "C1", "XS2", -40_00)
    ]  # fmt: skip


def test_totals_and_notes_below_are_left_out(tmp_path: Path) -> None:
    facts = read(tmp_path, [*ONCE, "合计,,,,1050.00,,950.00", "制表人：王会计,,,,,,"])
    assert told(facts) == PARTS
    (source,) = facts.sources
    assert (source.rows, source.kept, source.left_out) == (5, 3, 2)


def test_more_settled_than_received_is_a_fault_of_the_whole_receipt(tmp_path: Path) -> None:
    rows = [*ONCE, "SK5,2026-03-05,C5,电汇,100.00,XS5,80.00", ",,,,,XS6,30.00"]
    with pytest.raises(BadInput) as caught:
        read(tmp_path, rows)
    assert [(f.code, f.row, f.column) for f in caught.value.faults] == [
        ("overapplied", 5, "核销金额"), ("overapplied", 6, "核销金额"),
    ]  # fmt: skip
    assert "110.00" in caught.value.faults[0].message["en"]
    facts = read(tmp_path, rows, skip_bad=True)
    assert told(facts) == PARTS
    assert (facts.sources[0].kept, facts.sources[0].rejected) == (3, 2)


def test_a_needed_amount_that_lacks_is_still_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, [*ONCE, "SK6,2026-03-06,C6,电汇,,XS6,"])
    assert [(f.code, f.row) for f in caught.value.faults] == [("missing_value", 5)]


def test_the_preview_counts_rows_and_money_as_the_reading_does(tmp_path: Path) -> None:
    path = tmp_path / "paid.csv"
    path.write_text("\n".join([HEAD, *ONCE, "合计,,,,1050.00,,950.00"]), encoding="utf-8")
    seen = inspect(path, table="receipts")
    assert seen.faults == ()
    assert (seen.counts.kept, seen.totals.to_import) == (3, 1050_00)
    assert seen.totals.ties


@pytest.mark.parametrize(
    ("rows", "received"),
    [
        (["SK1,2026-03-01,C1,电汇,250,A,100", ",,,,250,B,150"], 500),
        (["SK1,2026-03-01,C1,电汇,1000,A,600", "SK1,2026-03-01,C1,电汇,1000,B,300",
          ",,,,,C,100"], 1000),
        (["SK1,2026-03-01,C1,电汇,1000,A,600", "SK1,2026-03-01,,,1000,B,300"], 1000),
        (["SK1,2026-03-01,C1,电汇,1000,A,600", "SK1,2026-03-01,,,,B,300"], 1000),
        (["SK1,2026-03-01,C1,电汇,1000,A,600", ",2026-03-01,C1,,,B,300"], 1000),
        (["SK1,2026-03-01,C1,电汇,500,A,200", "SK1,2026-03-01,C1,银行承兑汇票,500,B,200"], 1000),
        (["SK1,2026-03-01,C1,电汇,500,A,200", "SK1,2026-03-01,C2,电汇,500,B,200"], 1000),
        (["SK1,2026-03-01,C1,电汇,1000,A,600", "SK2,2026-03-01,C1,电汇,10,Z,10",
          "SK1,2026-03-01,C1,电汇,1000,B,300"], 1010),
        (["SK1,2026-03-01,C1,电汇,500,A,600", ",,,,,CN1,-100"], 500),
        (["SK1,2026-03-01,C1,电汇,0.3,A,0.1", ",,,,,B,0.20000000000000004"], 0.3),
        (["SK1,2026-03-01,C1,电汇,,A,600", ",,,,,B,300"], 900),
    ],
    ids=["own amounts below", "repeated, then below", "customer only once", "head only once",
         "dated below", "cash and bill", "two customers", "apart", "credit note", "float", "parts"],
)  # fmt: skip
def test_money_is_neither_doubled_nor_lost(
    tmp_path: Path, rows: list[str], received: float
) -> None:
    facts = read(tmp_path, rows)
    assert sum(row[3] for row in told(facts)) == round(received * 100)  # type: ignore[misc]
    assert all(row[1] for row in told(facts))
    seen = inspect(tmp_path / "paid.csv", table="receipts")
    assert seen.totals.to_import == round(received * 100)


NAMELESS = "收款日期,客户编码,收款金额,核销单号,核销金额"


@pytest.mark.parametrize(
    ("head", "rows", "faults"),
    [
        (HEAD, ["SK1,2026-03-01,C1,电汇,500,A,300", "SK1,2026-03-01,C1,电汇,500,,"],
         [("unclear_receipt", 2, "收款金额"), ("unclear_receipt", 3, "收款金额")]),
        (NAMELESS, ["2026-03-01,C1,1000,A,600", "2026-03-01,C1,1000,B,300"],
         [("unclear_receipt", 2, "收款金额"), ("unclear_receipt", 3, "收款金额")]),
        (HEAD, ["SK1,2026-03-01,C1,电汇,500,A,300", "SK1,2026-03-01,C1,电汇,500,B,300"],
         [("overapplied", 2, "核销金额"), ("overapplied", 3, "核销金额")]),
        (HEAD, ["SK1,2026-03-01,C1,电汇,1000,A,600", ",,,,,,300"],
         [("unnamed_part", 3, "核销单号")]),
        (HEAD, ["SK1,2026-03-01,C1,电汇,1000,A,600", ",,,,,XS2,三百"],
         [("not_a_number", 3, "核销金额")]),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_asked_for(
    tmp_path: Path, head: str, rows: list[str], faults: list[tuple[str, int, str]]
) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, rows, head)
    assert [(f.code, f.row, f.column) for f in caught.value.faults] == faults
    assert all(f.message["zh"] and f.remedy["en"] for f in caught.value.faults)


def test_receipts_without_numbers_that_settle_all_they_are_stay_apart(tmp_path: Path) -> None:
    rows = ["2026-03-01,C1,1000,A,1000", "2026-03-01,C1,1000,B,1000"]
    assert sum(row[3] for row in told(read(tmp_path, rows, NAMELESS))) == 2000_00  # type: ignore[misc]


def test_a_receipt_with_a_faulty_row_is_left_out_whole_and_given_back_whole(tmp_path: Path) -> None:
    rows = [*ONCE, "SK5,2026-03-05,C5,电汇,100.00,XS5,80.00", ",,,,,XS6,二十"]
    facts = read(tmp_path, rows, skip_bad=True)
    assert told(facts) == PARTS
    assert (facts.sources[0].kept, facts.sources[0].rejected) == (3, 2)
    (book,) = write_rejects(facts, tmp_path / "rejects.csv")
    assert [line.split(",")[0] for line in book.read_text("utf-8-sig").splitlines()[1:]] == [
        "SK5", "SK5"
    ]  # fmt: skip
    seen = inspect(tmp_path / "paid.csv", table="receipts")
    assert (seen.counts.held_back, seen.totals.held_back) == (2, 100_00)


def test_how_far_a_receipt_is_settled_is_no_part_of_it(tmp_path: Path) -> None:
    facts = read(
        tmp_path, ["SK1,2026-03-01,C1,1000,600"], "收款单号,收款日期,客户编码,收款金额,核销金额"
    )
    assert told(facts) == [("SK1", "C1", None, 1000_00)]


def test_a_document_without_the_amount_settled_is_noted(tmp_path: Path) -> None:
    facts = read(tmp_path, [*ONCE, ",,,,,XS7,"])
    assert told(facts) == PARTS
    assert any("name a document and not the amount" in n["en"] for n in facts.sources[0].notes)


def test_sums_of_several_currencies_count_a_repeated_receipt_once(tmp_path: Path) -> None:
    path = tmp_path / "paid.csv"
    rows = ["SK1,2026-03-01,C1,100,A,30,USD,7.1", "SK1,2026-03-01,C1,100,B,30,USD,7.1"]
    path.write_text("\n".join([f"{HEAD.replace('结算方式,', '')},币别,汇率", *rows]), "utf-8")
    seen = inspect(path, table="receipts", currency="CNY", several=True)
    assert seen.currencies == (("USD", 2, 100_00),)
