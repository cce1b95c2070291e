"""A8: collection classes from a sales file and a receipts file."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me

# The practitioners' worked case, in yuan: net sales 150, 85 and 195 ten thousand, VAT 17%.
SALES = """\
单据编号,单据日期,客户编码,客户名称,无税金额,税额,价税合计
XS01,2016-03-31,K1,甲公司,1500000.00,255000.00,1755000.00
XS02,2016-06-30,K2,乙公司,850000.00,144500.00,994500.00
XS03,2016-09-30,K3,丙公司,1950000.00,331500.00,2281500.00
XS04,2015-12-31,K4,丁公司,100000.00,17000.00,117000.00
"""
RECEIPTS = """\
收款单号,收款日期,客户编码,收款金额
SK01,2016-12-01,K1,1400000.00
SK02,2016-12-02,K2,1100000.00
SK03,2016-12-31,K3,2100000.00
SK04,2016-05-05,K4,117000.00
SK05,2017-01-01,K1,355000.00
"""


@pytest.fixture
def facts(tmp_path: Path) -> me.Facts:
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8-sig")
    (tmp_path / "receipts.csv").write_text(RECEIPTS, encoding="gb18030")
    return me.read_facts(lines=tmp_path / "sales.csv", receipts=tmp_path / "receipts.csv")


def test_the_worked_case_gives_its_rates_and_classes(facts: me.Facts) -> None:
    result = me.grade(facts, scheme="collection", as_of="2016-12-31")
    rows = {row["customer_id"]: row for row in result.to_arrow().to_pylist()}
    assert [round(rows[k]["value"], 3) for k in ("K1", "K2", "K3")] == [0.798, 1.106, 0.920]
    assert [rows[k]["class"] for k in ("K1", "K2", "K3")] == ["C", "A", "B"]
    # K4 paid last year's invoice: nothing was invoiced in the window, so there is no rate.
    assert (rows["K4"]["class"], rows["K4"]["value"], rows["K4"]["rank"]) == ("n/a", None, None)
    assert (
        result.explain("K1")
        .text("en")
        .endswith("Collection rate 79.77%, below 85% and at least 70%.")
    )
    assert "回款率 92.04%，低于 95%、达到 85%" in result.explain("K3").text("zh")


def test_without_receipts_nobody_is_graded(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(SALES, encoding="utf-8")
    with pytest.raises(me.NoData) as caught:
        me.grade(me.read_facts(lines=tmp_path / "sales.csv"), scheme="collection")
    assert "Import receipts" in caught.value.text("en")
    assert "请导入收款" in caught.value.text("zh")


def test_credit_not_yet_due_does_not_count_against_a_payer(tmp_path: Path) -> None:
    # 1,000 fell due in the year and 900 of it is paid; 9,000 falls due next year.
    (tmp_path / "sales.csv").write_text(
        "单据编号,单据日期,到期日,客户编码,客户名称,金额\n"
        "XS1,2023-11-01,2024-01-30,K1,甲公司,1000.00\n"
        "XS2,2024-12-01,2025-03-01,K1,甲公司,9000.00\n"
    )
    (tmp_path / "receipts.csv").write_text(
        "收款单号,收款日期,客户编码,收款金额\nSK1,2024-02-15,K1,900.00\n"
    )
    facts = me.read_facts(lines=tmp_path / "sales.csv", receipts=tmp_path / "receipts.csv")
    paid = me.grade(facts, scheme="collection", as_of="2024-12-31").explain("K1")
    due = me.grade(facts, scheme="collection_due", as_of="2024-12-31").explain("K1")
    assert (paid.class_id, paid.to_dict()["value"]) == ("D", "0.1")
    assert (due.class_id, due.to_dict()["value"]) == ("B", "0.9")
