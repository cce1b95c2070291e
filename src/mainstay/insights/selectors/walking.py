"""The way through the customer list in one order, by the index that has it, at any depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Any, cast

from django.db.models import CharField, Exists, F, Field, Model, OuterRef, Q, QuerySet, Subquery

from mainstay.foundation import keyset
from mainstay.foundation.compiled import ask
from mainstay.foundation.models import User
from mainstay.foundation.permissions import reach
from mainstay.insights.models import CustomerMetrics, Grade
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.narrowing import NOBODY, Filters, loose_of
from mainstay.parties.models import Assignment, Customer
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import called, owned_today

SORTS: dict[str, tuple[type[Model], str]] = {
    "value": (Grade, "value_number"), "class": (Grade, "class_order"), "rank": (Grade, "rank"),
    "code": (Customer, "code"), "name": (Customer, "name"), "region": (Customer, "region"),
    "owner": (Assignment, "called"), "salesperson": (Customer, "salesperson"),
    **{name: (CustomerMetrics, name) for name in (
        "net_sales", "growth", "gross_profit", "margin", "collection_rate", "overdue_balance",
        "recency",
    )},
}  # fmt: skip
"""Names a list may be sorted by, and whose column that is; a leading «-» turns the order round.
Nulls come last."""
_PATHS: dict[type[Model], str] = {
    Grade: "", Customer: "customer__", CustomerMetrics: "measured__", Assignment: ""
}  # fmt: skip
"""From a grade to where a list finds its order."""
_COLUMNS = (
    "customer_id", "customer__code", "customer__name", "customer__name_en", "customer__region",
    "owner", "customer__salesperson", "customer__tax_no", "customer__terms",
    "customer__terms_days", "customer__credit_limit", "klass", "previous_class", "rank",
    "measured__net_sales", "measured__growth", "measured__gross_profit", "measured__margin",
    "measured__collection_rate", "measured__open_balance", "measured__overdue_balance",
    "measured__recency", "measured__monthly",
)  # fmt: skip


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
        more = [value, *(["kept", "reason"] if reasons else [])]
        self.columns = list(dict.fromkeys([*_COLUMNS, *more, self.order]))
        self.place = self.columns.index(self.order)
        """Of the sort value in a row."""
        self.loose = loose_of(user, run, filters)

    def rows(self, after: str | None) -> list[tuple[Any, ...]]:
        """At most ``size`` of them, behind a cursor. Raises ``BadCursor``."""
        field = CharField() if self.column == "called" else self.model._meta.get_field(self.column)
        value, row_id = keyset.position(after, cast("Field[Any, Any]", field))
        found: list[tuple[Any, ...]] = []
        if self.model is Assignment and (after is None or value is not None):
            found += self._by_owner(value, row_id)
        elif after is None or value is not None:
            found += self._ask("first" if after is None else "valued", value, row_id)
        owned = self.model is Assignment and bool(self.filters.owner)  # by whom is asked for
        if len(found) < self.size and not owned:
            found += self._ask("without", None, row_id if value is None else -1)
        return found[: self.size]

    def _by_owner(self, value: Any, row_id: int) -> list[tuple[Any, ...]]:
        """From the cursor on, some owners at a time in the order of their names: no index has that
        order. More of them each time, for some own few.
        """
        people = User.objects.filter(Exists(owned_today().filter(user=OuterRef("pk"))))
        people = people.annotate(called=called())
        if self.filters.owner:
            people = people.filter(pk=self.filters.owner)
        if value is not None:
            way = "lte" if self.descending else "gte"
            people = people.filter(**{f"called__{way}": value})
        names: dict[str, list[int]] = {}
        order = F("called").desc() if self.descending else F("called").asc()
        for pk, name in people.order_by(order, "pk").values_list("pk", "called"):
            names.setdefault(name, []).append(pk)
        groups, start, width = list(names.values()), 0, 1
        found: list[tuple[Any, ...]] = []
        while start < len(groups) and len(found) < self.size:
            some = [pk for group in groups[start : start + width] for pk in group]
            behind = start == 0 and value is not None
            found += self._ask("valued" if behind else "first", value, row_id, some)
            start, width = start + width, width * 4
        return found

    def _ask(
        self, part: str, value: Any, row_id: int, people: Sequence[int] = ()
    ) -> list[tuple[Any, ...]]:
        """Compiled once for each way, unless somebody searches: words make a query of their own."""
        filters, user = self.filters, self.user
        named = {f"class{place}": one for place, one in enumerate(filters.classes)}
        of = {f"user{place}": one for place, one in enumerate(people)}
        values = {
            "run": self.run.id, "snapshot": self.run.snapshot, "region": filters.region,
            "owner": filters.owner, "salesperson": filters.salesperson, "value": value,
            "row": row_id, **named, **of,
        }  # fmt: skip

        def make(**given: Any) -> QuerySet[Any]:
            narrowed = replace(
                filters, classes=[given[name] for name in named],
                region=filters.region and given["region"], owner=filters.owner and given["owner"],
                salesperson=filters.salesperson and given["salesperson"],
            )  # fmt: skip
            return self._made(part, narrowed, given, [given[name] for name in of])

        if filters.q.strip():
            return list(make(**values))
        seen = reach(user, SEE)
        shape = (
            "customers", part, self.model, *self.columns, self.place, self.descending, self.size,
            self.loose, bool(filters.region), filters.owner and bool(filters.owner),
            bool(filters.salesperson), len(named), len(of), seen, user.pk if seen.own else None,
        )  # fmt: skip
        return ask(shape, make, **values)

    def _made(
        self, part: str, filters: Filters, given: dict[str, Any], people: list[Any]
    ) -> QuerySet[Any]:
        """The keys by the order's index alone, and the rows of those."""
        key = "pk" if self.model is Customer else "customer_id"
        if part == "without" and self.model is Assignment:
            rows = self._sorted(replace(filters, owner=NOBODY), given, CustomerMetrics)
            keys = rows.filter(customer_id__gt=given["row"]).order_by("customer_id")
        elif part == "without":
            rows = self._sorted(filters, given, self.model)
            keys = keyset.without(rows, self.column, id_column=key, behind=given["row"])
        else:
            rows = self._sorted(filters, given, self.model)
            if self.model is Assignment:
                rows = rows.filter(reduce(or_, (Q(user=one) for one in people)))
            behind = None if part == "first" else (given["value"], given["row"])
            keys = keyset.valued(
                rows, self.column, descending=self.descending, id_column=key, behind=behind
            )
        grades = Grade.objects.filter(run=given["run"], customer__in=keys.values(key)[: self.size])
        held = owned_today().filter(customer=OuterRef("customer_id"))
        grades = grades.annotate(owner=Subquery(held.values("user")[:1]))
        if self.model is Assignment:
            grades = grades.annotate(called=Subquery(held.values(name=called("user__"))[:1]))
        order = [] if part == "without" else [f"-{self.order}" if self.descending else self.order]
        return grades.order_by(*order, "customer_id").values_list(*self.columns)

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
        graded = Exists(grades.filter(customer=OuterRef("customer_id")))
        if model is Assignment:
            held = owned_today().filter(graded).annotate(called=called("user__"))
            return filters.on(held, self.user, "customer__", self.loose)
        figures = CustomerMetrics.objects.filter(graded, snapshot=given["snapshot"])
        return filters.on(figures, self.user, "customer__", self.loose)
