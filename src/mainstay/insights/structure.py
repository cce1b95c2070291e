"""Pure arithmetic of the portfolio's pictures. Amounts are integers in minor units."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from mainstay.insights.records import Apart, ParetoCut, PyramidRow, RegionRow
from mainstay.kernel.errors import Words

MOST_POINTS = 200


def pareto(values: Sequence[int]) -> tuple[tuple[float, float], ...]:
    """Share of customers against share of value, largest first, over the positive values.

    Thinned to at most 200 points, (0, 0) and (1, 1) always among them. Empty when nothing is
    positive.
    """
    ranked = sorted((value for value in values if value > 0), reverse=True)
    if not ranked:
        return ()
    sums, count = list(accumulate(ranked)), len(ranked)
    steps = min(count, MOST_POINTS - 1)
    places = [round(step * count / steps) for step in range(1, steps + 1)]
    whole = sums[-1]
    return ((0.0, 0.0), *((place / count, sums[place - 1] / whole) for place in places))


def cuts(graded: Sequence[tuple[str, int]], order: Sequence[str]) -> tuple[ParetoCut, ...]:
    """Where each class ends on the curve of positive values; classes without any are left out."""
    positive = [(klass, value) for klass, value in graded if value > 0]
    whole = sum(value for _, value in positive)
    found, customers, value = [], 0, 0
    for klass in order:
        own = [amount for name, amount in positive if name == klass]
        if own:
            customers += len(own)
            value += sum(own)
            found.append(ParetoCut(klass, customers, customers / len(positive), value / whole))
    return tuple(found)


def pyramid(
    graded: Sequence[tuple[str, int | None]], classes: Sequence[tuple[str, Words]]
) -> tuple[PyramidRow, ...]:
    """Customers and profit per class, best first, of those with a positive profit."""
    earning = [(klass, profit) for klass, profit in graded if profit is not None and profit > 0]
    whole = sum(profit for _, profit in earning)
    rows = []
    for klass, title in classes:
        own = [profit for name, profit in earning if name == klass]
        if own:
            rows.append(
                PyramidRow(
                    klass, title, len(own), len(own) / len(earning), sum(own), sum(own) / whole
                )
            )
    return tuple(rows)


def apart(figures: Sequence[tuple[int | None, int | None]]) -> Apart:
    """Who stands beside the pyramid: (profit, order days) per customer.

    Silent: no order in the window. Loss-makers: ordered, and earned us nothing or less.
    """
    silent = [profit or 0 for profit, days in figures if not days]
    losing = [profit for profit, days in figures if days and profit is not None and profit <= 0]
    return Apart(len(losing), sum(losing), len(silent), sum(silent))


def regions(
    figures: Sequence[tuple[str, str | None, int]], order: Sequence[str]
) -> tuple[RegionRow, ...]:
    """Net sales per region and class from (region, class, net), largest region first."""
    rows = []
    for region in {name for name, _, _ in figures}:
        own = [(klass, net) for name, klass, net in figures if name == region]
        by_class = {
            klass: sum(net for name, net in own if name == klass)
            for klass in order
            if any(name == klass for name, _ in own)
        }
        net = sum(amount for _, amount in own)
        core = sum(by_class.get(klass, 0) for klass in order[:2])
        rows.append(RegionRow(region, len(own), net, by_class, core / net if net > 0 else None))
    return tuple(sorted(rows, key=lambda row: (-row.net_sales, row.region)))


def top_shares(values: Sequence[int], sizes: Sequence[int] = (1, 5, 10, 50)) -> dict[int, float]:
    """Share of the largest customers in all net sales; empty when there are none."""
    ranked, whole = sorted(values, reverse=True), sum(values)
    if whole <= 0:
        return {}
    return {size: sum(ranked[:size]) / whole for size in sizes}


def hhi(values: Sequence[int]) -> int | None:
    """Herfindahl–Hirschman index: sum of squared percentage shares, 10,000 for one customer."""
    positive = [value for value in values if value > 0]
    whole = sum(positive)
    return round(sum((100 * value / whole) ** 2 for value in positive)) if whole else None
