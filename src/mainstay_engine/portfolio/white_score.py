"""How good suggestions are: made before a day, judged by what was bought for the first time after.

Beside them stands popularity, which suggests to everybody what most buy and this customer does not:
whoever cannot beat that has learnt nothing about anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from mainstay_engine.errors import NoData
from mainstay_engine.periods import add_months
from mainstay_engine.portfolio.copurchase import Ints
from mainstay_engine.portfolio.span import Span
from mainstay_engine.portfolio.white_space import (
    MONTHS,
    SIZE,
    By,
    Purchases,
    purchases,
    suggestions,
)

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts


@dataclass(frozen=True, slots=True)
class Score:
    """How suggestions did, as means over the customers who bought something new."""

    precision: float
    """Of so many places, how many named what was bought."""
    recall: float
    """Of what was newly bought, how much was named."""
    hit_rate: float
    """Customers of whom at least one was named."""


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """Suggestions made on a day, judged by what came after."""

    cut: date
    until: date
    by: By
    size: int
    customers: int
    """Who bought before the cut, and after it something that they had not bought before it."""
    bought: int
    """Pairs of customer and product that were bought for the first time after the cut."""
    score: Score
    popular: Score


def time_split(
    facts: Facts, cut: date | str, until: date | str, *, by: By = "item", size: int = SIZE
) -> TimeSplit:
    """Suggest as of ``cut``, knowing nothing later, and judge by what was bought up to ``until``.

    New is what a customer did not have in the twelve months to the cut. Only products that somebody
    bought by then count: nobody can suggest others. Raises ``NoData`` where nobody bought anything
    new, and as ``white_space``.
    """
    day = date.fromisoformat(cut) if isinstance(cut, str) else cut
    end = date.fromisoformat(until) if isinstance(until, str) else until
    before = purchases(facts, Span(add_months(day, -MONTHS) + timedelta(days=1), day), by)
    after = purchases(facts, Span(day + timedelta(days=1), end), by)
    new = _new(before, after)
    who = np.unique(new // len(before.products))
    if not len(who):
        raise NoData(
            {"en": f"Nobody bought anything new from {day} to {end}.",
             "zh": f"{day} 至 {end} 没有客户购买新产品。"},
            {"en": "Choose an earlier cut or a later end.",
             "zh": "请选择更早的分割日或更晚的截止日。"},
        )  # fmt: skip
    found = suggestions(before, size)
    named = found.customer * len(before.products) + found.product
    popular = _popular(before, who, size)
    return TimeSplit(
        day, end, by, size, len(who), len(new),
        _judged(named, new, who, len(before.products), size),
        _judged(popular, new, who, len(before.products), size),
    )  # fmt: skip


def _new(before: Purchases, after: Purchases) -> Ints:
    """Pairs newly bought after, as numbers: place of the customer × products + of the product."""
    customers = {code: at for at, code in enumerate(before.customers)}
    products = {code: at for at, code in enumerate(before.products)}
    rows = np.repeat(np.arange(len(after.customers)), after.buys.sizes)
    who = np.array([customers.get(code, -1) for code in after.customers], np.int64)[rows]
    what = np.array([products.get(code, -1) for code in after.products], np.int64)
    what = what[after.buys.columns]
    bought = before.buys.sizes > 0
    sold = np.bincount(before.buys.columns, minlength=len(before.products)) > 0
    there = (who >= 0) & (what >= 0)
    there[there] = bought[who[there]] & sold[what[there]]
    pairs = who[there] * len(before.products) + what[there]
    owner = np.repeat(np.arange(len(before.customers)), before.had.sizes)
    return np.setdiff1d(pairs, owner * len(before.products) + before.had.columns)


def _popular(before: Purchases, who: Ints, size: int) -> Ints:
    """What most buy and the customer does not have; of equals what stands first."""
    buyers = np.bincount(before.buys.columns, minlength=len(before.products))
    order = np.argsort(-buyers, kind="stable")
    found: list[int] = []
    for at in who.tolist():
        had = before.had.columns[before.had.starts[at] : before.had.starts[at + 1]]
        first = order[: size + len(had)]
        free = first[~np.isin(first, had)][:size]
        found.extend((at * len(before.products) + free).tolist())
    return np.array(found, np.int64)


def _judged(named: Ints, new: Ints, who: Ints, products: int, size: int) -> Score:
    hits = np.bincount(
        np.searchsorted(who, np.intersect1d(named, new) // products), minlength=len(who)
    )
    wanted = np.bincount(np.searchsorted(who, new // products), minlength=len(who))
    return Score(
        float(np.mean(hits / size)), float(np.mean(hits / wanted)), float(np.mean(hits > 0))
    )
