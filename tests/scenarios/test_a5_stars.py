"""A5: stars from sales, payment and what people judge, each with its support measures."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements, paying


@pytest.fixture
def facts(tmp_path: Path) -> me.Facts:
    return paying(tmp_path)


def stars(number: int) -> dict[str, int]:
    """Large ones are sound; of the small ones some show initiative, the last is passive."""
    level = 3 if number < 10 else 1 if number == 19 else 2
    return {"finances": level, "business_mind": level}


def test_ten_customers_of_three_and_four_stars_bring_over_eighty_per_cent(facts: me.Facts) -> None:
    given = judgements({f"C{number:02}": stars(number) for number in range(20)})
    result = me.grade(facts, "stars", as_of=DAY, judgements=given)
    counts = {count["class"]: count for count in result.counts()}
    assert {name: counts[name]["customers"] for name in counts} == {
        "4star": 8, "3star": 2, "2star": 9, "1star": 1, "n/a": 0,
    }  # fmt: skip
    assert counts["4star"]["value_share"] + counts["3star"]["value_share"] > 0.80
    plays = [klass.play.en for klass in result.definition.classes if klass.play]
    assert "rebate by contract" in plays[0]
    assert "credit period" in plays[1]
    why = result.explain("C02")
    assert why.class_id == "3star"
    assert "sales large" in why.data["reason"]["en"]
    assert "实力与信用需账期" in why.data["reason"]["zh"]
    (mind,) = (c for c in why.data["criteria"] if c["metric"] == "judged.business_mind")
    assert (mind["text"]["en"], mind["judges"], mind["spread"]) == ("3 (business mind)", 1, 0)


def test_without_judgements_there_is_no_data_and_it_says_what_to_record(facts: me.Facts) -> None:
    with pytest.raises(me.NoData) as caught:
        me.grade(facts, "stars", as_of=DAY)
    assert "Record judgements of finances" in caught.value.text("en")
    assert "请录入评判" in caught.value.text("zh")


def test_who_nobody_judged_has_no_star(facts: me.Facts) -> None:
    given = judgements({"C00": stars(0)})
    rows = me.grade(facts, "stars", as_of=DAY, judgements=given).to_arrow().to_pylist()
    found = {row["customer_id"]: row["class"] for row in rows}
    assert (found["C00"], found["C01"]) == ("4star", "n/a")
