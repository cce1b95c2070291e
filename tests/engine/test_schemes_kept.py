"""What is kept of a result gives every reason again, word for word and figure for figure."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me
from mainstay_engine.metrics import available_metrics, compute_metrics
from mainstay_engine.schemes import Kept, Scheme, keep
from mainstay_engine.synth import Profile, demo

AS_OF = Profile().end


@pytest.fixture(scope="module")
def facts() -> me.Facts:
    made = demo(customers=40)
    return me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")


def metrics(facts: me.Facts, window: str) -> pa.Table:
    names = [metric.name for metric in available_metrics(facts)]
    return compute_metrics(facts, names, as_of=AS_OF, window=window)


def assert_kept(result: me.Result) -> None:
    kept, each = keep(result)
    head, rows = json.loads(json.dumps([kept, list(each)]))
    ids = result.decided.figures.ids
    back = Kept(result.definition, head).restore(ids, rows)
    words = back.all()
    for place, customer in enumerate(ids):
        told = result.explain(customer).to_dict()
        again = back.data(place)
        days = {"as_of", "window_start", "window_end", "currency", "customer_name"}
        assert {key: told[key] for key in told.keys() - days} == {
            key: again[key] for key in again.keys() - days
        }
        assert words[place] == told["reason"]
    held = Kept(result.definition, head).held(zip(ids, rows, strict=True))
    assert held.equals(result.snapshot())
    one = Kept(result.definition, head).restore(ids[-1:], rows[-1:])
    assert one.data(0)["criteria"] == result.explain(ids[-1]).to_dict()["criteria"]
    assert Kept(result.definition, head).restore([], []).decided.figures.ids == []


@pytest.mark.parametrize("scheme", me.list_schemes(), ids=lambda scheme: scheme.name)
def test_every_preset_tells_the_same_from_what_is_kept(facts: me.Facts, scheme: Scheme) -> None:
    table = metrics(facts, scheme.window)
    lacking = [name for name in scheme.metrics_used() if name not in table.column_names]
    for name in lacking:  # the books of forty fit no model: any figures will do
        table = table.append_column(name, pa.array(range(0, 100 * len(table), 100)))
    ids = table["customer_id"].to_pylist()
    said = [
        {"customer_id": customer, "criterion": one.name, "judge": "lin", "date": AS_OF,
         "value": one.levels[place % len(one.levels)].value}
        for one in scheme.judged for place, customer in enumerate(ids) if place % 7
    ]  # fmt: skip
    judgements = pa.Table.from_pylist(said) if said else None
    assert_kept(me.grade(facts, scheme, as_of=AS_OF, metrics=table, judgements=judgements))


def test_classes_held_and_set_by_people_are_told_the_same(facts: me.Facts) -> None:
    guarded: dict[str, Any] = me.load_scheme("composite").definition()
    guarded["stability"] = {"runs": 3, "margin": 0.05}
    table = metrics(facts, "12m")
    first = me.grade(facts, guarded, as_of=AS_OF, metrics=table)
    ids = first.decided.figures.ids
    others = [k.id for k in first.definition.classes if k.id != first.explain(ids[0]).class_id]
    before = first.snapshot().set_column(1, "class", pa.array([others[0]] * len(ids)))
    overrides = pa.table({
        "customer_id": [ids[1]], "class": [others[0]], "reason": ["a friend"], "by": ["lin"],
        "since": [AS_OF], "until": [date(2026, 6, 30)],
    })  # fmt: skip
    assert_kept(
        me.grade(facts, guarded, as_of=AS_OF, metrics=table, previous=before, overrides=overrides)
    )
