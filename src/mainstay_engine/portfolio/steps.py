"""The steps of the bridge of sales: what each is, and how a customer's change is split into them.

**Who the customer is** decides first. To buy in a period is to place an order in it: an invoice of
positive net value. Whoever buys

- in the later period only, and never before that period began, is *new*;
- in the later period only, but sometime before, is *won back*;
- in the earlier period only is *lost*;
- in neither (only credit notes fall into the periods) has changed by *returns*.

The whole change of these customers, their returns included, is that one step.

**Whoever buys in both** has the change split, in this order. Write 0 and 1 for the periods, Δx for
x₁ − x₀, x̄ for (x₀ + x₁) ÷ 2. Each split is the one of Bennet (1920): every change is weighed
with the mean of the two periods, so that nothing is left over and no period is the base.

1. *Returns*: the change of credit notes, ΔC. All that follows is of invoices, ``V``.
2. *Currency*: per foreign currency with the average rate r of the customer's invoices in each
   period, and V ÷ r their value in that currency: Δr × mean(V ÷ r). What follows is valued at the
   mean rate r̄. A currency that the customer is invoiced in in one period only changes nothing.
3. *Price*: per product that is bought in both periods, with its average price p: Δp × q̄. What
   follows is valued at p̄; a product of one period only has its own price.
4. *Frequency*: with F orders and Ṽ so valued: ΔF × mean(Ṽ ÷ F).
5. *Breadth*: with B products per order and K̃ the part of Ṽ in lines that name product and quantity:
   F̄ × ΔB × mean(K̃ ÷ (F × B)).
6. *Mix*: what an order's product brings at p̄: F̄ × B̄ × Δ(K̃ ÷ (F × B)): more or less of it, dearer
   or cheaper ones.
7. *Order value*: the rest U = Ṽ − K̃ lies in lines that cannot be split, for they lack the product
   or a positive quantity, or are below zero: F̄ × Δ(U ÷ F). Where one of the periods has no line
   that can be split, all lines of the customer are such.

Lines without a customer are the step *unassigned*.

**Rounding.** Per customer the steps are rounded by largest remainder, so that they add up to the
change in whole minor units; among equal remainders the step that stands first above gets the unit.
The later period is always weighed against the earlier one: asked the other way round, the steps of
those who buy in both change their sign and nothing else.

Source: T. L. Bennet, The Theory of Measurement of Changes in Cost of Living (1920), for indicators
by means of both periods; which factors, and their order, are our own choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Pair = tuple[Floats, Floats]
"""The same figure of the earlier and the later period."""

STEPS = (
    "new", "won_back", "lost", "frequency", "breadth", "mix", "price", "order_value", "currency",
    "returns", "unassigned",
)  # fmt: skip
"""In the order they are shown in."""
SPLIT = ("returns", "currency", "price", "frequency", "breadth", "mix", "order_value")
"""The steps of whoever buys in both periods, in the order they are taken in."""
NEW, WON_BACK, LOST, BOTH, NEITHER = range(5)
KINDS = ("new", "won_back", "lost", "both", "neither")
_PLACES = 6
"""Decimals of a minor unit that tell remainders apart: beyond them floats are not to be trusted."""


@dataclass(frozen=True)
class Sums:
    """What is known of each customer in the earlier and the later period: one entry a customer.

    Money in minor units: ``invoiced`` and ``credited`` (below zero) add up to net sales. The other
    figures are of invoices: ``constant`` their value at mean rates, ``listed`` the part of it in
    lines with product and quantity, ``even`` the same at mean prices; ``orders``, and ``products``
    as the number of different ones per document, added up.
    """

    invoiced: tuple[Ints, Ints]
    credited: tuple[Ints, Ints]
    orders: tuple[Ints, Ints]
    products: tuple[Ints, Ints]
    constant: Pair
    listed: Pair
    even: Pair


def kinds(before: Ints, after: Ints, earlier: Flags) -> Ints:
    """Numbers of ``KINDS``: by orders in both periods, and whether any lies before the later."""
    first, second = before > 0, after > 0
    kind = np.full(len(before), NEITHER)
    kind[second & ~first] = np.where(earlier, WON_BACK, NEW)[second & ~first]
    kind[first & ~second] = LOST
    kind[first & second] = BOTH
    return kind


def split(of: Sums, both: Flags) -> dict[str, Ints]:
    """The steps of whoever buys in ``both`` periods in whole minor units; of all others zeros."""
    orders = _floats(of.orders, least=1)
    listable = (of.products[0] > 0) & (of.products[1] > 0)
    listed, even = _where(of.listed, listable), _where(of.even, listable)
    products = _floats(of.products, least=1)
    breadth = (products[0] / orders[0], products[1] / orders[1])
    rest = (of.constant[0] - listed[0], of.constant[1] - listed[1])
    per_order = ((even[0] + rest[0]) / orders[0], (even[1] + rest[1]) / orders[1])
    per_product = (even[0] / products[0], even[1] / products[1])
    often = _mean(orders)
    found = {
        "returns": _change(_floats(of.credited)),
        "currency": _change(_floats(of.invoiced)) - _change(of.constant),
        "price": _change(listed) - _change(even),
        "frequency": _change(orders) * _mean(per_order),
        "breadth": often * _change(breadth) * _mean(per_product),
        "mix": often * _mean(breadth) * _change(per_product),
        "order_value": often * _change((rest[0] / orders[0], rest[1] / orders[1])),
    }
    total = sum(after - before for before, after in (of.invoiced, of.credited))
    exact = np.stack([found[name] for name in SPLIT], axis=1)
    rounded = largest_remainder(exact, np.asarray(total, np.int64))
    return {name: np.where(both, rounded[:, at], 0) for at, name in enumerate(SPLIT)}


def largest_remainder(exact: Floats, total: Ints) -> Ints:
    """Rows of figures in whole numbers that add up to the totals, which they do but for rounding.

    Everything is rounded down, then those with the largest remainders up; equal ones from the left.
    What floats of more than fifteen digits cannot tell goes to the last column.
    """
    near = np.round(exact, _PLACES)
    down = np.floor(near)
    whole = down.astype(np.int64)
    missing = total - whole.sum(axis=1)
    up = np.clip(missing, 0, exact.shape[1])
    order = np.argsort(np.round(down - near, _PLACES), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(exact.shape[1])[None, :], axis=1)
    whole += rank < up[:, None]
    whole[:, -1] += missing - up
    return whole


def _floats(pair: tuple[Ints, Ints], least: int | None = None) -> Pair:
    """As floats; ``least`` keeps those from zero that nobody reads and all are divided by."""
    first, second = pair
    if least is not None:
        first, second = np.maximum(first, least), np.maximum(second, least)
    return first.astype(np.float64), second.astype(np.float64)


def _where(pair: Pair, there: Flags) -> Pair:
    return np.where(there, pair[0], 0.0), np.where(there, pair[1], 0.0)


def _change(pair: Pair) -> Floats:
    return pair[1] - pair[0]


def _mean(pair: Pair) -> Floats:
    return (pair[0] + pair[1]) / 2
