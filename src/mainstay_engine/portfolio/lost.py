"""Lost customers: silent beyond their own rhythm; what went with them, and what came back.

A customer's usual gap is its median gap, its spread the unevenness of its rhythm (metrics both).
It is lost from the first day on which its silence is longer than ``FLOOR`` days and longer than
``TIMES`` × median gap × (1 + unevenness). ``FLOOR`` and ``TIMES`` are those of the life-cycle
stage «ending», so everybody lost is ending too. One that ordered on fewer than three days has no
rhythm of its own and is never lost. The day follows from the orders alone: silence changes no gap.

Recovered is net sales after the day on which winning back began, that day not counted, up to the
as-of date; it is below zero where goods come back and no sales do. A customer came back if it
placed an order in that time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mainstay_engine.metrics import compute_metrics
from mainstay_engine.periods import add_months

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

FLOOR, TIMES = 90, 4
"""Days, and times the usual gap, that silence has to pass."""
_DAY = timedelta(days=1)
_RHYTHM = ("last_purchase", "recency", "median_gap", "gap_unevenness")


@dataclass(frozen=True, slots=True)
class Lost:
    """One lost customer. Gap, limit and silence in days, money in minor units."""

    customer_id: str
    last_purchase: date
    lost_on: date
    """First day on which the silence was beyond the rhythm."""
    silence: int
    usual_gap: float
    unevenness: float
    limit: int
    """Days of silence that its rhythm still allows."""
    went: int
    """Net sales of the twelve months up to the last purchase, that day included."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What one customer bought after ``start``. Money in minor units."""

    customer_id: str
    start: date
    came_back: bool
    net_sales: int


def limit(usual_gap: float, unevenness: float) -> int:
    """Days of silence that a rhythm allows: median gap in days, unevenness as its ratio.

    Median gaps are halves of a day and their spreads quarters, so four times both is a whole
    number: rounding only takes away what floating point added.
    """
    return max(FLOOR, round(TIMES * usual_gap * (1 + unevenness)))


def lost(facts: Facts, *, as_of: date, known_as_of: date | None = None) -> tuple[Lost, ...]:
    """The customers lost as of a day, those with whom most went first."""
    table = compute_metrics(facts, _RHYTHM, as_of=as_of, known_as_of=known_as_of)
    silent: dict[str, tuple[dict[str, Any], int]] = {}
    for row in table.to_pylist():
        if row["gap_unevenness"] is None:
            continue
        allowed = limit(row["median_gap"], row["gap_unevenness"])
        if row["recency"] > allowed:
            silent[row["customer_id"]] = (row, allowed)
    spans = {who: (add_months(row["last_purchase"], -12) + _DAY, row["last_purchase"])
             for who, (row, _) in silent.items()}  # fmt: skip
    went = _within(facts, spans, as_of, known_as_of)
    found = [
        Lost(who, row["last_purchase"], row["last_purchase"] + (allowed + 1) * _DAY,
             row["recency"], row["median_gap"], row["gap_unevenness"], allowed, went[who][0])
        for who, (row, allowed) in silent.items()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.went, each.customer_id)))


def recovered(
    facts: Facts, starts: Mapping[str, date], *, as_of: date, known_as_of: date | None = None
) -> tuple[Recovered, ...]:
    """What came back of each customer since winning it back began, as of a day, by customer.

    ``starts``: customer → day. A start on ``as_of`` or later has recovered nothing yet.
    """
    spans = {who: (start + _DAY, as_of) for who, start in starts.items() if start < as_of}
    bought = _within(facts, spans, as_of, known_as_of)
    return tuple(
        Recovered(who, starts[who], bought[who][1] > 0, bought[who][0]) if who in bought
        else Recovered(who, starts[who], False, 0)
        for who in sorted(starts)
    )  # fmt: skip


def _within(
    facts: Facts, spans: Mapping[str, tuple[date, date]], as_of: date, known_as_of: date | None
) -> dict[str, tuple[int, int]]:
    """(net sales, order days) of each customer in its days, both inclusive; one question of the
    books for each span that differs."""
    together: dict[tuple[date, date], set[str]] = defaultdict(set)
    for who, span in spans.items():
        together[span].add(who)
    found = dict.fromkeys(spans, (0, 0))
    for (start, end), whose in together.items():
        table = compute_metrics(facts, ["net_sales", "order_days"], as_of=as_of,
                                window=f"{start}..{end}", known_as_of=known_as_of)  # fmt: skip
        for row in table.to_pylist():
            if row["customer_id"] in whose:
                found[row["customer_id"]] = (row["net_sales"] or 0, row["order_days"] or 0)
    return found
