"""A scheme replayed on 24 month ends, and one run of it over the same facts."""

from __future__ import annotations

from datetime import date
from typing import Any

import data
from lines_engine import prepare_grade

MONTH_ENDS = 24

prepare_single = prepare_grade


def single(facts: Any, *_: str) -> dict[str, Any]:
    """Facts to classes, as of the last day."""
    from mainstay_engine.schemes import grade

    return {"customers": len(grade(facts, "composite", as_of=data.LAST))}


def prepare_replayed(path: str) -> Any:
    import mainstay_engine.backtest  # noqa: F401

    return prepare_grade(path)


def replayed(facts: Any, *_: str) -> dict[str, Any]:
    """Each month end graded, compared with ABC, and followed for a month."""
    from mainstay_engine.backtest import backtest

    found = backtest(facts, "composite", periods=MONTH_ENDS, months=1,
                     until=date.fromisoformat(data.LAST))  # fmt: skip
    return {"days": len(found.points), "customers": found.points[-1].customers}
