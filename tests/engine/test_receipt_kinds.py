"""Receipts of a file by their words: what settles, what was received, what is at risk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import mainstay_engine as me
from tests.engine import messy_files as messy

LINES = [
    ["发票号", "日期", "客户编码", "不含税金额", "到期日"],
    ["F1", "2026-01-05", "C1", "1000", "2026-02-05"],
    ["F2", "2026-01-06", "C2", "1000", "2026-02-06"],
]
HEAD = ["收款单号", "客户编码", "收款日期", "收款金额", "结算方式", "票据号", "票据到期日"]
WORDS = [
    ("电汇", "", "money"),
    ("现金", "", "money"),
    ("银行承兑汇票", "", "bill"),
    ("商业承兑", "", "bill"),
    ("电汇", "2026-07-01", "bill"),
    ("坏账核销", "", "write_off"),
    ("返利抵扣", "", "rebate"),
    ("汇票拒付", "", "dishonour"),
    ("银行承兑汇票退票", "2026-07-01", "dishonour"),
    ("期初预收", "", "opening"),
    ("预收核销", "", "money"),
    ("核销", "", "money"),
    ("银承", "", "bill"),
    ("应收票据", "", "bill"),
    ("银行汇票", "", "money"),
    ("坏账收回", "", "money"),
    ("Bill payment", "", "money"),
    ("Bill of exchange", "", "bill"),
    ("Bank transfer", "", "money"),
    ("Bad debt write-off", "", "write_off"),
]


def read(folder: Path, rows: list[list[str]], head: list[str] = HEAD) -> me.Facts:
    lines = messy.write_csv(folder / "lines.csv", LINES)
    return me.read_facts(lines, messy.write_csv(folder / "receipts.csv", [head, *rows]))


@pytest.mark.parametrize(("method", "maturity", "kind"), WORDS)
def test_words_tell_the_kind(tmp_path: Path, method: str, maturity: str, kind: str) -> None:
    facts = read(tmp_path, [["S1", "C1", "2026-02-01", "10", method, "", maturity]])
    assert facts.receipts is not None
    assert facts.receipts.to_pyarrow()["kind"].to_pylist() == [kind]


def test_a_column_of_its_own_says_the_kind(tmp_path: Path) -> None:
    head = ["收款单号", "客户编码", "收款日期", "收款金额", "收款类型"]
    rows = [["1", "C1", "2026-02-01", "10", "返利"], ["2", "C1", "2026-02-01", "10", "货款"]]
    facts = read(tmp_path, rows, head)
    assert facts.receipts is not None
    assert facts.receipts.order_by("receipt_no").to_pyarrow()["kind"].to_pylist() == [
        "rebate", "money"
    ]  # fmt: skip


def test_what_settles_is_not_always_received(tmp_path: Path) -> None:
    rows = [
        ["1", "C1", "2026-02-01", "100", "电汇", "", ""],
        ["2", "C1", "2026-02-02", "200", "坏账核销", "", ""],
        ["3", "C1", "2026-02-03", "30", "返利抵扣", "", ""],
        ["4", "C1", "2026-02-04", "400", "银行承兑汇票", "B7", "2026-08-04"],
        ["5", "C1", "2026-02-05", "50", "期初预收", "", ""],
    ]
    facts = read(tmp_path, rows)
    found = me.compute_metrics(
        facts, ["receipts", "open_balance", "bills_at_risk"], as_of="2026-03-31"
    ).to_pylist()[0]
    assert found["receipts"] == 500_00
    assert found["open_balance"] == (1000 - 100 - 200 - 30 - 400 - 50) * 100
    assert found["bills_at_risk"] == 400_00
    (note,) = (n for n in facts.sources[1].notes if "Told by their words" in n["en"])
    assert "1 bill (it clears" in note["en"] and "坏账核销 1 笔" in note["zh"]
    assert "1 rebate set off" in note["en"]


def test_a_dishonoured_bill_is_owed_again_on_the_invoice_it_settled(tmp_path: Path) -> None:
    rows = [
        ["1", "C1", "2026-02-01", "1000", "银行承兑汇票", "B7", "2026-08-01"],
        ["2", "C1", "2026-08-03", "1000", "汇票退票", "B7", ""],
        ["3", "C2", "2026-02-01", "1000", "银行承兑汇票", "B8", "2026-08-01"],
    ]
    facts = read(tmp_path, rows)
    names = ["open_balance", "overdue_balance", "bills_at_risk", "receipts"]

    def of(as_of: str) -> list[list[int]]:
        table = me.compute_metrics(facts, names, as_of=as_of).sort_by("customer_id")
        return [[row[name] for name in names] for row in table.to_pylist()]

    assert of("2026-07-31") == [[0, 0, 1000_00, 1000_00], [0, 0, 1000_00, 1000_00]]
    assert of("2026-08-01") == [[0, 0, 0, 1000_00], [0, 0, 0, 1000_00]]
    assert of("2026-08-03") == [[1000_00, 1000_00, 0, 0], [0, 0, 0, 1000_00]]
    assert facts.receipts is not None
    assert facts.receipts.order_by("receipt_no").to_pyarrow()["amount"].to_pylist() == [
        1000_00, -1000_00, 1000_00
    ]  # fmt: skip
    assert any("owed again" in note["en"] for note in facts.sources[1].notes)


def test_a_bill_without_maturity_is_a_risk_for_six_months(tmp_path: Path) -> None:
    facts = read(tmp_path, [["1", "C1", "2025-08-31", "10", "承兑汇票", "", ""]])
    for day, risk in ((date(2026, 2, 27), 10_00), (date(2026, 2, 28), 0)):
        table = me.compute_metrics(facts, ["bills_at_risk"], as_of=day)
        assert table.sort_by("customer_id")["bills_at_risk"][0].as_py() == risk


def test_files_that_do_not_tell_kinds_have_none(tmp_path: Path) -> None:
    facts = read(tmp_path, [["1", "C1", "2026-02-01", "10"]], HEAD[:4])
    assert not facts.has("receipts", "kind")
    table = me.compute_metrics(facts, ["bills_at_risk"], as_of="2026-03-01")
    assert set(table["bills_at_risk"].to_pylist()) == {0}


def test_a_status_tells_an_opening_and_nothing_else(tmp_path: Path) -> None:
    rows = [
        ["收款单号", "客户编码", "收款日期", "收款金额", "单据状态"],
        ["1", "C1", "2026-02-01", "5", "期初"],
        ["2", "C1", "2026-02-01", "7", "已审核"],
    ]
    facts = me.read_facts(
        messy.write_csv(tmp_path / "lines.csv", messy.add_column("备注", ["", "", "", ""])),
        messy.write_csv(tmp_path / "receipts.csv", rows),
    )
    assert facts.receipts is not None
    found = facts.receipts.order_by("receipt_no").to_pyarrow()
    assert found["kind"].to_pylist() == ["opening", "money"]


def test_openings_among_receipts_are_owed_or_held_by_their_words(tmp_path: Path) -> None:
    words = {"期初预收": 40, "期初应收": -40, "期初欠款": -40, "期初余额": -40, "期初": 40}
    rows = [["1", "C1", "2026-02-01", "40", said, "", ""] for said in words]
    for number, row in enumerate(rows):
        row[0] = str(number)
    facts = read(tmp_path, rows)
    assert facts.receipts is not None
    found = facts.receipts.order_by("receipt_no").to_pyarrow()["amount"].to_pylist()
    assert found == [amount * 100 for amount in words.values()]


def test_a_bill_handed_back_is_a_risk_no_longer(tmp_path: Path) -> None:
    rows = [
        ["1", "C1", "2026-02-01", "100", "银行承兑汇票", "B7", "2026-08-01"],
        ["2", "C1", "2026-03-01", "-100", "银行承兑汇票", "B7", ""],
    ]
    facts = read(tmp_path, rows)
    for day, risk in (("2026-02-15", 100_00), ("2026-03-01", 0), ("2026-08-15", 0)):
        table = me.compute_metrics(facts, ["bills_at_risk", "open_balance"], as_of=day)
        row = table.sort_by("customer_id").to_pylist()[0]
        assert (row["bills_at_risk"], row["open_balance"]) == (risk, 1000_00 - risk)
