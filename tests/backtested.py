"""A report of a backtest to look at: a real one, of the demo company's books."""

from __future__ import annotations

from functools import cache
from typing import Any

import mainstay_engine as me
from mainstay.foundation.models import User
from mainstay.insights.models import Backtest
from mainstay_engine.backtest import backtest
from mainstay_engine.synth import Profile, demo


def backtested(by: User) -> Backtest:
    """Kept as if it had been asked for."""
    return Backtest.objects.create(
        name="composite", number=1, against="abc", periods=3, months=1, by=by, until=Profile().end,
        definition=me.load_scheme("composite").definition(), report=_report(),
    )  # fmt: skip


@cache
def _report() -> dict[str, Any]:
    made = demo(customers=40)
    facts = me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")
    return backtest(facts, "composite", periods=3, months=1).to_dict()
