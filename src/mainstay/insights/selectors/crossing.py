"""Customers by any two divisions at once, and the names in a cell: of whom one may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.insights.errors import AxisNotValid
from mainstay.insights.models import CustomerMetrics, Run, Snapshot
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors import axes, days
from mainstay.insights.selectors.axes import Axis
from mainstay.insights.selectors.narrowing import remembered
from mainstay.insights.selectors.reach import in_portfolio, whole_portfolio
from mainstay.insights.selectors.runs import headline, info
from mainstay.kernel.cursor import BadCursor
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import sees_cost


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers in one part of either side. Amounts in minor units."""

    row: str
    column: str
    customers: int
    net: int
    profit: int | None
    """``None``: of nobody known, or not to be seen."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Everybody whom one may see, by two divisions as of a grading."""

    as_of: date
    currency: str
    exponent: int
    days: tuple[date, ...]
    """Those that can be chosen, the oldest first."""
    offered: tuple[str, ...]
    runs: Mapping[str, RunInfo]
    """Those of the grading, by scheme."""
    row: Axis
    column: Axis
    cells: tuple[Cell, ...]
    """Only those that somebody is in."""
    cost: bool

    @property
    def rows(self) -> tuple[str, ...]:
        return self.row.order({cell.row for cell in self.cells})

    @property
    def columns(self) -> tuple[str, ...]:
        return self.column.order({cell.column for cell in self.cells})


@dataclass(frozen=True, slots=True)
class Inside:
    """A customer in a cell."""

    code: str
    name: str
    name_en: str
    net: int | None
    profit: int | None
    owner: str


@dataclass(frozen=True, slots=True)
class InsidePage:
    """The customers of a cell, the largest first."""

    as_of: date
    currency: str
    exponent: int
    sides: tuple[Axis, ...]
    """What the cell is of: two divisions, one, or none where it is everybody."""
    total: int
    net: int
    cost: bool
    rows: tuple[Inside, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A grading, its runs, and whom of it the user sees."""

    snapshot: Snapshot
    days: tuple[Snapshot, ...]
    runs: Mapping[str, RunInfo]
    among: Q
    whole: bool
    cost: bool

    def axis(self, name: str) -> Axis:
        return axes.axis(name, self.snapshot, self.runs, self.among, cost=self.cost)

    def base(self) -> QuerySet[CustomerMetrics]:
        return CustomerMetrics.objects.filter(self.among, snapshot=self.snapshot).order_by()


def matrix(user: User, row: str = "", column: str = "", day: date | None = None) -> Matrix:
    """Customers by two divisions as of the grading of a day (default: the newest), which default to
    the headline's classes and size.

    Raises ``NotAllowed``, ``NotGraded``, ``AxisNotValid``.
    """
    seen = _seen(user, day)
    names = axes.offered(seen.runs, cost=seen.cost)
    across = seen.axis(column or "size")
    best = headline(dict(seen.runs))
    down = seen.axis(row or (f"class:{best.scheme}" if best else "region"))

    def count() -> list[list[Any]]:
        return [list(one) for one in _cells(seen, down, across)]

    mark = ("matrix", seen.snapshot.pk, f"{seen.snapshot.finished_at}", down.name, across.name)
    placed = {"region", "trade"} & {down.name, across.name}  # may change without a grading
    found = remembered(mark, count) if seen.whole and not placed else count()
    cells = tuple(
        Cell(a, b, n, net or 0, profit if seen.cost else None) for a, b, n, net, profit in found
    )
    return Matrix(
        seen.snapshot.as_of, seen.snapshot.currency, seen.snapshot.exponent,
        tuple(one.as_of for one in seen.days), names, seen.runs, down, across, cells, seen.cost,
    )  # fmt: skip


def inside(
    user: User, where: Mapping[str, str], day: date | None = None, after: str | None = None,
    size: int = 50,
) -> InsidePage:  # fmt: skip
    """The customers in a part of one division, or of two at once. ``where``: division → part;
    nothing: everybody.

    Raises as ``matrix``; ``BadCursor`` for a cursor that is none.
    """
    if len(where) > 2:
        raise AxisNotValid(axis=", ".join(where)[:60])
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 10):
        raise BadCursor
    seen = _seen(user, day)
    sides = tuple(seen.axis(name) for name in where)
    rows = seen.base()
    for at, (side, part) in enumerate(zip(sides, where.values(), strict=True)):
        rows = rows.annotate(**{f"side_{at}": side.part}).filter(**{f"side_{at}": part})
    told = rows.aggregate(customers=Count("pk"), net_of_all=Sum("net_sales"))
    first = int(after or 0)
    listed = rows.order_by(F("net_sales").desc(nulls_last=True), "customer__code").values_list(
        "customer__code", "customer__name", "customer__name_en", "net_sales", "gross_profit",
        "customer__owner_name",
    )[first : first + size]  # fmt: skip
    found = tuple(
        Inside(code, name, en, net, profit if seen.cost else None, owner or "")
        for code, name, en, net, profit, owner in listed
    )
    more = first + size < told["customers"]
    return InsidePage(
        seen.snapshot.as_of, seen.snapshot.currency, seen.snapshot.exponent, sides,
        told["customers"], told["net_of_all"] or 0, seen.cost, found,
        str(first + size) if more else None,
    )  # fmt: skip


def _seen(user: User, day: date | None) -> _Seen:
    demand(user, PORTFOLIO)
    demand(user, SEE)
    found = days.spread()
    snapshot = days.of(found, day)
    rows = Run.objects.filter(snapshot=snapshot.pk, state=Run.State.DONE).order_by("pk")
    runs = {row.scheme: info(row) for row in rows.select_related("snapshot", "snapshot__previous")}
    whole = whole_portfolio(user)
    among = Q() if whole else in_portfolio(user, "customer__")
    return _Seen(snapshot, found, runs, among, whole, sees_cost(user))


def _cells(seen: _Seen, down: Axis, across: Axis) -> list[tuple[Any, ...]]:
    """The store counts."""
    rows = seen.base().annotate(side_0=down.part, side_1=across.part)
    counted = rows.values_list("side_0", "side_1").annotate(
        customers=Count("pk"), net=Sum("net_sales"), profit=Sum("gross_profit")
    )
    return list(counted)
