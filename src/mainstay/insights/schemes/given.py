"""What the engine is told beside the figures: judgements, the run before, classes set by people
or given by other schemes, attributes of the customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

import pyarrow as pa
from django.db.models import Q, QuerySet

from mainstay.insights import reasons
from mainstay.insights.models import Grade, Judgement, Override, Run, Snapshot
from mainstay.insights.selectors.runs import info
from mainstay.parties.models import Customer

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme


class Given(TypedDict):
    """Arguments of ``grade``."""

    judgements: pa.Table | None
    previous: pa.Table | None
    overrides: pa.Table | None
    classes: Mapping[str, pa.Table]
    customers: pa.Table | None


def given(snapshot: Snapshot, scheme: Scheme) -> Given:
    """What one scheme of a snapshot rests on beside the figures: the same whenever it is asked.

    The newest grading rests on what people hold today, for it is what is acted on today, whatever
    day its books reach; an earlier one on what they held on its day (``Snapshot.held_on``).
    """
    return {
        "judgements": judgements(snapshot, scheme) if scheme.judged else None,
        "previous": previous(snapshot, scheme) if scheme.stability else None,
        "overrides": overrides(snapshot, scheme),
        "classes": dict(classes(snapshot, scheme)),
        "customers": customers(scheme.segments.by) if scheme.segments else None,
    }


def judgements(snapshot: Snapshot, scheme: Scheme) -> pa.Table | None:
    """Those that hold, as ``mainstay_engine.schemes.judgements`` takes them."""
    rows = _holding(Judgement.objects.filter(scheme=scheme.name), snapshot, "day")
    levels = {one.name: {level.value for level in one.levels} for one in scheme.judged}
    found = [
        {"customer_id": code, "criterion": criterion, "value": value, "judge": judge,
         "date": min(of, snapshot.as_of)}
        for code, criterion, value, judge, of in rows.order_by("day", "pk").values_list(
            "customer__code", "criterion", "value", "judge__username", "day"
        )
        if value in levels.get(criterion, ())  # else by the scale of another version
    ]  # fmt: skip
    return pa.Table.from_pylist(found) if found else None


def overrides(snapshot: Snapshot, scheme: Scheme) -> pa.Table | None:
    """Those in force, as ``mainstay_engine.schemes.steady`` takes them; the latest last."""
    rows = _holding(Override.objects.filter(scheme=scheme.name), snapshot, "since")
    rows = rows.exclude(ended_at__lte=snapshot.started_at)
    known = {klass.id for klass in scheme.classes}
    found = [
        {"customer_id": row.customer.code, "class": row.klass, "reason": row.reason,
         "until": row.until, "by": row.by.known_as()}
        for row in rows.select_related("customer", "by").order_by("since", "pk")
        if row.klass in known
    ]  # fmt: skip
    return pa.Table.from_pylist(found) if found else None


def _holding(rows: QuerySet[Any], snapshot: Snapshot, since: str) -> QuerySet[Any]:
    """What was said by the snapshot's beginning, and holds on its day."""
    day = snapshot.held_on or snapshot.as_of
    said = rows.filter(made_at__lte=snapshot.started_at, **{f"{since}__lte": day})
    return said.filter(Q(until__isnull=True) | Q(until__gte=day))


def previous(snapshot: Snapshot, scheme: Scheme) -> pa.Table | None:
    """The classes of the snapshot before, as ``Result.snapshot`` gives them."""
    run = Run.objects.filter(
        snapshot=snapshot.previous_id, scheme=scheme.name, state=Run.State.DONE
    ).select_related("snapshot", "snapshot__previous").first()  # fmt: skip
    if run is None or not run.kept:
        return None
    rows = Grade.objects.filter(run=run).values_list("customer__code", "kept")
    return reasons.kept_of(info(run)).held(rows.iterator())


def classes(snapshot: Snapshot, scheme: Scheme) -> Iterator[tuple[str, pa.Table]]:
    """By name the classes of the schemes it builds on, of those that graded in the snapshot."""
    names = {each.scheme for each in scheme.classed}
    for run in Run.objects.filter(snapshot=snapshot, scheme__in=names, state=Run.State.DONE):
        rows = list(Grade.objects.filter(run=run).values_list("customer__code", "klass"))
        yield run.scheme, pa.table({
            "customer_id": pa.array([code for code, _ in rows], pa.string()),
            "class": pa.array([klass for _, klass in rows], pa.string()),
        })  # fmt: skip


def customers(attribute: str) -> pa.Table:
    """What everybody has of an attribute today, null where it is not known."""
    rows = list(Customer.objects.values_list("code", attribute))
    return pa.table({
        "customer_id": pa.array([code for code, _ in rows], pa.string()),
        attribute: pa.array([value or None for _, value in rows], pa.string()),
    })  # fmt: skip
