"""What customers could buy next: the kept white space, of the customers one may see.

What is suggested rests on everybody's purchases. Of others only counts are told, and what half of
them spend at least: to whoever does not see all customers only where enough of them stand behind it
(``FEW``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.db.models import F

from mainstay.catalogue.models import Product
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import CustomerNotFound, WhiteSpaceNotMade
from mainstay.insights.models import KeptWhiteSpace
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio import white
from mainstay.insights.portfolio.periods import Span
from mainstay.insights.pressed import unpacked
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.pieces import place_after
from mainstay.insights.selectors.reach import ids_in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import done_run
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import of_code, sees_everything
from mainstay_engine.portfolio.white_space import By

Ints = npt.NDArray[np.int64]
FEW = 5
"""Buyers that stand at least behind a typical amount told to whoever does not see everybody (own).
"""
__all__ = [
    "FEW", "By", "CouldBuy", "ProductLine", "ProductsPage", "Suggestion", "Taker", "TakersPage",
    "could_buy", "products", "takers",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product (or category) that a customer does not buy, and why it might."""

    product: str
    name: str
    because: str
    """The one it buys whose buyers tell most."""
    because_name: str
    like: int
    """Others who buy that."""
    buyers: int
    """Of those, who buy the suggested one too."""
    typical: int | None
    """Half of these buyers spend so much on it in twelve months, or more; ``None``: not told."""
    score: int
    """Millionths; for comparing only."""


@dataclass(frozen=True, slots=True)
class CouldBuy:
    """The suggestions for one customer, the likeliest first. Amounts in minor units."""

    run: RunInfo
    by: By
    offered: tuple[By, ...]
    """What was worked out."""
    window: Span
    rows: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class ProductLine:
    """A product, and for how many customers it is among the likeliest."""

    product: str
    name: str
    customers: int
    typical: int
    """What the typical amounts of these customers come to; those not told are left out."""


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """Products by what their takers' typical amounts come to."""

    run: RunInfo
    by: By
    offered: tuple[By, ...]
    window: Span
    total: int
    customers: int
    """Who has any suggestion."""
    rows: tuple[ProductLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Taker:
    """A customer for whom a product is among the likeliest."""

    code: str
    name: str
    name_en: str
    owner: str
    place: int
    """1: the likeliest of this customer's."""
    why: Suggestion


@dataclass(frozen=True, slots=True)
class TakersPage:
    """The customers most likely to take a product, those first."""

    run: RunInfo
    by: By
    window: Span
    product: str
    name: str
    total: int
    typical: int
    """Of all of them together, as far as told."""
    rows: tuple[Taker, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class _Kept:
    """White space in memory: one entry a suggestion, sorted by customer, the likeliest first."""

    customers: Ints
    columns: Mapping[str, Ints]
    """``product`` and ``because`` as places in ``names``."""
    names: Mapping[str, Sequence[str]]

    def narrowed(self, flags: npt.NDArray[np.bool_]) -> _Kept:
        columns = {name: values[flags] for name, values in self.columns.items()}
        return _Kept(self.customers[flags], columns, self.names)


def could_buy(user: User, code: str, by: By = "item") -> CouldBuy:
    """What one customer could buy next.

    Raises ``NotAllowed``, ``CustomerNotFound``, ``NotGraded``, and ``WhiteSpaceNotMade`` until it
    was worked out.
    """
    demand(user, SEE)
    found = of_code(user, code).values_list("pk", flat=True).first()
    if found is None:
        raise CustomerNotFound(code=code)
    run, row, offered = _row(user, by)
    kept = _read(row.pk, row.made_at)
    first, last = np.searchsorted(kept.customers, [found, found + 1]).tolist()
    rows = _suggestions(kept, np.arange(first, last), by, told=sees_everything(user))
    return CouldBuy(run, by, offered, _window(row), tuple(rows))


def products(
    user: User, by: By = "item", after: str | None = None, size: int = 50
) -> ProductsPage:  # fmt: skip
    """The products that customers in reach could buy. Raises as ``could_buy``; ``BadCursor``."""
    run, row, offered, found = _seen(user, by)
    of = found.columns["product"]
    count = len(found.names["product"])
    heads = np.bincount(of, minlength=count)
    told = _told(found.columns, whole=sees_everything(user))
    sums = np.zeros(count, np.int64)
    np.add.at(sums, of[told], found.columns["typical"][told])
    there = np.flatnonzero(heads)
    codes = np.array([found.names["product"][at] for at in there.tolist()], dtype=object)
    order = sorted(range(len(there)), key=lambda at: (-sums[there[at]], codes[at]))
    start = place_after(after, len(order))
    shown = [int(there[at]) for at in order[start : start + size]]
    names = _names([found.names["product"][at] for at in shown], by)
    rows = tuple(
        ProductLine(code, names.get(code, ""), int(heads[at]), int(sums[at]))
        for at, code in ((at, found.names["product"][at]) for at in shown)
    )
    return ProductsPage(
        run, by, offered, _window(row), len(order), len(np.unique(found.customers)), rows,
        str(start + size) if start + size < len(order) else None,
    )  # fmt: skip


def takers(
    user: User, product: str, by: By = "item", after: str | None = None, size: int = 50
) -> TakersPage:  # fmt: skip
    """The customers in reach for whom a product is among the likeliest, the largest score first.

    A product that is nobody's has none. Raises as ``products``.
    """
    run, row, _offered, found = _seen(user, by)
    try:
        number = list(found.names["product"]).index(product)
    except ValueError:
        number = -1
    firsts = np.searchsorted(found.customers, found.customers)
    places = np.arange(len(found.customers)) - firsts + 1
    at = np.flatnonzero(found.columns["product"] == number)
    at = at[np.lexsort((found.customers[at], -found.columns["score"][at]))]
    start = place_after(after, len(at))
    shown = at[start : start + size]
    whole = sees_everything(user)
    ids = found.customers[shown].tolist()
    named = {
        pk: (code, name, english, owner or salesperson) for pk, code, name, english, owner,
        salesperson in Customer.objects.filter(pk__in=ids).values_list(
            "pk", "code", "name", "name_en", "owner_name", "salesperson"
        )
    }  # fmt: skip
    rows = tuple(
        Taker(*named[pk], place, why)
        for pk, place, why in zip(
            ids, places[shown].tolist(), _suggestions(found, shown, by, told=whole), strict=True
        )
        if pk in named
    )
    told = at[_told({name: found.columns[name][at] for name in ("buyers",)}, whole=whole)]
    return TakersPage(
        run, by, _window(row), product, _names([product], by).get(product, ""), len(at),
        int(found.columns["typical"][told].sum()), rows,
        str(start + size) if start + size < len(at) else None,
    )  # fmt: skip


def _suggestions(kept: _Kept, places: Ints, by: By, *, told: bool) -> list[Suggestion]:
    columns = {name: values[places] for name, values in kept.columns.items()}
    shown = _told(columns, whole=told).tolist()
    product = [kept.names["product"][at] for at in columns["product"].tolist()]
    because = [kept.names["because"][at] for at in columns["because"].tolist()]
    names = _names([*product, *because], by)
    numbers = zip(
        *(columns[name].tolist() for name in ("like", "buyers", "typical", "score")), strict=True
    )
    return [
        Suggestion(
            code, names.get(code, ""), own, names.get(own, ""), like, buyers,
            typical if seen else None, score,
        )
        for code, own, seen, (like, buyers, typical, score) in zip(
            product, because, shown, numbers, strict=True
        )
    ]  # fmt: skip


def _told(columns: Mapping[str, Ints], *, whole: bool) -> npt.NDArray[np.bool_]:
    """Of which rows the typical amount is told."""
    return np.full(len(columns["buyers"]), True) if whole else columns["buyers"] >= FEW


def _names(codes: Sequence[str], by: By) -> dict[str, str]:
    """What products are called; categories are called what they are."""
    if by == "category":
        return {}
    found = Product.objects.filter(code__in=set(codes)).exclude(name="").exclude(name=F("code"))
    return dict(found.values_list("code", "name"))


def _row(user: User, by: By) -> tuple[RunInfo, KeptWhiteSpace, tuple[By, ...]]:
    run = done_run(user)
    rows = {
        row.by: row
        for row in KeptWhiteSpace.objects.filter(snapshot=run.snapshot).defer("table")
    }  # fmt: skip
    if by not in rows:
        raise WhiteSpaceNotMade
    return run, rows[by], tuple(one for one in white.BY if one in rows)


def _seen(user: User, by: By) -> tuple[RunInfo, KeptWhiteSpace, tuple[By, ...], _Kept]:
    demand(user, PORTFOLIO)
    demand(user, SEE)
    run, row, offered = _row(user, by)
    found = _read(row.pk, row.made_at)
    if not whole_portfolio(user):
        ids = ids_in_portfolio(user)
        found = found.narrowed(np.isin(found.customers, ids))
    return run, row, offered, found


def _window(row: KeptWhiteSpace) -> Span:
    return Span(row.window_start, row.window_end)


@lru_cache(maxsize=2)
def _read(pk: int, made_at: datetime) -> _Kept:
    """White space, unpacked. Kept: what was worked out never changes."""
    del made_at  # tells it from one of the same number in a restored store
    pressed = KeptWhiteSpace.objects.values_list("table", flat=True).get(pk=pk)
    table: Any = unpacked(pressed).combine_chunks()
    columns: dict[str, Ints] = {
        name: table[name].to_numpy() for name in ("score", "like", "buyers", "typical")
    }
    names: dict[str, Sequence[str]] = {}
    for name in ("product", "because"):
        coded: Any = table[name].combine_chunks()
        if isinstance(coded, pa.ChunkedArray) and coded.num_chunks:
            coded = coded.chunk(0)
        empty = not len(table)
        columns[name] = np.zeros(0, np.int64) if empty else coded.indices.to_numpy()
        names[name] = () if empty else tuple(coded.dictionary.to_pylist())
    return _Kept(table["customer"].to_numpy(), columns, names)
