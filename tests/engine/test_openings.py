"""Opening balances: owed, and no sale."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mainstay_engine as me
from mainstay_engine.metrics import available_metrics, metrics
from mainstay_engine.rollups import State
from tests.engine import messy_files as messy
from tests.engine.metrics_worlds import world

OWED = {
    "open_balance", "overdue_balance", "overdue_share", "overdue_invoices", "oldest_overdue_days",
    "days_late", "due_in_window", "collection_rate_due",
    "financing", "cost_to_serve", "profit_after_service",  # money that is owed is financed
}  # fmt: skip
"""What an opening moves; everything else the catalogue has is about sales or receipts."""

HEAD = ["单据编号", "单据日期", "客户编码", "单据类型", "不含税金额", "税额", "价税合计", "到期日"]
SALES = [
    ["F1", "2026-01-05", "C1", "销售发票", "1000", "130", "1130", "2026-02-05"],
    ["F2", "2026-02-05", "C2", "销售发票", "500", "65", "565", "2026-03-05"],
]
OPENINGS = [
    ["Q1", "2025-12-31", "C1", "期初应收", "700", "91", "791", "2026-01-31"],
    ["", "2025-12-31", "C2", "期初余额", "-200", "0", "-200", ""],
]


def read(folder: Path, rows: list[list[str]], **options: object) -> me.Facts:
    receipts = [["收款单号", "客户编码", "收款日期", "收款金额", "核销单号"],
                ["S1", "C1", "2026-03-01", "791", "Q1"]]  # fmt: skip
    return me.read_facts(
        messy.write_csv(folder / "lines.csv", rows),
        messy.write_csv(folder / "receipts.csv", receipts),
        mapping={"options": options} if options else None,
    )


def measured(facts: me.Facts, state: State | None = None) -> list[dict[str, Any]]:
    names = [one.name for one in available_metrics(facts)]
    table = me.compute_metrics(facts, names, as_of="2026-03-31", state=state)
    return table.sort_by("customer_id").drop_columns(["customer_name"]).to_pylist()


def test_an_opening_moves_what_is_owed_and_nothing_else(tmp_path: Path) -> None:
    without = measured(read(tmp_path, [HEAD, *SALES]))
    facts = read(tmp_path, [HEAD, *SALES, *OPENINGS])
    with_them = measured(facts)
    for before, after in zip(without, with_them, strict=True):
        moved = {name for name in before if before[name] != after[name]}
        assert moved <= OWED, moved
    opened = [
        a["open_balance"] - b["open_balance"] for b, a in zip(without, with_them, strict=True)
    ]  # type: ignore[operator]
    assert opened == [791_00, -200_00]
    assert with_them[0]["overdue_balance"] == 1130_00  # the receipt settles the opening it names
    assert measured(facts, State.build(facts)) == with_them


@pytest.mark.parametrize("seed", range(3))
def test_openings_move_no_sales_metric_of_a_whole_company(seed: int) -> None:
    given = world(seed)
    sales = [row for row in given.lines if row["kind"] != "opening"]
    assert len(sales) < len(given.lines)
    bare = replace(given, lines=sales)
    tables = [
        me.compute_metrics(
            w.facts(), [m.name for m in metrics() if not m.fitted], as_of="2024-12-31"
        ).to_pylist()
        for w in (given, bare)
    ]
    seen = {row["customer_id"] for row in tables[1]}
    rows = [row for row in tables[0] if row["customer_id"] in seen]
    for after, before in zip(rows, tables[1], strict=True):
        assert {name for name in after if after[name] != before[name]} <= OWED | {"customer_name"}


def test_an_opening_without_a_number_is_known_by_its_customer(tmp_path: Path) -> None:
    facts = read(tmp_path, [HEAD, *OPENINGS[::-1], *SALES])
    found = facts.lines.filter(facts.lines.kind == "opening").order_by("doc_no").to_pyarrow()
    assert found.select(["doc_no", "net", "gross"]).to_pylist() == [
        {"doc_no": "C2", "net": 0, "gross": -200_00},
        {"doc_no": "Q1", "net": 0, "gross": 791_00},
    ]
    assert any("期初余额：2 行" in note["zh"] for note in facts.sources[0].notes)


def test_a_whole_file_may_be_openings(tmp_path: Path) -> None:
    rows = [
        ["客户编码", "日期", "期初余额"],
        ["C1", "2025-12-31", "791"],
        ["C2", "2025-12-31", "5"],
    ]
    facts = read(tmp_path, rows, documents="openings", tax_rate="0.13")
    found = facts.lines.order_by("doc_no").to_pyarrow()
    assert found.select(["doc_no", "kind", "net", "gross"]).to_pylist() == [
        {"doc_no": "C1", "kind": "opening", "net": 0, "gross": 791_00},
        {"doc_no": "C2", "kind": "opening", "net": 0, "gross": 5_00},
    ]


def test_a_faulty_opening_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(me.BadInput) as caught:
        read(tmp_path, [HEAD, *SALES, ["Q1", "2025-12-31", "C1", "期初", "70O", "", "", ""]])
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [(4, "不含税金额")]


def opened(facts: me.Facts) -> list[tuple[str, int, int]]:
    found = facts.lines.filter(facts.lines.kind == "opening").order_by("doc_no").to_pyarrow()
    return [(row["doc_no"], row["net"], row["gross"]) for row in found.to_pylist()]


@pytest.mark.parametrize(("net", "tax"), [("", ""), ("0", "0"), ("700", "")])
def test_the_gross_of_an_opening_is_what_is_owed_whatever_else_it_states(
    tmp_path: Path, net: str, tax: str
) -> None:
    row = ["Q1", "2025-12-31", "C1", "期初应收", net, tax, "791", ""]
    assert opened(read(tmp_path, [HEAD, *SALES, row])) == [("Q1", 0, 791_00)]


def test_a_rate_for_the_whole_file_is_not_added_to_a_balance(tmp_path: Path) -> None:
    rows = [
        ["单据编号", "单据日期", "客户编码", "单据类型", "金额"],
        ["F1", "2026-01-05", "C1", "销售发票", "1000"],
        ["Q1", "2025-12-31", "C1", "期初应收", "791"],
    ]
    facts = read(tmp_path, rows, tax_rate="0.13")
    assert opened(facts) == [("Q1", 0, 791_00)]
    sold = facts.lines.filter(facts.lines.kind == "invoice").to_pyarrow()
    assert sold["gross"].to_pylist() == [1130_00]


def test_the_words_of_an_opening_do_not_say_how_credit_notes_are_written(tmp_path: Path) -> None:
    returned = ["F3", "2026-02-06", "C2", "销售发票", "-100", "-13", "-113", ""]
    opening = ["Q1", "2025-12-31", "C1", "期初退货", "-200", "0", "-200", ""]
    facts = read(tmp_path, [HEAD, *SALES, returned, opening])
    kinds = {row["doc_no"]: row["kind"] for row in facts.lines.to_pyarrow().to_pylist()}
    assert (kinds["F3"], kinds["Q1"]) == ("credit_note", "opening")


def test_an_opening_that_states_no_amount_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(me.BadInput) as caught:
        read(tmp_path, [HEAD, *SALES, ["Q1", "2025-12-31", "C1", "期初", "", "", "", ""]])
    assert [(fault.row, fault.code) for fault in caught.value.faults] == [(4, "missing_value")]


def test_what_was_paid_ahead_is_owed_to_the_customer(tmp_path: Path) -> None:
    rows = [["Q1", "2025-12-31", "C1", "期初预收", "300", "0", "300", ""]]
    found = read(tmp_path, [HEAD, *SALES, *rows]).lines
    assert found.filter(found.kind == "opening").to_pyarrow()["gross"].to_pylist() == [-300_00]


@pytest.mark.parametrize("said", ["Opening Order", "Grand Opening Promotion Invoice", "销售出库"])
def test_other_openings_are_sales(tmp_path: Path, said: str) -> None:
    rows = [["F9", "2026-01-31", "C1", said, "300", "39", "339", ""]]
    assert (
        "opening"
        not in read(tmp_path, [HEAD, *SALES, *rows]).lines.to_pyarrow()["kind"].to_pylist()
    )


@pytest.mark.parametrize("said", ["销售订单出库", "Invoice (Sales Order 77)", "发货单发票"])
def test_what_was_made_of_an_order_is_a_sale(tmp_path: Path, said: str) -> None:
    rows = [["F9", "2026-01-31", "C1", said, "300", "39", "339", ""]]
    lines = read(tmp_path, [HEAD, *SALES, *rows]).lines.to_pyarrow()
    assert lines["net"].to_pylist().count(300_00) == 1
