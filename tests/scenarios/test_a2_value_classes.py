"""A2: five value classes by gross profit, from a sales file with costs."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me

# Gross profit: P1 500 · P2 300 · P3 100 · P4 60 · P5 40 make 1,000; L1 sells most and earns
# nothing; L2 loses 20; S1 bought before the window only; U1 has a line without a cost.
SALES = """\
Invoice No,Invoice Date,Customer ID,Customer,Net Amount,Cost
I01,2024-01-10,P1,Prime,1500.00,1000.00
I02,2024-02-10,P2,Second,900.00,600.00
I03,2024-03-10,P3,Third,300.00,200.00
I04,2024-04-10,P4,Fourth,160.00,100.00
I05,2024-05-10,P5,Fifth,140.00,100.00
I06,2024-06-10,L1,Large without profit,9000.00,9000.00
I07,2024-07-10,L2,Loss-maker,80.00,100.00
I08,2023-12-31,S1,Silent,5000.00,1000.00
I09,2024-12-31,U1,Cost unknown,700.00,
"""


@pytest.fixture
def result(tmp_path: Path) -> me.Result:
    path = tmp_path / "sales.csv"
    path.write_text(SALES, encoding="utf-8")
    return me.grade(me.read_facts(lines=path), scheme="value5")


def test_profit_makers_are_cut_at_fifty_eighty_and_ninety_five(result: me.Result) -> None:
    # Larger ones hold: P1 0 (below 500: key) · P2 500 (not below: major) · P3 800 (general) ·
    # P4 900 (below 950: general, it crosses) · P5 960 (maintenance).
    table = result.to_arrow().to_pydict()
    found = dict(zip(table["customer_id"], table["class"], strict=True))
    assert found == {
        "P1": "key", "P2": "major", "P3": "general", "P4": "general", "P5": "maintenance",
        "L1": "invalid", "L2": "invalid", "S1": "invalid", "U1": "n/a",
    }  # fmt: skip


def test_key_and_major_bring_eighty_percent_of_the_profit(result: me.Result) -> None:
    counts = {count["class"]: count for count in result.counts()}
    assert counts["key"]["value"] + counts["major"]["value"] == 80_000
    assert counts["invalid"]["value"] == -2_000
    assert [count["badge"] for count in result.counts()] == ["A", "B", "C", "D", "E", None]
    assert [count["title"]["zh"] for count in result.counts()] == [
        "关键", "重点", "一般", "维持", "无效", "无数据",
    ]  # fmt: skip


def test_each_reason_names_the_rule_that_decided(result: me.Result) -> None:
    assert "no profit (gross profit 0.00)" in result.explain("L1").text("en").lower()
    assert "没有毛利（毛利 −20.00）" in result.explain("L2").text("zh")
    assert "no order in the window (orders 0)" in result.explain("S1").text("en").lower()
    assert result.explain("U1").to_dict()["decided_by"] == "missing"


def test_without_a_cost_column_nobody_is_graded(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(line.rsplit(",", 1)[0] for line in SALES.splitlines()))
    facts = me.read_facts(lines=path)
    with pytest.raises(me.NoData) as caught:
        me.grade(facts, scheme="value5")
    assert "Cost" in caught.value.text("en")
    assert "成本" in caught.value.text("zh")
    assert me.grade(facts, scheme="abc").counts()[0]["customers"] > 0
