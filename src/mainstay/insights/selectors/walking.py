"""The way through the customer list in one order, by the index that has it, at any depth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, cast

from django.db.models import Exists, F, Field, Func, Model, OuterRef, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from mainstay.foundation import keyset
from mainstay.foundation.compiled import ask
from mainstay.foundation.models import User
from mainstay.foundation.permissions import reach
from mainstay.insights.models import CustomerMetrics, Grade
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.narrowing import (
    NOBODY,
    OWNED,
    Filters,
    begin_with,
    loose_of,
    one_territory,
    owned_alone,
    regions_of,
    share,
)
from mainstay.insights.selectors.places import Places, places
from mainstay.parties import finding
from mainstay.parties.models import Assignment, Customer
from mainstay.parties.permissions import PERSONAL, SEE
from mainstay.parties.selectors import sought

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
    "customer__terms_days", "customer__credit_limit", "klass", "previous_class", "overridden",
    "rank",
    "measured__net_sales", "measured__growth", "measured__gross_profit", "measured__margin",
    "measured__collection_rate", "measured__open_balance", "measured__overdue_balance",
    "measured__recency", "measured__monthly",
)  # fmt: skip


_FIXING = {"region": "region", "salesperson": "salesperson", "owner_name": "owner"}
"""Columns of which a filter leaves one value: the rows go by their ids then."""
_TOGETHER = {
    "region": ("owner", "salesperson"), "salesperson": ("owner", "region"),
    "owner_name": ("region", "salesperson"), "credit_limit": ("owner", "salesperson", "region"),
}  # fmt: skip
"""Columns and the filters that have an index of their own with them: who owns customers mostly owns
those of one region, and may give none of them credit, so that walking the column's index alone
would lead through all the others."""
_IN_TERRITORY = frozenset({"owner_name", "salesperson", "credit_limit"})
"""Columns that have an index of their own with the territory."""
_BY_CUSTOMER = frozenset({"region", "salesperson", "owner", "words"})
MOST_AMONG = 2_048
"""Customers asked for by their ids at most."""
SPARE = 15
"""Rows that more are asked for than should do, since who passes does not come evenly."""


def path_of(sort: str) -> str:
    """From a grade to the value that an order goes by."""
    model, column = SORTS[sort]
    return _PATHS[model] + column


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
        owned = owned_alone(user, filters)
        filters = owned or filters
        if filters.q.strip():
            filters = replace(filters, words=sought(user, filters.q))
        self.user, self.run, self.filters, self.size = user, run, filters, size
        self.model, self.column = SORTS[sort.removeprefix("-")]
        self.descending = sort.startswith("-")
        self.order = path_of(sort.removeprefix("-"))
        value = "value_minor" if run.value_unit == "money" else "value_number"
        more = [value, *(["kept", "reason"] if reasons else [])]
        self.columns = list(dict.fromkeys([*_COLUMNS, *more, self.order]))
        self.place = self.columns.index(self.order)
        """Of the sort value in a row."""
        fixing = _FIXING.get(self.column, "")
        self.fixed = fixing if fixing and getattr(filters, fixing) else ""
        together = filter(self._narrows, _TOGETHER.get(self.column, ()))
        begin = self.fixed or next(together, "")
        chosen = "" if begin else begin_with(user, run, filters, self._flat)
        self.few = chosen in _BY_CUSTOMER
        """Whether those who pass are so few that they are asked for first."""
        self.passing = "[]"
        """Their ids, where the store sorts them."""
        begin = begin or chosen
        if not begin and self.column in _IN_TERRITORY and one_territory(user):
            begin = "territory"
        self.begin = begin
        self.loose = loose_of(user, run, filters, {self.fixed, begin})
        if owned:
            self.loose |= {OWNED}
        self.regions = regions_of(user) if self.column == "region" else []
        self.all_graded = _all_graded(run.id, run.snapshot, run.finished_at)

    @property
    def _flat(self) -> bool:
        """Whether the order never changes, so that it is known where in it the classes stand."""
        return self.model is not Customer

    def rows(self, after: str | None) -> list[tuple[Any, ...]]:
        """At most ``size`` of them, behind a cursor. Raises ``BadCursor``."""
        field = self.model._meta.get_field(self.column)
        value, row_id = keyset.position(after, cast("Field[Any, Any]", field))
        if self.few and not self._flat:
            passing = self._places("rank").graded(self._passing(), self.filters.classes)
            self.passing = json.dumps(passing)
        if self.column == "owner_name" and self.filters.owner == NOBODY:
            return self._ask("without", row=row_id)
        if self.fixed and (after is None or value is not None):
            return self._ask("fixed", row=self._start if after is None else row_id)
        if self._flat and (self.few or self.filters.classes):
            return list(islice(self._known(after, value, row_id), self.size))
        found: list[tuple[Any, ...]] = []
        if after is None:
            found += self._ask("first")
        elif value is not None and (self._flat or self.few or self.begin == "classes"):
            found += self._ask("behind", value=value, row=row_id)
        elif value is not None:
            if not field.unique:  # type: ignore[union-attr]
                found += self._ask("same", value=value, row=row_id)
            if len(found) < self.size:
                found += self._ask("beyond", value=value)
        if len(found) < self.size:
            found += self._ask("without", row=-1 if after is None or value is not None else row_id)
        return found[: self.size]

    def _known(self, after: str | None, value: Any, row_id: int) -> Iterator[tuple[Any, ...]]:
        """Through an order in which it is known where everybody stands: those of the classes, or
        the few who pass.
        """
        known, classes, way = self._places(self.order), self.filters.classes, self.descending
        few = known.graded(self._passing(), classes) if self.few else None
        behind = -1
        if after is None or value is not None:
            first, end = 0, len(known.ordered)
            if after is not None:
                first, end = known.behind(value, row_id, descending=way)
            if few is None:
                valued: Iterable[int] = known.of_classes(classes, first, end, descending=way)
            else:
                valued = known.valued(few, first, end, descending=way)
            yield from self._among(valued)
        else:
            behind = row_id
        if few is None:
            empty = known.empty_of_classes(classes, behind)
        else:
            empty = (one for one in known.empty(few) if one > behind)
        yield from self._among(empty)

    def _places(self, order: str) -> Places:
        run = self.run
        return places(run.id, run.snapshot, run.finished_at, order)

    def _passing(self) -> list[int]:
        """Those whom words find, whatever else is asked; else who pass all filters but classes."""
        if self.begin == "words" and self.filters.words:
            return finding.found(self.filters.words[-1])
        (ids,) = self._ask("passing")[0]
        found: list[int] = json.loads(ids)
        return found

    def _among(self, ids: Iterable[int]) -> Iterator[tuple[Any, ...]]:
        """Of some customers in order, those that pass: as many are asked for as a page still lacks,
        and where other filters narrow, as many more as those leave out.
        """
        ids, lacking, passing = iter(ids), self.size, 1.0
        if not self.few or self.begin == "words":
            passing = share(self.user, self.run, self.filters)
        while lacking > 0:
            many = lacking if passing == 1 else int((lacking + SPARE) / passing)
            some = list(islice(ids, min(many, MOST_AMONG)))
            if not some:
                return
            rows = self._ask("among", among=keyset.listed(some))
            place = {one: number for number, one in enumerate(some)}
            yield from sorted(rows, key=lambda row: place[row[0]])
            lacking -= len(rows)
            passing = min(passing, (len(rows) + 1) / len(some))

    def _narrows(self, name: str) -> bool:
        """Whether a filter is asked for."""
        return getattr(self.filters, name) not in {"", None}

    @property
    def _start(self) -> int:
        """An id before every other, in the order of ids."""
        return keyset.LARGEST if self.descending else -1

    def _ask(self, part: str, **more: Any) -> list[tuple[Any, ...]]:
        """Compiled once for each way."""
        filters, user = self.filters, self.user
        named = {f"class{place}": one for place, one in enumerate(filters.classes)}
        words = {f"word{place}": one for place, one in enumerate(filters.words or ())}
        values = {
            "lowest": min(self.regions, default=""), "highest": max(self.regions, default=""),
            "run": self.run.id, "snapshot": self.run.snapshot, "region": filters.region,
            "owner": filters.owner, "salesperson": filters.salesperson, "passing": self.passing,
            **more, **named, **words,
        }  # fmt: skip

        def make(**given: Any) -> QuerySet[Any]:
            narrowed = replace(
                filters, classes=[given[name] for name in named],
                region=filters.region and given["region"], owner=filters.owner and given["owner"],
                salesperson=filters.salesperson and given["salesperson"],
                words=[given[name] for name in words],
            )  # fmt: skip
            return self._made(part, narrowed, given)

        seen, personal = reach(user, SEE), reach(user, PERSONAL)
        shape = (
            "customers", part, len(more), self.model, *self.columns, self.place, self.descending,
            self.size, self.all_graded, self.begin, self.few, self.loose, bool(filters.region),
            filters.owner and bool(filters.owner), bool(filters.salesperson), len(named), seen,
            bool(self.regions), filters.words is None, len(words), personal if words else None,
            user.pk if seen.own or personal.own else None,
        )  # fmt: skip
        return ask(shape, make, **values)

    def _made(self, part: str, filters: Filters, given: dict[str, Any]) -> QuerySet[Any]:
        """The keys by the order's index alone, and the rows of those."""
        if self.begin == "words":  # those whom they find are known
            filters = replace(filters, q="")
        if part == "passing":
            rows = filters.on(Customer.objects.all(), self.user, "", self.loose)
            # One text of all ids is read faster than a row of each.
            return rows.values_list(Func("pk", function="json_group_array"))
        way = "-" if self.descending and part != "without" else ""
        order = [*([] if part == "without" else [f"{way}plain"]), f"{way}customer_id"]
        grades = Grade.objects.filter(run=given["run"])
        if "among" in given:
            order = []  # known here
            wanted = grades.filter(keyset.Among("customer_id", given["among"]))
            if filters.classes:
                wanted = wanted.filter(klass__in=filters.classes)
            wanted = filters.on(wanted, self.user, "customer__", self.loose)
        else:
            keys, key = self._keys(part, filters, given)
            wanted = grades.filter(customer__in=keys.values(key)[: self.size])
        if OWNED in self.loose:
            hers = Assignment.objects.filter(user=self.user, until=None, duty=Assignment.Duty.OWNER)
            wanted = wanted.filter(Exists(hers.filter(customer=OuterRef("customer_id"))))
        # No index serves an expression: else the store might walk the order's once more.
        wanted = wanted.alias(plain=Coalesce(F(self.order), F(self.order)))
        return wanted.order_by(*order).values_list(*self.columns)

    def _keys(
        self, part: str, filters: Filters, given: dict[str, Any]
    ) -> tuple[QuerySet[Any], str]:  # fmt: skip
        """Those of a part of the way, and by which name they have the customer's id."""
        rows, column, key = self._sorted(filters, given)
        by: dict[str, Any] = {"id_column": key, "descending": self.descending}
        match part:
            case "without":
                found = keyset.without(rows, column, id_column=key, behind=given["row"])
            case "fixed":
                found = keyset.after_id(rows, behind=given["row"], **by)
            case "same":
                found = keyset.same(rows, column, given["value"], behind=given["row"], **by)
            case "beyond":
                found = keyset.beyond(rows, column, given["value"], **by)
            case _:
                found = keyset.ordered(rows, column, **by)
        if self.regions and part in {"first", "beyond"} and self.begin != "classes":
            # Of two bounds on one side, or beside a value, the store would take either.
            if part == "first" or not self.descending:
                found = found.filter(region__lte=given["highest"])
            if part == "first" or self.descending:
                found = found.filter(region__gte=given["lowest"])
        if part == "behind":
            way = "<" if self.descending else ">"
            found = found.filter(keyset.Compared(column, key, way, given["value"], given["row"]))
        return found, key

    def _sorted(
        self, filters: Filters, given: dict[str, Any]
    ) -> tuple[QuerySet[Any], str, str]:  # fmt: skip
        """Graded customers as rows of the model whose index gives the order; the names of the
        order's column and of the customer's id there.
        """
        rows: QuerySet[Any]
        grades = Grade.objects.filter(run=given["run"])
        of_classes = grades.filter(klass__in=filters.classes) if filters.classes else grades
        if self.model is Customer and self.few:
            known = RawSQL("SELECT value FROM json_each(%s)", (given["passing"],))
            loose = {name.removesuffix(" listed") for name in self.loose} | {self.begin}
            rows = Customer.objects.filter(pk__in=known)
            return filters.on(rows, self.user, "", frozenset(loose)), self.column, "pk"
        if self.model is Customer and self.begin == "classes":
            # No index serves an expression: the store begins with those of the classes.
            plain = Coalesce(F(self.order), F(self.order))
            rows = of_classes.alias(order=plain)
            return filters.on(rows, self.user, "customer__", self.loose), "order", "customer_id"
        if self.model is Customer and "classes listed" in self.loose:
            rows = Customer.objects.alias(plain=Coalesce("pk", Value(0)))
            rows = rows.filter(plain__in=of_classes.values("customer"))
            return filters.on(rows, self.user, "", self.loose), self.column, "pk"
        if self.model is Customer:
            graded = Exists(of_classes.filter(customer=OuterRef("pk")))
            rows = Customer.objects.filter(graded)
            return filters.on(rows, self.user, "", self.loose), self.column, "pk"
        if self.model is Grade:
            rows = grades
        else:
            rows = CustomerMetrics.objects.filter(snapshot=given["snapshot"])
        if filters.classes or not (self.model is Grade or self.all_graded):
            rows = rows.filter(Exists(of_classes.filter(customer=OuterRef("customer_id"))))
        found = filters.on(rows, self.user, "customer__", self.loose)
        return found, self.column, "customer_id"
