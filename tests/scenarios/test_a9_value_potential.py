"""A9: value by potential of the active; the dormant and the lost apart, each with its play."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements

BUYS = {
    "Star": (900, 30), "Keeper": (800, 30), "Grower": (90, 30), "Small": (80, 30),
    "Sleeper": (700, 30), "Gone": (600, 30),
}  # fmt: skip
"""Amount of an order, days between orders."""
SILENT = {"Sleeper": 100, "Gone": 200}
CAPACITY = {"Star": 4, "Keeper": 1, "Grower": 4, "Small": 1, "Sleeper": 4, "Gone": 4}


@pytest.fixture
def facts(tmp_path: Path) -> me.Facts:
    rows = ["单据编号,单据日期,客户编码,金额"]
    for customer, (amount, gap) in BUYS.items():
        last = DAY - timedelta(days=SILENT.get(customer, 5))
        rows += [
            f"{customer}{n},{last - timedelta(days=gap * n)},{customer},{amount}" for n in range(40)
        ]
    (tmp_path / "sales.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    return me.read_facts(tmp_path / "sales.csv")


def test_value_meets_potential_and_silence_stands_apart(facts: me.Facts) -> None:
    given = judgements({name: {"capacity": level} for name, level in CAPACITY.items()})
    result = me.grade(facts, "value_potential", as_of=DAY, judgements=given)
    assert {name: result.explain(name).class_id for name in BUYS} == {
        "Star": "star", "Keeper": "valuable", "Grower": "potential", "Small": "small",
        "Sleeper": "dormant", "Gone": "lost",
    }  # fmt: skip
    why = result.explain("Sleeper")
    assert "behaviour dormant" in why.data["reason"]["en"]
    assert "行为 休眠" in why.data["reason"]["zh"]
    plays = {klass.id: klass.play for klass in result.definition.classes}
    assert plays["dormant"] and plays["lost"] and plays["dormant"] != plays["lost"]


def test_nobody_judged_the_capacity_then_growth_alone_tells_and_that_is_said(
    facts: me.Facts,
) -> None:
    result = me.grade(facts, "value_potential", as_of=DAY)
    assert [each["metric"] for each in result.absent] == ["judged.capacity"]
    assert result.explain("Star").class_id == "valuable"
