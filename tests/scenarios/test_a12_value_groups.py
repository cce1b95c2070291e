"""A12: value created against resources spent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements, paying
from tests.scenarios.planted import books, classes, planted


def test_the_four_groups(tmp_path: Path) -> None:
    """The ten large ones bring more gross profit than the ten small; every other one is given
    much. The best three tenths are cut where equal values stay together.
    """
    given = judgements({f"C{n:02}": {"effort": 4 if n % 2 == 0 else 1} for n in range(20)})
    result = me.grade(paying(tmp_path), "value_effort", as_of=DAY, judgements=given)
    groups = [result.explain(f"C{n:02}").class_id for n in range(20)]
    assert groups == ["value", "potential"] * 5 + ["over_served", "prospect"] * 5
    assert "resources much" in result.explain("C10").data["reason"]["en"]
    assert "投入资源 4（很多）" in result.explain("C10").data["reason"]["zh"]


def test_without_effort_or_judgement_there_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(me.NoData) as caught:
        me.grade(paying(tmp_path), "value_effort", as_of=DAY)
    assert "请录入评判：投入资源" in caught.value.text("zh")


def test_measured_by_cost_to_serve_the_over_served_are_found() -> None:
    """On the demo company: who is called on like the largest and brings little. A burden brings
    much and costs much: that nothing is left of it, profit after service tells.
    """
    graded, story = classes(books(), "value_service"), planted()
    assert {graded[code] for code in story["over_served"]} == {"over_served"}
    assert {graded[code] for code in story["burden"]} == {"value"}
    assert sum(group == "over_served" for group in graded.values()) < len(graded) / 10


def test_without_efforts_the_measured_one_says_no_data_and_what_to_import() -> None:
    bare = replace(books(), efforts=None, effort_rates=None)
    with pytest.raises(me.NoData) as caught:
        me.grade(bare, "value_service")
    assert "投入记录" in caught.value.text("zh") and "efforts" in caught.value.text("en")
