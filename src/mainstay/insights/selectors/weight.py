"""What some customers weigh together, by whose they are: their sales, and what they owe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet, Sum

from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.insights.models import CustomerMetrics
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.runs import headline, latest_runs
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import visible_to


@dataclass(frozen=True, slots=True)
class Weight:
    """Sums over customers, in minor units of the run's currency; ``None`` where nothing is known.

    Of the latest grading: sales of its window, balances of its day.
    """

    customers: int
    net_sales: int | None
    open_balance: int | None
    overdue_balance: int | None


@dataclass(frozen=True, slots=True)
class Weights:
    """The same, in all and by owner (``None``: nobody's)."""

    run: RunInfo
    whole: Weight
    by_owner: dict[int | None, Weight]


_SUMS = {
    "customers": Count("pk"), "net_sales": Sum("net_sales"),
    "open_balance": Sum("open_balance"), "overdue_balance": Sum("overdue_balance"),
}  # fmt: skip


def weights(user: User, customers: QuerySet[Customer]) -> Weights | None:
    """What those of these customers weigh that the user sees; ``None`` before anybody was graded,
    and for whoever sees none.
    """
    run = headline(latest_runs(user)) if may(user, SEE) else None
    if run is None:
        return None
    figures = CustomerMetrics.objects.filter(
        snapshot=run.snapshot, customer__in=customers.values("pk")
    ).filter(customer__in=visible_to(user, SEE).values("pk"))  # fmt: skip
    grouped = figures.values(owner=F("customer__owner"))
    rows: Any = grouped.annotate(**_SUMS).order_by()
    by_owner = {row.pop("owner"): Weight(**row) for row in rows}
    return Weights(run, Weight(**figures.aggregate(**_SUMS)), by_owner)
