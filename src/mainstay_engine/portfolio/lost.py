"""Lost customers: silent beyond their own rhythm; what went with them, and what came back.

A customer's usual gap is its median gap, its spread the unevenness of its rhythm (metrics both).
It is lost from the first day on which its silence is longer than ``FLOOR`` days and longer than
``TIMES`` × median gap × (1 + unevenness). ``FLOOR`` and ``TIMES`` are those of the life-cycle
stage «ending», so everybody lost is ending too. One that ordered on fewer than three days has no
rhythm of its own and is never lost. The day follows from the orders alone: silence changes no gap.

It came back on the day of its first order after the last one before the silence. Recovered is net
sales from that day on, up to the as-of date or until it came back from a later silence: so no sale
counts twice. It is below zero where more goods come back than are sold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.backends import Dates, query
from mainstay_engine.metrics import compute_metrics, levels

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.facts import Facts

pc: Any = _compute
Tables = Mapping[str, "ir.Table"]
FLOOR, TIMES = 90, 4
"""Days, and times the usual gap, that silence has to pass."""
MONTHS = 12
"""Of what went: up to the last purchase."""
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
class Back:
    """What became of one silence. Money in minor units."""

    customer_id: str
    last_purchase: date
    """Before the silence."""
    back_on: date | None
    """Day of the first order after it; ``None``: there is none."""
    recovered: int
    """Net sales since, that day included."""


def limit(usual_gap: float, unevenness: float) -> int:
    """Days of silence that a rhythm allows: median gap in days, unevenness as its ratio.

    Median gaps are halves of a day and their spreads quarters, so four times both is a whole
    number: rounding only takes away what floating point added.
    """
    return max(FLOOR, round(TIMES * usual_gap * (1 + unevenness)))


def lost(
    facts: Facts, *, as_of: date | str, known_as_of: date | str | None = None
) -> tuple[Lost, ...]:
    """The customers lost as of a day, those with whom most went first. Days as dates or ISO."""
    as_of, known_as_of = _day(as_of), None if known_as_of is None else _day(known_as_of)
    table = compute_metrics(facts, _RHYTHM, as_of=as_of, known_as_of=known_as_of)
    silent: list[tuple[dict[str, Any], int]] = []
    for row in table.to_pylist():
        if row["gap_unevenness"] is None:
            continue
        allowed = limit(row["median_gap"], row["gap_unevenness"])
        if row["recency"] > allowed:
            silent.append((row, allowed))
    went = _went(facts, as_of, known_as_of) if silent else {}
    found = [
        Lost(row["customer_id"], row["last_purchase"], row["last_purchase"] + (allowed + 1) * _DAY,
             row["recency"], row["median_gap"], row["gap_unevenness"], allowed,
             went[row["customer_id"]])
        for row, allowed in silent
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.went, each.customer_id)))


def back(
    facts: Facts,
    silences: Iterable[tuple[str, date]],
    *,
    as_of: date,
    known_as_of: date | None = None,
) -> tuple[Back, ...]:
    """What became of silences (customer, last purchase before it) as of a day, by both. Of those of
    one customer an earlier one recovered what was sold before it came back from the next.
    """
    given = sorted(set(silences))
    if not given:
        return ()
    after = min(day for _, day in given)
    bought = _bought_since(facts, {who for who, _ in given}, after, as_of, known_as_of)
    ends: dict[str, date] = {}
    """Of each customer, the day it came back from the silence that was looked at before."""
    found = []
    for who, last in reversed(given):
        rows = bought[who]
        back_on = min((day for day, _, orders in rows if orders and day > last), default=None)
        end = ends.get(who, as_of + _DAY)
        net = 0 if back_on is None else sum(n for day, n, _ in rows if back_on <= day < end)
        if back_on is not None:
            ends[who] = back_on
        found.append(Back(who, last, back_on, net))
    return tuple(reversed(found))


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _went(facts: Facts, as_of: date, known_as_of: date | None) -> dict[str, int]:
    """Net sales of each customer's twelve months up to its last purchase."""
    import ibis

    def build(tables: Tables, dates: Dates) -> ir.Table:
        rows = _documents(tables, dates, known=known_as_of is not None)
        last = rows.filter(rows.order).group_by("customer_id").agg(last=rows.day.max())
        both = rows.join(last, "customer_id")
        inside = both.filter(
            (both.day <= both.last) & (both.day > both.last - ibis.interval(months=MONTHS))
        )
        return inside.group_by("customer_id").agg(went=inside.net.sum())

    table = _ask(facts, "went", build, {"as_of": as_of}, known_as_of)
    return {row["customer_id"]: row["went"] for row in table.to_pylist()}


def _bought_since(
    facts: Facts, customers: set[str], after: date, as_of: date, known_as_of: date | None
) -> Mapping[str, list[tuple[date, int, int]]]:
    """(day, net sales, orders) of each of the customers after a day."""

    def build(tables: Tables, dates: Dates) -> ir.Table:
        rows = _documents(tables, dates, known=known_as_of is not None)
        rows = rows.filter(rows.day > dates["after"])
        return rows.group_by(["customer_id", "day"]).agg(
            net=rows.net.sum(), orders=rows.order.cast("int64").sum()
        )

    table = _ask(facts, "since", build, {"as_of": as_of, "after": after}, known_as_of)
    chosen = table.filter(pc.is_in(table["customer_id"], pa.array(sorted(customers), pa.string())))
    found: dict[str, list[tuple[date, int, int]]] = defaultdict(list)
    for row in chosen.to_pylist():
        found[row["customer_id"]].append((row["day"], row["net"], row["orders"]))
    return found


def _documents(tables: Tables, dates: Dates, *, known: bool) -> ir.Table:
    """Documents of customers; ``order``: an invoice of positive net value, as metrics count."""
    rows = levels.visible(tables["lines"], "doc_date", dates, known=known)
    rows = levels.documents(levels.line_rows(rows, ("net",), "doc_no"), ("net",))
    rows = rows.filter(rows.customer_id.notnull())
    return rows.mutate(order=rows.invoice & (rows.net > 0))


def _ask(
    facts: Facts, name: str, build: Any, days: dict[str, date], known_as_of: date | None
) -> pa.Table:
    if known_as_of is not None:
        days = {**days, "known": known_as_of}
    shape = ("lost", name, known_as_of is not None)
    return query(facts.backend, shape, {"lines": facts.lines}, build, days)
