"""Single changes of all customers, under every preset: each is verified by grading everybody anew,
no smaller one does, and they are those that are told of one customer.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

import mainstay_engine as me
from mainstay_engine.errors import NoData
from mainstay_engine.metrics import metrics
from mainstay_engine.path import Paths, paths_of, single_changes
from mainstay_engine.path.levers import levers_of, needed
from mainstay_engine.schemes import preset_names
from tests.engine.test_path import SCHEMES, result, worlds

DAY = "2024-12-31"
UNITS = {metric.name: metric.unit for metric in metrics()}
CROWDED = {"core_growth", "order_credit"}
"""Cut by share of points that hold a percentile: where one passes another, that one's points fall.
Of everybody at once they are held still."""
FLOATS = {metric.name for metric in metrics() if metric.float}


def nearest(paths: Paths) -> dict[str, Any]:
    """The single changes that are told of one customer, the smallest of each figure."""
    told: dict[str, Any] = {}
    for path in paths.up:
        if len(path.changes) == 1:
            (change,) = path.changes
            tos = (told.get(f"up.{change.metric}", change.to), change.to)
            told[f"up.{change.metric}"] = min(tos, key=lambda to: abs(to - change.was))
    return told | {f"down.{path.changes[0].metric}": path.changes[0].to for path in paths.down}


@settings(max_examples=20)
@given(worlds(), st.sampled_from(SCHEMES))
def test_they_are_those_of_one_customer(table: pa.Table, definition: dict[str, Any]) -> None:
    note(f"{definition} {table.to_pydict()}")
    graded = result(definition, table)
    for row in single_changes(graded, table).to_pylist():
        paths = paths_of(graded, table, row["customer_id"])
        found = {name: value for name, value in row.items() if "." in name and value is not None}
        assert row["class"] == paths.class_id
        assert found == nearest(paths)


def population(rng: np.random.Generator, names: list[str], count: int = 14) -> pa.Table:
    """Customers with figures of every size, a tenth without; ratios go with what they are of."""
    columns: dict[str, list[Any]] = {"customer_id": [f"{i:02}" for i in range(count)]}
    wanted = {*names, "net_sales", "previous_net_sales", "gross_profit", "receipts", "invoiced"}
    for name in sorted(wanted):
        unit = UNITS[name]
        if unit == "date":
            values: list[Any] = [
                date(2020, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 1500, count)
            ]
        elif unit == "money":
            values = [int(v) for v in rng.lognormal(13, 2, count)]
        elif unit == "ratio":
            values = [round(float(v), 6) for v in rng.beta(1, 2, count)]
        elif name in FLOATS:
            values = [round(float(v), 2) for v in rng.gamma(1.5, 2, count)]
        else:
            values = [int(v) for v in rng.gamma(1, 40, count)]
        columns[name] = [None if rng.random() < 0.1 else v for v in values]
    of = {"growth": ("net_sales", "previous_net_sales", True),
          "margin": ("gross_profit", "net_sales", False),
          "collection_rate": ("receipts", "invoiced", False)}  # fmt: skip
    for name, (over, under, less) in of.items():
        columns[name] = [ratio(a, b, less=less)
                         for a, b in zip(columns[over], columns[under], strict=True)]  # fmt: skip
    return pa.table({name: pa.array(values, kind(name)) for name, values in columns.items()})


def judgements(rng: np.random.Generator, scheme: me.Scheme, table: pa.Table) -> pa.Table | None:
    rows = [
        {"customer_id": customer, "criterion": each.name, "value": int(level.value),
         "judge": "Li", "date": date(2024, 6, 1)}
        for each in scheme.judged
        for customer in table["customer_id"].to_pylist()
        for level in [each.levels[rng.integers(len(each.levels))]]
    ]  # fmt: skip
    return pa.Table.from_pylist(rows) if rows else None


def classes(rng: np.random.Generator, scheme: me.Scheme, table: pa.Table) -> dict[str, pa.Table]:
    """By the schemes that this one builds on."""
    found = {}
    for each in scheme.classed:
        of = rng.choice([level.klass for level in each.levels], len(table))
        found[each.scheme] = pa.table({"customer_id": table["customer_id"], "class": of.tolist()})
    return found


def kind(name: str) -> pa.DataType:
    if name == "customer_id":
        return pa.string()
    if UNITS[name] == "date":
        return pa.date32()
    return pa.float64() if name in FLOATS else pa.int64()


def ratio(over: int | None, under: int | None, *, less: bool) -> float | None:
    if over is None or not under or under < 0:
        return None
    return ((over - under) if less else over) / under


def moved(table: pa.Table, row: int, name: str, value: float) -> pa.Table:
    """The table with one figure moved, and what goes with it, as far as it is there."""
    figures = {column: table[column][row].as_py() for column in table.column_names}
    new = {name: value}
    if name == "net_sales" and "growth" in figures:
        new["growth"] = ratio(value, figures["previous_net_sales"], less=True)
    if name == "net_sales" and figures.get("gross_profit") is not None and figures["net_sales"]:
        new["gross_profit"] = round(figures["gross_profit"] * (value / figures["net_sales"]))
    if name == "gross_profit" and "margin" in figures:
        new["margin"] = ratio(value, figures["net_sales"], less=False)
    if name == "receipts" and "collection_rate" in figures:
        new["collection_rate"] = ratio(value, figures["invoiced"], less=False)
    for column, to in new.items():
        values = table[column].to_pylist()
        values[row] = to
        place = table.column_names.index(column)
        table = table.set_column(place, column, pa.array(values, kind(column)))
    return table


@pytest.mark.parametrize("name", preset_names())
@settings(max_examples=2)
@given(st.integers(0, 2**32))
def test_each_lifts_and_nothing_smaller_does(name: str, seed: int) -> None:
    scheme = me.load_scheme(name)
    rng = np.random.default_rng(seed)
    names = list(dict.fromkeys(["first_purchase", *scheme.metrics_used(), *needed(scheme)]))
    table = population(rng, names)
    beside = {"judgements": judgements(rng, scheme, table), "classes": classes(rng, scheme, table)}
    order = [klass.id for klass in scheme.classes]
    try:
        graded = me.grade(None, scheme, as_of=DAY, metrics=table, **beside)
    except NoData:  # nobody of these few has what the scheme ranks
        assume(False)
    rows = {row["customer_id"]: row for row in single_changes(graded, table).to_pylist()}
    for customer in rng.choice(sorted(rows), min(2, len(rows)), replace=False):
        note(f"{name} {customer}")
        paths = paths_of(graded, table, customer)
        if paths.none is not None:  # a matrix that does not rise
            assert {value for key, value in rows[customer].items() if "." in key} <= {None}
            continue
        here = order.index(paths.class_id)

        def rank(moves: dict[str, float], customer: str = customer) -> int:
            """The class with these figures, everybody graded anew."""
            after = table
            for metric, value in moves.items():
                after = moved(after, int(customer), metric, value)
            again = me.grade(None, scheme, as_of=DAY, metrics=after, **beside)
            return order.index(again.explain(customer).class_id)

        for path in (*paths.up, *paths.down):
            moves = {change.metric: grain(change.metric, change.to) for change in path.changes}
            assert order[rank(moves)] == path.to_class, path
        told = nearest(paths)
        for lever in levers_of(scheme):
            metric, old = lever.metric, table[lever.metric][int(customer)].as_py()
            for way, better in (("up", lever.better), ("down", -lever.better)):
                to = told.get(f"{way}.{metric}")
                at_once = rows[customer][f"{way}.{metric}"]
                if name not in CROWDED:
                    known = (None if value is None else grain(metric, value)
                             for value in (at_once, to))  # fmt: skip
                    assert len({*known}) == 1, (way, metric)
                elif at_once is not None:
                    now = rank({metric: grain(metric, at_once)})
                    assert now < here if way == "up" else now > here
                if old is None:
                    continue
                end = lever.end if way == "up" else (0 if better < 0 else None)
                far = end if end is not None else old + better * (3 * abs(old) + 1000)
                limit = grain(metric, to) if to is not None else float(far)
                for share in rng.random(2):
                    between = old + (limit - old) * share
                    value = round(between, 4) if metric in FLOATS else int(between)
                    if min(old, limit) < value < max(old, limit):
                        now = rank({metric: value})
                        turned = now < here if way == "up" else now > here
                        assert not turned, (metric, way, old, value, to)


def grain(metric: str, value: Any) -> float:
    """An amount in minor units, whole where the metric is."""
    if metric in FLOATS:
        return float(value)
    return int(value * 100 if UNITS[metric] == "money" else value)
