"""Guards hold a class for a reason, look only where they can, and say what they did."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me

TITLE = {"en": "Trial", "zh": "试用"}
WHY = {"en": "one order is all", "zh": "只有一张大单"}
GROWS = {"en": "grows fast", "zh": "增长快"}
BULK = {"name": "bulk", "title": TITLE, "at_best": "C", "why": WHY,
        "when": [{"metric": "largest_order_share", "op": ">=", "value": 0.5}]}  # fmt: skip
GROWER = {"name": "grower", "title": TITLE, "at_worst": "B", "why": GROWS,
          "when": [{"metric": "growth", "op": ">=", "value": 0.5}]}  # fmt: skip


def scheme(*guards: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "trial", "version": 1, "title": TITLE,
        "classes": [{"id": c, "title": {"en": f"Class {c}", "zh": f"{c} 类"}} for c in "ABCN"],
        "cuts": {"by": "thresholds", "of": "net_sales", "rest": "C", "steps": [
            {"class": "A", "at_least": 100}, {"class": "B", "at_least": 50}]},
        "unranked": "N", "guards": list(guards),
    } | more  # fmt: skip


def grade(definition: dict[str, Any], **columns: list[Any]) -> me.Result:
    length = len(next(iter(columns.values())))
    table = pa.table({"customer_id": [f"{i:02}" for i in range(length)], **columns})
    return me.grade(None, definition, as_of="2024-12-31", metrics=table)


def classes(result: me.Result) -> list[str]:
    rows = sorted(result.to_arrow().to_pylist(), key=lambda row: row["customer_id"])
    return [row["class"] for row in rows]


def test_a_guard_holds_down_whoever_meets_it_and_nobody_else() -> None:
    result = grade(
        scheme(BULK), net_sales=[20_000, 20_000, 20_000, 1_000],
        largest_order_share=[0.5, 0.4999, None, 0.9],
    )  # fmt: skip
    assert classes(result) == ["C", "A", "A", "C"]
    assert result.guarded == [{
        "name": "bulk", "title": TITLE, "why": WHY, "at_best": "C", "at_worst": None,
        "met": 2, "decided": 1, "blind": 1, "of": 4,
    }]  # fmt: skip


def test_the_reason_names_the_class_held_the_figure_and_the_guard() -> None:
    result = grade(scheme(BULK), net_sales=[20_000], largest_order_share=[0.75])
    why = result.explain("00")
    assert why.data["reason"]["en"] == (
        "net sales 200.00, at least 100.00: A, but one order is all "
        "(share of the largest order 75%), so at best C"
    )
    assert why.data["reason"]["zh"] == (
        "净销售额 200.00，达到 100.00：应为 A，但只有一张大单（最大单占比 75%），最高为 C"
    )
    assert why.data["decided_by"] == "guard"
    assert [guard["met"] for guard in why.data["guards"]] == [True]


def test_where_one_lifts_and_one_holds_down_caution_wins() -> None:
    for guards in ([BULK, GROWER], [GROWER, BULK]):
        result = grade(
            scheme(*guards), net_sales=[1_000, 1_000, 20_000],
            largest_order_share=[0.9, 0.1, 0.1], growth=[0.8, 0.8, 0.8],
        )  # fmt: skip
        assert classes(result) == ["C", "B", "A"]
    assert "so at least B" in result.reasons()[2]


def test_a_rule_and_a_missing_value_stand_before_guards() -> None:
    rule = {"class": "N", "when": [{"metric": "orders", "op": "==", "value": 0}], "why": TITLE}
    result = grade(
        scheme(GROWER, rules=[rule]), net_sales=[20_000, None, 1], orders=[0, 3, 3],
        growth=[0.9, 0.9, 0.9],
    )  # fmt: skip
    assert classes(result) == ["N", "N", "B"]


def test_a_guard_without_facts_says_that_it_could_not_look_and_all_are_graded() -> None:
    lines = pa.table({
        "doc_no": ["D1"], "kind": ["invoice"], "customer_id": ["C1"],
        "doc_date": [pa.scalar(19_800, pa.int32()).cast(pa.date32()).as_py()], "net": [20_000],
    })  # fmt: skip
    overdue = BULK | {"when": [{"metric": "overdue_share", "op": ">=", "value": 0.3}]}
    result = me.grade(me.facts_from_tables(lines), scheme(overdue))
    assert classes(result) == ["A"]
    assert result.guarded[0]["blind"] == result.guarded[0]["of"] == 1
    assert result.explain("C1").data["guards"][0]["blind"] == ["overdue_share"]
    assert "it could not look at 1 of 1 for want of data" in result.summary("en")
    assert "因缺数据未能检查 1 个中的 1 个" in result.summary("zh")


@pytest.mark.parametrize(
    ("guard", "words"),
    [
        (BULK | {"at_best": "Z"}, "no class «Z»"),
        (BULK | {"at_worst": "B"}, "either at_best or at_worst"),
        (BULK | {"when": [{"metric": "bulkiness", "op": ">", "value": 1}]}, "no metric"),
    ],
)
def test_a_guard_that_does_not_hold_together_is_refused(guard: dict[str, Any], words: str) -> None:
    with pytest.raises(me.BadScheme) as caught:
        me.load_scheme(scheme(guard))
    faults = caught.value.facts["faults"]
    assert isinstance(faults, list)
    assert any(words in fault["en"] and not fault["zh"].isascii() for fault in faults)


def test_two_guards_of_one_name_are_refused() -> None:
    with pytest.raises(me.BadScheme, match="«bulk» is there twice"):
        me.load_scheme(scheme(BULK, BULK))


def composite(**more: Any) -> dict[str, Any]:
    linear = {"by": "linear", "nodes": [{"at": 0, "score": 0}, {"at": 1, "score": 1}]}
    return scheme(
        cuts={"by": "points", "rest": "C", "steps": [
            {"class": "A", "at_least": 80}, {"class": "B", "at_least": 50}]},
        groups=[{"name": "both", "title": TITLE}],
        criteria=[
            {"metric": "margin", "weight": 60, "group": "both", "scoring": linear,
             "missing": "exclude"},
            {"metric": "collection_rate", "weight": 40, "group": "both", "scoring": linear,
             "missing": "exclude"},
        ],
        weigh="net_sales",
    ) | more  # fmt: skip


def test_a_criterion_nobody_has_data_for_is_left_out_and_named() -> None:
    result = grade(composite(), net_sales=[1, 1], margin=[0.9, 0.5])
    assert classes(result) == ["A", "B"]
    assert [(a["metric"], a["weight"]) for a in result.absent] == [("collection_rate", "40")]
    assert "No data for Collection rate (weight 40)" in result.summary("en")
    assert "没有回款率的数据（权重 40）" in result.summary("zh")
    (group,) = result.explain("00").data["groups"]
    assert (group["points"], group["max_points"], group["known"]) == ("90", "100", "60")


def test_with_too_few_weights_known_there_is_no_grade() -> None:
    enough = composite(enough=0.5)
    result = grade(enough, net_sales=[1, 1, 1], margin=[0.9, None, 0.9],
                   collection_rate=[None, 0.9, 0.1])  # fmt: skip
    assert classes(result) == ["A", "N", "B"]
    exact = grade(composite(enough=0.4), net_sales=[1], margin=[None], collection_rate=[0.9])
    assert classes(exact) == ["A"], "exactly enough is enough"


def test_a_composite_without_any_of_its_facts_grades_nobody() -> None:
    with pytest.raises(me.NoData, match="at least one of its criteria"):
        grade(composite(), net_sales=[1, 1])


def test_a_group_that_is_not_there_is_refused() -> None:
    with pytest.raises(me.BadScheme, match="no group «both»"):
        me.load_scheme(composite(groups=[]))
