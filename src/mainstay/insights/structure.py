"""Pure arithmetic of the portfolio's pictures, from sums of the store (``outline``).

Amounts are integers in minor units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mainstay.insights.records import Apart, ParetoCut, PyramidRow, RegionRow
from mainstay.kernel.errors import Words

MOST_POINTS = 200
TOPS = (1, 5, 10, 50)
"""How many of the largest customers a share is told of."""

Rows = Sequence[Mapping[str, Any]]


def places(count: int) -> list[int]:
    """The places of so many customers, largest first, at which the curve has a point: at most 199,
    evenly, the last among them.
    """
    steps = min(count, MOST_POINTS - 1)
    return [round(step * count / steps) for step in range(1, steps + 1)]


def pareto(sums: Mapping[int, int], sold: int) -> tuple[tuple[float, float], ...]:
    """Share of customers against share of value, of the ``sold`` with a positive value, from the
    sums down to places; (0, 0) and (1, 1) always among them. Empty when nothing is positive.
    """
    if not sold:
        return ()
    whole = sums[sold]
    return ((0.0, 0.0), *((place / sold, sums[place] / whole) for place in places(sold)))


def cuts(graded: Rows, order: Sequence[str]) -> tuple[ParetoCut, ...]:
    """Where each class ends on the curve of positive values; classes without any are left out."""
    everybody, whole = _sum(graded, "sold"), _sum(graded, "sold_net")
    found, customers, value = [], 0, 0
    for klass in order:
        own = [row for row in graded if row["klass"] == klass and row["sold"]]
        if own:
            customers += _sum(own, "sold")
            value += _sum(own, "sold_net")
            found.append(ParetoCut(klass, customers, customers / everybody, value / whole))
    return tuple(found)


def moves(graded: Rows) -> dict[str, dict[str, int]]:
    """Class before → class now → customers."""
    found: dict[str, dict[str, int]] = {}
    for row in sorted(graded, key=lambda row: (row["previous_class"], row["klass"])):
        now = found.setdefault(row["previous_class"], {})
        now[row["klass"]] = now.get(row["klass"], 0) + row["customers"]
    return found


def pyramid(earning: Rows, classes: Sequence[tuple[str, Words]]) -> tuple[PyramidRow, ...]:
    """Customers and profit per class, best first, of those with a positive profit."""
    customers, whole = _sum(earning, "customers"), _sum(earning, "profit")
    own = {row["klass"]: row for row in earning}
    return tuple(
        PyramidRow(
            klass, title, row["customers"], row["customers"] / customers,
            row["profit"], row["profit"] / whole,
        )
        for klass, title in classes
        if (row := own.get(klass))
    )  # fmt: skip


def apart(figures: Rows) -> Apart:
    """Who stands beside the pyramid.

    Silent: no order in the window. Loss-makers: ordered, and earned us nothing or less.
    """
    return Apart(
        _sum(figures, "losing"), _sum(figures, "losing_profit"),
        _sum(figures, "silent"), _sum(figures, "silent_profit"),
    )  # fmt: skip


def regions(figures: Rows, graded: Rows, order: Sequence[str]) -> tuple[RegionRow, ...]:
    """Net sales per region and class, largest region first."""
    sold: dict[str, dict[str, int]] = {}
    for row in graded:
        own = sold.setdefault(row["region"], {})
        own[row["klass"]] = own.get(row["klass"], 0) + (row["net"] or 0)
    rows = []
    for row in figures:
        own, net = sold.get(row["region"], {}), row["net"] or 0
        by_class = {klass: own[klass] for klass in order if klass in own}
        core = sum(by_class.get(klass, 0) for klass in order[:2])
        share = core / net if net > 0 else None
        rows.append(RegionRow(row["region"], row["customers"], net, by_class, share))
    return tuple(sorted(rows, key=lambda row: (-row.net_sales, row.region)))


def top_shares(sums: Mapping[int, int], whole: int) -> dict[int, float]:
    """Share of the largest customers in all net sales, from the sums down to places; empty when
    there are none.
    """
    if whole <= 0:
        return {}
    return {size: sums.get(size, whole) / whole for size in TOPS}


def hhi(figures: Rows) -> int | None:
    """Herfindahl–Hirschman index: sum of squared percentage shares, 10,000 for one customer."""
    whole = _sum(figures, "sold_net")
    squares: float = sum(row["squares"] or 0.0 for row in figures)
    return round(10_000 * squares / whole**2) if whole else None


def _sum(rows: Rows, name: str) -> int:
    return sum(row[name] or 0 for row in rows)
