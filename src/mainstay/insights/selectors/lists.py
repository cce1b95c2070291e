"""The customer list: filter, sort and search; its rows, and apart from them its sums.

A page of rows walks one index, at any depth: the sort's own. Sums, counts and the values to filter
by are of all rows: a page asks for them after it stands. Everybody's are kept with the run, which
never changes; those of the whole company under a filter in memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Exists, Field, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce

from mainstay.foundation import keyset
from mainstay.foundation.compiled import ask
from mainstay.foundation.models import User
from mainstay.foundation.permissions import may, reach
from mainstay.insights import hidden, totals
from mainstay.insights.errors import NotGraded, UnknownSort
from mainstay.insights.models import CustomerMetrics, Grade, Run
from mainstay.insights.records import CustomerPage, CustomerRow, CustomerSums, RunInfo
from mainstay.insights.selectors.runs import latest_runs
from mainstay.kernel import cursor as cursors
from mainstay.kernel.errors import Words
from mainstay.parties.models import Customer
from mainstay.parties.permissions import PERSONAL, SEE
from mainstay.parties.selectors import found_by, sees_cost, sees_everything, visible_to

SORTS: dict[str, tuple[type[Model], str]] = {
    "value": (Grade, "value_number"), "class": (Grade, "class_order"), "rank": (Grade, "rank"),
    "code": (Customer, "code"), "name": (Customer, "name"), "region": (Customer, "region"),
    "owner": (Customer, "salesperson"),
    **{name: (CustomerMetrics, name) for name in (
        "net_sales", "growth", "gross_profit", "margin", "collection_rate", "overdue_balance",
        "recency",
    )},
}  # fmt: skip
"""Names a list may be sorted by, and whose column that is; a leading «-» turns the order round.
Nulls come last."""
_COST = {"gross_profit", "margin"}
_DECIDING = {"value", "rank"}
Found = TypeVar("Found")
PAGE = 50
"""Rows that a page shows, for weighing ways to find them."""
KEPT = 3_600
"""Seconds that sums of a run are kept."""

_PATHS: dict[type[Model], str] = {Grade: "", Customer: "customer__", CustomerMetrics: "measured__"}
"""From a grade to where a list finds its order."""
_COLUMNS = (
    "customer_id", "customer__code", "customer__name", "customer__name_en", "customer__region",
    "customer__salesperson", "klass", "previous_class", "rank", "measured__net_sales",
    "measured__growth", "measured__gross_profit", "measured__margin",
    "measured__collection_rate", "measured__overdue_balance", "measured__recency",
    "measured__monthly",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to."""

    q: str = ""
    """Finds by code, name, pinyin and tax number; by contacts whoever sees their personal data."""
    classes: Sequence[str] = ()
    region: str = ""
    owner: str = ""

    def on(
        self, rows: QuerySet[Any], user: User, path: str, loose: frozenset[str] = frozenset()
    ) -> QuerySet[Any]:
        """The rows of customers they let pass and the user may see; ``path`` leads to those.

        ``loose`` filters let so many pass that the store must not begin with them: no index serves
        an expression.
        """
        if not sees_everything(user):
            rows = rows.filter(**{f"{path}pk__in": visible_to(user).values("pk")})
        if self.q.strip():
            rows = rows.filter(found_by(user, self.q, path))
        for column, wanted in (("region", self.region), ("salesperson", self.owner)):
            if wanted and column in loose:
                plain = Coalesce(f"{path}{column}", Value(""))
                rows = rows.alias(**{f"{column}_seen": plain}).filter(**{f"{column}_seen": wanted})
            elif wanted:
                rows = rows.filter(**{f"{path}{column}": wanted})
        return rows


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
    walk = _Walk(user, run, filters, sort, size + 1, reasons=reasons)
    found = walk.rows(after)
    last = found[size - 1] if len(found) > size else None
    titles = {entry.klass: entry.title for entry in run.classes}
    return CustomerPage(
        run=run,
        rows=tuple(
            _seen(_row(row, titles), cost=cost, untold=untold) for row in found[:size]
        ),
        next_cursor=cursors.encode(last[walk.place], last[0]) if last else None,
        sort=sort,
        cost=cost,
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
    everybody = not (filters.q.strip() or filters.region or filters.owner)
    if everybody and sees_everything(user):
        kept = Run.objects.filter(pk=run.id).values_list("sums", flat=True).first()
        if kept:
            return dict(kept)

    def add_up() -> dict[str, totals.Sums]:
        return totals.by_class(filters.on(Grade.objects.filter(run=run.id), user, "customer__"))

    if filters.q and may(user, PERSONAL):  # finds by contacts: they change between runs
        return add_up()
    return _kept(user, ("sums", *_mark(run), filters.q, filters.region, filters.owner), add_up)


def customer_facets(user: User, run: RunInfo) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions and the salespeople of the customers the user may see, to filter by."""
    regions, salespeople = _spread(user, run)
    return tuple(sorted(regions.keys() - {""})), tuple(sorted(salespeople.keys() - {""}))


def _spread(user: User, run: RunInfo) -> tuple[dict[str, int], dict[str, int]]:
    """How many of the customers the user may see each region and each salesperson has."""

    def count() -> tuple[dict[str, int], dict[str, int]]:
        seen = visible_to(user).order_by()
        return (
            dict(seen.values_list("region").annotate(Count("pk"))),
            dict(seen.values_list("salesperson").annotate(Count("pk"))),
        )

    return _kept(user, ("spread", *_mark(run)), count)


def _loose(user: User, run: RunInfo, filters: Filters) -> frozenset[str]:
    """The filters that let more pass than a page costs by walking the sort's index instead.

    Beginning with a filter costs its rows; walking, the rows between two that pass, a page's times.
    PostgreSQL weighs that itself, by how often each value is; an expression would hide it.
    """
    if not (filters.region or filters.owner) or connection.vendor == "postgresql":
        return frozenset()
    regions, salespeople = _spread(user, run)
    many = (PAGE * sum(regions.values())) ** 0.5
    passing = {
        "region": regions.get(filters.region, 0), "salesperson": salespeople.get(filters.owner, 0)
    }  # fmt: skip
    return frozenset(column for column, count in passing.items() if count > many)


def _kept(user: User, key: tuple[Any, ...], make: Callable[[], Found]) -> Found:
    """What was found of the whole company before, by the same run; else it is found now."""
    if not sees_everything(user):
        return make()
    name = hashlib.sha256(json.dumps(key).encode()).hexdigest()
    kept: Found | None = cache.get(name)
    if kept is None:
        kept = make()
        cache.set(name, kept, KEPT)
    return kept


def _mark(run: RunInfo) -> tuple[int, str]:
    """Tells a run from any other, that of a restored store too."""
    return run.id, f"{run.finished_at}"


def _run(user: User, scheme: str, runs: dict[str, RunInfo] | None) -> RunInfo:
    run = (latest_runs(user) if runs is None else runs).get(scheme)
    if run is None or run.state != Run.State.DONE:
        raise NotGraded(scheme=scheme)
    return run


class _Walk:
    """The way through a list in one order: rows of ``_COLUMNS`` and what follows them."""

    def __init__(
        self, user: User, run: RunInfo, filters: Filters, sort: str, size: int, *, reasons: bool
    ) -> None:
        self.user, self.run, self.filters, self.size = user, run, filters, size
        self.model, self.column = SORTS[sort.removeprefix("-")]
        self.descending = sort.startswith("-")
        self.order = _PATHS[self.model] + self.column
        value = "value_minor" if run.value_unit == "money" else "value_number"
        more = [value, *(["reason"] if reasons else [])]
        self.columns = list(dict.fromkeys([*_COLUMNS, *more, self.order]))
        self.place = self.columns.index(self.order)
        """Of the sort value in a row."""
        self.loose = _loose(user, run, filters)

    def rows(self, after: str | None) -> list[tuple[Any, ...]]:
        """At most ``size`` of them, behind a cursor. Raises ``BadCursor``."""
        field = cast("Field[Any, Any]", self.model._meta.get_field(self.column))
        value, row_id = keyset.position(after, field)
        found: list[tuple[Any, ...]] = []
        if after is None or value is not None:
            found += self._ask("first" if after is None else "valued", value, row_id)
        if len(found) < self.size:
            found += self._ask("without", None, row_id if value is None else -1)
        return found[: self.size]

    def _ask(self, part: str, value: Any, row_id: int) -> list[tuple[Any, ...]]:
        """Compiled once for each way, unless somebody searches: words make a query of their own."""
        filters, user = self.filters, self.user
        named = {f"class{place}": one for place, one in enumerate(filters.classes)}
        values = {
            "run": self.run.id, "snapshot": self.run.snapshot, "region": filters.region,
            "owner": filters.owner, "value": value, "row": row_id, **named,
        }  # fmt: skip

        def make(**given: Any) -> QuerySet[Any]:
            narrowed = replace(
                filters, classes=[given[name] for name in named],
                region=filters.region and given["region"], owner=filters.owner and given["owner"],
            )  # fmt: skip
            return self._made(part, narrowed, given)

        if filters.q.strip():
            return list(make(**values))
        seen = reach(user, SEE)
        shape = (
            "customers", part, self.model, *self.columns, self.place, self.descending, self.size,
            self.loose, bool(filters.region), bool(filters.owner), len(named),
            seen, user.pk if seen.own else None,
        )  # fmt: skip
        return ask(shape, make, **values)

    def _made(self, part: str, filters: Filters, given: dict[str, Any]) -> QuerySet[Any]:
        """The keys by the order's index alone, and the rows of those."""
        key = "pk" if self.model is Customer else "customer_id"
        rows = self._sorted(filters, given)
        if part == "without":
            keys = keyset.without(rows, self.column, id_column=key, behind=given["row"])
        else:
            behind = None if part == "first" else (given["value"], given["row"])
            keys = keyset.valued(
                rows, self.column, descending=self.descending, id_column=key, behind=behind
            )
        grades = Grade.objects.filter(run=given["run"], customer__in=keys.values(key)[: self.size])
        order = [] if part == "without" else [f"-{self.order}" if self.descending else self.order]
        return grades.order_by(*order, "customer_id").values_list(*self.columns)

    def _sorted(self, filters: Filters, given: dict[str, Any]) -> QuerySet[Any]:
        """Graded customers as rows of the model whose index gives the order."""
        grades = Grade.objects.filter(run=given["run"])
        if filters.classes:
            grades = grades.filter(klass__in=filters.classes)
        if self.model is Grade:
            return filters.on(grades, self.user, "customer__", self.loose)
        if self.model is Customer:
            graded = Exists(grades.filter(customer=OuterRef("pk")))
            return filters.on(Customer.objects.filter(graded), self.user, "", self.loose)
        graded = Exists(grades.filter(customer=OuterRef("customer_id")))
        figures = CustomerMetrics.objects.filter(graded, snapshot=given["snapshot"])
        return filters.on(figures, self.user, "customer__", self.loose)


def _seen(row: CustomerRow, *, cost: bool, untold: bool) -> CustomerRow:
    """The row without what its reader may not see."""
    if not cost:
        row = row._replace(gross_profit=None, margin=None)
    if untold:
        row = row._replace(value=None, rank=None, reason=hidden.REASON)
    return row


def _row(row: tuple[Any, ...], titles: dict[str, Words]) -> CustomerRow:
    (
        pk, code, name, name_en, region, salesperson, klass, before, rank, net_sales, growth,
        gross_profit, margin, collection_rate, overdue, recency, monthly, value, *rest,
    ) = row  # fmt: skip
    reason = rest[0] if rest and isinstance(rest[0], dict) else {}
    return CustomerRow(
        pk, code, name, name_en, region, salesperson, klass, titles[klass], before or None, rank,
        value, net_sales, growth, gross_profit, margin, collection_rate, overdue, recency,
        tuple(monthly or ()), reason,
    )  # fmt: skip
