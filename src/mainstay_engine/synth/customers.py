"""The customers: who they are and how they buy and pay, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mainstay_engine.synth.naming import City, CompanyNames, Region, Trade, world
from mainstay_engine.synth.scale import Profile
from mainstay_engine.synth.taxno import tax_number

SPREAD = 1.68
"""σ of log volume: Φ(σ − 0.84) = 0.80, so that a fifth of the customers brings 80 % of sales."""


@dataclass(slots=True)
class Terms:
    """Days until an invoice falls due, from its date or (月结) from the end of its month."""

    days: int
    from_month_end: bool = False


@dataclass(slots=True)
class Customer:
    """One customer's identity and habits. Amounts in yuan without VAT; discount a share of list."""

    code: str
    name: str
    name_en: str
    city: City
    region: Region
    trade: Trade
    salesperson: str
    tax_no: str
    since: date
    terms: Terms
    annual: float
    """Net sales in an ordinary year."""
    orders: float
    """Orders in an ordinary year."""
    regularity: float
    """Shape of the gaps between orders: 1 random, 6 like clockwork."""
    discount: float
    basket_size: int
    late: float
    """Days paid after the due date, on average."""
    late_spread: float
    bills: float
    """Share of larger payments made in acceptance bills."""
    pays_on: tuple[int, ...]
    """Days of the month on which the customer pays; empty: any working day."""
    trend: NDArray[np.float64]
    """Volume of each month against an ordinary one."""
    late_path: NDArray[np.float64]
    """Days added to ``late`` by month of invoice."""
    active: tuple[date, date]
    """First and last day on which the customer may order."""
    outside: float
    """Share of orders delivered outside the home region, to ``outside_regions``."""
    outside_regions: tuple[str, ...]
    margin: float | None = None
    """Where set, prices follow cost at this margin instead of list price and discount."""
    bulk: tuple[date, float] | None = None
    """One order out of all proportion: its day and its net amount."""
    unevenness: float = 0.45
    """σ of the log of an order's amount."""
    returns: float = 0.015
    """Share of lines partly sent back."""


def draw_customers(profile: Profile, rng: np.random.Generator) -> list[Customer]:
    """Customers from the largest to the smallest, codes in the order of their first day."""
    volumes = _volumes(profile, rng)
    relative = volumes / volumes.mean()
    orders = _orders(profile, relative)
    names = CompanyNames(rng)
    patches = _patches(rng)
    customers = [
        _draw(profile, rng, names, patches, float(volumes[i]), float(orders[i]))
        for i in range(profile.customers)
    ]
    for number, index in enumerate(sorted(range(len(customers)), key=lambda i: customers[i].since)):
        customers[index].code = f"C{10001 + number}"
    return customers


def _volumes(profile: Profile, rng: np.random.Generator) -> NDArray[np.float64]:
    """Yearly net sales from quantiles of a log-normal, so that every seed has the same Pareto."""
    n = profile.customers
    normal = NormalDist()
    z = np.array([normal.inv_cdf((n - i - 0.5) / n) for i in range(n)])
    weight = np.exp(SPREAD * z + rng.normal(0.0, 0.05, n))
    weight[::-1].sort()
    volumes: NDArray[np.float64] = weight / weight.sum() * profile.annual_sales
    return volumes


LINES_PER_ORDER = 3.3
_OFTEN = 0.45
"""Orders a year grow with volume to this power."""


def _orders(profile: Profile, relative: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orders a year of each customer, adding up to the lines aimed at."""
    aim = profile.lines / LINES_PER_ORDER / (profile.months / 12)
    raw = relative**_OFTEN
    orders = np.clip(raw / raw.sum() * aim, 2.5, 180.0)
    orders *= aim / orders.sum()
    scaled: NDArray[np.float64] = np.clip(orders, 2.5, 180.0)
    return scaled


def _patches(rng: np.random.Generator) -> dict[str, list[str]]:
    """Which salespeople look after which region: a few each, with overlap."""
    people = [zh for zh, _ in world().salespeople]
    patches: dict[str, list[str]] = {}
    for region in world().regions:
        size = max(3, round(region.weight * 20))
        patches[region.zh] = [people[i] for i in rng.permutation(len(people))[:size]]
    return patches


_TERMS = (Terms(30), Terms(30, True), Terms(45), Terms(60), Terms(60, True), Terms(90))
_TERMS_WEIGHT = (0.28, 0.22, 0.14, 0.18, 0.10, 0.08)
_PAY_DAYS: tuple[tuple[int, ...], ...] = ((), (5, 15, 25), (10, 25), (25,))
_PAY_WEIGHT = (0.40, 0.25, 0.20, 0.15)


def _draw(
    profile: Profile,
    rng: np.random.Generator,
    names: CompanyNames,
    patches: dict[str, list[str]],
    annual: float,
    orders: float,
) -> Customer:
    regions = world().regions
    region = regions[_choose(rng, [r.weight for r in regions])]
    city = region.cities[_choose(rng, [c.weight for c in region.cities])]
    trades = world().trades
    trade = trades[_choose(rng, [t.weight for t in trades])]
    name, name_en = names.draw(city, trade)
    people = patches[region.zh]
    since, active = _life(profile, rng, annual)
    away = [r.zh for r in regions if r is not region]
    size = np.log10(max(annual, 1_000.0))  # 3 … 7
    return Customer(
        code="",
        name=name,
        name_en=name_en,
        city=city,
        region=region,
        trade=trade,
        salesperson=people[int(rng.integers(len(people)))],
        tax_no=tax_number(city.area, rng),
        since=since,
        terms=_TERMS[_choose(rng, _TERMS_WEIGHT)],
        annual=annual,
        orders=orders,
        regularity=float(rng.choice([1.2, 2.5, 5.0], p=[0.25, 0.45, 0.30])),
        discount=float(np.clip(rng.normal(0.150 + 0.006 * (size - 5), 0.030), 0.03, 0.235)),
        basket_size=int(np.clip(rng.normal(3.0 * (size - 2.5), 2.0), 2, 16)),
        late=float(rng.choice([-2.0, 3.0, 9.0, 20.0, 34.0], p=[0.30, 0.30, 0.22, 0.13, 0.05])),
        late_spread=float(rng.uniform(2.0, 9.0)),
        bills=float(rng.choice([0.0, 0.25, 0.7], p=[0.55, 0.30, 0.15])),
        pays_on=_PAY_DAYS[_choose(rng, _PAY_WEIGHT)],
        trend=_trend(profile, rng),
        late_path=np.zeros(profile.calendar_months),
        active=active,
        outside=float(rng.uniform(0.02, 0.12)) if rng.random() < 0.2 else 0.0,
        outside_regions=(away[int(rng.integers(len(away)))],),
    )


def _trend(profile: Profile, rng: np.random.Generator) -> NDArray[np.float64]:
    """A gentle slope and a slow wander about 1; the last twelve months average 1."""
    months = np.arange(profile.calendar_months)
    slope = np.exp(rng.normal(0.0015, 0.010) * (months - months[-1]))
    wander = np.exp(np.cumsum(rng.normal(0.0, 0.05, len(months))))
    path = slope * wander
    trend: NDArray[np.float64] = path / path[-12:].mean()
    return np.clip(trend, 0.3, 3.0)


def _life(
    profile: Profile, rng: np.random.Generator, annual: float
) -> tuple[date, tuple[date, date]]:
    """When the customer was won, and between which days it orders. Small ones come and go."""
    small = annual < 400_000
    fate = rng.random()
    first, last = profile.start, profile.end
    since = profile.start - timedelta(days=int(rng.integers(60, 3_600)))
    if small and fate < 0.06:  # stopped more than a year ago
        last = profile.end - timedelta(days=int(rng.integers(380, profile.days - 60)))
    elif small and fate < 0.11:  # stopped within the year
        last = profile.end - timedelta(days=int(rng.integers(60, 330)))
    elif fate > 0.93:  # new
        first = profile.start + timedelta(days=int(rng.integers(60, profile.days - 45)))
        since = first
    return since, (first, last)


def _choose(rng: np.random.Generator, weights: list[float] | tuple[float, ...]) -> int:
    p = np.asarray(weights, dtype=float)
    return int(rng.choice(len(p), p=p / p.sum()))
