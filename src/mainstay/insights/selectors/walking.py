"""The way through the customer list in one order, by the index that has it, at any depth."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from django.db.models import Exists, Field, Model, OuterRef, QuerySet

from mainstay.foundation import keyset
from mainstay.foundation.compiled import ask
from mainstay.foundation.models import User
from mainstay.foundation.permissions import reach
from mainstay.insights.models import CustomerMetrics, Grade
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.bounds import Bounds, bounds, classes_of
from mainstay.insights.selectors.narrowing import NOBODY, Filters, loose_of
from mainstay.parties.models import Customer
from mainstay.parties.permissions import SEE

SORTS: dict[str, tuple[type[Model], str]] = {
    "value": (Grade, "value_number"), "class": (Grade, "class_order"), "rank": (Grade, "rank"),
    "code": (Customer, "code"), "name": (Customer, "name"), "region": (Customer, "region"),
    "owner": (Customer, "owner_name"), "salesperson": (Customer, "salesperson"),
    "credit_limit": (Customer, "credit_limit"),
    **{name: (CustomerMetrics, name) for name in (
        "net_sales", "growth", "gross_profit", "margin", "collection_rate", "open_balance",
        "overdue_balance", "recency",
    )},
}  # fmt: skip
"""Names a list may be sorted by, and whose column that is; a leading «-» turns the order round.
Nulls come last."""
_PATHS: dict[type[Model], str] = {
    Grade: "", Customer: "customer__", CustomerMetrics: "measured__"
}  # fmt: skip
"""From a grade to where a list finds its order."""
_COLUMNS = (
    "customer_id", "customer__code", "customer__name", "customer__name_en", "customer__region",
    "customer__owner", "customer__salesperson", "customer__tax_no", "customer__terms",
    "customer__terms_days", "customer__credit_limit", "klass", "previous_class", "rank",
    "measured__net_sales", "measured__growth", "measured__gross_profit", "measured__margin",
    "measured__collection_rate", "measured__open_balance", "measured__overdue_balance",
    "measured__recency", "measured__monthly",
)  # fmt: skip


_DOWN = frozenset({"net_sales", "value_number"})
"""Columns whose index has the largest first, and of one value the first id first."""
_FIXING = {"region": "region", "salesperson": "salesperson", "owner_name": "owner"}
"""Columns of which a filter leaves one value: the rows go by their ids then."""
_TOGETHER = {
    "region": ("owner", "salesperson"), "salesperson": ("owner", "region"),
    "owner_name": ("region",),
}  # fmt: skip
"""Columns and the filters that have an index of their own with them: who owns customers mostly owns
those of one region, so that walking the column's index alone would lead through all the others."""
LAST = 2**63 - 1


@lru_cache(maxsize=100)
def _all_graded(run: int, snapshot: int, finished_at: datetime | None) -> bool:
    """Whether a run graded everybody who was measured with it: it never changes."""
    del finished_at  # tells it from a run of the same number in a restored store
    measured = CustomerMetrics.objects.filter(snapshot=snapshot).count()
    return Grade.objects.filter(run=run).count() == measured


class Walk:
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
        self.downwards = self.descending != (self.column in _DOWN)
        """Whether rows of one value go by ids from the last to the first, as the index has them."""
        fixing = _FIXING.get(self.column, "")
        self.fixed = fixing if fixing and getattr(filters, fixing) else ""
        together = filter(self._narrows, _TOGETHER.get(self.column, ()))
        begin = frozenset(filter(None, (self.fixed, next(together, ""))))
        self.loose = loose_of(user, run, filters, begin=begin)
        self.bounds = self._bounds()
        self.all_graded = _all_graded(run.id, run.snapshot, run.finished_at)

    def rows(self, after: str | None) -> list[tuple[Any, ...]]:
        """At most ``size`` of them, behind a cursor. Raises ``BadCursor``."""
        field = self.model._meta.get_field(self.column)
        value, row_id = keyset.position(after, cast("Field[Any, Any]", field))
        if self.column == "owner_name" and self.filters.owner == NOBODY:
            return self._ask("without", None, row_id)
        if self.fixed and (after is None or value is not None):
            return self._ask("fixed", None, self._start if after is None else row_id)
        found: list[tuple[Any, ...]] = []
        valued = not (self.bounds and self.bounds.least is None)
        """Whether anybody in the classes asked for has a value."""
        if valued and value is not None:
            found += self._ask("same", value, row_id)
        if valued and len(found) < self.size and (after is None or value is not None):
            found += self._ask("first" if after is None else "beyond", value, row_id)
        if len(found) < self.size and not (self.bounds and self.bounds.all_known):
            found += self._ask("without", None, row_id if value is None else -1)
        return found[: self.size]

    def _bounds(self) -> Bounds | None:
        """Of the sort value in the classes asked for; ``None`` where they do not go together."""
        if self.model is Customer or not self.filters.classes:
            return None
        run, classes = self.run, classes_of(self.filters.classes)
        return bounds(run.id, run.finished_at, self.order, classes)

    def _narrows(self, name: str) -> bool:
        """Whether a filter is asked for."""
        return getattr(self.filters, name) not in {"", None}

    @property
    def _start(self) -> int:
        """An id before every other, in the order of ids."""
        return LAST if self.downwards else -1

    def _ask(self, part: str, value: Any, row_id: int) -> list[tuple[Any, ...]]:
        """Compiled once for each way, unless somebody searches: words make a query of their own."""
        filters, user = self.filters, self.user
        named = {f"class{place}": one for place, one in enumerate(filters.classes)}
        values = {
            "run": self.run.id, "snapshot": self.run.snapshot, "region": filters.region,
            "owner": filters.owner, "salesperson": filters.salesperson, "value": value,
            "row": row_id,
            "least": self.bounds.least if self.bounds else None,
            "most": self.bounds.most if self.bounds else None, **named,
        }  # fmt: skip

        def make(**given: Any) -> QuerySet[Any]:
            narrowed = replace(
                filters, classes=[given[name] for name in named],
                region=filters.region and given["region"], owner=filters.owner and given["owner"],
                salesperson=filters.salesperson and given["salesperson"],
            )  # fmt: skip
            return self._made(part, narrowed, given)

        if filters.q.strip():
            return list(make(**values))
        seen = reach(user, SEE)
        shape = (
            "customers", part, self.model, *self.columns, self.place, self.descending, self.size,
            self.downwards, self.all_graded, self.bounds is None, self.loose,
            bool(filters.region),
            filters.owner and bool(filters.owner), bool(filters.salesperson), len(named), seen,
            user.pk if seen.own else None,
        )  # fmt: skip
        return ask(shape, make, **values)

    def _made(self, part: str, filters: Filters, given: dict[str, Any]) -> QuerySet[Any]:
        """The keys by the order's index alone, and the rows of those."""
        key = "pk" if self.model is Customer else "customer_id"
        rows = self._sorted(filters, given, self.model)
        behind: dict[str, Any] = {"id_column": key, "downwards": self.downwards}
        if part == "without":
            keys = keyset.without(rows, self.column, id_column=key, behind=given["row"])
        elif part == "fixed":
            keys = keyset.after_id(rows, behind=given["row"], **behind)
        elif part == "same":
            keys = keyset.same(rows, self.column, given["value"], behind=given["row"], **behind)
        else:
            value = None if part == "first" else given["value"]
            if self.bounds:
                rows = self._within(rows, given, begun=value is not None)
            keys = keyset.beyond(rows, self.column, value, descending=self.descending, **behind)
        grades = Grade.objects.filter(run=given["run"], customer__in=keys.values(key)[: self.size])
        order = [] if part == "without" else [f"-{self.order}" if self.descending else self.order]
        down = self.downwards and part != "without"
        order.append("-customer_id" if down else "customer_id")
        return grades.order_by(*order).values_list(*self.columns)

    def _within(self, rows: QuerySet[Any], given: dict[str, Any], *, begun: bool) -> QuerySet[Any]:
        """From where the classes begin in this order, unless the walk has begun, to where they end.
        Of two bounds on one side the store would take either.
        """
        least = {f"{self.column}__gte": given["least"]}
        most = {f"{self.column}__lte": given["most"]}
        start, stop = (most, least) if self.descending else (least, most)
        return rows.filter(**stop) if begun else rows.filter(**start, **stop)

    def _sorted(self, filters: Filters, given: dict[str, Any], model: type[Model]) -> QuerySet[Any]:
        """Graded customers as rows of the model whose index gives the order."""
        grades = Grade.objects.filter(run=given["run"])
        if filters.classes:
            grades = grades.filter(klass__in=filters.classes)
        if model is Grade:
            return filters.on(grades, self.user, "customer__", self.loose)
        if model is Customer:
            graded = Exists(grades.filter(customer=OuterRef("pk")))
            return filters.on(Customer.objects.filter(graded), self.user, "", self.loose)
        if self.all_graded and not filters.classes:
            rows = CustomerMetrics.objects.filter(snapshot=given["snapshot"])
            return filters.on(rows, self.user, "customer__", self.loose)
        graded = Exists(grades.filter(customer=OuterRef("customer_id")))
        figures = CustomerMetrics.objects.filter(graded, snapshot=given["snapshot"])
        return filters.on(figures, self.user, "customer__", self.loose)
