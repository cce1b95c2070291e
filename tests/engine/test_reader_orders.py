"""Orders and deliveries in sales files: no sales, left out and counted, or kept on request."""

from __future__ import annotations

from pathlib import Path

import pytest

from mainstay_engine import BadInput, read_facts
from mainstay_engine.facts import Facts
from mainstay_engine.reader import inspect

MIXED = """单据编号,单据类型,单据日期,客户编码,数量,无税金额,源单号,要求交货日,单据状态
DD1,标准销售订单,2026-01-05,C1,10,1000,,2026-02-01,已审核
DD2,Sales Order,2026-01-06,C1,1,100,,,已关闭
DD3,销售订单,2026-01-06,C1,-1,-100,,,已作废
FH1,发货通知单,2026-01-10,C1,6,600,DD1,,已审核
FH2,Packing slip,2026-01-10,C1,1,60,DD1,,已作废
CK1,销售出库单,2026-01-12,C1,4,400,DD1,,已审核
TH1,销售退货单,2026-01-13,C1,-1,-90,,,已审核
"""
PLAIN = "{number},日期,客户编码,数量,无税单价\nA1,2026-01-01,C1,2,5.00\n"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.csv"
    path.write_text(MIXED, encoding="utf-8")
    return path


def plain(folder: Path, number: str = "单据编号") -> Path:
    path = folder / "plain.csv"
    path.write_text(PLAIN.format(number=number), encoding="utf-8")
    return path


def kinds(facts: Facts) -> dict[str, str]:
    rows = facts.lines.select("doc_no", "kind").to_pyarrow().to_pylist()
    return {row["doc_no"]: row["kind"] for row in rows}


def test_grading_leaves_them_out_and_counts_them(mixed: Path) -> None:
    facts = read_facts(mixed)
    assert kinds(facts) == {"CK1": "invoice", "TH1": "credit_note"}
    said = [note["en"] for note in facts.sources[0].notes]
    assert "2 rows left out: orders, which are no sales yet." in said
    assert "1 row left out: deliveries, which are no sales." in said
    assert (facts.sources[0].kept, facts.sources[0].left_out) == (2, 5)
    assert {"order_no", "promised", "order_state"}.isdisjoint(facts.lines.columns)


def test_on_request_they_are_kept_with_their_order_day_and_state(mixed: Path) -> None:
    facts = read_facts(mixed, orders=True)
    assert kinds(facts) == {
        "DD1": "order", "DD2": "order", "DD3": "order", "FH1": "delivery", "CK1": "invoice",
        "TH1": "credit_note",
    }  # fmt: skip
    lines = facts.lines.order_by("doc_no").to_pyarrow()
    found = {row["doc_no"]: row for row in lines.to_pylist()}
    assert str(found["DD1"]["promised"]) == "2026-02-01"
    states = {number: row["order_state"] for number, row in found.items()}
    assert states == {"DD1": None, "DD2": "closed", "DD3": "cancelled", "FH1": None, "CK1": None,
                      "TH1": None}  # fmt: skip
    assert {n: row["order_no"] for n, row in found.items() if row["order_no"]} == {
        "FH1": "DD1", "CK1": "DD1",
    }  # fmt: skip
    assert inspect(mixed, orders=True).counts.kept == 6
    assert inspect(mixed).counts.left_out == {"order": 2, "delivery": 1, "void": 2}


@pytest.mark.parametrize(
    ("documents", "kind"), [("sales", "invoice"), ("orders", "order"), ("deliveries", "delivery")]
)
def test_the_user_says_what_all_lines_are(tmp_path: Path, documents: str, kind: str) -> None:
    mapping = {"lines": {"options": {"documents": documents}}}
    facts = read_facts(plain(tmp_path), mapping=mapping, orders=True)
    assert kinds(facts) == {"A1": kind}
    assert facts.lines.net.sum().execute() == 1_000


def test_what_the_user_says_goes_before_the_type_column(mixed: Path) -> None:
    facts = read_facts(mixed, mapping={"options": {"documents": "sales"}}, orders=True)
    assert kinds(facts)["DD1"] == "invoice"
    assert "DD3" not in kinds(facts)  # a void document, as any sale that was


def test_order_numbers_alone_stay_sales_and_the_reader_says_so(tmp_path: Path) -> None:
    facts = read_facts(plain(tmp_path, "订单编号"), orders=True)
    assert kinds(facts) == {"A1": "invoice"}
    assert any("documents: orders" in note["en"] for note in facts.sources[0].notes)
    told = read_facts(plain(tmp_path, "订单编号"), mapping={"options": {"documents": "sales"}})
    assert not any("documents: orders" in note["en"] for note in told.sources[0].notes)
    assert not any("documents" in n["en"] for n in read_facts(plain(tmp_path)).sources[0].notes)


def test_an_order_number_beside_an_invoice_number_is_its_order(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("InvoiceNo,OrderID,Date,CustomerID,Net\nI1,O1,2026-01-01,C1,5\n")
    facts = read_facts(path, orders=True)
    assert facts.sources[0].mapping["doc_no"] == "InvoiceNo"
    assert facts.sources[0].mapping["order_no"] == "OrderID"
    assert "order_no" not in read_facts(path).sources[0].mapping


def test_another_word_for_documents_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_facts(plain(tmp_path), mapping={"options": {"documents": "quotes"}})
    assert [fault.code for fault in caught.value.faults] == ["bad_option"]


@pytest.mark.parametrize(
    ("heading", "cell", "state"),
    [
        ("关闭状态", "已关闭", "closed"), ("关闭状态", "正常", None), ("关闭状态", "未关闭", None),
        ("是否关闭", "是", "closed"), ("关闭人", "何芸", "closed"), ("关闭人", "", None),
        ("FCloseStatus", "B", "closed"), ("FCloseStatus", "A", None),
        ("Status", "Closed", "closed"), ("Status", "Cancelled", "cancelled"),
        ("Status", "Open", None), ("取消标志", "是", "cancelled"),
    ],
)  # fmt: skip
def test_how_an_order_is_closed(tmp_path: Path, heading: str, cell: str, state: str | None) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        f"单据编号,日期,客户编码,金额,{heading}\nA1,2026-01-01,C1,5,{cell}\n", encoding="utf-8"
    )
    facts = read_facts(path, mapping={"options": {"documents": "orders"}}, orders=True)
    (row,) = facts.lines.to_pyarrow().to_pylist()
    assert row.get("order_state") == state
