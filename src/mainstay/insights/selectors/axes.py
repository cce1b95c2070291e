"""What a matrix divides customers by: classes of a scheme, bands of a metric, size and place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce

from mainstay.insights import hidden
from mainstay.insights.bridge import metric_catalogue
from mainstay.insights.errors import AxisNotValid
from mainstay.insights.models import CustomerMetrics, Grade, Snapshot
from mainstay.insights.portfolio import groups
from mainstay.insights.records import RunInfo
from mainstay.insights.snapshots import COLUMNS

PLAIN = ("size", "region", "trade")
BANDS = 4
"""Bands of a metric: a quarter of those who have it each, where values differ enough."""
NONE = ""
"""The part of those who have no class, no figure, or no such place."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One side of a matrix. ``name`` is ``class:SCHEME``, ``metric:NAME``, or one of ``PLAIN``."""

    name: str
    run: RunInfo | None
    """The scheme's run, where it is by classes."""
    cuts: tuple[float, ...]
    """Of a metric: a band ends with each of them, the last has none; in the metric's own unit."""
    part: Any
    """The expression of the store that says which part a customer is in."""

    @property
    def metric(self) -> str:
        return self.name.removeprefix("metric:") if self.name.startswith("metric:") else ""

    def order(self, seen: set[str]) -> tuple[str, ...]:
        """The parts that somebody is in, or that are classes; nobody's last."""
        if self.run is not None:
            known = [entry.klass for entry in self.run.classes]
            return (*known, *sorted(seen - {*known, NONE}), *({NONE} & seen))
        if self.metric:
            return (*(str(at) for at in range(len(self.cuts) + 1)), *({NONE} & seen))
        if self.name == "size":
            return tuple(sorted(seen, key=int, reverse=True))
        return (*sorted(seen - {NONE}), *({NONE} & seen))


def offered(runs: Mapping[str, RunInfo], *, cost: bool) -> tuple[str, ...]:
    """The names that can be chosen: schemes that graded somebody, metrics, size and place."""
    return (
        *(f"class:{scheme}" for scheme in runs),
        *(f"metric:{name}" for name in _metrics(cost=cost)), *PLAIN,
    )  # fmt: skip


def axis(
    name: str, snapshot: Snapshot, runs: Mapping[str, RunInfo], among: Q, *, cost: bool
) -> Axis:
    """One of those offered, for the customers ``among``; bands are made of theirs.

    Raises ``AxisNotValid``.
    """
    if name not in offered(runs, cost=cost):
        raise AxisNotValid(axis=name[:60])
    if name.startswith("class:"):
        run = runs[name.removeprefix("class:")]
        rows = Grade.objects.filter(run=run.id, customer=OuterRef("customer"))
        return Axis(name, run, (), Coalesce(Subquery(rows.values("klass")[:1]), Value(NONE)))
    if name.startswith("metric:"):
        column = name.removeprefix("metric:")
        cuts = _cuts(snapshot, column, among)
        return Axis(name, None, cuts, _bands(column, cuts))
    part = groups.size(snapshot.exponent) if name == "size" else F(f"customer__{name}")
    return Axis(name, None, (), part)


def bands(values: list[float]) -> tuple[float, ...]:
    """Where bands of as many customers each end; values that are equal stay together, so there may
    be fewer.
    """
    ordered = sorted(values)
    if not ordered:
        return ()
    ends = {ordered[-(-len(ordered) * at // BANDS) - 1] for at in range(1, BANDS)}
    return tuple(sorted(ends - {ordered[-1]}))


def _metrics(*, cost: bool) -> tuple[str, ...]:
    known = {metric.name for metric in metric_catalogue()}
    return tuple(
        name for name in COLUMNS if name in known and (cost or name not in hidden.cost_metrics())
    )


def _cuts(snapshot: Snapshot, column: str, among: Q) -> tuple[float, ...]:
    rows = CustomerMetrics.objects.filter(among, snapshot=snapshot, **{f"{column}__isnull": False})
    return bands(list(rows.values_list(column, flat=True).iterator()))


def _bands(column: str, cuts: tuple[float, ...]) -> Case:
    steps = [
        When(**{f"{column}__isnull": True}, then=Value(NONE)),
        *(When(**{f"{column}__lte": cut}, then=Value(str(at))) for at, cut in enumerate(cuts)),
    ]
    return Case(*steps, default=Value(str(len(cuts))))
