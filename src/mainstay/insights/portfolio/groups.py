"""Customers of snapshots added up by what they are divided by: class, region, trade and size.

The store adds up. Everybody's sums are kept with each snapshot's outline, as regions and trades
stood then; those of fewer are made when asked, as they stand now. Amounts in minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    FloatField,
    Q,
    QuerySet,
    RowRange,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, RowNumber

from mainstay.insights.models import CustomerMetrics, Grade, Run

BY = ("class", "region", "trade", "size")
"""What customers are divided by. ``class``: by that of a scheme."""
SIZES = (0, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
"""Where a size begins, in units of the currency; below it, or with nothing sold, is ``NONE``."""
NONE = "0"
"""The size of whoever brought nothing in the window."""
TOPS = (1, 5, 10, 20)
"""How many of the largest customers a share is told of."""
_SOLD = Q(net_sales__gt=0)
_FIGURES = ("customers", "active", "net", "profit", "with_profit")
Sums = dict[str, Any]
"""``customers``; ``active`` (ordered in the window); ``net``; ``profit`` of ``with_profit``."""
Added = dict[str, list[Sums]]
"""Per division its groups with their ``key``; ``class:NAME`` is by the classes of a scheme; under
``whole`` one row with ``sold`` and ``sold_net`` (who brought more than nothing, and what),
``squares`` of that, and ``tops`` beside.
"""


def size(exponent: int, path: str = "net_sales") -> Case:
    """The size of a customer: the number of the last of ``SIZES`` that its net sales reach."""
    factor = 10**exponent
    steps = [
        When(**{f"{path}__gte" if start else f"{path}__gt": start * factor}, then=Value(str(at)))
        for at, start in enumerate(SIZES, start=1)
    ]
    return Case(*reversed(steps), default=Value(NONE))


def of_everybody(snapshots: Sequence[int], exponent: int) -> dict[int, Added]:
    """All divisions of snapshots, to be kept."""
    runs = Run.objects.filter(snapshot__in=snapshots, state=Run.State.DONE)
    classes = by_class(runs.values("pk"), Q())
    together = whole(snapshots, Q())
    found: dict[int, Added] = {pk: {"whole": [together[pk]]} for pk in snapshots}
    for name in BY[1:]:
        for pk, rows in by(name, snapshots, exponent, Q()).items():
            found[pk][name] = rows
    for run, pk, scheme in runs.values_list("pk", "snapshot", "scheme"):
        found[pk][f"class:{scheme}"] = classes.get(run, [])
    return found


def by(name: str, snapshots: Sequence[int], exponent: int, among: Q) -> dict[int, list[Sums]]:
    """Groups by region, trade or size, by snapshot. ``among``: a condition on ``customer``."""
    key = size(exponent) if name == "size" else F(f"customer__{name}")
    rows = _of(snapshots, among).annotate(key=key).values_list("snapshot", "key")
    found: dict[int, list[Sums]] = {snapshot: [] for snapshot in snapshots}
    for snapshot, group, *sums in rows.annotate(**_sums()):
        found[snapshot].append(_row(group, sums))
    return found


def by_class(runs: Sequence[int] | QuerySet[Any], among: Q) -> dict[int, list[Sums]]:
    """Groups by class, by run."""
    graded = Grade.objects.filter(among, run__in=runs).order_by()
    rows = graded.values_list("run", "klass").annotate(**_sums("measured__"))
    found: dict[int, list[Sums]] = {}
    for run, klass, *sums in rows:
        found.setdefault(run, []).append(_row(klass, sums))
    return found


def whole(snapshots: Sequence[int], among: Q) -> dict[int, Sums]:
    """All of them together, and how much of it is in few hands."""
    squares = Cast("net_sales", FloatField()) * Cast("net_sales", FloatField())
    rows = _of(snapshots, among).values_list("snapshot").annotate(
        **_sums(), sold=Count("pk", filter=_SOLD), sold_net=Sum("net_sales", filter=_SOLD),
        squares=Sum(squares, filter=_SOLD),
    )  # fmt: skip
    empty = _row("", (0, 0, 0, None, 0)) | {"sold": 0, "sold_net": 0, "squares": 0.0, "tops": []}
    found = {snapshot: dict(empty) for snapshot in snapshots}
    for snapshot, *sums, sold, sold_net, squared in rows:
        found[snapshot] |= _row("", sums) | {
            "sold": sold, "sold_net": sold_net or 0, "squares": squared or 0.0,
        }  # fmt: skip
    for snapshot, place, running in _tops(snapshots, among):
        found[snapshot]["tops"] = [*found[snapshot]["tops"], [place, running]]
    return found


def _tops(snapshots: Sequence[int], among: Q) -> Iterable[tuple[int, int, int]]:
    """Snapshot, place by net sales, and what the largest down to it bring."""
    order = (F("net_sales").desc(), F("pk").asc())
    ranked = _of(snapshots, among).filter(_SOLD).annotate(
        place=Window(RowNumber(), partition_by=F("snapshot"), order_by=order),
        running=Window(
            Sum("net_sales"), partition_by=F("snapshot"), order_by=order, frame=RowRange(end=0)
        ),
    ).filter(place__in=TOPS)  # fmt: skip
    return ranked.order_by("snapshot", "place").values_list("snapshot", "place", "running")


def _of(snapshots: Sequence[int], among: Q) -> QuerySet[CustomerMetrics]:
    return CustomerMetrics.objects.filter(among, snapshot__in=snapshots).order_by()


def _sums(path: str = "") -> Mapping[str, Any]:
    active = Q(**{f"{path}order_days__gt": 0})
    return {
        "customers": Count("pk"), "active": Count("pk", filter=active),
        "net": Sum(f"{path}net_sales"), "profit": Sum(f"{path}gross_profit"),
        "with_profit": Count(f"{path}gross_profit"),
    }  # fmt: skip


def _row(key: str, sums: Sequence[Any]) -> Sums:
    found = {"key": key} | dict(zip(_FIGURES, sums, strict=True))
    return found | {"net": found["net"] or 0}
