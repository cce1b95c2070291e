"""The customer list: filter, sort and search; its rows, and apart from them its sums.

A page of rows walks one index, at any depth: the sort's own. Sums, counts and the values to filter
by are of all rows: a page asks for them after it stands, and where they are the whole company's
they are kept as long as the run, which never changes.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.insights import hidden, rules
from mainstay.insights.errors import NotGraded, UnknownSort
from mainstay.insights.models import Grade, Run
from mainstay.insights.records import CustomerPage, CustomerRow, CustomerSums, ListTotals, RunInfo
from mainstay.insights.selectors.narrowing import Filters, kept, mark, spread
from mainstay.insights.selectors.runs import latest_runs
from mainstay.insights.selectors.walking import SORTS, Walk
from mainstay.kernel import cursor as cursors
from mainstay.kernel.errors import Words
from mainstay.parties.permissions import PERSONAL
from mainstay.parties.selectors import owners, sees_cost

_COST = {"gross_profit", "margin"}
_DECIDING = {"value", "rank"}


def customer_page(
    user: User,
    *,
    scheme: str,
    filters: Filters | None = None,
    sort: str = "-value",
    after: str | None = None,
    size: int = 50,
    runs: dict[str, RunInfo] | None = None,
    reasons: bool = True,
) -> CustomerPage:
    """One page of the latest run of a scheme, with the reason of each class or without.

    ``after`` is the page before's ``next_cursor``; ``runs`` the latest ones, where they are at
    hand. Raises ``NotGraded`` where the scheme has no run with grades, ``UnknownSort`` (also by a
    figure the user may not see), ``BadCursor``.
    """
    run, filters = _run(user, scheme, runs), filters or Filters()
    cost = sees_cost(user)
    untold = not cost and hidden.rests_on_cost(run)
    name = sort.removeprefix("-")
    if name not in SORTS or (not cost and name in _COST) or (untold and name in _DECIDING):
        raise UnknownSort(sort=sort)
    walk = Walk(user, run, filters, sort, size + 1, reasons=reasons)
    found = walk.rows(after)
    last = found[size - 1] if len(found) > size else None
    titles = {entry.klass: entry.title for entry in run.classes}
    people = owners(user)
    names = dict(people)
    return CustomerPage(
        run=run,
        rows=tuple(
            _seen(_row(row, titles, names), cost=cost, untold=untold) for row in found[:size]
        ),
        next_cursor=cursors.encode(last[walk.place], last[0]) if last else None,
        sort=sort,
        cost=cost,
        owners=tuple(people),
    )  # fmt: skip


def customer_sums(
    user: User, *, scheme: str, filters: Filters | None = None,
    runs: dict[str, RunInfo] | None = None,
) -> CustomerSums:  # fmt: skip
    """Counts and sums over every row that passes the filters. Raises ``NotGraded``."""
    run, filters = _run(user, scheme, runs), filters or Filters()
    cost = sees_cost(user)
    key = (
        "sums", *mark(run), filters.q, *filters.classes, filters.region, filters.salesperson, cost
    )  # fmt: skip

    def count() -> CustomerSums:
        matching = filters.on(Grade.objects.filter(run=run.id), user, "customer__")
        counts = dict(matching.values_list("klass").annotate(Count("pk")).order_by())
        if filters.classes:
            matching = matching.filter(klass__in=filters.classes)
        return CustomerSums(
            total=sum(n for k, n in counts.items() if not filters.classes or k in filters.classes),
            totals=_totals(matching, cost=cost),
            class_counts={entry.klass: counts.get(entry.klass, 0) for entry in run.classes},
        )

    # Contacts, by which words find, and owners change between runs.
    if (filters.q and may(user, PERSONAL)) or filters.owner is not None:
        return count()
    return kept(user, key, count)


def customer_facets(user: User, run: RunInfo) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions and the salespeople of the customers the user may see, to filter by."""
    regions, salespeople = spread(user, run)
    return tuple(sorted(regions.keys() - {""})), tuple(sorted(salespeople.keys() - {""}))


def _run(user: User, scheme: str, runs: dict[str, RunInfo] | None) -> RunInfo:
    run = (latest_runs(user) if runs is None else runs).get(scheme)
    if run is None or run.state != Run.State.DONE:
        raise NotGraded(scheme=scheme)
    return run


def _seen(row: CustomerRow, *, cost: bool, untold: bool) -> CustomerRow:
    """The row without what its reader may not see."""
    if not cost:
        row = row._replace(gross_profit=None, margin=None)
    if untold:
        row = row._replace(value=None, rank=None, reason=hidden.REASON)
    return row


def _row(row: tuple[Any, ...], titles: dict[str, Words], names: dict[int, str]) -> CustomerRow:
    (
        pk, code, name, name_en, region, owner, salesperson, tax_no, terms, terms_days, limit,
        klass, before, rank, net_sales, growth, gross_profit, margin, collection_rate,
        open_balance, overdue, recency, monthly, value, *rest,
    ) = row  # fmt: skip
    reason = rest[0] if rest and isinstance(rest[0], dict) else {}
    return CustomerRow(
        pk, code, name, name_en, region, names.get(owner, ""), salesperson, tax_no, terms,
        terms_days, limit, klass, titles[klass], before or None, rank, value, net_sales, growth,
        gross_profit, margin, collection_rate, open_balance, overdue, recency,
        tuple(monthly or ()), reason,
    )  # fmt: skip


def _totals(rows: QuerySet[Grade], *, cost: bool) -> ListTotals:
    """Growth and margin compare like with like: only customers who have both figures."""
    with_profit = Q(measured__gross_profit__isnull=False)
    sums = rows.aggregate(
        customers=Count("pk"),
        net=Sum("measured__net_sales"),
        before=Sum("measured__previous_net_sales"),
        profit=Sum("measured__gross_profit"),
        net_with_profit=Sum("measured__net_sales", filter=with_profit),
        open=Sum("measured__open_balance"),
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
        open_balance=sums["open"],
        overdue_balance=sums["overdue"],
    )
