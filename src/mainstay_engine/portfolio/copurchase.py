"""Who buys what together, in numbers: the heart of ``white_space``, without names, dates or SQL.

Customers and products are places 0, 1, 2, …; what is told of them are whole numbers throughout, so
that neither the order of rows nor the number of processors changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
PARTS = 1_000_000
"""A share of buyers is counted in millionths, so that shares add up exactly."""
_CELLS = 1 << 22
"""Of a block of customers × products that is worked on at once."""
_DENSE = 10
"""Whoever buys more than the tenth part of all products is multiplied out, not counted out."""


@dataclass(frozen=True)
class Grid:
    """Rows × columns of which few are set: ``columns[starts[r]:starts[r + 1]]`` are those of a row,
    ascending, and ``values`` stand beside them.
    """

    starts: Ints
    columns: Ints
    values: Ints

    @classmethod
    def of(cls, rows: Ints, columns: Ints, values: Ints, count: int) -> Grid:
        """From entries in any order; ``count`` rows."""
        order = np.lexsort((columns, rows))
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(rows, minlength=count), out=starts[1:])
        return cls(starts, columns[order], values[order])

    @property
    def sizes(self) -> Ints:
        """How many are set of each row."""
        return np.diff(self.starts)

    def places(self, rows: Ints) -> tuple[Ints, Ints]:
        """Where the entries of rows stand, one after the other, and to which row each belongs."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(sizes)
        total = int(ends[-1]) if len(ends) else 0
        owner = np.repeat(np.arange(len(rows)), sizes)
        return np.arange(total) + (self.starts[rows] - ends + sizes)[owner], owner


@dataclass(frozen=True)
class Likeness:
    """Of each product, those whose buyers most often buy it too, the likeliest first.

    Arrays of products × at most so many; ``product`` is −1 where there are no more.
    """

    product: Ints
    share: Ints
    """Buyers of both ÷ (buyers of that product + ``shrink``), in millionths."""
    both: Ints
    """How many buy both."""


def likeness(by_customer: Grid, products: int, *, most: int, shrink: int, least: int) -> Likeness:
    """For each product the ``most`` others that tell best who buys it.

    ``by_customer``: customers × products. ``shrink``: buyers that are added to those of a product,
    so that two of three do not outweigh fifty of eighty. ``least``: who buy both at least. Of equal
    shares the product that stands first comes first.
    """
    customers = len(by_customer.starts) - 1
    owner = np.repeat(np.arange(customers), by_customer.sizes)
    buyers = np.bincount(by_customer.columns, minlength=products)
    heavy = by_customer.sizes > max(products // _DENSE, 1)
    few = ~heavy[owner]
    light = Grid.of(by_customer.columns[few], owner[few], owner[few], products)
    found = Likeness(
        np.full((products, most), -1, np.int64), np.zeros((products, most), np.int64),
        np.zeros((products, most), np.int64),
    )  # fmt: skip
    wide = max(1, 4 * _CELLS // max(products, 1))
    for first in range(0, products, wide):
        block = np.arange(first, min(first + wide, products))
        counts = _multiplied(by_customer, np.flatnonzero(heavy), products, block)
        for at, product in enumerate(block.tolist()):
            rows = light.columns[light.starts[product] : light.starts[product + 1]]
            count = counts[at]
            if len(rows):
                places, _owner = by_customer.places(rows)
                count += np.bincount(by_customer.columns[places], minlength=products)
            count[product] = 0
            others = np.flatnonzero(count >= least)
            both = count[others]
            share = (both * PARTS) // (buyers[others] + shrink)
            if len(others) > most:
                kept = share >= np.partition(share, len(share) - most)[len(share) - most]
                others, both, share = others[kept], both[kept], share[kept]
            order = np.argsort(-share, kind="stable")[:most]
            size = len(order)
            found.product[product, :size] = others[order]
            found.share[product, :size] = share[order]
            found.both[product, :size] = both[order]
    return found


def _multiplied(by_customer: Grid, rows: Ints, products: int, block: Ints) -> Ints:
    """Products of a block × products: how many of the rows buy both. Floats hold it exactly."""
    counts = np.zeros((len(block), products), np.int64)
    step = max(1, _CELLS // max(products, 1))
    for first in range(0, len(rows), step):
        places, owner = by_customer.places(rows[first : first + step])
        there = np.zeros((min(step, len(rows) - first), products), np.float32)
        there[owner, by_customer.columns[places]] = 1
        counts += (there[:, block].T @ there).astype(np.int64)
    return counts


@dataclass(frozen=True)
class Likely:
    """What customers may buy next: one entry a customer and product, the likeliest first."""

    customer: Ints
    product: Ints
    score: Ints
    """Sum of the shares of all that it buys and that tell of the product."""
    because: Ints
    """The product it buys that tells most."""
    both: Ints
    """How many buy that one and this."""


def likely(by_customer: Grid, had: Grid, like: Likeness, size: int) -> Likely:
    """The ``size`` likeliest products of each customer, none of those it ``had``.

    Of equal scores the product that stands first comes first; without a score there is none.
    """
    products = len(like.product)
    customers = len(by_customer.starts) - 1
    target, slot = np.nonzero(like.product >= 0)
    told = Grid.of(like.product[target, slot], target, like.share[target, slot], products)
    step = max(1, _CELLS // max(products, 1))
    parts: list[tuple[Ints, ...]] = []
    for first in range(0, customers, step):
        rows = np.arange(first, min(first + step, customers))
        places, owner = by_customer.places(rows)
        further, at = told.places(by_customer.columns[places])
        cell = owner[at] * products + told.columns[further]
        sums = np.bincount(cell, weights=told.values[further], minlength=len(rows) * products)
        score = sums.astype(np.int64)  # whole numbers below 2⁵³: floats added them exactly
        theirs, whose = had.places(rows)
        score[whose * products + had.columns[theirs]] = 0
        own = np.zeros(len(rows) * products, bool)
        own[owner * products + by_customer.columns[places]] = True
        # One number that falls with the score, then with the place, tells equal scores apart.
        rank = score.reshape(len(rows), products) * products + np.arange(products)[::-1]
        kept = min(size, products)
        best = np.argpartition(rank, products - kept, axis=1)[:, products - kept :]
        value = np.take_along_axis(rank, best, axis=1)
        order = np.argsort(-value, axis=1)
        best = np.take_along_axis(best, order, axis=1)
        who, nth = np.nonzero(np.take_along_axis(value, order, axis=1) >= products)
        product = best[who, nth]
        tells = like.product[product]
        known = own[who[:, None] * products + np.maximum(tells, 0)] & (tells >= 0)
        strongest = known.argmax(axis=1)
        parts.append((
            who + first, product, score[who * products + product],
            tells[np.arange(len(who)), strongest],
            like.both[product, strongest],
        ))  # fmt: skip
    if not parts:
        return Likely(*(np.zeros(0, np.int64) for _ in range(5)))
    return Likely(*(np.concatenate(column).astype(np.int64) for column in zip(*parts, strict=True)))


def medians(by_product: Grid, product: Ints, because: Ints, customers: int) -> Ints:
    """Of pairs of products: the median of what those who buy both spend on the first, half-even.

    ``by_product``: products × customers, with the amounts, all above zero.
    """
    pairs, back = np.unique(
        product * np.int64(len(by_product.starts)) + because, return_inverse=True
    )
    first, second = np.divmod(pairs, np.int64(len(by_product.starts)))
    starts = np.flatnonzero(np.diff(first, prepend=-1)).tolist()
    amounts = np.zeros(customers, np.int64)
    found = np.zeros(len(pairs), np.int64)
    for start, end in pairwise([*starts, len(first)]):
        own = slice(by_product.starts[first[start]], by_product.starts[first[start] + 1])
        amounts[by_product.columns[own]] = by_product.values[own]
        places, owner = by_product.places(second[start:end])
        spent = amounts[by_product.columns[places]]
        there = spent > 0
        found[start:end] = _medians(owner[there], spent[there], end - start)
        amounts[by_product.columns[own]] = 0
    spread: Ints = found[back.reshape(-1)]
    return spread


def _medians(group: Ints, values: Ints, count: int) -> Ints:
    """The median of each group, which all have values."""
    ordered = values[np.lexsort((values, group))]
    sizes = np.bincount(group, minlength=count)
    starts = np.cumsum(sizes) - sizes
    doubled = ordered[starts + (sizes - 1) // 2] + ordered[starts + sizes // 2]
    half = doubled >> 1
    even: Ints = half + (doubled & 1 & half)
    return even
