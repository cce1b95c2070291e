"""The customer list: filter, sort and search; its rows, and apart from them its sums.

A page of rows walks one index, at any depth: the sort's own. Sums, counts and the values to filter
by are of all rows: a page asks for them after it stands, and where they are the whole company's
they are kept as long as the run, which never changes.
"""

from __future__ import annotations

from typing import Any

from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.insights import hidden, totals
from mainstay.insights import reasons as why
from mainstay.insights.errors import NotGraded, UnknownSort
from mainstay.insights.models import Grade, Run
from mainstay.insights.records import CustomerPage, CustomerRow, CustomerSums, RunInfo
from mainstay.insights.selectors.narrowing import Filters, kept, mark, spread
from mainstay.insights.selectors.runs import latest_runs
from mainstay.insights.selectors.walking import SORTS, Walk
from mainstay.kernel import cursor as cursors
from mainstay.kernel.errors import Words
from mainstay.parties.permissions import PERSONAL
from mainstay.parties.selectors import owners, sees_cost, sees_everything

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
    shown = found[:size]
    rows = [_row(row, titles, names, cost=cost) for row in shown]
    if reasons and not untold and rows:
        place = walk.columns.index("kept")
        kept, stored = zip(*(row[place : place + 2] for row in shown), strict=True)
        told = why.reasons(run, [row.code for row in rows], kept, stored)
        rows = [row._replace(reason=one) for row, one in zip(rows, told, strict=True)]
    return CustomerPage(
        run=run,
        rows=tuple(map(_untold, rows) if untold else rows),
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
    sums = _sums(user, run, filters)
    counts = {klass: of["customers"] or 0 for klass, of in sums.items()}
    shown = [of for klass, of in sums.items() if not filters.classes or klass in filters.classes]
    found = totals.of_list(shown, cost=sees_cost(user))
    return CustomerSums(
        total=found.customers,
        totals=found,
        class_counts={entry.klass: counts.get(entry.klass, 0) for entry in run.classes},
    )


def _sums(user: User, run: RunInfo, filters: Filters) -> dict[str, totals.Sums]:
    """By class, whatever classes the filters let pass."""
    narrowed = filters.q.strip() or filters.region or filters.salesperson
    if not narrowed and filters.owner is None and sees_everything(user):
        stored = Run.objects.filter(pk=run.id).values_list("sums", flat=True).first()
        if stored:
            return dict(stored)

    def add_up() -> dict[str, totals.Sums]:
        return totals.by_class(filters.on(Grade.objects.filter(run=run.id), user, "customer__"))

    # Contacts, by which words find, and owners change between runs.
    if (filters.q and may(user, PERSONAL)) or filters.owner is not None:
        return add_up()
    return kept(user, ("sums", *mark(run), filters.q, filters.region, filters.salesperson), add_up)


def customer_facets(user: User, run: RunInfo) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions and the salespeople of the customers the user may see, to filter by."""
    return spread(user, run)


def _run(user: User, scheme: str, runs: dict[str, RunInfo] | None) -> RunInfo:
    run = (latest_runs(user) if runs is None else runs).get(scheme)
    if run is None or run.state != Run.State.DONE:
        raise NotGraded(scheme=scheme)
    return run


def _untold(row: CustomerRow) -> CustomerRow:
    """The row for whoever may not see cost, where that decided its class."""
    return row._replace(value=None, rank=None, reason=hidden.REASON)


def _row(
    row: tuple[Any, ...], titles: dict[str, Words], names: dict[int, str], *, cost: bool
) -> CustomerRow:
    """Profit and margin only for whoever may see ``cost``."""
    (
        pk, code, name, name_en, region, owner, salesperson, tax_no, terms, terms_days, limit,
        klass, before, overridden, rank, net_sales, growth, gross_profit, margin, collection_rate,
        open_balance, overdue, recency, monthly, value, *_,
    ) = row  # fmt: skip
    if not cost:
        gross_profit = margin = None
    return CustomerRow(
        pk, code, name, name_en, region, names.get(owner, ""), salesperson, tax_no, terms,
        terms_days, limit, klass, titles[klass], before or None, overridden, rank, value,
        net_sales, growth, gross_profit, margin, collection_rate, open_balance, overdue, recency,
        tuple(monthly or ()), {},
    )  # fmt: skip
