"""A6: sales, strength and ability, measured and judged; without judgements «no data»."""

from __future__ import annotations

from pathlib import Path

import pytest

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements, paying


@pytest.fixture
def facts(tmp_path: Path) -> me.Facts:
    return paying(tmp_path)


def test_without_judgements_there_is_no_data_and_it_says_what_to_record(facts: me.Facts) -> None:
    with pytest.raises(me.NoData) as caught:
        me.grade(facts, "three_groups", as_of=DAY)
    assert "Record judgements of capital" in caught.value.text("en")
    assert "请录入评判" in caught.value.text("zh")


def test_three_groups_add_up_apart(facts: me.Facts) -> None:
    strong = dict.fromkeys(
        ("capital", "relations", "logistics", "people", "management", "thinking", "methods",
         "cooperation"), 3,
    )  # fmt: skip
    given = judgements({"C00": strong, "C01": dict.fromkeys(strong, 1)})
    result = me.grade(facts, "three_groups", as_of=DAY, judgements=given)
    groups = {c: {g["name"]: g for g in result.explain(c).data["groups"]} for c in ("C00", "C01")}
    for name, most in (("strength", "25"), ("ability", "25"), ("together", "10")):
        assert (groups["C00"][name]["points"], groups["C01"][name]["points"]) == (most, "0")
    assert groups["C00"]["sales"]["points"] == groups["C01"]["sales"]["points"]
    assert result.explain("C00").class_id == "A"
    assert result.explain("C02").class_id == "n/a", "sales alone are not enough"
