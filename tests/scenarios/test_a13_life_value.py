"""A13: today's value against the value to come, on the demo company."""

from __future__ import annotations

import pytest

import mainstay_engine as me
from mainstay_engine.metrics import compute_metrics
from tests.scenarios.planted import books, classes


@pytest.fixture(scope="module")
def facts() -> me.Facts:
    return books()


def test_the_matrix_of_today_and_future_is_where_both_ranks_meet(facts: me.Facts) -> None:
    found = classes(facts, "life_value")
    rows = compute_metrics(facts, ["gross_profit", "clv"], as_of=me.grade(facts).as_of).to_pylist()

    def best(name: str) -> set[str]:
        """Three tenths of those with a positive value, ties with the best of them."""
        ranked = sorted((r for r in rows if (r[name] or 0) > 0), key=lambda r: -r[name])
        last = ranked[-(-3 * len(ranked) // 10) - 1][name]
        return {row["customer_id"] for row in ranked if row[name] >= last}

    now, later = best("gross_profit"), best("clv")
    for row in rows:
        who = row["customer_id"]
        if who in found and row["clv"] is not None:
            expected = {(True, True): "platinum", (True, False): "gold",
                        (False, True): "iron", (False, False): "lead"}  # fmt: skip
            assert found[who] == expected[who in now, who in later], row
    assert {"platinum", "gold", "iron", "lead"} <= set(found.values())
