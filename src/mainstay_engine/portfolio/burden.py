"""Big customers that are a burden: top by sales, yet nothing or far less than usual is left.

The top are those that bring the first ``TOP`` of the last twelve months' sales, the largest first.
One of them is a burden where its profit after service is below zero, or its share of sales lies
``FAR`` under the median of the other top customers (of whom there must be ``PEERS`` at least).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from mainstay_engine.metrics import compute_metrics
from mainstay_engine.portfolio.peers import median_of_others

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

TOP, FAR, PEERS = 0.8, 0.10, 3


@dataclass(frozen=True, slots=True)
class Burden:
    """One burden. Money in minor units of the last twelve months, shares of net sales."""

    customer_id: str
    net_sales: int
    profit: int
    """Profit after service."""
    margin: float
    peers: float | None
    """Median margin of the other top customers; ``None``: not enough of them."""


def burdens(
    facts: Facts, *, as_of: date | str, known_as_of: date | str | None = None
) -> tuple[Burden, ...]:
    """The burdens as of a day, the least profit first; none where profit after service is not
    known (it needs cost and efforts)."""
    names = ["net_sales", "profit_after_service"]
    table = compute_metrics(facts, names, as_of=as_of, known_as_of=known_as_of, missing="null")
    rows = [r for r in table.to_pylist() if (r["net_sales"] or 0) > 0]
    rows.sort(key=lambda r: (-r["net_sales"], r["customer_id"]))
    whole, before, top = sum(r["net_sales"] for r in rows), 0, []
    for row in rows:
        if before >= TOP * whole:
            break
        before += row["net_sales"]
        if row["profit_after_service"] is not None:
            top.append(row)
    margins = np.array([r["profit_after_service"] / r["net_sales"] for r in top], np.float64)
    usual = median_of_others(np.zeros(len(top)), margins, PEERS)
    found = [
        Burden(r["customer_id"], r["net_sales"], r["profit_after_service"], float(margin),
               float(peers) if np.isfinite(peers) else None)
        for r, margin, peers in zip(top, margins, usual, strict=True)
        if margin < 0 or margin < peers - FAR
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.profit, each.customer_id)))
