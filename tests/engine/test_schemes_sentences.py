"""Everybody's reasons at once are, word for word, those of each customer alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mainstay_engine as me
from mainstay_engine.path.levers import needed
from mainstay_engine.schemes import preset_names
from mainstay_engine.schemes.figures import percent, words
from mainstay_engine.schemes.stages import Step
from mainstay_engine.schemes.texts import by_kind, filled, money, percents, replaced, shares
from tests.engine.test_path_everybody import DAY, classes, judgements, population


def company(rng: np.random.Generator, names: list[str]) -> pa.Table:
    """Customers of up to some years; a few returned more than they bought, a third buy alike."""
    table = population(rng, names, 60)
    for name in {"tenure", "net_sales"} & set(table.column_names):
        values = table[name].to_pylist()
        if name == "tenure":
            values = [days and days * 20 for days in values]
        else:
            values[:3], values[40:] = [-123_456_78, 0, -5], [2_000_000_00] * 20
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.array(values, pa.int64()))
    return table


def graded(name: str) -> me.Result:
    """A small company under a preset: some classes held from the run before, some set by people."""
    scheme = me.load_scheme(name)
    rng = np.random.default_rng(1)
    names = list(dict.fromkeys(["first_purchase", *scheme.metrics_used(), *needed(scheme)]))
    before, table = (company(rng, names) for _ in range(2))
    beside = {"judgements": judgements(rng, scheme, table), "classes": classes(rng, scheme, table)}
    first = me.grade(None, scheme, as_of="2024-11-30", metrics=before, **beside)
    ends = [scheme.classes[0].id, scheme.classes[-1].id]
    overrides = pa.table({
        "customer_id": ["03", "07", "11", "19"], "class": [*ends, *ends],
        "reason": ["a promise", "a quarrel", "moved away", "a new buyer"],
        "until": [date(2025, 6, 1)] * 4, "since": [date(2024, 1, 1)] * 4,
        "by": ["Li", None, "Wang", ""],
    })  # fmt: skip
    return me.grade(None, scheme, as_of=DAY, metrics=table, previous=first.snapshot(),
                    overrides=overrides, **beside)  # fmt: skip


@pytest.mark.parametrize("name", preset_names())
def test_they_are_those_of_each_alone(name: str) -> None:
    result = graded(name)
    ids = [result.decided.figures.ids[row] for row in result.decided.order]
    alone = [result.explain(customer).to_dict()["reason"] for customer in ids]
    for lang in ("en", "zh"):
        assert result.reasons(lang) == [reason[lang] for reason in alone]
    assert result.table["reason"].to_pylist() == [reason["en"] for reason in alone]
    assert len({reason["en"] for reason in alone}) > 1


def test_somebody_is_there_of_every_kind_of_reason() -> None:
    stages = [stage for name in preset_names() for stage in graded(name).decided.stages]
    assert {step for stage in stages for step in stage.step.tolist()} == set(Step)


@given(
    st.lists(st.integers(-(2**52), 2**52), min_size=1), st.integers(0, 3),
    st.sampled_from([None, "CNY", "GBP", "CHF"]),
)  # fmt: skip
def test_amounts_read_as_one_amount_does(
    minor: list[int], exponent: int, currency: str | None
) -> None:
    alone = [
        words(one, "money", "en", exponent=exponent, currency=currency) for one in minor
    ]  # fmt: skip
    assert money(np.array(minor, np.int64), exponent, currency).to_pylist() == alone


near = st.builds(lambda k, by: k / 10_000 + by, st.integers(-20_000, 20_000),
                 st.sampled_from([0.0, 1e-17, -1e-17, 1e-12, -1e-12]))  # fmt: skip


@given(st.lists(near | st.floats(-1e12, 1e12) | st.floats(-3, 3), min_size=1))
def test_ratios_read_as_one_ratio_does(ratios: list[float]) -> None:
    assert percents(np.array(ratios)).to_pylist() == [percent(one) for one in ratios]


@given(st.lists(st.integers(0, 2**61), min_size=1), st.integers(0, 2**61))
def test_shares_are_exact_whatever_the_size(parts: list[int], more: int) -> None:
    whole = max(parts) + more + 1
    each = [percent(Decimal(part) / Decimal(whole)) for part in parts]
    assert shares(np.array(parts, np.int64), whole).to_pylist() == each


def test_texts_keep_their_places() -> None:
    kinds = np.array([2, 0, 2, 1])
    made = by_kind(kinds, lambda kind, at: "same" if kind == 0 else pa.array([f"{n}" for n in at]))
    assert made.to_pylist() == ["0", "same", "2", "3"]
    assert by_kind(np.array([], np.int64), lambda *_: "nobody").to_pylist() == []
    assert replaced(made, np.array([0, 3]), "x").to_pylist() == ["x", "same", "2", "x"]
    told = filled("{of}: {one} ({of})", {"of": "a", "one": pa.array(["b", "c"])})
    assert isinstance(told, pa.Array)
    assert told.to_pylist() == ["a: b (a)", "a: c (a)"]
    assert filled("{of}.", {"of": "a"}) == "a."
