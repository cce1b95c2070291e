"""Concession creep: who was given more and more while the others were not, and what it costs.

Four half-years up to the as-of day are looked at: three steps from one to the next. Half-years,
for a quarter rarely holds the same items of the same customer often enough, and with whole years a
creep would be seen only after three of them.

Of each step it is asked how much more was conceded than a step before, less the median of the same
of the *other* customers (never the customer itself; at least ``PEERS`` of them):

- ``price`` (part of the price): over items bought in both half-years, 1 − Σ paid ÷ Σ (own price
  before × quantity × median of the others' price relatives of that item). Only items that enough
  others bought in both count, and they must make up ``COVERED`` of the half-year's sales.
- ``discount`` (part of list value): discount ÷ (net + discount).
- ``terms`` (days): days from document to due day, weighed by net.
- ``late`` (days): weighted days late, the metric ``days_late`` of each half-year.
- ``effort`` (part of sales): cost of efforts ÷ net sales.

A step is known where the customer has ``ORDERS`` invoices in both half-years; otherwise there is
not enough to say anything. The drift is the sum of the steps (of prices: their chain). It is an
alarm where it reaches the measure's ``LIMIT``, the last two steps both went the same way by a
quarter of it at least, and what it costs a year is at least ``MATERIAL`` of the company's sales.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.errors import NoData
from mainstay_engine.metrics import compute_metrics
from mainstay_engine.metrics.arrays import sorted_unique
from mainstay_engine.metrics.feeds import FactsFeed
from mainstay_engine.metrics.planner import demand_one_currency
from mainstay_engine.periods import months_back
from mainstay_engine.portfolio.creep_sums import CreepQuestions
from mainstay_engine.portfolio.peers import median_of_others
from mainstay_engine.portfolio.span import Span

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

pc: Any = _compute
Floats = npt.NDArray[np.float64]
PERIODS, MONTHS = 4, 6
STEPS = PERIODS - 1
MEASURES = ("price", "discount", "terms", "late", "effort")
COSTED = frozenset({"effort"})
"""Measures that only those may see who see cost."""
LIMIT = {"price": 0.03, "discount": 0.03, "terms": 10.0, "late": 15.0, "effort": 0.03}
"""Drift beyond the others' from which it is an alarm."""
MATERIAL = 1e-5
"""Part of the company's sales of the last year that a creep costs at least."""
PEERS = 3
ORDERS = 3
COVERED = 0.2
INTEREST = 0.06
"""A year's interest on what is owed."""


@dataclass(frozen=True)
class Creep:
    """What was found. Amounts are int64 minor units of ``currency``."""

    spans: tuple[Span, ...]
    as_of: date
    currency: str | None
    exponent: int
    told: tuple[str, ...]
    """The measures that the facts can tell."""
    table: pa.Table
    """A row per customer and told measure, by code and then as ``MEASURES``: ``customer_id,
    measure``; ``level`` (four float64: the rate or days of each half-year, of prices the own index,
    1 at first), ``own`` and ``peers`` (three float64: concession of each step; null: not enough),
    ``drift`` (float64, beyond the peers; null: not enough), ``yearly`` (what it costs a year; null
    likewise, below zero: it is less than it was), ``alarm`` (bool).
    """

    def alarms(self, *, cost: bool = True) -> list[dict[str, Any]]:
        """The rows that are an alarm, the dearest first; without ``cost`` no measure that tells
        of it."""
        rows: list[dict[str, Any]] = self.table.filter(self.table["alarm"]).to_pylist()
        rows = [row for row in rows if cost or row["measure"] not in COSTED]
        return sorted(rows, key=lambda r: (-r["yearly"], r["customer_id"], r["measure"]))


def creep(facts: Facts, *, as_of: date | str, known_as_of: date | str | None = None) -> Creep:
    """Whose concessions crept, as of a day; nothing dated later is seen.

    Facts: lines; with ``item`` and ``quantity`` prices are told, with ``discount`` discounts, with
    ``due_date`` terms, with receipts and due days lateness, with efforts their cost. Raises
    ``NoData`` where nobody bought in the last half-year, ``MixedCurrencies`` for amounts in several
    currencies that were not converted.
    """
    day, known = _day(as_of), None if known_as_of is None else _day(known_as_of)
    demand_one_currency(FactsFeed(facts, known=known is not None))
    months = months_back(day, PERIODS * MONTHS)
    days = [(months[at][0], months[at + MONTHS - 1][1]) for at in range(0, len(months), MONTHS)]
    asked = CreepQuestions(facts, days, known)
    sales = asked.sales().sort_by("customer_id")
    if not sales.num_rows or not pc.any(pc.greater(sales[f"orders_{STEPS}"], 0)).as_py():
        raise NoData(
            {"en": f"There are no sales from {days[-1][0]} to {days[-1][1]}.",
             "zh": f"{days[-1][0]} 至 {days[-1][1]} 没有销售。"},
            {"en": "Choose a day that the sales lines reach.", "zh": "请选择有销售明细的日期。"},
        )  # fmt: skip
    customers = sorted_unique([sales["customer_id"]])
    net = _columns(sales, "net")
    enough = _columns(sales, "orders") >= ORDERS
    both = enough[1:] & enough[:-1]
    year = net[-2:].sum(axis=0)
    found: dict[str, tuple[Floats, Floats, Floats, Floats]] = {}
    if asked.priced:
        found["price"] = _prices(asked.items(), customers, net, both)
    if asked.discounted:
        given, stated = _columns(sales, "discount"), _columns(sales, "stated")
        found["discount"] = _rates(_ratio(given, given + stated), both, year, "discount")
    if asked.dated:
        term = _ratio(_columns(sales, "due"), _columns(sales, "dated"))
        found["terms"] = _rates(term, both, year, "terms")
    late, spent = _measured(facts, customers, days, known)
    if late is not None:
        found["late"] = _rates(late, both, year, "late")
    if spent is not None:
        found["effort"] = _rates(_ratio(spent, net), both, year, "effort")
    told = tuple(name for name in MEASURES if name in found)
    floor = MATERIAL * float(year.sum())
    return Creep(
        tuple(Span(*each) for each in days), day, facts.currency, facts.exponent, told,
        _table(customers, {name: found[name] for name in told}, floor),
    )  # fmt: skip


def _prices(
    items: pa.Table, customers: Any, net: Floats, both: Any
) -> tuple[Floats, Floats, Floats, Floats]:
    """Own index, steps of the own prices and of the others', and what the drift costs a year."""
    count = len(customers)
    at = _places(items["customer_id"], customers)
    encoded = items["item"].combine_chunks().dictionary_encode()
    item = np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)
    value, quantity = _columns(items, "net"), _columns(items, "quantity")
    own, peers, covered = (np.full((STEPS, count), np.nan) for _ in range(3))
    for step in range(STEPS):
        there = (quantity[step] > 0) & (quantity[step + 1] > 0)
        before = value[step][there] / quantity[step][there]
        relative = value[step + 1][there] / quantity[step + 1][there] / before
        others = median_of_others(item[there], relative, PEERS)
        usable = np.isfinite(others)
        who = at[there][usable]
        paid = value[step + 1][there][usable]
        base = (before * quantity[step + 1][there])[usable]
        sums = [np.bincount(who, each, count) for each in (paid, base, base * others[usable])]
        known = both[step] & (sums[0] >= COVERED * net[step + 1]) & (sums[1] > 0)
        own[step][known] = 1 - sums[0][known] / sums[1][known]
        peers[step][known] = 1 - sums[2][known] / sums[1][known]
        covered[step][known] = sums[0][known]
    level = np.vstack([np.ones(count), np.cumprod(1 - own, axis=0)])
    drift = 1 - np.prod((1 - own) / (1 - peers), axis=0)
    yearly = covered[-2:].sum(axis=0) * drift / (1 - drift)
    return level, own, peers, np.vstack([drift, yearly])


def _rates(
    level: Floats, both: Any, year: Floats, measure: str
) -> tuple[Floats, Floats, Floats, Floats]:
    """The same of a rate of sales, or of days."""
    own = np.where(both, level[1:] - level[:-1], np.nan)
    peers = np.full_like(own, np.nan)
    for step in range(STEPS):
        there = np.isfinite(own[step])
        peers[step][there] = median_of_others(np.zeros(int(there.sum())), own[step][there], PEERS)
    drift = (own - peers).sum(axis=0)
    if measure == "discount":  # of list value, which is more than what is paid
        worth = year / np.where(level[-1] < 1, 1 - level[-1], np.nan)
    else:
        worth = year if measure == "effort" else year * INTEREST / 365
    return level, own, peers, np.vstack([drift, drift * worth])


def _measured(
    facts: Facts, customers: Any, days: list[tuple[date, date]], known: date | None
) -> tuple[Floats | None, Floats | None]:
    """Days late and cost of efforts of each half-year; ``None``: the facts cannot tell."""
    rows: dict[str, list[Floats]] = {"days_late": [], "effort_cost": []}
    for _start, end in days:
        table = compute_metrics(
            facts, list(rows), as_of=end, window=f"{MONTHS}m", missing="null",
            known_as_of=known,
        )  # fmt: skip
        place = pc.index_in(customers, table["customer_id"].combine_chunks())
        for name, made in rows.items():
            values = pc.take(table[name].combine_chunks(), place).cast(pa.float64())
            made.append(np.asarray(pc.fill_null(values, np.nan).to_numpy(zero_copy_only=False)))
    late, spent = (np.vstack(made) for made in rows.values())
    return (
        late if np.isfinite(late).any() else None,
        spent if np.isfinite(spent).any() else None,
    )


def _table(
    customers: Any, found: dict[str, tuple[Floats, Floats, Floats, Floats]], floor: float
) -> pa.Table:
    count, parts = len(customers), []
    for place, (name, (level, own, peers, (drift, yearly))) in enumerate(found.items()):
        excess = own - peers
        lasting = (excess[-2:] >= LIMIT[name] / 4).all(axis=0)
        alarm = lasting & (drift >= LIMIT[name]) & (yearly >= floor) & (yearly > 0)
        known = np.isfinite(drift) & np.isfinite(yearly)
        parts.append(pa.table({
            "customer_id": customers, "measure": pa.array([name] * count, pa.string()),
            "place": pa.array([place] * count, pa.int64()),
            "level": _lists(level), "own": _lists(own), "peers": _lists(peers),
            "drift": pa.array(drift, pa.float64(), mask=~known),
            "yearly": pa.array(np.rint(np.where(known, yearly, 0)).astype(np.int64), mask=~known),
            "alarm": pa.array(alarm & known),
        }))  # fmt: skip
    if not parts:
        raise NoData(
            {"en": "The facts tell no concession.", "zh": "数据中没有可衡量的让步。"},
            {"en": "Give lines with item and quantity, discount or due day.",
             "zh": "请提供带物料与数量、折扣或到期日的明细。"},
        )  # fmt: skip
    table = pa.concat_tables(parts)
    order: Any = [("customer_id", "ascending"), ("place", "ascending")]
    return table.sort_by(order).drop_columns(["place"])


def _lists(rows: Floats) -> Any:
    """A list per customer out of a row per period; what is not known is null."""
    flat = np.ascontiguousarray(rows.T).ravel()
    return pa.FixedSizeListArray.from_arrays(
        pa.array(flat, pa.float64(), mask=~np.isfinite(flat)), len(rows)
    )


def _columns(table: pa.Table, name: str) -> Floats:
    """``name_0`` … as rows of one array."""
    return np.vstack([
        np.asarray(table[f"{name}_{at}"].to_numpy(), np.float64) for at in range(PERIODS)
    ])  # fmt: skip


def _places(codes: Any, customers: Any) -> npt.NDArray[np.int64]:
    found = pc.index_in(codes.combine_chunks(), customers)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
