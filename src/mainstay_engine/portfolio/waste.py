"""Waste: where effort goes against where revenue comes from, and the shift that would mend it.

Every group (a class, a salesperson, a region) has a share of customers, revenue, profit, hours and
money spent; the shares of each add up to one exactly, by largest remainder. Effort is taken to be
spent rightly where a group's share of hours is its share of revenue. The index of misallocation is
the part of all hours that would have to move for that: ½ Σ |share of hours − share of revenue|, the
index of dissimilarity (Duncan and Duncan, 1955). Practitioners' worked case: A 70 % of revenue and
15 % of effort, B 20 and 25 %, C 10 and 60 %: 55 % of the effort is misplaced.

The shift names customers. A customer's fair hours are all hours × its share of revenue (one that
brought nothing has none). A group with too many hours gives those of its customers that are
furthest above their fair hours, until the group's surplus is used up; the group with too few gives
them to those furthest below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

WHOLE = 10_000
"""Shares are told in ten-thousandths."""


@dataclass(frozen=True, slots=True)
class Part:
    """One group. Hours in ten-thousandths of an hour, money in minor units, shares in
    ten-thousandths; ``None`` where a figure is not known of one of its customers, or of any.
    """

    group: str
    customers: int
    revenue: int
    profit: int | None
    hours: int
    cost: int | None
    customers_share: int | None
    revenue_share: int | None
    profit_share: int | None
    hours_share: int | None
    cost_share: int | None
    surplus: int
    """Hours above (below: negative) what its revenue is worth."""


@dataclass(frozen=True, slots=True)
class Move:
    """Hours (ten-thousandths) that one customer gives to another."""

    giver: str
    taker: str
    hours: int
    giver_group: str
    taker_group: str
    giver_before: int
    """All the hours that the giver has now."""
    taker_before: int


@dataclass(frozen=True, slots=True)
class Waste:
    """Groups in the order they were given, the index, and the shift of at most so many moves."""

    parts: tuple[Part, ...]
    misplaced: float | None
    """Part of all hours that lie in the wrong group; ``None`` without hours or revenue."""
    moves: tuple[Move, ...]
    left: float | None
    """The same after the moves."""
    to_move: int
    """Hours that would have to move altogether."""
    hour: int | None
    """What an hour costs, all efforts of the company included, half-even; ``None``: not known."""


def waste(customers: pa.Table, order: Sequence[str] = (), *, most: int = 20) -> Waste:
    """Where effort goes, by group.

    ``customers``: one row per customer, ``customer_id, group`` (text), ``revenue`` and ``hours``
    (int64: minor units, ten-thousandths of an hour) and, where known, ``profit`` and ``cost``
    (int64, null: not known of this one). ``order``: groups in the order wanted; others follow by
    name. ``most``: moves named.
    """
    names = [str(name) for name in customers["group"].to_pylist()]
    found = sorted(set(names) - set(order))
    groups = [*(name for name in order if name in set(names)), *found]
    place = {name: number for number, name in enumerate(groups)}
    at = np.array([place[name] for name in names], dtype=np.int64)
    revenue, hours = _ints(customers, "revenue"), _ints(customers, "hours")
    fair = _fair(revenue, int(hours.sum()))
    surplus = _sums(at, hours - fair, len(groups))
    parts = _parts(customers, groups, at, revenue, hours, surplus)
    total = int(hours.sum())
    known = total > 0 and bool((revenue > 0).any())
    moves = _moves(customers, groups, at, hours, hours - fair, surplus)[:most] if known else []
    after = surplus.copy()
    for move in moves:
        after[place[move.giver_group]] -= move.hours
        after[place[move.taker_group]] += move.hours
    cost = _known(customers, "cost")
    return Waste(
        parts=tuple(parts),
        misplaced=float(Fraction(int(np.abs(surplus).sum()), 2 * total)) if known else None,
        moves=tuple(moves),
        left=float(Fraction(int(np.abs(after).sum()), 2 * total)) if known else None,
        to_move=int(surplus[surplus > 0].sum()) if known else 0,
        hour=_divided(cost * WHOLE, total) if cost is not None and total > 0 else None,
    )


def shares(parts: Sequence[int | None]) -> list[int | None]:
    """Parts of one whole in ten-thousandths that add up to exactly one, by largest remainder.

    A part below nothing has a share below nothing. All ``None`` where a part is, or where the whole
    is nothing or less.
    """
    plain = [part for part in parts if part is not None]
    whole = sum(plain)
    if len(plain) < len(parts) or whole <= 0:
        return [None] * len(parts)
    exact = [divmod(part * WHOLE, whole) for part in plain]
    given = [floor for floor, _ in exact]
    for index in sorted(range(len(exact)), key=lambda i: -exact[i][1])[: WHOLE - sum(given)]:
        given[index] += 1
    return list(given)


def _fair(revenue: Ints, total: int) -> Ints:
    """Hours by share of revenue; they add up to the total, by largest remainder."""
    positive = np.maximum(revenue, 0)
    whole = int(positive.sum())
    if whole <= 0 or total <= 0:
        return np.zeros(len(revenue), dtype=np.int64)
    exact = positive.astype(object) * total  # beyond 64 bits
    floors = np.array(exact // whole, dtype=np.int64)
    rest = np.array(exact % whole, dtype=np.float64)
    lacking = total - int(floors.sum())
    floors[np.argsort(-rest, kind="stable")[:lacking]] += 1
    return floors


def _parts(
    customers: pa.Table, groups: list[str], at: Ints, revenue: Ints, hours: Ints, surplus: Ints
) -> list[Part]:
    count = len(groups)
    heads, sold, spent = (
        _sums(at, values, count) for values in (np.ones(len(at), dtype=np.int64), revenue, hours)
    )
    profit, cost = (
        _sums_known(customers, "profit", at, count),
        _sums_known(customers, "cost", at, count),
    )
    plain = [[int(v) for v in values] for values in (heads, sold, spent)]
    told = [shares(plain[0]), shares(plain[1]), shares(profit), shares(plain[2]), shares(cost)]
    return [
        Part(
            groups[i], plain[0][i], plain[1][i], profit[i], plain[2][i], cost[i],
            told[0][i], told[1][i], told[2][i], told[3][i], told[4][i], int(surplus[i]),
        )
        for i in range(count)
    ]  # fmt: skip


def _moves(
    customers: pa.Table, groups: list[str], at: Ints, hours: Ints, excess: Ints, surplus: Ints
) -> list[Move]:
    """Who gives how much to whom, the largest first on either side."""
    givers, takers = _taken(at, excess, surplus), _taken(at, -excess, -surplus)
    ids = customers["customer_id"]

    def named(amounts: Ints) -> list[list[int]]:
        some = np.flatnonzero(amounts)
        order = some[np.argsort(-amounts[some], kind="stable")]
        return [[int(i), int(amounts[i])] for i in order]

    giving, taking, moves = named(givers), named(takers), []
    g = t = 0
    while g < len(giving) and t < len(taking):
        part = min(giving[g][1], taking[t][1])
        giver, taker = giving[g][0], taking[t][0]
        moves.append(
            Move(
                str(ids[giver].as_py()), str(ids[taker].as_py()), part, groups[at[giver]],
                groups[at[taker]], int(hours[giver]), int(hours[taker]),
            )
        )  # fmt: skip
        giving[g][1] -= part
        taking[t][1] -= part
        g += giving[g][1] == 0
        t += taking[t][1] == 0
    return moves


def _taken(at: Ints, excess: Ints, surplus: Ints) -> Ints:
    """Of each customer how much of its excess its group's surplus takes, the largest first."""
    taken = np.zeros(len(at), dtype=np.int64)
    order = np.lexsort((np.arange(len(at)), -excess, at))
    order = order[excess[order] > 0]
    if not len(order):
        return taken
    amounts, group = excess[order], at[order]
    before = np.cumsum(amounts) - amounts
    first = np.searchsorted(group, group, side="left")
    before = before - before[first]
    taken[order] = np.clip(np.maximum(surplus, 0)[group] - before, 0, amounts)
    return taken


def _sums(at: Ints, values: Ints, count: int) -> Ints:
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, at, values)
    return sums


def _ints(table: pa.Table, name: str) -> Ints:
    return np.asarray(table[name].to_numpy(), dtype=np.int64)


def _column(table: pa.Table, name: str) -> tuple[Ints, npt.NDArray[np.bool_]] | None:
    if name not in table.column_names:
        return None
    column: Any = table[name].combine_chunks()
    known = column.is_valid().to_numpy(zero_copy_only=False)
    return np.asarray(column.fill_null(0).to_numpy(zero_copy_only=False), dtype=np.int64), known


def _sums_known(table: pa.Table, name: str, at: Ints, count: int) -> list[int | None]:
    """Sums per group; ``None`` of a group in which somebody's is not known."""
    found = _column(table, name)
    if found is None:
        return [None] * count
    values, known = found
    sums, lacking = _sums(at, values, count), _sums(at, (~known).astype(np.int64), count)
    return [None if lacking[i] else int(sums[i]) for i in range(count)]


def _known(table: pa.Table, name: str) -> int | None:
    found = _column(table, name)
    return int(found[0].sum()) if found is not None and bool(found[1].all()) else None


def _divided(number: int, by: int) -> int:
    whole, rest = divmod(number, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))
