"""Composites: bands, lines and percentiles, weights, what a missing figure brings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me

TITLE = {"en": "Trial", "zh": "试用"}
BANDS = {"by": "bands", "bands": [{"from": 0.3, "score": 1}, {"from": 0.1, "score": 0.5}]}
LINE = {"by": "linear", "nodes": [{"at": 0, "score": 0}, {"at": 1000, "score": 1}]}


def composite(*criteria: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "trial", "version": 1, "row": "A3", "title": TITLE, "about": TITLE,
        "source": TITLE, "criteria": list(criteria), "unranked": "C",
        "classes": [{"id": c, "title": TITLE} for c in "ABC"],
        "cuts": {"by": "points", "rest": "C",
                 "steps": [{"class": "A", "at_least": 80}, {"class": "B", "at_least": 50}]},
    }  # fmt: skip


def grade(definition: dict[str, Any], **columns: list[Any]) -> dict[str, dict[str, Any]]:
    length = len(next(iter(columns.values())))
    table = pa.table({"customer_id": [f"{i:02}" for i in range(length)], **columns})
    result = me.grade(None, definition, as_of="2024-12-31", metrics=table)
    return {row["customer_id"]: row for row in result.to_arrow().to_pylist()}


def test_weighted_points_add_up_and_cut() -> None:
    definition = composite(
        {"metric": "margin", "weight": 60, "scoring": BANDS},
        {"metric": "net_sales", "weight": 40, "scoring": LINE},
    )
    # Margin in bands of 60, net sales of 0 to 1,000.00 on a line to 40.
    rows = grade(definition, margin=[0.3, 0.29, 0.09], net_sales=[50_000, 100_000, 200_000])
    assert [rows[c]["value"] for c in ("00", "01", "02")] == [80.0, 70.0, 40.0]
    assert [rows[c]["class"] for c in ("00", "01", "02")] == ["A", "B", "C"]
    assert rows["00"]["margin_points"] == 60.0
    assert rows["00"]["net_sales_points"] == 20.0


def test_percentiles_count_the_others_with_ties_as_half() -> None:
    definition = composite({"metric": "net_sales", "weight": 100,
                            "scoring": {"by": "percentile"}})  # fmt: skip
    rows = grade(definition, net_sales=[10, 20, 20, 30, 40])
    assert [rows[f"{i:02}"]["value"] for i in range(5)] == [0, 37.5, 37.5, 75, 100]
    assert grade(definition, net_sales=[7])["00"]["value"] == 50


def test_lower_can_be_better() -> None:
    bands = {"by": "bands", "bands": [{"from": 0, "score": 1}, {"from": 30, "score": 0.5}]}
    definition = composite({"metric": "days_late", "weight": 100, "direction": "lower",
                            "scoring": bands})  # fmt: skip
    rows = grade(definition, days_late=[0.0, 30.0, 31.0])
    assert [rows[f"{i:02}"]["value"] for i in range(3)] == [100, 50, 0]


@pytest.mark.parametrize(("missing", "points"), [("neutral", 70), ("worst", 40), ("exclude", 100)])
def test_a_missing_figure_brings_what_the_criterion_says(missing: str, points: float) -> None:
    definition = composite(
        {"metric": "margin", "weight": 60, "scoring": BANDS, "missing": missing},
        {"metric": "net_sales", "weight": 40, "scoring": LINE},
    )
    assert grade(definition, margin=[None, 0.5], net_sales=[100_000, 0])["00"]["value"] == points


def test_without_any_figure_there_are_no_points() -> None:
    definition = composite({"metric": "margin", "weight": 60, "scoring": BANDS,
                            "missing": "exclude"})  # fmt: skip
    rows = grade(definition, margin=[0.5, None])
    assert (rows["01"]["value"], rows["01"]["rank"], rows["01"]["class"]) == (None, None, "C")


def test_the_explanation_adds_up_to_the_points() -> None:
    definition = composite(
        {"metric": "margin", "weight": 60, "scoring": BANDS},
        {"metric": "net_sales", "weight": 40, "scoring": {"by": "percentile"}},
    )
    table = pa.table({"customer_id": ["a", "b", "c"], "margin": [0.2, 0.4, None],
                      "net_sales": [300, 200, 100]})  # fmt: skip
    result = me.grade(None, definition, as_of="2024-12-31", metrics=table)
    reason = result.explain("a").to_dict()
    assert [c["points"] for c in reason["criteria"]] == ["30", "40"]
    assert [(c["rank"], c["of"]) for c in reason["criteria"]] == [(2, 2), (1, 3)]
    assert sum(Decimal(c["points"]) for c in reason["criteria"]) == Decimal(reason["value"]) == 70
    assert "70 points, below 80 points and at least 50 points" in result.explain("a").text("en")
