"""The demo company and what was planted in it."""

from __future__ import annotations

from functools import lru_cache

import mainstay_engine as me
from mainstay_engine.synth import Company, demo


@lru_cache(maxsize=1)
def company() -> Company:
    return demo()


@lru_cache(maxsize=1)
def books() -> me.Facts:
    made = company()
    return me.facts_from_tables(
        made.lines,
        made.receipts,
        made.customers,
        currency="CNY",
        efforts=made.efforts,
        effort_rates=made.effort_rates,
    )


def planted() -> dict[str, list[str]]:
    """Customer codes by truth."""
    found: dict[str, list[str]] = {}
    for row in company().truth.to_pylist():
        found.setdefault(row["truth"], []).append(row["customer_id"])
    return found


def classes(facts: me.Facts, scheme: str) -> dict[str, str]:
    table = me.grade(facts, scheme).to_arrow()
    return dict(zip(table["customer_id"].to_pylist(), table["class"].to_pylist(), strict=True))
