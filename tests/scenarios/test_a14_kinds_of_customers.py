"""A14: loyal, growing, sleeping; 20/30/30/20; key and potential, on the demo company."""

from __future__ import annotations

import pytest

import mainstay_engine as me
from mainstay_engine.metrics import compute_metrics
from tests.scenarios.planted import books, classes, planted


@pytest.fixture(scope="module")
def facts() -> me.Facts:
    return books()


@pytest.fixture(scope="module")
def truths() -> dict[str, list[str]]:
    return planted()


def test_sleepers_sleep_growers_grow_and_bulk_is_no_growth(
    facts: me.Facts, truths: dict[str, list[str]]
) -> None:
    found = classes(facts, "momentum")
    assert {found[code] for code in truths["sleeping"]} == {"sleeping"}
    assert {found[code] for code in truths["fast_grower"]} == {"growing"}
    assert "growing" not in {found[code] for code in truths["bulk_buyer"]}


def test_order_and_credit_take_twenty_thirty_thirty_twenty(
    facts: me.Facts, truths: dict[str, list[str]]
) -> None:
    result = me.grade(facts, "order_credit")
    counts = {count["class"]: count["customers"] for count in result.counts()}
    whole = sum(counts.values()) - counts["n/a"]
    shares = [counts[letter] / whole for letter in "ABCD"]
    assert shares == pytest.approx([0.2, 0.3, 0.3, 0.2], abs=0.01)
    assert {result.explain(code).class_id for code in truths["slow_payer"]} <= {"C", "D"}


def test_key_customers_are_those_of_abc_and_small_growers_are_potential(facts: me.Facts) -> None:
    found, abc = classes(facts, "key_potential"), classes(facts, "abc")
    assert {code for code, klass in found.items() if klass == "key"} == {
        code for code, klass in abc.items() if klass == "A"
    }  # fmt: skip
    rows = compute_metrics(facts, ["growth"], as_of=me.grade(facts).as_of).to_pylist()
    growth = {row["customer_id"]: row["growth"] for row in rows}
    potential = [code for code, klass in found.items() if klass == "potential"]
    assert potential
    assert min(growth[code] for code in potential) >= 0.2
    ordinary = [growth[code] for code, klass in found.items() if klass == "ordinary"]
    assert max(value for value in ordinary if value is not None) < 0.2
