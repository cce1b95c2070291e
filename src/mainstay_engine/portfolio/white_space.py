"""White space: which products customers do not buy that those like them do, with the evidence.

A customer is like another where both buy the same product. Of a product j that a customer does not
buy, each product i that it does buy tells something: n(i, j) of the n(i) customers who buy i buy j
too. The share s(i, j) = n(i, j) ÷ (n(i) + 20) is that part, drawn towards nothing where few buy i.
Only the 50 products with the largest shares tell of j, and only where at least three buy both. The
score of j is the sum of the shares of those that the customer buys: item-based nearest neighbours
by conditional probability (Karypis 2001; Deshpande and Karypis 2004, «Item-based top-N
recommendation algorithms»). The numbers 20, 50 and 3 are ours, chosen where the score on a time
split (``white_score``) is best or near it.

Beside each suggestion stands what people can check: the product among the customer's own that tells
most, how many others buy that, how many of those buy the suggested one too, and the median of what
they spend on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from mainstay_engine.backends import Dates, query
from mainstay_engine.errors import NoData, UnknownName
from mainstay_engine.metrics import levels
from mainstay_engine.metrics.feeds import FactsFeed
from mainstay_engine.metrics.planner import demand_one_currency
from mainstay_engine.periods import add_months
from mainstay_engine.portfolio.copurchase import (
    Grid,
    Ints,
    Likely,
    likely,
    likeness,
    medians,
)
from mainstay_engine.portfolio.span import Span
from mainstay_engine.tables import CREDIT_NOTE, INVOICE

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.facts import Facts

pc: Any = _compute
By = Literal["item", "category"]
BY: tuple[By, ...] = ("item", "category")
"""What is suggested: products, or categories of them."""
SIZE = 10
"""Suggestions a customer."""
TELLING, SHRINK, LEAST = 50, 20, 3
"""Products that tell of another; buyers added; who buy both at least (own)."""
MONTHS = 12
"""Of the window: amounts in it are amounts a year."""


@dataclass(frozen=True)
class WhiteSpace:
    """What customers could buy. Amounts are int64 minor units of ``currency``, excluding VAT."""

    by: By
    window: Span
    known_as_of: date | None
    currency: str | None
    exponent: int
    customers: int
    """Who bought something in the window."""
    products: int
    """What was bought by somebody."""
    table: pa.Table
    """One row per customer and suggestion, sorted by customer, the likeliest first:
    ``customer_id``, ``product`` (or category), ``score`` (millionths), ``because`` (the product the
    customer buys that tells most), ``like`` (others who buy that), ``buyers`` (of those, who buy
    the suggested one) and ``typical`` (median of what these buyers spend on it in the window).
    """

    def of(self, customer_id: str) -> list[dict[str, Any]]:
        """The suggestions of one customer."""
        return self._where("customer_id", customer_id)

    def takers(self, product: str) -> list[dict[str, Any]]:
        """The rows of those for whom a product is among the likeliest, the largest score first."""
        rows = self._where("product", product)
        return sorted(rows, key=lambda row: (-row["score"], row["customer_id"]))

    def _where(self, column: str, value: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table.filter(
            pc.equal(self.table[column], value)
        ).to_pylist()
        return found


@dataclass(frozen=True)
class Purchases:
    """Who bought what in a window: customers and products are sorted by their codes."""

    customers: list[str]
    products: list[str]
    had: Grid
    """Customers × products of which any line falls into the window; values are net amounts."""
    buys: Grid
    """The same, where what was bought is more than what was returned."""

    @property
    def by_product(self) -> Grid:
        rows = np.repeat(np.arange(len(self.customers)), self.buys.sizes)
        return Grid.of(self.buys.columns, rows, self.buys.values, len(self.products))


def white_space(
    facts: Facts,
    *,
    as_of: date | str,
    by: By = "item",
    known_as_of: date | str | None = None,
    size: int = SIZE,
) -> WhiteSpace:
    """What every customer could buy: up to ``size`` suggestions each, ``by`` item or category.

    Facts: lines with customer and product of the twelve months that end on ``as_of``; later ones,
    and those known only after ``known_as_of``, are invisible. A customer buys a product where its
    net amount in the window is above zero; what it bought and returned is not suggested to it.
    Raises ``NoData`` where lines name no products (or categories) or nothing falls into the window,
    ``UnknownName`` for another ``by``, ``MixedCurrencies`` where several were not converted.
    """
    day, known = _day(as_of), None if known_as_of is None else _day(known_as_of)
    window = Span(add_months(day, -MONTHS) + timedelta(days=1), day)
    bought = purchases(facts, window, by, known)
    found = suggestions(bought, size)
    like = np.bincount(bought.buys.columns, minlength=len(bought.products))[found.because] - 1
    typical = medians(bought.by_product, found.product, found.because, len(bought.customers))
    codes, names = pa.array(bought.customers, pa.string()), pa.array(bought.products, pa.string())
    return WhiteSpace(
        by, window, known, facts.currency, facts.exponent, int((bought.buys.sizes > 0).sum()),
        len(np.unique(bought.buys.columns)),
        pa.table({
            "customer_id": codes.take(found.customer),
            "product": names.take(found.product), "score": pa.array(found.score),
            "because": names.take(found.because), "like": pa.array(like),
            "buyers": pa.array(found.both), "typical": pa.array(typical),
        }),
    )  # fmt: skip


def suggestions(bought: Purchases, size: int) -> Likely:
    """The likeliest products of everybody, by place."""
    like = likeness(
        bought.buys, len(bought.products), most=TELLING, shrink=SHRINK, least=LEAST
    )  # fmt: skip
    return likely(bought.buys, bought.had, like, size)


def purchases(facts: Facts, window: Span, by: By, known: date | None = None) -> Purchases:
    """Who bought what in a window, added up. Raises as ``white_space``."""
    if by not in BY:
        raise UnknownName(
            {"en": f"«{by}» is neither item nor category.",
             "zh": f"“{by}”既不是产品，也不是品类。"},
            {"en": "Write item or category.", "zh": "请写 item 或 category。"},
            by=str(by),
        )  # fmt: skip
    demand_one_currency(FactsFeed(facts, known=known is not None))
    if not facts.has("lines", by):
        raise NoData(_UNNAMED[by], _NAME_THEM)
    days = {"as_of": window.end, "start": window.start}
    if known is not None:
        days["known"] = known

    def build(tables: Any, dates: Dates) -> ir.Table:
        lines = levels.visible(tables["lines"], "doc_date", dates, known=known is not None)
        lines = lines.filter(
            lines.kind.isin([INVOICE, CREDIT_NOTE]) & lines.customer_id.notnull()
            & lines[by].notnull() & (lines.doc_date >= dates["start"])
        )  # fmt: skip
        return lines.group_by(["customer_id", by]).agg(net=lines.net.sum())

    shape = ("white space", by, known is not None)
    table = query(facts.backend, shape, {"lines": facts.lines}, build, days)
    if not table.num_rows:
        raise NoData(
            {"en": f"Nothing was sold from {window.start} to {window.end}.",
             "zh": f"{window.start} 至 {window.end} 没有销售。"},
            {"en": "Choose a day that the sales lines reach.", "zh": "请选择有销售明细的日期。"},
        )  # fmt: skip
    customers, rows = _places(table["customer_id"])
    products, columns = _places(table[by])
    net = np.asarray(table["net"].to_numpy(), np.int64)
    paid = net > 0
    return Purchases(
        customers, products, Grid.of(rows, columns, net, len(customers)),
        Grid.of(rows[paid], columns[paid], net[paid], len(customers)),
    )  # fmt: skip


def _places(column: Any) -> tuple[list[str], Ints]:
    """Names in their order, and the place of each row's."""
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    order = np.asarray(pc.sort_indices(coded.dictionary).to_numpy(), np.int64)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    names: list[str] = coded.dictionary.take(pa.array(order)).to_pylist()
    return names, place[coded.indices.to_numpy()]


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


_UNNAMED = {
    "item": {"en": "The sales lines name no products.", "zh": "销售明细没有写明产品。"},
    "category": {"en": "The sales lines name no categories.", "zh": "销售明细没有写明品类。"},
}
_NAME_THEM = {
    "en": "Import lines with a product code, or a product list with categories.",
    "zh": "请导入带产品编码的明细，或带品类的产品清单。",
}
