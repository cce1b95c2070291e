"""A scheme that builds on another's classes, and scores on the way to a target."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mainstay_engine as me
from tests.engine.test_schemes_kept import assert_kept

TITLE = {"en": "Trial", "zh": "试用"}
DAY = date(2024, 12, 31)
OTHER = {"name": "size", "scheme": "abc", "title": {"en": "Size", "zh": "规模"}, "levels": [
    {"class": "C", "value": 1, "title": {"en": "small", "zh": "小"}},
    {"class": "A", "value": 3, "title": {"en": "large", "zh": "大"}}]}  # fmt: skip


def by_class(**more: Any) -> dict[str, Any]:
    return {
        "name": "trial", "version": 1, "title": TITLE, "weigh": "net_sales",
        "classes": [{"id": c, "title": TITLE} for c in "ABN"], "classed": [OTHER],
        "cuts": {"by": "thresholds", "of": "class.size", "rest": "B",
                 "steps": [{"class": "A", "at_least": 3}]},
        "unranked": "N",
    } | more  # fmt: skip


TABLE = pa.table({"customer_id": ["a", "b", "c"], "net_sales": [3_00, 2_00, 1_00]})
ABC = pa.table({"customer_id": ["a", "b", "c"], "class": ["C", "B", "A"]})


def test_the_other_class_counts_as_it_says_and_is_called_by_its_name() -> None:
    result = me.grade(None, by_class(), as_of=DAY, metrics=TABLE, classes={"abc": ABC})
    assert [result.explain(c).class_id for c in "abc"] == ["B", "N", "A"]
    assert "size large" in result.explain("c").data["reason"]["en"]
    assert "规模 大" in result.explain("c").data["reason"]["zh"]
    assert "no size" in result.explain("b").data["reason"]["en"]
    assert_kept(result)


def test_without_history_the_other_classes_must_be_given() -> None:
    with pytest.raises(me.NoData) as caught:
        me.grade(None, by_class(), as_of=DAY, metrics=TABLE)
    assert "Grade by «abc» first" in caught.value.text("en")


def test_from_facts_the_other_preset_is_graded_first(tmp_path: Path) -> None:
    rows = ["单据编号,单据日期,客户编码,金额"]
    rows += [f"X{n},2024-06-0{n + 1},C{n},{amount}" for n, amount in enumerate((900, 60, 40))]
    (tmp_path / "sales.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    facts = me.read_facts(tmp_path / "sales.csv")
    abc = me.grade(facts, "abc", as_of=DAY)
    result = me.grade(facts, by_class(), as_of=DAY)
    for customer in ("C0", "C1", "C2"):
        expected = {"A": "A", "B": "N", "C": "B"}[abc.explain(customer).class_id]
        assert result.explain(customer).class_id == expected


def test_a_scheme_cannot_build_on_itself() -> None:
    with pytest.raises(me.BadScheme) as caught:
        me.load_scheme(by_class(name="abc"))
    assert [fault["at"] for fault in caught.value.facts["faults"]] == ["classed.0.scheme"]


def on_target(scoring: dict[str, Any], direction: str = "higher", metric: str = "net_sales") -> Any:
    return {
        "name": "trial", "version": 1, "title": TITLE, "unranked": "N", "weigh": "net_sales",
        "classes": [{"id": c, "title": TITLE} for c in "ABN"],
        "criteria": [{"metric": metric, "weight": 100, "direction": direction,
                      "scoring": {"by": "target"} | scoring, "missing": "exclude"}],
        "cuts": {"by": "points", "rest": "B", "steps": [{"class": "A", "at_least": 100}]},
    }  # fmt: skip


def points(definition: Any, **columns: Any) -> list[str | None]:
    n = len(next(iter(columns.values())))
    table = pa.table({"customer_id": [f"{i:02}" for i in range(n)], **columns})
    if "net_sales" not in table.column_names:
        table = table.append_column("net_sales", pa.array([1_00] * n))
    result = me.grade(None, definition, as_of=DAY, metrics=table)
    return [result.explain(c).data["value"] for c in result.decided.figures.ids]


def test_points_rise_in_a_straight_line_to_the_target() -> None:
    fixed = on_target({"target": 200, "nothing_at": 0.5})
    assert points(fixed, net_sales=[50_00, 100_00, 150_00, 200_00, 900_00]) == [
        "0", "0", "50", "100", "100",
    ]  # fmt: skip
    days = on_target({"target": 30, "nothing_at": 2}, "lower", "recency")
    assert points(days, recency=[10, 30, 45, 60, 90]) == ["100", "100", "50", "0", "0"]


def test_a_target_moves_with_another_metric_and_has_a_floor() -> None:
    moving = on_target({"target": {"times": 1.5, "of": "previous_net_sales", "at_least": 20}})
    found = points(
        moving,
        net_sales=[75_00, 150_00, 10_00, 10_00],
        previous_net_sales=[100_00, 100_00, 0, None],
    )
    assert found == ["50", "100", "50", "50"]
    bare = on_target({"target": {"times": 1.5, "of": "previous_net_sales"}})
    assert points(bare, net_sales=[75_00, 10_00, 10_00], previous_net_sales=[100_00, 0, None]) == [
        "50", None, None,
    ]  # fmt: skip


@given(st.lists(st.integers(0, 500), min_size=2, max_size=8), st.integers(1, 400))
def test_more_never_scores_less(sales: list[int], target: int) -> None:
    ordered = sorted(sales)
    found = points(on_target({"target": target}), net_sales=[each * 100 for each in ordered])
    scores = [float(each or 0) for each in found]
    assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("scoring", "direction"),
    [
        ({"target": 1, "nothing_at": 1}, "higher"),
        ({"target": 1, "nothing_at": 2}, "higher"),
        ({"target": 1, "nothing_at": 0.5}, "lower"),
        ({"target": 0}, "higher"),
    ],
)
def test_a_target_must_lie_on_the_better_side(scoring: dict[str, Any], direction: str) -> None:
    with pytest.raises(me.BadScheme) as caught:
        me.load_scheme(on_target(scoring, direction))
    assert "criteria.0" in caught.value.text("en")
