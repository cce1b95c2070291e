"""A19: who is lost, by their own rhythm, on the demo company."""

from __future__ import annotations

from datetime import timedelta

import mainstay_engine as me
from mainstay_engine.portfolio.lost import lost
from tests.scenarios.planted import books, classes, company, planted


def test_the_planted_sleepers_are_lost_and_nobody_lost_is_still_buying() -> None:
    facts: me.Facts = books()
    last = max(company().lines["doc_date"].to_pylist())
    found = {each.customer_id: each for each in lost(facts, as_of=last)}
    sleeping = planted()["sleeping"]
    assert set(sleeping) <= found.keys()
    stages = classes(facts, "life_stage")
    assert {stages[code] for code in found} == {"ending"}
    assert all(each.lost_on <= last < each.last_purchase + timedelta(days=each.silence + 1)
               for each in found.values())  # fmt: skip
    assert all(found[code].went > 0 for code in sleeping)
