"""Segments: each is weighed and cut as if its customers were alone; and what is told of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mainstay_engine as me
from mainstay_engine.schemes.figures import Column
from mainstay_engine.schemes.what_if import WhatIf
from tests.engine.test_schemes_kept import assert_kept

TITLE = {"en": "Trial", "zh": "试用"}
DAY = date(2024, 12, 31)
SALES = {"metric": "net_sales", "weight": 60, "scoring": {"by": "percentile"}}
MARGIN = {
    "metric": "margin", "weight": 40,
    "scoring": {"by": "linear", "nodes": [{"at": 0, "score": 0}, {"at": 0.4, "score": 1}]},
}  # fmt: skip
CUTS = {"by": "points", "rest": "C", "steps": [
    {"class": "A", "at_least": 70}, {"class": "B", "at_least": 40}]}  # fmt: skip
LOW = CUTS | {"steps": [{"class": "A", "at_least": 50}, {"class": "B", "at_least": 20}]}
PARTS = [
    {"name": "retail", "title": {"en": "retail", "zh": "零售"}, "of": ["零售", "超市"],
     "criteria": [SALES, MARGIN | {"weight": 10}], "cuts": LOW},
    {"name": "food", "title": {"en": "catering", "zh": "餐饮"}, "of": ["餐饮"], "cuts": LOW},
]  # fmt: skip


def scheme(**more: Any) -> dict[str, Any]:
    return {
        "name": "trial", "version": 1, "title": TITLE, "weigh": "net_sales",
        "classes": [{"id": c, "title": TITLE} for c in "ABCN"],
        "criteria": [SALES, MARGIN], "cuts": CUTS, "unranked": "N",
        "segments": {"by": "trade", "parts": PARTS},
    } | more  # fmt: skip


def grade(definition: Any, trades: list[str | None], **figures: list[Any]) -> me.Result:
    ids = [f"{i:02}" for i in range(len(trades))]
    table = pa.table({"customer_id": ids, **figures})
    customers = pa.table({"customer_id": ids, "trade": pa.array(trades, pa.string())})
    return me.grade(None, definition, as_of=DAY, metrics=table, customers=customers)


def told(result: me.Result, customer: str) -> tuple[Any, ...]:
    data = result.explain(customer).data
    return data["class"], data["rank"], data["of"], data["value"], data["criteria"], data["cut"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["零售", "超市", "餐饮", "五金", None]),
            st.integers(-50, 200), st.sampled_from([None, 0.0, 0.1, 0.25, 0.4]),
        ), min_size=1, max_size=12,
    )
)  # fmt: skip
def test_each_segment_is_graded_as_if_it_were_alone(
    rows: list[tuple[str | None, int, Any]],
) -> None:
    trades = [row[0] for row in rows]
    sales = [row[1] * 100 for row in rows]
    margin = pa.array([row[2] for row in rows], pa.float64())
    whole = grade(scheme(), trades, net_sales=sales, margin=margin.to_pylist())
    for number, variant in enumerate(me.load_scheme(scheme()).variants):
        of = {value: n for n, part in enumerate(PARTS) for value in part["of"]}
        mine = [i for i, trade in enumerate(trades) if of.get(trade, len(PARTS)) == number]
        if not mine:
            continue
        table = pa.table({
            "customer_id": [f"{i:02}" for i in mine],
            "net_sales": [sales[i] for i in mine], "margin": margin.take(pa.array(mine)),
        })  # fmt: skip
        alone = me.grade(None, variant, as_of=DAY, metrics=table)
        for i in mine:
            assert told(whole, f"{i:02}") == told(alone, f"{i:02}")
    assert sum(count["customers"] for count in whole.counts()) == len(rows)
    assert_kept(whole)


FOUR = {"net_sales": [90_00, 10_00, 50_00, 5_00], "margin": [0.1, 0.3, 0.2, 0.4]}
TRADES = ["零售", "餐饮", "超市", "五金"]


def test_the_segment_is_in_the_reason_and_in_the_data() -> None:
    result = grade(scheme(), TRADES, **FOUR)
    why = result.explain("00").data
    assert why["segment"] == {"by": "trade", "name": "retail", "title": PARTS[0]["title"]}
    assert why["reason"]["en"].startswith("among retail: ")
    assert why["reason"]["zh"].startswith("在零售之中：")
    assert (why["rank"], why["of"]) == (1, 2)
    rest = result.explain("03").data
    assert rest["segment"]["name"] is None
    assert "among" not in rest["reason"]["en"]
    assert "segment" not in grade(scheme(segments=None), TRADES, **FOUR).explain("00").data


def test_a_change_of_one_customer_is_asked_of_its_own_segment() -> None:
    result = grade(scheme(), TRADES, **FOUR)
    what_if = WhatIf(result.decided)
    for row in range(4):
        for sales in (1_00, 60_00, 500_00):
            changed = {
                "net_sales": Column("net_sales", "money", np.array([sales]), np.ones(1, bool))
            }
            asked = what_if.classes(np.array([row]), changed)[0]
            figures = {**FOUR, "net_sales": [*FOUR["net_sales"]]}
            figures["net_sales"][row] = sales
            anew = grade(scheme(), TRADES, **figures)
            assert asked == anew.decided.klass[anew.row(f"{row:02}")]


def test_it_holds_the_class_of_the_run_before_segment_by_segment() -> None:
    steady = scheme(stability={"runs": 2})
    first = grade(steady, TRADES, **FOUR)
    lower = {**FOUR, "margin": [0.0, 0.0, 0.0, 0.0]}
    table = pa.table({"customer_id": ["00", "01", "02", "03"], **lower})
    customers = pa.table({"customer_id": ["00", "01", "02", "03"], "trade": TRADES})
    then = me.grade(
        None, steady, as_of=DAY, metrics=table, customers=customers, previous=first.snapshot()
    )
    raw = then.snapshot()
    moved = [i for i in range(4) if raw["class"][i] != raw["raw_class"][i]]
    assert moved
    assert raw["class"].equals(first.snapshot()["class"])
    assert_kept(then)


def test_without_the_attribute_nobody_is_graded() -> None:
    table = pa.table({"customer_id": ["00"], "net_sales": [1_00], "margin": [0.1]})
    with pytest.raises(me.NoData) as caught:
        me.grade(None, scheme(), as_of=DAY, metrics=table)
    assert "Import the customers with «Trade»" in caught.value.text("en")
    assert "行业" in caught.value.text("zh")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"parts": [PARTS[0], PARTS[1] | {"name": "retail"}]}, "segments.name"),
        ({"parts": [PARTS[0], PARTS[1] | {"of": ["超市"]}]}, "segments.of"),
        ({"parts": [PARTS[0] | {"cuts": CUTS | {"rest": "X"}}]}, "segments.parts.0.cuts.rest"),
        ({"parts": [PARTS[0] | {"cuts": {"by": "thresholds", "of": "net_sales", "rest": "C",
                                         "steps": [{"class": "A", "at_least": 1}]}}]},
         "segments.parts.0.cuts"),
    ],
)  # fmt: skip
def test_faults_of_segments_are_named_at_their_place(change: dict[str, Any], at: str) -> None:
    definition = scheme(segments={"by": "trade", "parts": PARTS} | change)
    with pytest.raises(me.BadScheme) as caught:
        me.load_scheme(definition)
    assert at in [fault["at"] for fault in caught.value.facts["faults"]]
