"""Efforts and rates as people keep them: Chinese and English headings, slips of the pen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mainstay_engine import BadInput, read_facts
from mainstay_engine.activities import activities
from mainstay_engine.metrics import compute_metrics

VISITS = """拜访记录表,,,,,,,
客户编码,客户名称,拜访日期,活动类型,业务员,耗时（小时）,费用（元）,备注
0001,甲,2024年1月5日,上门拜访,王,2.5,,签约
0001,甲,2024/2/7,运费,,,"1,234.50",
0002,乙,2024-03-01,高层拜访,李,３,,
合计,,,,,5.5,1234.5,
"""
RATES = "活动,生效日期,每小时,每次,年利率\n拜访,2024-01-01,200,,\n高层拜访,2024-01-01,500,,\n"
FINANCING = "资金占用,2024-01-01,,,6%\n"


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_a_chinese_sheet_of_visits_is_read(tmp_path: Path) -> None:
    facts = read_facts(
        efforts=written(tmp_path, "拜访.csv", VISITS, "gb18030"),
        effort_rates=written(tmp_path, "费率.csv", RATES + FINANCING),
    )
    assert facts.efforts is not None and facts.effort_rates is not None
    rows = facts.efforts.to_pyarrow().to_pylist()
    names = ("customer_id", "date", "activity", "hours", "amount")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("0001", date(2024, 1, 5), "visit", Decimal("2.5"), None),
        ("0001", date(2024, 2, 7), "freight", None, 123_450),
        ("0002", date(2024, 3, 1), "senior_visit", Decimal(3), None),
    ]
    rates = facts.effort_rates.to_pyarrow().to_pylist()
    assert [(r["activity"], r["per_hour"], r["per_year"]) for r in rates] == [
        ("visit", 20_000, None), ("senior_visit", 50_000, None),
        ("financing", None, Decimal("0.06")),
    ]  # fmt: skip
    table = compute_metrics(facts, ["effort_hours", "effort_cost"], as_of="2024-12-31")
    assert table.to_pydict() == {
        "customer_id": ["0001", "0002"], "customer_name": [None, None],
        "effort_hours": [2.5, 3.0], "effort_cost": [50_000 + 123_450, 150_000],
    }  # fmt: skip


def test_an_english_sheet_is_read(tmp_path: Path) -> None:
    text = "Customer,Date,Activity Type,Sales Rep,Hours,Times,Cost\n"
    text += "Acme,5/31/2024,Phone call,Jo,,3,\n"
    facts = read_facts(efforts=written(tmp_path, "e.csv", text))
    assert facts.efforts is not None
    (row,) = facts.efforts.to_pyarrow().to_pylist()
    assert (row["customer_id"], row["activity"], row["person"]) == ("Acme", "call", "Jo")
    assert (row["date"], row["quantity"]) == (date(2024, 5, 31), Decimal(3))


@pytest.mark.parametrize(("row", "code", "column"), [
    ("K1,2024-03-02,飞行,3,1", "unknown_activity", "活动"),
    ("K1,2024-03-02,拜访,-3,1", "bad_hours", "工时"),
    ("K1,2024-03-02,拜访,1001,1", "bad_hours", "工时"),
    ("K1,2024-03-02,拜访,3,-1", "bad_times", "次数"),
    (",2024-03-02,拜访,3,1", "missing_value", "客户编码"),
    ("K1,2024-13-02,拜访,3,1", "no_such_day", "日期"),
    ("K1,2024-03-02,,3,1", "missing_value", "活动"),
    ("K1,2024-03-02,拜访,很久,1", "not_a_number", "工时"),
])  # fmt: skip
def test_a_faulty_effort_is_named_with_its_row(
    tmp_path: Path, row: str, code: str, column: str
) -> None:
    text = f"客户编码,日期,活动,工时,次数\nK1,2024-03-01,拜访,1,1\n{row}\n"
    with pytest.raises(BadInput) as caught:
        read_facts(efforts=written(tmp_path, "e.csv", text))
    found = [(each.code, each.row, each.column) for each in caught.value.faults]
    assert found == [(code, 3, column)]
    assert all(each.remedy["zh"] and each.remedy["en"] for each in caught.value.faults)


@pytest.mark.parametrize(("row", "code"), [
    ("电话,2024-01-01,,,", "no_rate"), ("电话,2024-01-01,,,5%", "no_rate"),
    ("资金占用,2024-01-01,30,,", "no_rate"), ("拜访,2024-01-01,250,,", "doubled_effort_rate"),
    ("电话,2024-01-01,-2,,", "negative_rate"), ("财务,2024-01-01,3,,", "unknown_activity"),
])  # fmt: skip
def test_a_faulty_rate_is_named_with_its_row(tmp_path: Path, row: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_facts(effort_rates=written(tmp_path, "r.csv", f"{RATES}{row}\n"))
    assert [(each.code, each.row) for each in caught.value.faults] == [(code, 4)]


def test_every_activity_is_understood_by_its_own_names(tmp_path: Path) -> None:
    for lang in ("en", "zh"):
        rows = "".join(f"K1,2024-01-01,{one.title[lang]}\n" for one in activities())
        facts = read_facts(efforts=written(tmp_path, "e.csv", f"客户编码,日期,活动\n{rows}"))
        assert facts.efforts is not None
        found = facts.efforts.to_pyarrow()["activity"].to_pylist()
        assert found == [one.name for one in activities()]
