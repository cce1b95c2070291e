"""The customer list: filter, sort, search and page in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.insights import hidden, rules
from mainstay.insights.errors import NotGraded, UnknownSort
from mainstay.insights.models import Grade, Run
from mainstay.insights.records import CustomerPage, CustomerRow, ListTotals, RunInfo
from mainstay.insights.selectors.runs import latest_runs
from mainstay.kernel import cursor as cursors
from mainstay.parties import finding
from mainstay.parties.selectors import sees_cost, visible_to

SORTS = {
    "value": "value_number", "class": "class_order", "rank": "rank", "code": "customer__code",
    "name": "customer__name", "region": "customer__region", "owner": "customer__salesperson",
    "net_sales": "measured__net_sales", "growth": "measured__growth",
    "gross_profit": "measured__gross_profit", "margin": "measured__margin",
    "collection_rate": "measured__collection_rate",
    "overdue_balance": "measured__overdue_balance", "recency": "measured__recency",
}  # fmt: skip
"""Names a list may be sorted by; a leading «-» turns the order round. Nulls come last."""

_COST = {"measured__gross_profit", "measured__margin"}
_DECIDING = {"value_number", "rank"}

_COLUMNS = (
    "customer_id", "customer__code", "customer__name", "customer__name_en", "customer__region",
    "customer__salesperson", "klass", "previous_class", "rank", "value_minor", "value_number",
    "measured__net_sales", "measured__growth", "measured__gross_profit", "measured__margin",
    "measured__collection_rate", "measured__overdue_balance", "measured__recency",
    "measured__monthly", "reason",
)  # fmt: skip


def customer_page(
    user: User,
    *,
    scheme: str,
    q: str = "",
    classes: Sequence[str] = (),
    region: str = "",
    owner: str = "",
    sort: str = "-value",
    after: str | None = None,
    size: int = 50,
) -> CustomerPage:
    """One page of the latest run of a scheme.

    ``q`` finds by code, name, pinyin and tax number; ``after`` is the page before's
    ``next_cursor``. Raises ``NotGraded`` where the scheme has no run with grades, ``UnknownSort``
    (also by a figure the user may not see), ``BadCursor``.
    """
    run = latest_runs(user).get(scheme)
    if run is None or run.state != Run.State.DONE:
        raise NotGraded(scheme=scheme)
    cost = sees_cost(user)
    untold = not cost and hidden.rests_on_cost(run)
    column = SORTS.get(sort.removeprefix("-"))
    if column is None or (not cost and column in _COST) or (untold and column in _DECIDING):
        raise UnknownSort(sort=sort)
    everyone = Grade.objects.filter(run=run.id, customer__in=visible_to(user))
    matching = _filtered(everyone, q=q, region=region, owner=owner)
    counts = dict(matching.values_list("klass").annotate(Count("pk")).order_by())
    if classes:
        matching = matching.filter(klass__in=classes)
    ordered = page_after(
        matching, column, descending=sort.startswith("-"), cursor=after, id_column="customer_id"
    )
    found = list(ordered.values_list(*_COLUMNS, column)[: size + 1])
    titles = {entry.klass: entry.title for entry in run.classes}
    facets = everyone.values_list("customer__region", "customer__salesperson").distinct()
    regions, owners = set[str](), set[str]()
    for region_name, owner_name in facets:
        regions.add(region_name)
        owners.add(owner_name)
    return CustomerPage(
        run=run,
        rows=tuple(_seen(_row(row, run, titles), cost=cost, untold=untold) for row in found[:size]),
        total=sum(count for klass, count in counts.items() if not classes or klass in classes),
        totals=_totals(matching, cost=cost),
        next_cursor=cursors.encode(found[size - 1][-1], found[size - 1][0])
        if len(found) > size
        else None,
        class_counts={entry.klass: counts.get(entry.klass, 0) for entry in run.classes},
        regions=tuple(sorted(regions - {""})),
        owners=tuple(sorted(owners - {""})),
        sort=sort,
        cost=cost,
    )


def _filtered(grades: QuerySet[Grade], *, q: str, region: str, owner: str) -> QuerySet[Grade]:
    if q.strip():
        found = finding.ids(q)
        grades = grades.none() if found is None else grades.filter(customer__in=found)
    if region:
        grades = grades.filter(customer__region=region)
    if owner:
        grades = grades.filter(customer__salesperson=owner)
    return grades


def _seen(row: CustomerRow, *, cost: bool, untold: bool) -> CustomerRow:
    """The row without what its reader may not see."""
    if not cost:
        row = replace(row, gross_profit=None, margin=None)
    if untold:
        row = replace(row, value=None, rank=None, reason=hidden.REASON)
    return row


def _row(row: tuple[Any, ...], run: RunInfo, titles: dict[str, dict[str, str]]) -> CustomerRow:
    values = dict(zip(_COLUMNS, row[:-1], strict=True))
    return CustomerRow(
        id=values["customer_id"],
        code=values["customer__code"],
        name=values["customer__name"],
        name_en=values["customer__name_en"],
        region=values["customer__region"],
        salesperson=values["customer__salesperson"],
        klass=values["klass"],
        class_title=titles[values["klass"]],
        previous_class=values["previous_class"] or None,
        rank=values["rank"],
        value=values["value_minor"] if run.value_unit == "money" else values["value_number"],
        net_sales=values["measured__net_sales"],
        growth=values["measured__growth"],
        gross_profit=values["measured__gross_profit"],
        margin=values["measured__margin"],
        collection_rate=values["measured__collection_rate"],
        overdue_balance=values["measured__overdue_balance"],
        recency=values["measured__recency"],
        monthly=tuple(values["measured__monthly"] or ()),
        reason=values["reason"],
    )


def _totals(rows: QuerySet[Grade], *, cost: bool) -> ListTotals:
    """Growth and margin compare like with like: only customers who have both figures."""
    with_profit = Q(measured__gross_profit__isnull=False)
    sums = rows.aggregate(
        customers=Count("pk"),
        net=Sum("measured__net_sales"),
        before=Sum("measured__previous_net_sales"),
        profit=Sum("measured__gross_profit"),
        net_with_profit=Sum("measured__net_sales", filter=with_profit),
        overdue=Sum("measured__overdue_balance"),
    )
    net, before = sums["net"] or 0, sums["before"] or 0
    base = sums["net_with_profit"] or 0
    return ListTotals(
        customers=sums["customers"],
        net_sales=net,
        growth=rules.growth(net, before),
        gross_profit=sums["profit"] if cost else None,
        margin=rules.share(sums["profit"], base) if cost else None,
        overdue_balance=sums["overdue"],
    )
