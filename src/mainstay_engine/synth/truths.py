"""Planted truths: customers whose story is known beforehand, so that a finding can be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from mainstay_engine.periods import months_before
from mainstay_engine.synth.customers import Customer, Terms
from mainstay_engine.synth.naming import world
from mainstay_engine.synth.scale import Profile


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted truth. ``found_by`` is a scheme or a metric (``found_as`` says which).

    ``expected``: for a scheme the classes allowed, parted by «|»; for a metric a comparison such as
    «>=0.5» that holds over the last twelve months.
    """

    customer_id: str
    truth: str
    since: date
    found_as: str
    found_by: str
    expected: str


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    ranks: tuple[int, ...]
    """Places by volume among 450 customers, 0 the largest; other sizes in proportion."""
    found_as: str
    found_by: str
    expected: str
    plant: Callable[[Customer, Profile, np.random.Generator], date]
    """Changes the customer's habits; answers since when the truth holds."""


def plant(customers: list[Customer], profile: Profile, rng: np.random.Generator) -> list[Truth]:
    """Give some customers (sorted by volume) their stories; the table of what was planted."""
    free = _Places(len(customers))
    truths = []
    for kind in KINDS:
        for rank in kind.ranks:
            customer = customers[free.take(rank * len(customers) // 450)]
            _make_ordinary(customer, profile)
            since = kind.plant(customer, profile, rng)
            truths.append(Truth(customer.code, kind.name, since, kind.found_as, kind.found_by,
                                kind.expected))  # fmt: skip
    return sorted(truths, key=lambda t: (t.truth, t.customer_id))


class _Places:
    """Each place is given once; a taken one yields the next."""

    def __init__(self, size: int) -> None:
        self._free = set(range(size))
        self._size = size

    def take(self, place: int) -> int:
        found = next(i % self._size for i in self._from(place) if i % self._size in self._free)
        self._free.remove(found)
        return found

    def _from(self, place: int) -> Iterator[int]:
        return iter(range(place, place + self._size))


def _make_ordinary(customer: Customer, profile: Profile) -> None:
    """A calm, punctual customer of long standing, so that only the planted truth shows."""
    customer.active = (profile.start, profile.end)
    customer.since = min(customer.since, profile.start - timedelta(days=200))
    customer.trend = np.ones(profile.calendar_months)
    customer.late, customer.late_spread = 2.0, 3.0
    customer.discount = 0.15
    customer.unevenness = 0.2
    customer.orders = max(customer.orders, 12.0)
    customer.regularity = max(customer.regularity, 2.5)
    customer.terms = Terms(30)


def _bulk_buyer(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """Buys a little all year, and once for more than half a year's value."""
    customer.annual = 260_000.0 + 180_000.0 * rng.random()
    customer.orders = 8.0
    customer.discount = 0.12
    day = profile.end - timedelta(days=int(rng.integers(60, 280)))
    customer.bulk = day, customer.annual * (2.2 + 1.4 * rng.random())
    customer.returns = 0.0
    return day


def _busy_without_profit(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """Orders all the time, at prices that leave nothing."""
    customer.margin = 0.018 * rng.random() - 0.006
    customer.orders = min(customer.orders * 1.6, 200.0)
    return profile.start


def _slow_payer(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """Pays, but months after the day it was due."""
    customer.late = 112.0 + 25.0 * rng.random()
    customer.late_spread = 12.0
    customer.orders = max(customer.orders, 24.0)
    customer.regularity = 5.0
    customer.bills = 0.0
    return profile.start


def _drifting_key(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """A key account whose purchases fall month by month over the last nine months."""
    floor = 0.30 + 0.08 * rng.random()
    customer.trend[-9:] = np.linspace(1.0, floor, 9)
    customer.regularity = 5.0
    return months_before(profile.end, 9) + timedelta(days=1)


def _sleeping(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """Was as regular as a clock; then silence, without a word."""
    last = profile.end - timedelta(days=int(rng.integers(115, 260)))
    customer.active = (profile.start, last)
    customer.orders = max(customer.orders, 24.0)
    customer.regularity = 6.0
    customer.returns = 0.0
    return last + timedelta(days=1)


def _fast_grower(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """More than doubles in two years."""
    months = np.arange(profile.calendar_months)
    path: NDArray[np.float64] = np.exp((0.080 + 0.02 * rng.random()) * (months - months[-1]))
    customer.trend = path / float(path[-12:].mean())
    customer.orders = max(customer.orders, 36.0)
    return profile.start


def _dumper(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """Has most goods delivered into other regions than its own, bought at a deep discount."""
    others = [r.zh for r in world().regions if r.zh != customer.region.zh]
    customer.outside = 0.72 + 0.12 * rng.random()
    customer.outside_regions = tuple(others[i] for i in rng.permutation(len(others))[:2])
    customer.margin = 0.045
    customer.orders = max(customer.orders, 30.0)
    return profile.start


def _stretcher(customer: Customer, profile: Profile, rng: np.random.Generator) -> date:
    """Pays a few days later with every month that passes."""
    months = np.arange(profile.calendar_months)
    customer.late_path = months.astype(np.float64) * float(3.0 + 0.8 * rng.random())
    customer.late_spread = 2.0
    customer.orders = max(customer.orders, 30.0)
    customer.bills = 0.0
    customer.pays_on = ()
    return profile.start


KINDS = (
    _Kind("drifting_key", (1, 6), "metric", "growth", "<=-0.12", _drifting_key),
    _Kind("busy_without_profit", (9, 14, 21, 33), "scheme", "value5",
          "general|maintenance|invalid", _busy_without_profit),
    _Kind("slow_payer", (18, 27, 45, 70, 110, 160), "scheme", "collection_due", "C|D",
          _slow_payer),
    _Kind("stretcher", (11, 24, 52, 85), "metric", "days_late", ">=20", _stretcher),
    _Kind("dumper", (22, 41, 76), "metric", "outside_region_share", ">=0.5", _dumper),
    _Kind("fast_grower", (38, 60, 95, 130), "metric", "growth", ">=0.5", _fast_grower),
    _Kind("sleeping", (48, 66, 90, 120, 150), "scheme", "behaviour", "dormant|lost", _sleeping),
    _Kind("bulk_buyer", (200, 230, 260, 290), "metric", "largest_order_share", ">=0.5",
          _bulk_buyer),
)  # fmt: skip
