"""Two cuts at once: every cell, what is missing on one side, and judgements as figures."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me

TITLE = {"en": "Trial", "zh": "试用"}
DAY = date(2024, 12, 31)


def axis(of: str, at: float, **more: Any) -> dict[str, Any]:
    return {
        "title": {"en": of, "zh": of}, "unranked": "low",
        "levels": [{"id": "high", "title": {"en": "high", "zh": "高"}},
                   {"id": "low", "title": {"en": "low", "zh": "低"}}],
        "cuts": {"by": "thresholds", "of": of, "rest": "low",
                 "steps": [{"class": "high", "at_least": at}]},
    } | more  # fmt: skip


def matrix(rows: dict[str, Any], columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "trial", "version": 1, "title": TITLE, "unranked": "N",
        "classes": [{"id": c, "title": TITLE} for c in "ABCDN"],
        "cuts": {"by": "matrix", "cells": [["A", "B"], ["C", "D"]], "rows": rows,
                 "columns": columns},
        "weigh": "net_sales",
    } | more  # fmt: skip


def grade(definition: dict[str, Any], more: Any = None, **columns: list[Any]) -> me.Result:
    length = len(next(iter(columns.values())))
    table = pa.table({"customer_id": [f"{i:02}" for i in range(length)], **columns})
    return me.grade(None, definition, as_of=DAY, metrics=table, judgements=more)


def classes(result: me.Result) -> list[str]:
    return [result.explain(customer).class_id for customer in result.decided.figures.ids]


SALES = {"net_sales": [200_00, 200_00, 1_00, 1_00, 200_00]}
BOTH = matrix(axis("net_sales", 100), axis("margin", 0.1))


def test_each_cell_and_what_has_no_level_on_one_side() -> None:
    result = grade(BOTH, **SALES, margin=[0.2, 0.05, 0.2, 0.05, None])
    assert classes(result) == ["A", "B", "C", "D", "N"]
    low = matrix(axis("net_sales", 100), axis("margin", 0.1, missing="low"))
    assert classes(grade(low, **SALES, margin=[0.2, 0.05, 0.2, 0.05, None]))[4] == "B"


def test_both_sides_are_in_the_reason_and_in_the_data() -> None:
    result = grade(BOTH, **SALES, margin=[0.2, 0.05, 0.2, 0.05, None])
    why = result.explain("01").data
    assert why["reason"]["en"] == (
        "net_sales high (net sales 200.00, at least 100.00); "
        "margin low (gross margin 5%, below 10%)"
    )
    assert why["cut"]["rows"]["level"] == "high"
    assert why["cut"]["columns"]["value"] == "0.05"
    assert {c["metric"] for c in why["criteria"]} == {"net_sales", "margin"}
    assert result.explain("04").data["reason"]["zh"].startswith("没有毛利率")
    assert sum(count["customers"] for count in result.counts()) == 5
    assert "margin" in result.table.column_names


def test_caps_and_guards_hold_in_a_matrix_too() -> None:
    guard = {"name": "bulk", "title": TITLE, "at_best": "D", "why": TITLE,
             "when": [{"metric": "largest_order_share", "op": ">=", "value": 0.5}]}  # fmt: skip
    result = grade(BOTH | {"guards": [guard]}, **SALES, margin=[0.2, 0.05, 0.2, 0.05, None],
                   largest_order_share=[0.9, 0.1, 0.1, 0.1, 0.9])  # fmt: skip
    assert classes(result) == ["D", "B", "C", "D", "N"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cells": [["A", "B"]]}, "as many as the levels"),
        ({"cells": [["A", "B"], ["C", "Z"]]}, "no class «Z»"),
        ({"columns": axis("margin", 0.1, unranked="none")}, "no class «none»"),
    ],
)
def test_a_matrix_that_does_not_hold_together_is_refused(
    change: dict[str, Any], words: str
) -> None:
    with pytest.raises(me.BadScheme, match=words):
        me.load_scheme(BOTH | {"cuts": BOTH["cuts"] | change})


LEVELS = [
    {"value": value, "title": {"en": word, "zh": zh}}
    for value, word, zh in ((1, "poor", "差"), (2, "thin", "薄"), (3, "sound", "强"))
]
JUDGED = matrix(axis("net_sales", 100), axis("judged.finances", 2.5)) | {
    "judged": [{"name": "finances", "title": {"en": "Finances", "zh": "资金"}, "levels": LEVELS}],
}


def judged(*rows: tuple[str, int, str, date, date | None]) -> pa.Table:
    names = ("customer_id", "value", "judge", "date", "valid_until")
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    return table.append_column("criterion", pa.array(["finances"] * len(rows)))


OLD, NEW = date(2024, 1, 1), date(2024, 6, 1)


def test_the_median_of_the_judges_counts_each_by_the_latest_and_the_spread_is_told() -> None:
    given = judged(
        ("00", 1, "Li", OLD, None), ("00", 3, "Li", NEW, None), ("00", 2, "Wu", OLD, None),
        ("01", 3, "Li", OLD, date(2024, 12, 30)), ("02", 3, "Li", date(2025, 1, 1), None),
        ("03", 2, "Li", OLD, date(2024, 12, 31)), ("03", 3, "Wu", NEW, None),
        ("03", 3, "He", NEW, None),
    )  # fmt: skip
    result = grade(JUDGED, given, **SALES)
    assert classes(result) == ["A", "N", "N", "C", "N"], "expired and later ones do not count"
    (finances,) = (
        c for c in result.explain("00").data["criteria"] if c["metric"] == "judged.finances"
    )
    assert (finances["value"], finances["judges"], finances["spread"]) == ("2.5", 2, 1)
    assert finances["text"] == {"en": "2.5", "zh": "2.5"}
    assert "3 (sound)" in result.explain("03").data["reason"]["en"]


def test_a_judgement_known_later_is_not_seen() -> None:
    given = judged(("00", 3, "Li", OLD, None), ("01", 3, "Li", OLD, None))
    given = given.append_column("known_since", pa.array([OLD, date(2024, 12, 1)]))
    table = pa.table({"customer_id": ["00", "01"], "net_sales": [1, 1]})
    result = me.grade(None, JUDGED, as_of=DAY, known_as_of="2024-11-30", metrics=table,
                      judgements=given)  # fmt: skip
    assert classes(result) == ["C", "N"]


def test_a_judgement_off_the_scale_and_a_table_without_its_columns_are_refused() -> None:
    with pytest.raises(me.EngineError, match="1 judgements are off their scale: 00 finances 4"):
        grade(JUDGED, judged(("00", 4, "Li", OLD, None)), **SALES)
    with pytest.raises(me.NoData, match="lacks judge"):
        grade(JUDGED, judged(("00", 3, "Li", OLD, None)).drop_columns(["judge"]), **SALES)


def test_a_judged_criterion_that_is_not_declared_is_refused() -> None:
    with pytest.raises(me.BadScheme, match=r"no metric «judged\.finances»"):
        me.load_scheme({key: value for key, value in JUDGED.items() if key != "judged"})
