"""Customers of one snapshot added up as the portfolio draws them.

The store adds up. Everybody's outline is kept with the snapshot when it is made, and the page reads
one row; that of fewer, whom somebody may see, is made when asked. ``structure`` draws from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Count, F, FloatField, Q, QuerySet, RowRange, Sum, Window
from django.db.models.functions import Cast, RowNumber

from mainstay.insights import structure
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.models import Outline as Kept
from mainstay.insights.portfolio import groups

ABC, VALUE = "abc", "value5"
"""The schemes whose classes are drawn."""
EVERYBODY = Q()
_SOLD = Q(net_sales__gt=0)
_SILENT = Q(order_days=None) | Q(order_days=0)
_LOSING = ~_SILENT & Q(gross_profit__lte=0)


@dataclass(frozen=True, slots=True)
class Outline:
    """Sums in minor units; ``None`` where nobody has the figure."""

    regions: list[dict[str, Any]]
    """Per region: everybody in it."""
    classes: list[dict[str, Any]]
    """Per region, ABC class and the class before: everybody who is graded."""
    value: list[dict[str, Any]]
    """Per value class: who earns a profit."""
    curve: list[tuple[int, int]]
    """(place by net sales, sum down to it) at the places that are drawn or told of."""


def keep(snapshot: Snapshot) -> None:
    """Keep the outline of everybody with a snapshot whose grades are written."""
    figures = asdict(of(snapshot.pk, _runs(snapshot)))
    figures["groups"] = groups.of_everybody([snapshot.pk], snapshot.exponent)[snapshot.pk]
    Kept.objects.update_or_create(snapshot=snapshot, defaults={"figures": figures})


def kept(snapshot: int) -> Outline | None:
    """The outline of everybody; ``None`` of a snapshot made before they were kept."""
    figures = Kept.objects.filter(snapshot=snapshot).values_list("figures", flat=True).first()
    if figures is None:
        return None
    return Outline(**{each.name: figures[each.name] for each in fields(Outline)})


def kept_groups(snapshots: Iterable[int]) -> dict[int, groups.Added]:
    """The divisions of everybody by snapshot, of those that keep them."""
    rows = Kept.objects.filter(snapshot__in=list(snapshots)).values_list("snapshot", "figures")
    return {snapshot: figures["groups"] for snapshot, figures in rows if "groups" in figures}


def _runs(snapshot: Snapshot) -> dict[str, int]:
    done = Run.objects.filter(snapshot=snapshot, state=Run.State.DONE)
    return dict(done.values_list("scheme", "pk"))


def of(snapshot: int, runs: dict[str, int], among: Q = EVERYBODY) -> Outline:
    """The outline of a snapshot; ``among``: a condition on the ``customer``. ``runs``: by scheme,
    those whose classes are drawn.
    """
    figures = CustomerMetrics.objects.filter(among, snapshot=snapshot).order_by()
    regions = _rows(
        figures.values(region=F("customer__region")).annotate(
            customers=Count("pk"),
            active=Count("pk", filter=~_SILENT),
            net=Sum("net_sales"),
            before=Sum("previous_net_sales"),
            profit=Sum("gross_profit"),
            net_with_profit=Sum("net_sales", filter=Q(gross_profit__isnull=False)),
            owed=Sum("open_balance"),
            overdue=Sum("overdue_balance"),
            sold=Count("pk", filter=_SOLD),
            sold_net=Sum("net_sales", filter=_SOLD),
            squares=Sum(_float("net_sales") * _float("net_sales"), filter=_SOLD),
            losing=Count("pk", filter=_LOSING),
            losing_profit=Sum("gross_profit", filter=_LOSING),
            silent=Count("pk", filter=_SILENT),
            silent_profit=Sum("gross_profit", filter=_SILENT),
        )
    )
    return Outline(
        regions=regions,
        classes=_classes(Grade.objects.filter(among, run=runs[ABC])) if ABC in runs else [],
        value=_value(Grade.objects.filter(among, run=runs[VALUE])) if VALUE in runs else [],
        curve=_curve(figures, sum(row["sold"] for row in regions)),
    )


def _float(column: str) -> Cast:
    return Cast(column, FloatField())


def _classes(grades: QuerySet[Grade]) -> list[dict[str, Any]]:
    sold = Q(measured__net_sales__gt=0)
    return _rows(
        grades.order_by()
        .values("klass", "previous_class", region=F("customer__region"))
        .annotate(
            customers=Count("pk"),
            net=Sum("measured__net_sales"),
            sold=Count("pk", filter=sold),
            sold_net=Sum("measured__net_sales", filter=sold),
        )
    )


def _value(grades: QuerySet[Grade]) -> list[dict[str, Any]]:
    earning = grades.order_by().filter(measured__gross_profit__gt=0)
    return _rows(
        earning.values("klass").annotate(
            customers=Count("pk"), profit=Sum("measured__gross_profit")
        )
    )


def _rows(found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(row) for row in found]


def _curve(figures: QuerySet[CustomerMetrics], sold: int) -> list[tuple[int, int]]:
    order = (F("net_sales").desc(), F("pk").asc())
    ranked = figures.filter(net_sales__isnull=False).annotate(
        place=Window(RowNumber(), order_by=order),
        running=Window(Sum("net_sales"), order_by=order, frame=RowRange(end=0)),
    )
    wanted = {*structure.places(sold), *structure.TOPS}
    rows = ranked.filter(place__in=wanted).order_by("place")
    return list(rows.values_list("place", "running"))
