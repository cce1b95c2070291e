"""Classes that do not flicker, and classes that people set: both from tables, both told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me
from mainstay_engine.path import paths_of, told

TITLE = {"en": "Trial", "zh": "试用"}
DAY = date(2024, 12, 31)


def scheme(**more: Any) -> dict[str, Any]:
    return {
        "name": "trial", "version": 1, "title": TITLE,
        "classes": [{"id": c, "title": TITLE} for c in "ABCN"],
        "cuts": {"by": "thresholds", "of": "net_sales", "rest": "C", "steps": [
            {"class": "A", "at_least": 100}, {"class": "B", "at_least": 50}]},
        "unranked": "N", "stability": {"runs": 2, "margin": 0.1},
    } | more  # fmt: skip


def grade(definition: dict[str, Any], net: list[int | None], **more: Any) -> me.Result:
    figures = more.pop("figures", {})
    table = pa.table({"customer_id": [f"{i:02}" for i in range(len(net))], "net_sales": net,
                      **figures})  # fmt: skip
    return me.grade(None, definition, as_of=DAY, metrics=table, **more)


def classes(result: me.Result) -> str:
    return "".join(result.explain(customer).class_id for customer in result.decided.figures.ids)


def runs(definition: dict[str, Any], *nets: int) -> str:
    """The class of one customer, run after run."""
    previous, found = None, ""
    for net in nets:
        result = grade(definition, [net], previous=previous)
        found += classes(result)
        previous = result.snapshot()
    return found


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        ((105_00, 98_00, 101_00, 99_00), "AAAA"),  # a flicker around the cut: never leaves
        ((105_00, 98_00, 98_00), "AAB"),  # lasts two runs
        ((105_00, 80_00), "AB"),  # clear: a tenth more would still be B
        ((105_00, 91_00), "AA"),  # a tenth more would be A
        ((105_00, 90_00), "AB"),  # 99.00: still below
        ((90_00, 105_00, 105_00), "BBA"),  # upwards the same
        ((90_00, 112_00), "BA"),
        ((105_00, 98_00, 101_00, 98_00, 98_00), "AAAAB"),  # the count begins anew
        ((105_00, 20_00), "AC"),
    ],
)
def test_a_change_takes_effect_when_clear_or_lasting(nets: tuple[int, ...], expected: str) -> None:
    assert runs(scheme(), *nets) == expected


def test_without_a_margin_only_lasting_counts_and_without_a_run_before_nothing_is_held() -> None:
    assert runs(scheme(stability={"runs": 3}), 105_00, 20_00, 20_00, 20_00) == "AAAC"
    assert classes(grade(scheme(), [98_00])) == "B"


def test_under_a_cut_by_share_the_others_stand_still() -> None:
    shares = scheme(cuts={"by": "customer_share", "of": "net_sales", "rest": "C", "steps": [
        {"class": "A", "up_to": 0.33}, {"class": "B", "up_to": 0.66}]})  # fmt: skip
    before = grade(shares, [100, 96, 10]).snapshot()
    assert classes(grade(shares, [100, 104, 10], previous=before)) == "ABC"
    assert classes(grade(shares, [100, 130, 10], previous=before)) == "BAC"


def test_the_reason_says_what_is_held_and_for_how_long() -> None:
    before = grade(scheme(), [105_00]).snapshot()
    why = grade(scheme(), [98_00], previous=before).explain("00").data
    assert (why["class"], why["by_figures"], why["decided_by"]) == ("A", "B", "held")
    assert why["held"] == {"runs": 1, "of": 2, "margin": "0.1"}
    assert why["reason"]["en"].endswith(
        "B, but held at A until it is clear or lasts 2 runs (1 so far)"
    )
    assert "保持 A（目前 1 次）" in why["reason"]["zh"]


def test_rules_guards_and_missing_data_take_effect_at_once() -> None:
    rule = {"class": "N", "when": [{"metric": "orders", "op": "==", "value": 0}], "why": TITLE}
    guard = {"name": "bulk", "title": TITLE, "at_best": "B", "why": TITLE,
             "when": [{"metric": "largest_order_share", "op": ">=", "value": 0.5}]}  # fmt: skip
    definition = scheme(rules=[rule], guards=[guard])
    calm = {"orders": [9] * 4, "largest_order_share": [0.1] * 4}
    before = grade(definition, [105_00] * 4, figures=calm).snapshot()
    now = {"orders": [0, 9, 9, 9], "largest_order_share": [0.1, 0.9, 0.1, 0.9]}
    # The last is B by its own figures: a guard that it meets would not allow the A it had.
    result = grade(definition, [105_00, 105_00, None, 98_00], figures=now, previous=before)
    assert classes(result) == "NBNB"


def override(**more: Any) -> pa.Table:
    return pa.Table.from_pylist([{
        "customer_id": "00", "class": "A", "reason": "opens the north", "by": "Li",
        "until": date(2025, 3, 31), "since": date(2024, 12, 1),
    } | more])  # fmt: skip


def test_a_person_sets_a_class_until_a_day_and_it_is_told() -> None:
    result = grade(scheme(), [20_00, 20_00], overrides=override())
    assert classes(result) == "AC"
    why = result.explain("00").data
    assert (why["by_figures"], why["decided_by"]) == ("C", "override")
    assert why["override"] == {"class": "A", "reason": "opens the north", "by": "Li",
                               "until": "2025-03-31", "since": "2024-12-01"}  # fmt: skip
    assert (
        "C by the figures, set to A by Li until 2025-03-31: opens the north"
        in (why["reason"]["en"])
    )
    assert "人工调整为 A（Li），至 2025-03-31" in why["reason"]["zh"]
    assert [row["customers"] for row in result.counts()] == [1, 0, 1, 0]
    assert result.snapshot()["class"].to_pylist() == ["C", "C"], "the next run gets it anew"


def test_an_override_that_says_what_the_figures_say_is_told_too() -> None:
    result = grade(scheme(), [120_00], overrides=override())
    assert "set to A by Li" in result.explain("00").data["reason"]["en"]


@pytest.mark.parametrize(
    "more",
    [
        {"until": date(2024, 12, 30)}, {"since": date(2025, 1, 1)}, {"scheme": "abc"},
        {"customer_id": "09"},
    ],
)  # fmt: skip
def test_an_override_past_to_come_or_of_others_does_not_count(more: dict[str, Any]) -> None:
    assert classes(grade(scheme(), [20_00], overrides=override(**more))) == "C"


def test_an_override_known_later_is_not_seen() -> None:
    given = override(known_since=date(2024, 12, 20))
    assert classes(grade(scheme(), [20_00], overrides=given, known_as_of="2024-12-19")) == "C"
    assert classes(grade(scheme(), [20_00], overrides=given, known_as_of="2024-12-20")) == "A"


@pytest.mark.parametrize("more", [{"reason": ""}, {"until": None}, {"class": "Z"}])
def test_an_override_without_reason_end_or_class_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(me.EngineError, match="lack a reason, an end or a class"):
        grade(scheme(), [20_00], overrides=override(**more))


def test_tables_without_their_columns_are_refused() -> None:
    with pytest.raises(me.NoData, match="«previous» lacks raw_class, runs"):
        grade(scheme(), [1], previous=pa.table({"customer_id": ["00"], "class": ["A"]}))
    with pytest.raises(me.NoData, match="«overrides» lacks until"):
        grade(scheme(), [1], overrides=override().drop_columns(["until"]))


def test_no_path_is_told_where_the_figures_do_not_decide() -> None:
    table = pa.table({"customer_id": ["00", "01"], "net_sales": [20_00, 20_00]})
    set_ = me.grade(None, scheme(), as_of=DAY, metrics=table, overrides=override(**{"class": "B"}))
    assert paths_of(set_, table, "00").up == ()
    assert "a person set this class" in told(paths_of(set_, table, "00"), "en")
    assert [path.to_class for path in paths_of(set_, table, "01").up] == ["B", "A"]
    held = me.grade(None, scheme(), as_of=DAY, metrics=table, previous=set_.snapshot())
    assert [path.to_class for path in paths_of(held, table, "01").up] == ["B", "A"]


def test_a_matrix_takes_no_margin() -> None:
    side = {"title": TITLE, "unranked": "low", "levels": [
        {"id": "high", "title": TITLE}, {"id": "low", "title": TITLE}],
        "cuts": {"by": "thresholds", "of": "net_sales", "rest": "low",
                 "steps": [{"class": "high", "at_least": 1}]}}  # fmt: skip
    cuts = {"by": "matrix", "rows": side, "columns": side, "cells": [["A", "B"], ["B", "C"]]}
    with pytest.raises(me.BadScheme, match="a matrix takes no margin"):
        me.load_scheme(scheme(cuts=cuts))
