"""Four strategies: what a period's sales rest on, by customer and product, each old or new.

| | product bought before | product not bought before |
|---|---|---|
| customer who bought before | *loyalty* | *extension* |
| new customer | *acquisition* | *diversification* |

«Before» is any time before the period begins. Who bought before is asked of the customer; a known
customer's product is old where this customer bought it, a new customer's where anybody did. Credit
notes take from where their product stands; one for a product that was never invoiced counts as
bought before. Sales that name no product or no customer stand apart as *unnamed*, so that the five
add up to the sales of the period. All but the split of new customers' sales rest on the customer
alone; that split asks what the company sold before, to whomever.

Source: the matrix of customer growth of the trade's handbooks (loyalty, extension, acquisition,
diversification), after Ansoff (1957); what counts as before, and whose, is our own choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay_engine.backends import Dates, query
from mainstay_engine.metrics import levels
from mainstay_engine.metrics.arrays import Places, aligned
from mainstay_engine.portfolio.steps import NEW, Ints
from mainstay_engine.tables import INVOICE, OPENING

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.portfolio.sums import Questions

STRATEGIES = ("loyalty", "extension", "acquisition", "diversification", "unnamed")
"""In the order they are shown in; the last is none."""
_OLD, _RANGE, _NOVEL = "old", "ranged", "novel"


def strategies(
    asked: Questions, period: str, customers: Any, kind: Ints, sales: Ints
) -> dict[str, Ints]:  # fmt: skip
    """The ``sales`` of a period of each of the customers, by strategy. ``kind``: new or known."""
    table = _novelty(asked, period)
    places = Places.of(customers, table)
    old, ranged, novel = (
        aligned(customers, table, name, places).values for name in (_OLD, _RANGE, _NOVEL)
    )
    new, none = kind == NEW, np.zeros(len(kind), np.int64)
    found = {
        "loyalty": np.where(new, none, old),
        "extension": np.where(new, none, ranged + novel),
        "acquisition": np.where(new, old + ranged, none),
        "diversification": np.where(new, novel, none),
    }
    return found | {"unnamed": sales - old - ranged - novel}


def _novelty(asked: Questions, period: str) -> pa.Table:
    """Per customer the net sales of the period in products that the customer bought before it
    (``old``), that anybody else did (``ranged``), and that nobody did (``novel``).
    """

    def build(tables: Mapping[str, ir.Table], dates: Dates) -> ir.Table:
        import ibis

        lines = levels.visible(tables["lines"], "doc_date", dates, known=asked.known)
        lines = lines.filter(lines.item.notnull() & (lines.kind != OPENING))
        start, end = dates[f"start_{period}"], dates[f"end_{period}"]
        inside = (lines.doc_date >= start) & (lines.doc_date <= end)
        each = lines.group_by(["customer_id", "item"]).agg(
            first=lines.doc_date.min(where=lines.kind == INVOICE), net=lines.net.sum(where=inside)
        )
        anybody = each.first.min().over(ibis.window(group_by=each.item))
        each = each.mutate(anybody=anybody).filter(each.customer_id.notnull())
        old = each.first.isnull() | (each.first < start)
        before = each.anybody.notnull() & (each.anybody < start)
        return each.group_by("customer_id").agg(
            old=each.net.sum(where=old), ranged=each.net.sum(where=~old & before),
            novel=each.net.sum(where=~old & ~before),
        )  # fmt: skip

    shape = ("bridge", "novelty", period, asked.known)
    return query(asked.facts.backend, shape, {"lines": asked.facts.lines}, build, asked.days)
