"""Receipts that say what they settle: the money counts once, each part goes to its document."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.errors import BadInput
from mainstay_engine.facts import Facts
from mainstay_engine.reader import inspect

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
