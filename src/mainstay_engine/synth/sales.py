"""Sales: each customer's orders become invoices with lines, and some goods come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from mainstay_engine.periods import add_months
from mainstay_engine.synth.customers import LINES_PER_ORDER, Customer, Terms
from mainstay_engine.synth.items import Catalogue
from mainstay_engine.synth.seasons import Calendar

VAT_PERCENT = 13
_SMALLEST_LINE = 15_000.0
"""Minor units: an order is not split into lines below this."""

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Lines:
    """Sales lines of one customer as arrays of equal length; ``order`` numbers its documents."""

    order: Ints
    credit: NDArray[np.bool_]
    day: Ints
    item: Ints
    quantity: Ints
    net: Ints
    tax: Ints
    cost: Ints
    discount: Ints
    outside: Ints
    """0: home region; n: the n-th of the customer's outside regions."""


def half_even(amount: Ints, numerator: int, denominator: int) -> Ints:
    """``amount × numerator ÷ denominator`` rounded half to even, in integers only."""
    product = amount * numerator
    whole = np.floor_divide(product, denominator)
    twice = 2 * (product - whole * denominator)
    up = (twice > denominator) | ((twice == denominator) & (whole % 2 == 1))
    rounded: Ints = whole + up
    return rounded


def vat(net: Ints) -> Ints:
    """VAT of each line at 13 %, rounded half to even to the minor unit."""
    return half_even(net, VAT_PERCENT, 100)


def sell(
    customer: Customer, calendar: Calendar, goods: Catalogue, rng: np.random.Generator
) -> Lines:
    """Everything one customer buys and sends back over the period."""
    days, amounts = _orders(customer, calendar, rng)
    outside = _destinations(customer, len(days), rng)
    count = 1 + rng.poisson(LINES_PER_ORDER - 1, len(days))
    count = np.minimum(count, np.maximum(1, amounts // _SMALLEST_LINE)).astype(np.int64)
    order = np.repeat(np.arange(len(days)), count)
    share = rng.gamma(1.5, 1.0, len(order))
    totals = np.bincount(order, weights=share, minlength=len(days))
    wanted = share / totals[order] * amounts[order]
    basket = goods.basket(customer.trade, customer.basket_size, rng)
    family = rng.choice(len(basket), size=len(order), p=basket)
    item = goods.pick(family, wanted)
    wobble = 1.0 + 0.012 * np.sin(days[order] / 97.0)  # purchase prices move a little
    unit_cost = np.rint(goods.cost[item] * wobble).astype(np.int64)
    price = _prices(customer, goods.price[item], unit_cost, rng)
    quantity = np.maximum(1, np.rint(wanted / price)).astype(np.int64)
    net = quantity * price
    sold = Lines(
        order=order,
        credit=np.zeros(len(order), dtype=bool),
        day=days[order],
        item=item,
        quantity=quantity,
        net=net,
        tax=vat(net),
        cost=quantity * unit_cost,
        discount=quantity * goods.price[item] - net,
        outside=outside[order],
    )
    return _joined(sold, _send_back(customer, calendar, sold, rng))


def _orders(
    customer: Customer, calendar: Calendar, rng: np.random.Generator
) -> tuple[Ints, NDArray[np.float64]]:
    """Day number and net amount (minor units) of each order.

    Orders follow the customer's own rhythm in *busy time*: a renewal process along the running sum
    of the calendar's busyness. A trend moves both how often and how much.
    """
    half = np.sqrt(customer.trend)[calendar.month]
    clock = np.cumsum(calendar.busyness * half)
    gap = 365.0 / customer.orders
    draws = int(clock[-1] / gap * 1.5) + 30
    gaps = rng.gamma(customer.regularity, gap / customer.regularity, draws)
    ticks = np.cumsum(gaps) - gap * rng.random()
    sigma = customer.unevenness
    noise = np.exp(rng.normal(0.0, sigma, draws) - sigma**2 / 2)
    inside = (ticks > 0) & (ticks < clock[-1])
    days = np.searchsorted(clock, ticks[inside]).astype(np.int64)
    amounts = customer.annual / customer.orders * noise[inside] * half[days] * 100.0
    first, last = (calendar.number(day) for day in customer.active)
    alive = (days >= first) & (days <= last)
    days, amounts = days[alive], amounts[alive]
    if customer.bulk is not None:
        day, amount = customer.bulk
        days = np.append(days, calendar.number(day))
        amounts = np.append(amounts, amount * 100.0)
    sequence = np.argsort(days, kind="stable")
    return days[sequence], amounts[sequence]


def _prices(customer: Customer, listed: Ints, cost: Ints, rng: np.random.Generator) -> Ints:
    """Unit prices: list less the customer's discount, or cost plus its margin; a little uneven."""
    noise = rng.normal(0.0, 0.018, len(listed))
    if customer.margin is None:
        price = listed * (1.0 - np.clip(customer.discount + noise, 0.0, 0.45))
    else:
        price = cost / (1.0 - customer.margin - noise / 2)
    rounded: Ints = np.rint(price).astype(np.int64)
    return rounded


def _destinations(customer: Customer, orders: int, rng: np.random.Generator) -> Ints:
    which = rng.integers(1, len(customer.outside_regions) + 1, orders)
    away: Ints = np.where(rng.random(orders) < customer.outside, which, 0)
    return away


def _send_back(
    customer: Customer, calendar: Calendar, sold: Lines, rng: np.random.Generator
) -> Lines:
    """Credit notes: part of a line comes back some days later at the price it was sold for."""
    chosen = np.flatnonzero(rng.random(len(sold.net)) < customer.returns)
    day = sold.day[chosen] + rng.integers(3, 26, len(chosen))
    part = rng.uniform(0.05, 1.0, len(chosen))
    kept = day < len(calendar)
    chosen, day, part = chosen[kept], day[kept], part[kept]
    quantity = np.ceil(sold.quantity[chosen] * part).astype(np.int64)
    each = sold.quantity[chosen]
    net = sold.net[chosen] // each * quantity
    first = int(sold.order.max()) + 1 if len(sold.order) else 0
    return Lines(
        order=first + np.arange(len(chosen)),
        credit=np.ones(len(chosen), dtype=bool),
        day=day.astype(np.int64),
        item=sold.item[chosen],
        quantity=-quantity,
        net=-net,
        tax=-vat(net),
        cost=-(sold.cost[chosen] // each * quantity),
        discount=-(sold.discount[chosen] // each * quantity),
        outside=sold.outside[chosen],
    )


def _joined(one: Lines, other: Lines) -> Lines:
    return Lines(
        *(
            np.concatenate([getattr(one, name), getattr(other, name)])
            for name in Lines.__dataclass_fields__
        )
    )


def due_date(day: date, terms: Terms) -> date:
    """When an invoice of a day falls due: days after it, or after the end of its month (月结)."""
    if terms.from_month_end:
        day = add_months(day.replace(day=1), 1) - timedelta(days=1)
    return day + timedelta(days=terms.days)
