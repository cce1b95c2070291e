"""The figures of graded customers added up by class, for the sums below lists.

Of everybody they are kept with the run when it is made; of fewer the store adds them when asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from mainstay.insights import rules
from mainstay.insights.models import Grade
from mainstay.insights.records import ListTotals

Sums = Mapping[str, int | None]
"""Customers, and money in minor units; ``None`` where nobody has the figure."""


def by_class(grades: QuerySet[Grade]) -> dict[str, Sums]:
    """The sums of each class that somebody is in."""
    with_profit = Q(measured__gross_profit__isnull=False)
    figures: dict[str, Any] = {
        "customers": Count("pk"),
        "net": Sum("measured__net_sales"),
        "before": Sum("measured__previous_net_sales"),
        "profit": Sum("measured__gross_profit"),
        "net_with_profit": Sum("measured__net_sales", filter=with_profit),
        "overdue": Sum("measured__overdue_balance"),
    }
    rows = grades.order_by().values_list("klass").annotate(**figures)
    return {klass: dict(zip(figures, row, strict=True)) for klass, *row in rows}


def of_list(sums: Iterable[Sums], *, cost: bool) -> ListTotals:
    """The sums of several classes together.

    Growth and margin compare like with like: only customers who have both figures.
    """
    among = list(sums)
    net, profit = add(among, "net") or 0, add(among, "profit")
    return ListTotals(
        customers=add(among, "customers") or 0,
        net_sales=net,
        growth=rules.growth(net, add(among, "before") or 0),
        gross_profit=profit if cost else None,
        margin=rules.share(profit, add(among, "net_with_profit") or 0) if cost else None,
        overdue_balance=add(among, "overdue"),
    )


def add(sums: Iterable[Mapping[str, Any]], name: str) -> int | None:
    """One figure over several sums; ``None`` where none of them has it."""
    known = [row[name] for row in sums if row[name] is not None]
    return sum(known) if known else None
