"""A4: false majors in a sales file, held down by guards that say so."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me

MONTHS = [f"2024-{month:02}-15" for month in range(1, 13)]
HEAD = "单据编号,单据日期,客户编码,客户名称,区域,无税金额,成本\n"


def orders(code: str, amounts: list[int], cost: float, region: str = "浙江") -> str:
    return "".join(
        f"{code}-{number},{day},{code},{code}公司,{region},{amount}.00,{amount * cost:.2f}\n"
        for number, (day, amount) in enumerate(zip(MONTHS, amounts, strict=False))
    )


@pytest.fixture
def facts(tmp_path: Path) -> me.Facts:
    sales = (
        HEAD
        + orders("steady", [10_000] * 12, 0.8)
        + orders("bulk", [1_000, 1_000, 118_000, 1_000], 0.8)
        + orders("busy", [10_000] * 12, 0.97)
        + orders("dumper", [10_000] * 12, 0.8, region="江苏")
        + orders("small", [500] * 12, 0.8)
    )
    (tmp_path / "sales.csv").write_text(sales, encoding="utf-8-sig")
    (tmp_path / "customers.csv").write_text(
        "客户编码,客户名称,所属区域\n"
        + "".join(f"{code},{code}公司,浙江\n" for code in ("steady", "bulk", "busy", "dumper")),
        encoding="utf-8-sig",
    )
    return me.read_facts(tmp_path / "sales.csv", customers=tmp_path / "customers.csv")


def test_false_majors_are_c_with_the_reason_and_the_real_one_stays_a(facts: me.Facts) -> None:
    plain = me.grade(facts, "abc", as_of="2024-12-31").to_arrow().to_pylist()
    assert {row["customer_id"] for row in plain if row["class"] == "A"} == {
        "steady", "bulk", "busy", "dumper",
    }  # fmt: skip
    result = me.grade(facts, "abc_guarded", as_of="2024-12-31")
    rows = {row["customer_id"]: row for row in result.to_arrow().to_pylist()}
    assert {code: row["class"] for code, row in rows.items()} == {
        "steady": "A", "bulk": "C", "busy": "C", "dumper": "C", "small": "C",
    }  # fmt: skip
    assert "one order is half of the year or more" in rows["bulk"]["reason"]
    assert "hardly any profit (orders 12, gross margin 3%)" in rows["busy"]["reason"]
    assert "outside the customer's region" in rows["dumper"]["reason"]
    assert "最高为 C" in result.explain("bulk").text("zh")


def test_guards_without_receipts_say_that_they_could_not_look(facts: me.Facts) -> None:
    result = me.grade(facts, "abc_guarded", as_of="2024-12-31")
    told = {guard["name"]: guard for guard in result.guarded}
    assert told["overdue"]["blind"] == 5
    assert told["one_off_bulk"]["blind"] == 0
    assert "防护“逾期”" in result.summary("zh")
    assert {own.at for own in result.definition.own} >= {"guards.0.when.0.value"}
