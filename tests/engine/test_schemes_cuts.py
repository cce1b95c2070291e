"""Cuts and ranks at their boundaries: exact, tied, huge, capped and moving."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me

TITLE = {"en": "Trial", "zh": "试用"}


def scheme(cuts: dict[str, Any], **more: Any) -> dict[str, Any]:
    classes = dict.fromkeys([*(step["class"] for step in cuts["steps"]), cuts["rest"], "none"])
    return {
        "name": "trial", "version": 1, "row": "A1", "title": TITLE, "about": TITLE,
        "source": TITLE, "classes": [{"id": c, "title": TITLE} for c in classes],
        "cuts": cuts, "unranked": "none", "weigh": "net_sales",
    } | more  # fmt: skip


def grade(definition: str | dict[str, Any], **columns: list[Any]) -> me.Result:
    length = len(next(iter(columns.values())))
    columns.setdefault("net_sales", [0] * length)
    table = pa.table({"customer_id": [f"{i:02}" for i in range(length)], **columns})
    return me.grade(None, definition, as_of="2024-12-31", metrics=table)


def classes(result: me.Result) -> list[str]:
    """Classes in the order of the customers given."""
    rows = sorted(result.to_arrow().to_pylist(), key=lambda row: row["customer_id"])
    return [row["class"] for row in rows]


def test_a_cut_is_exact_where_floats_are_not() -> None:
    # 0.8 as a float is above 4/5: 4 × 2^50 before the next of 5 × 2^50 is not below the cut.
    unit = 2**50
    assert classes(grade("abc", net_sales=[4 * unit, unit // 2, unit // 2])) == ["A", "B", "B"]
    assert classes(grade("abc", net_sales=[4 * unit - 1, unit // 2 + 1, unit // 2])) == [
        "A", "A", "B",
    ]  # fmt: skip


def test_sums_beyond_sixty_four_bits_stay_exact() -> None:
    huge = 2**62
    result = grade("abc", net_sales=[huge, huge, huge, huge, huge])
    assert classes(result) == ["A"] * 5
    assert sum(count["value"] for count in result.counts()) == 5 * huge
    assert result.explain("00").to_dict()["cut"]["whole"] == "230584300921369395.20"
    # 20 equal shares of 5 %: sixteen hold 80 %, and the twentieth stands behind 95 %.
    assert classes(grade("abc", net_sales=[huge - i for i in range(20)])).count("A") == 16


def test_one_customer_alone_is_in_the_best_class() -> None:
    for name in ("abc", "abc_70", "abc_capped"):
        assert classes(grade(name, net_sales=[1])) == ["A"]


def test_nobody_to_grade_gives_an_empty_result() -> None:
    result = grade("abc", net_sales=pa.array([], pa.int64()))
    assert len(result) == 0
    assert [count["customers"] for count in result.counts()] == [0, 0, 0]
    assert result.to_arrow().num_rows == 0
    assert "all" in result.summary("en")


def test_a_share_of_customers_counts_from_the_best() -> None:
    cuts = {"by": "customer_share", "of": "net_sales", "rest": "C",
            "steps": [{"class": "A", "up_to": 0.2}, {"class": "B", "up_to": 0.5}]}  # fmt: skip
    result = grade(scheme(cuts), net_sales=[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    # Ten are ranked: two in A, three more in B; the one without sales is not ranked.
    assert classes(result) == ["A"] * 2 + ["B"] * 3 + ["C"] * 5 + ["none"]
    assert classes(grade(scheme(cuts), net_sales=[5, 5, 5, 1, 1])) == ["A"] * 3 + ["C"] * 2


def test_the_smallest_can_be_the_best() -> None:
    cuts = {"by": "customer_share", "of": "recency", "direction": "lower", "rest": "C",
            "steps": [{"class": "A", "up_to": 0.5}]}  # fmt: skip
    assert classes(grade(scheme(cuts), recency=[0, 400, 3, 90])) == ["A", "C", "A", "C"]


def test_thresholds_of_money_are_given_in_major_units() -> None:
    cuts = {"by": "thresholds", "of": "net_sales", "rest": "C",
            "steps": [{"class": "A", "at_least": 10_000},
                      {"class": "B", "at_least": 99.99}]}  # fmt: skip
    result = grade(scheme(cuts), net_sales=[1_000_000, 999_999, 9_999, 9_998, -5])
    assert classes(result) == ["A", "B", "B", "C", "C"]
    assert "below 10,000.00 and at least 99.99" in result.explain("01").text("en")


def test_a_moving_threshold_without_a_rhythm_is_its_floor() -> None:
    result = grade("behaviour", recency=[30, 31, 91], rhythm_gap=pa.array([None] * 3, pa.float64()))
    assert classes(result) == ["active", "dormant", "lost"]
    assert "nobody has a rhythm yet" in result.explain("00").text("en")


def test_missing_figures_never_count_as_zero() -> None:
    rates = [0.96, None, 0.10]
    result = grade("collection", collection_rate=rates, receipts=[1, 2, 3])
    assert classes(result) == ["A", "n/a", "D"]
    table = result.to_arrow().to_pydict()
    assert table["customer_id"][-1] == "01"
    assert table["rank"][-1] is None
    assert "No collection rate: missing where nothing was invoiced" in result.explain("01").text(
        "en"
    )


def test_a_scheme_nobody_has_figures_for_grades_nobody() -> None:
    with pytest.raises(me.NoData, match="Nobody was graded"):
        grade("collection", collection_rate=pa.array([None], pa.float64()), receipts=[0])
    with pytest.raises(me.NoData, match="collection_rate"):
        grade("collection", net_sales=[1])


def test_the_first_rule_that_applies_decides() -> None:
    result = grade("value5", gross_profit=[-5, 100, 100], orders=[0, 0, 1], margin=[None, 0.1, 0.1])
    assert classes(result) == ["invalid", "invalid", "key"]
    assert "no order in the window" in result.explain("00").to_dict()["reason"]["en"]


def test_a_cap_is_never_exceeded_by_equals() -> None:
    # Ten are ranked, two fit; the second and third are equal and do not both fit.
    sold = [90, 50, 50, 1, 1, 1, 1, 1, 1, 1]
    assert classes(grade("abc_capped", net_sales=sold))[:4] == ["A", "B", "B", "C"]
