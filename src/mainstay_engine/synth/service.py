"""Service: what the company does for its customers, and the customers on whom too much is spent.

It comes after sales and money and changes neither: a company has the same lines with it or without.
Two stories are planted. *Over-served* customers are small, and are called on like the largest.
*Burdens* are among the largest, with the deepest discounts of these: they earn a gross profit, and
after senior visits, training, promotion money, freight and complaints nothing of it is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from mainstay_engine.activities import FINANCING
from mainstay_engine.periods import months_before
from mainstay_engine.synth.customers import Customer
from mainstay_engine.synth.scale import Profile
from mainstay_engine.synth.seasons import is_holiday
from mainstay_engine.synth.truths import Truth
from mainstay_engine.tables import EFFORT_RATES, EFFORTS

OVER_SERVED, BURDENS = 3, 2
"""How many small customers are called on like the largest, and how many large ones are burdens."""
_LARGEST = 14
"""Places by volume among 450 in which the burdens are looked for."""
_HOURLY = {"visit": 180, "call": 120, "senior_visit": 480, "training": 220, "complaint": 150}
_EACH = {"sample": 260}
_NOTES = {
    "visit": ("了解库存与下月计划", "送对账单", "新品推介", "走访仓库", ""),
    "call": ("催款", "确认交期", "报价", "", ""),
    "senior_visit": ("总经理拜访，谈年度框架", "高层座谈"),
    "training": ("新员工产品培训", "现场选型指导"),
    "sample": ("切削液试样", "砂轮试用"), "promotion": ("门店陈列支持", "展会费用分担"),
    "gift": ("中秋礼品", "春节礼品"), "freight": ("加急专车", "零担运费"),
    "complaint": ("错发货", "质量异议"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Effort:
    day: date
    customer: Customer
    activity: str
    person: str
    hours: Decimal | None = None
    quantity: Decimal | None = None
    amount: int | None = None
    note: str = ""


def serve(
    customers: list[Customer], planted: set[str], profile: Profile, rng: np.random.Generator
) -> tuple[pa.Table, pa.Table, list[Truth]]:
    """Efforts, rates, and what was planted in them; ``planted``: codes that have a story already.

    ``customers`` in the order of their codes. Amounts in minor units.
    """
    by_volume = sorted(customers, key=lambda c: -c.annual)
    free = [c for c in by_volume if c.code not in planted and c.active == (profile.start,
                                                                         profile.end)]  # fmt: skip
    large = free[: max(BURDENS, _LARGEST * len(by_volume) // 450)]
    burdens = sorted(large, key=lambda c: (-c.discount, c.code))[:BURDENS]
    tail = [c for c in free if c not in burdens][len(free) * 2 // 3 :]
    step = max(1, len(tail) // (OVER_SERVED + 1))
    over = tail[step::step][:OVER_SERVED]
    since = months_before(profile.end, 12) + timedelta(days=1)
    made: list[_Effort] = []
    most = by_volume[0].annual
    for customer in customers:
        made += _usual(customer, most, profile, rng)
        if customer in burdens:
            made += _burden(customer, since, profile, rng)
        if customer in over:
            made += _over_served(customer, profile, rng)
    made.sort(key=lambda one: (one.day, one.customer.code, one.activity))
    truths = [
        Truth(c.code, "burden", since, "metric", "profit_after_service", "<=0") for c in burdens
    ]
    truths += [
        Truth(c.code, "over_served", profile.start, "metric", "effort_share", ">=0.02")
        for c in over
    ]
    return _efforts(made), _rates(profile), truths


def _usual(
    customer: Customer, most: float, profile: Profile, rng: np.random.Generator
) -> Iterator[_Effort]:
    """Visits and calls by size; small customers get more than their size is worth, as in life."""
    start, end = max(customer.active[0], profile.start), customer.active[1]
    years = max((end - start).days, 30) / 365
    size = (customer.annual / most) ** 0.5
    who = customer.salesperson
    for _ in range(int(rng.poisson(years * (1.5 + 16 * size)))):
        day = _working(start, end, rng)
        yield _Effort(day, customer, "visit", who, _hours(1.0 + 2.0 * rng.random()),
                      note=_note("visit", rng))  # fmt: skip
    for _ in range(int(rng.poisson(years * (3.0 + 12 * size)))):
        yield _Effort(_working(start, end, rng), customer, "call", who, _hours(0.25),
                      note=_note("call", rng))  # fmt: skip
    for activity, often, least, spread in (
        ("sample", 0.4, 0, 0), ("freight", 0.6 + 6 * size, 60, 400), ("gift", 0.5 * size, 200, 600),
        ("promotion", 0.8 * size, 800, 3_000),
    ):  # fmt: skip
        for _ in range(int(rng.poisson(years * often))):
            amount = None if not least else 100 * int(least + spread * rng.random())
            times = Decimal(int(rng.integers(1, 4))) if activity == "sample" else None
            yield _Effort(_working(start, end, rng), customer, activity, who, None, times, amount,
                          _note(activity, rng))  # fmt: skip
    for _ in range(int(rng.poisson(years * 1.2 * size))):
        yield _Effort(_working(start, end, rng), customer, "complaint", who,
                      _hours(1 + 3 * rng.random()), note=_note("complaint", rng))  # fmt: skip


def _burden(
    customer: Customer, since: date, profile: Profile, rng: np.random.Generator
) -> Iterator[_Effort]:
    """Month by month more of everything; the money alone is a twelfth of what it buys."""
    day = since
    monthly = customer.annual / 12
    while day <= profile.end:
        grown = 0.5 + (day - since).days / 365
        last = min(day + timedelta(days=29), profile.end)
        for activity, count, hours in (("senior_visit", 2, 4.0), ("training", 2, 6.0),
                                       ("complaint", 3, 3.0), ("visit", 5, 3.0)):  # fmt: skip
            for _ in range(round(count * grown)):
                yield _Effort(_working(day, last, rng), customer, activity, customer.salesperson,
                              _hours(hours * (0.8 + 0.4 * rng.random())),
                              note=_note(activity, rng))  # fmt: skip
        for activity, part in (("promotion", 0.05), ("freight", 0.03)):
            amount = 100 * round(monthly * part * grown * (0.9 + 0.2 * rng.random()))
            yield _Effort(_working(day, last, rng), customer, activity, customer.salesperson, None,
                          None, amount, _note(activity, rng))  # fmt: skip
        day = last + timedelta(days=1)


def _over_served(
    customer: Customer, profile: Profile, rng: np.random.Generator
) -> Iterator[_Effort]:
    """A visit of half a day nearly every week."""
    day = profile.start
    while day <= profile.end:
        last = min(day + timedelta(days=7), profile.end)
        if rng.random() < 0.85:
            yield _Effort(_working(day, last, rng), customer, "visit", customer.salesperson,
                          _hours(3.0 + 1.5 * rng.random()), note=_note("visit", rng))  # fmt: skip
        day = last + timedelta(days=1)


def _working(first: date, last: date, rng: np.random.Generator) -> date:
    """A working day of the stretch; its last day where there is none."""
    day = first + timedelta(days=int(rng.integers(0, (last - first).days + 1)))
    while (day.weekday() >= 5 or is_holiday(day)) and day < last:
        day += timedelta(days=1)
    return day


def _hours(value: float) -> Decimal:
    """Quarters of an hour."""
    return Decimal(max(1, round(4 * value))) / 4


def _note(activity: str, rng: np.random.Generator) -> str:
    notes = _NOTES[activity]
    return notes[int(rng.integers(0, len(notes)))]


def _efforts(made: list[_Effort]) -> pa.Table:
    return pa.table({
        "customer_id": pa.array([e.customer.code for e in made], pa.string()),
        "customer_name": pa.array([e.customer.name for e in made], pa.string()),
        "date": pa.array([e.day for e in made], pa.date32()),
        "activity": pa.array([e.activity for e in made], pa.string()),
        "person": pa.array([e.person for e in made], pa.string()),
        "hours": pa.array([e.hours for e in made], pa.decimal128(18, 4)),
        "quantity": pa.array([e.quantity for e in made], pa.decimal128(18, 4)),
        "amount": pa.array([e.amount for e in made], pa.int64()),
        "note": pa.array([e.note or None for e in made], pa.string()),
    }).select([name for name in EFFORTS.names if name != "known_since"])  # fmt: skip


def _rates(profile: Profile) -> pa.Table:
    """Prices of an hour and of a time, money at 4.5 % a year; dearer, and cheaper, since."""
    first, later = months_before(profile.start, 1), months_before(profile.end, 6)
    rows: list[tuple[Any, ...]] = [
        (name, first, 100 * price, None, None) for name, price in _HOURLY.items()
    ]
    rows += [(name, first, None, 100 * price, None) for name, price in _EACH.items()]
    rows += [("visit", later, 20_000, None, None)]
    rows += [
        (FINANCING, first, None, None, Decimal("0.045")),
        (FINANCING, later, None, None, Decimal("0.042")),
    ]
    kinds = (pa.string(), pa.date32(), pa.int64(), pa.int64(), pa.decimal128(20, 10))
    names = [name for name in EFFORT_RATES.names if name != "known_since"]
    columns = zip(*rows, strict=True)
    return pa.table({
        name: pa.array(values, kind)
        for name, values, kind in zip(names, columns, kinds, strict=True)
    })  # fmt: skip
