"""Paths to better classes: held against regrading everybody with the change made, and against
trying every smaller change one by one.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path as File
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

import mainstay_engine as me
from mainstay_engine.errors import EngineError, NoData, UnknownName
from mainstay_engine.metrics import available_metrics
from mainstay_engine.path import Path, Paths, find_paths, paths_of, told
from mainstay_engine.path.levers import needed

TITLE = {"en": "Trial", "zh": "试用"}
FAR = 70
"""Beyond every figure of the small worlds, and beyond what any path in them needs."""


def scheme(cuts: dict[str, Any], **more: Any) -> dict[str, Any]:
    ids = dict.fromkeys([*(step["class"] for step in cuts["steps"]), cuts["rest"], "none"])
    rules = more.get("rules", ())
    ids |= dict.fromkeys(rule["class"] for rule in rules)
    return {
        "name": "trial", "version": 1, "title": TITLE,
        "classes": [{"id": c, "title": TITLE} for c in ids],
        "cuts": cuts, "unranked": "none", "weigh": "net_sales",
    } | more  # fmt: skip


SHARES = {"steps": [{"class": "A", "up_to": 0.5}, {"class": "B", "up_to": 0.8}], "rest": "C"}
CUMULATIVE = scheme({"by": "cumulative_share", "of": "net_sales", **SHARES})
BY_COUNT = scheme({"by": "customer_share", "of": "net_sales", **SHARES})
CAPPED = scheme(
    {"by": "cumulative_share", "of": "net_sales", **SHARES},
    caps=[{"class": "A", "within": 0.3, "next": "B", "why": TITLE}],
)


def by_level(of: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return scheme({"by": "thresholds", "of": of, "steps": list(steps), "rest": "C"})


LEVELS = by_level("net_sales", {"class": "A", "at_least": 0.3}, {"class": "B", "at_least": 0.15})
LOWER = by_level("overdue_balance", {"class": "A", "up_to": 0.05}, {"class": "B", "up_to": 0.2})
MOVING = by_level("net_sales", {"class": "A", "at_least": {"times": 2, "of": "previous_net_sales"}})
RULED = scheme(
    {"by": "cumulative_share", "of": "net_sales", **SHARES},
    rules=[{"class": "D", "when": [{"metric": "orders", "op": "<=", "value": 2}], "why": TITLE}],
)
POINTS = scheme(
    {"by": "points", "rest": "C",
     "steps": [{"class": "A", "at_least": 70}, {"class": "B", "at_least": 45}]},
    criteria=[
        {"metric": "net_sales", "weight": 40, "scoring": {"by": "percentile"}},
        {"metric": "orders", "weight": 30, "scoring": {"by": "bands", "bands": [
            {"from": 2, "score": 0.4}, {"from": 5, "score": 1}]}},
        {"metric": "overdue_balance", "weight": 30, "direction": "lower", "scoring": {
            "by": "linear", "nodes": [{"at": 0.05, "score": 1}, {"at": 0.40, "score": 0}]}},
    ],
)  # fmt: skip
PEAK = scheme(
    {"by": "points", "rest": "C", "steps": [{"class": "A", "at_least": 8}]},
    criteria=[{"metric": "net_sales", "weight": 10, "scoring": {"by": "linear", "nodes": [
        {"at": 0.10, "score": 0}, {"at": 0.30, "score": 1}, {"at": 0.35, "score": 1},
        {"at": 0.50, "score": 0}]}}],
)  # fmt: skip
GUARDED = CUMULATIVE | {"guards": [
    {"name": "busy", "title": TITLE, "at_best": "C", "why": TITLE, "when": [
        {"metric": "orders", "op": ">=", "value": 20},
        {"metric": "net_sales", "op": "<", "value": 0.20}]},
    {"name": "middling", "title": TITLE, "at_worst": "B", "why": TITLE, "when": [
        {"metric": "net_sales", "op": ">=", "value": 0.10},
        {"metric": "net_sales", "op": "<", "value": 0.12}]},
    {"name": "overdue", "title": TITLE, "at_best": "B", "why": TITLE, "when": [
        {"metric": "overdue_balance", "op": ">", "value": 0.25}]},
]}  # fmt: skip
SIDE = {"levels": [{"id": "high", "title": TITLE}, {"id": "low", "title": TITLE}],
        "title": TITLE, "unranked": "low"}  # fmt: skip
CROSSED = {
    "name": "trial", "version": 1, "title": TITLE, "unranked": "N",
    "classes": [{"id": c, "title": TITLE} for c in "ABCN"],
    "cuts": {
        "by": "matrix", "cells": [["A", "B"], ["B", "C"]],
        "rows": SIDE | {"cuts": {"by": "cumulative_share", "of": "net_sales", "rest": "low",
                                 "steps": [{"class": "high", "up_to": 0.5}]}},
        "columns": SIDE | {"cuts": {"by": "points", "rest": "low", "steps": [
            {"class": "high", "at_least": 60}]}, "criteria": POINTS["criteria"][1:]},
    },
}  # fmt: skip
SCHEMES = [
    CROSSED,
    CUMULATIVE,
    BY_COUNT,
    CAPPED,
    LEVELS,
    LOWER,
    MOVING,
    RULED,
    POINTS,
    PEAK,
    GUARDED,
]
METRICS = ("net_sales", "orders", "overdue_balance", "previous_net_sales")


def result(definition: dict[str, Any], table: pa.Table) -> me.Result:
    return me.grade(None, definition, as_of="2024-12-31", metrics=table)


def changed(table: pa.Table, row: int, figures: dict[str, int]) -> pa.Table:
    for name, value in figures.items():
        column = table[name].to_pylist()
        column[row] = value
        table = table.set_column(table.column_names.index(name), name, pa.array(column, pa.int64()))
    return table


def rank_of(definition: dict[str, Any], graded: me.Result, row: int) -> int:
    ids = [klass["id"] for klass in definition["classes"]]
    return ids.index(graded.explain(f"{row:02}").class_id)


def grain(path: Path) -> dict[str, int]:
    return {each.metric: int(each.to * 100 if each.unit == "money" else each.to)
            for each in path.changes}  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> pa.Table:
    small = st.integers(0, 50)
    n = draw(st.integers(1, 9))
    figures = {name: draw(st.lists(small, min_size=n, max_size=n)) for name in METRICS}
    columns = {name: pa.array(each, pa.int64()) for name, each in figures.items()}
    return pa.table({"customer_id": [f"{i:02}" for i in range(n)], **columns})


@settings(max_examples=60)
@given(worlds(), st.sampled_from(SCHEMES), st.data())
def test_single_changes_lift_and_no_smaller_one_does(
    table: pa.Table, definition: dict[str, Any], data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(table) - 1))
    note(f"{definition} {table.to_pydict()}")
    graded = result(definition, table)
    here = rank_of(definition, graded, row)
    found = paths_of(graded, table, f"{row:02}")
    ids = [klass["id"] for klass in definition["classes"]]
    lowest: dict[tuple[str, int], int] = {}
    for path in found.up:
        reached = rank_of(definition, result(definition, changed(table, row, grain(path))), row)
        assert ids[reached] == path.to_class
        assert reached < here
        if len(path.changes) == 1:
            ((metric, to),) = grain(path).items()
            key = (metric, reached)
            assert lowest.setdefault(key, to) == to
    for name in needed(me.load_scheme(definition)):
        if name not in METRICS[:3]:
            continue
        old = table[name][row].as_py()
        way = range(old + 1, FAR) if name != "overdue_balance" else range(old - 1, -1, -1)
        first: dict[int, int] = {}
        for value in way:
            reached = rank_of(
                definition, result(definition, changed(table, row, {name: value})), row
            )
            for better in range(reached, here):
                first.setdefault(better, value)
        tried = {(name, rank): value for rank, value in first.items()}
        told_ = {rank: value for (metric, rank), value in lowest.items() if metric == name}
        # A change is told once, with the best class it reaches; each that was tried is among them.
        assert set(told_.values()) >= {value for value in tried.values() if abs(value) < FAR}


@settings(max_examples=25)
@given(worlds(), st.data())
def test_no_cheaper_combination_is_missed(table: pa.Table, data: st.DataObject) -> None:
    """Of bands and straight lines: every pair of values is tried."""
    definition = scheme(
        {"by": "points", "rest": "C", "steps": [{"class": "A", "at_least": 70}]},
        criteria=[*POINTS["criteria"][1:], {"metric": "net_sales", "weight": 40, "scoring": {
            "by": "bands", "bands": [{"from": 0.10, "score": 0.5}, {"from": 0.30, "score": 1}]}}],
    )  # fmt: skip
    row = data.draw(st.integers(0, len(table) - 1))
    graded = result(definition, table)
    if rank_of(definition, graded, row) == 0:
        return
    costs = {"net_sales": Decimal(100), "orders": Decimal(1), "overdue_balance": Decimal(120)}
    found = paths_of(graded, table, f"{row:02}", costs=costs)
    old = {name: table[name][row].as_py() for name in costs}
    least: Decimal | None = None
    for orders, net in product({old["orders"], 2, 5}, {old["net_sales"], 10, 30}):
        if orders < old["orders"] or net < old["net_sales"]:
            continue
        for overdue in range(old["overdue_balance"], -1, -1):
            figures = {"orders": orders, "net_sales": net, "overdue_balance": overdue}
            if rank_of(definition, result(definition, changed(table, row, figures)), row) == 0:
                cost = (
                    costs["orders"] * (orders - old["orders"]) + (net - old["net_sales"])
                    + (old["overdue_balance"] - overdue) * Decimal("1.2")
                )  # fmt: skip
                least = cost if least is None else min(least, cost)
                break
    assert (found.up[0].cost if found.up else None) == least


@given(worlds(), st.sampled_from(SCHEMES), st.data())
@settings(max_examples=30)
def test_changes_that_lose_the_class_do_and_one_step_less_does_not(
    table: pa.Table, definition: dict[str, Any], data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(table) - 1))
    graded = result(definition, table)
    here = rank_of(definition, graded, row)
    for path in paths_of(graded, table, f"{row:02}").down:
        ((name, to),) = grain(path).items()
        one_less = to + 1 if to < table[name][row].as_py() else to - 1
        assert rank_of(definition, result(definition, changed(table, row, {name: to})), row) > here
        less = changed(table, row, {name: one_less})
        assert rank_of(definition, result(definition, less), row) <= here


LINES = """doc_no,customer,date,net,tax,cost
1,K1,2024-03-01,5000,650,4000
2,K2,2024-02-01,3000,390,2000
3,K2,2023-02-10,2000,260,1500
4,K3,2024-06-01,900,117,800
5,K4,2024-01-15,100,13,90
6,K5,2023-11-01,400,52,100
"""
RECEIPTS = "receipt_no,customer,date,amount\nR1,K1,2024-04-01,5000\nR2,K2,2024-03-01,2000\n"


def facts(folder: File, more: str = "", receipts: str = "") -> me.Facts:
    lines, paid = folder / "lines.csv", folder / "receipts.csv"
    lines.write_text(LINES + more, "utf-8")
    paid.write_text(RECEIPTS + receipts, "utf-8")
    return me.read_facts(lines, receipts=paid)


@pytest.mark.parametrize("name", ["abc", "abc_70", "abc_capped", "value5"])
@pytest.mark.parametrize("customer", ["K2", "K3", "K4", "K5"])
def test_a_further_invoice_of_the_amount_lifts_and_one_cent_less_does_not(
    tmp_path: File, name: str, customer: str
) -> None:
    day = "2024-12-31"
    book = facts(tmp_path)
    for path in find_paths(book, customer, name, as_of=day).up:
        if len(path.changes) > 1:
            continue
        (change,) = path.changes
        assert change.metric in ("net_sales", "gross_profit")
        for less, lifted in ((Decimal(0), True), (Decimal("0.01"), False)):
            amount = change.delta - less
            again = facts(tmp_path, f"9,{customer},{day},{amount},0,0\n")
            klass = me.grade(again, name, as_of=day).explain(customer).class_id
            ids = [each.id for each in me.load_scheme(name).classes]
            assert (ids.index(klass) <= ids.index(path.to_class)) == lifted, (path, amount, klass)


def test_a_rate_is_moved_by_receipts_to_the_cent(tmp_path: File) -> None:
    day = "2024-12-31"
    found = find_paths(facts(tmp_path), "K2", "collection", as_of=day)
    assert [(path.to_class, str(path.changes[0].delta)) for path in found.up] == [
        ("C", "373.00"), ("B", "881.50"), ("A", "1220.50"),
    ]  # fmt: skip
    for path in found.up:
        delta = path.changes[0].delta
        for amount, klass in ((delta, path.to_class), (delta - Decimal("0.01"), None)):
            again = facts(tmp_path, receipts=f"R9,K2,{day},{amount}\n")
            reached = me.grade(again, "collection", as_of=day).explain("K2").class_id
            assert (reached == path.to_class) == (klass is not None)


def test_by_a_later_day_what_left_the_window_counts_no_more(tmp_path: File) -> None:
    book = facts(tmp_path)
    now = find_paths(book, "K1", "abc", as_of="2024-12-31")
    later = find_paths(book, "K1", "abc", as_of="2024-12-31", by="2025-03-31")
    assert (now.class_id, now.up) == ("A", ())
    # K1's only invoice is of the first of March: by the end of March it has none in the window.
    assert later.class_id == "C"
    assert [path.to_class for path in later.up] == ["B", "A"]
    assert {path.changes[0].was for path in later.up} == {Decimal(0)}


def test_a_path_knows_nothing_of_what_came_after_its_day(tmp_path: File) -> None:
    told_ = [
        told(
            find_paths(facts(tmp_path, more), "K3", "abc", as_of="2024-12-31", by="2025-02-01"),
            "en",
        )
        for more in ("", "8,K3,2025-01-20,9000,0,0\n")
    ]
    assert told_[0] == told_[1]
    assert "K3 is in B" in told_[0]


def test_bounds_hold_and_costs_order(tmp_path: File) -> None:
    book = facts(tmp_path)
    free = find_paths(book, "K4", "abc", as_of="2024-12-31")
    most = free.up[0].changes[0].delta
    bound = find_paths(
        book, "K4", "abc", as_of="2024-12-31", bounds={"net_sales": most},
        costs={"net_sales": Decimal(2)},
    )  # fmt: skip
    assert [path.to_class for path in bound.up] == [free.up[0].to_class]
    assert bound.up[0].cost == 2 * most
    with pytest.raises(UnknownName, match="tenure"):
        find_paths(book, "K4", "abc", bounds={"tenure": Decimal(1)})


def test_what_cannot_be_asked_is_said(tmp_path: File) -> None:
    book = facts(tmp_path)
    with pytest.raises(UnknownName, match="K9"):
        find_paths(book, "K9", "abc")
    with pytest.raises(EngineError, match="forward"):
        find_paths(book, "K1", "abc", as_of="2024-12-31", by="2024-12-30")
    lines = tmp_path / "only.csv"
    lines.write_text(LINES, "utf-8")
    with pytest.raises(NoData):
        find_paths(me.read_facts(lines), "K1", "collection")


def test_growth_is_moved_by_net_sales() -> None:
    definition = scheme({"by": "thresholds", "of": "growth", "rest": "C",
                         "steps": [{"class": "A", "at_least": 0.1}]})  # fmt: skip
    table = pa.table({
        "customer_id": ["a", "b"], "net_sales": [100_00, 50_00], "previous_net_sales": [99_99, 0],
        "growth": [0.0001, np.nan],
    })  # fmt: skip
    graded = result(definition, table)
    (path,) = paths_of(graded, table, "a").up
    assert path.to_dict()["changes"] == [
        {"metric": "net_sales", "unit": "money", "from": "100.00", "to": "109.99", "delta": "9.99"}
    ]
    assert paths_of(graded, table, "b").up == ()


def test_of_a_matrix_that_does_not_rise_no_path_is_looked_for(tmp_path: File) -> None:
    table = pa.table({"customer_id": ["00", "01"], "net_sales": [9_00, 1_00], "orders": [1, 9],
                      "overdue_balance": [0, 0], "previous_net_sales": [1, 1]})  # fmt: skip
    turned = CROSSED | {"cuts": CROSSED["cuts"] | {"cells": [["A", "C"], ["B", "A"]]}}
    found = paths_of(result(turned, table), table, "01")
    assert (found.up, found.down) == ((), ())
    assert found.none is not None
    assert "No path was looked for: the cells of this matrix do not rise" in told(found, "en")
    assert "未寻找路径" in told(found, "zh")
    assert paths_of(result(CROSSED, table), table, "01").none is None


def test_a_figure_that_was_withheld_moves_nothing(tmp_path: File) -> None:
    """A composite does without growth; paths then neither read it nor what it is made of."""
    names = [name for name in me.load_scheme("composite").metrics_used()
             if name not in ("growth", "previous_net_sales")]  # fmt: skip
    book = facts(tmp_path)
    have = {metric.name for metric in available_metrics(book)}
    table = me.compute_metrics(book, ["first_purchase", *(n for n in names if n in have)],
                               as_of="2024-12-31")  # fmt: skip
    graded = me.grade(None, "composite", as_of="2024-12-31", metrics=table)
    assert {each["metric"] for each in graded.absent} >= {"growth"}
    for path in paths_of(graded, table, "K3").up:
        assert {change.metric for change in path.changes} <= set(table.column_names)


def test_words_in_both_languages(tmp_path: File) -> None:
    found: Paths = find_paths(facts(tmp_path), "K3", "abc", as_of="2024-12-31")
    assert "To A: Net sales up by 1,000.01 to 1,900.01." in told(found, "en")
    assert "升到 A：净销售额增加 1,000.01，达到 1,900.01。" in told(found, "zh")
