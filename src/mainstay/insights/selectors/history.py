"""Grades over time: a customer's classes by date, and what rested on an import taken back."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.foundation.permissions import demand_company
from mainstay.insights import hidden, reasons
from mainstay.insights.models import Grade, Snapshot
from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.runs import info
from mainstay.kernel.errors import Words
from mainstay.ledger.permissions import BOOKS
from mainstay.parties.selectors import of_code, sees_cost_of


@dataclass(frozen=True, slots=True)
class GradeRecord:
    """One customer's class in one run, as it was given."""

    run: RunInfo
    klass: str
    class_title: Words
    rank: int | None
    reason: Words
    graded_at: datetime | None
    withdrawn_at: datetime | None
    """When an import it rested on was taken back; else it stands."""


@dataclass(frozen=True, slots=True)
class Grading:
    """One grading of everybody."""

    as_of: date
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What had been decided on an import before it was taken back, and what follows."""

    withdrawn: tuple[Grading, ...]
    regrading: uuid.UUID | None
    """The job that grades everybody anew; none where the books are empty since."""


def grade_history(
    user: User, code: str, scheme: str = "", size: int | None = 24
) -> tuple[GradeRecord, ...]:
    """A customer's classes by one scheme, or by all, the latest grading first.

    Withdrawn ones are among them. A customer the user may not see has none.
    """
    rows = (
        Grade.objects.filter(
            customer__in=of_code(user, code),
            run__snapshot__state=Snapshot.State.DONE,
        )
        .select_related("run", "run__snapshot", "run__snapshot__previous")
        .order_by("-run__snapshot__as_of", "-run__snapshot", "run")
    )
    if scheme:
        rows = rows.filter(run__scheme=scheme)
    cost = sees_cost_of(user, code)
    return tuple(_record(code, grade, cost=cost) for grade in rows[:size])


def _record(code: str, grade: Grade, *, cost: bool) -> GradeRecord:
    snapshot = grade.run.snapshot
    run = info(grade.run)
    told = cost or not hidden.rests_on_cost(run)
    titles = {entry.klass: entry.title for entry in run.classes}
    return GradeRecord(
        run=run,
        klass=grade.klass,
        class_title=titles.get(grade.klass, {"en": grade.klass, "zh": grade.klass}),
        rank=grade.rank if told else None,
        reason=reasons.reason(run, code, grade) if told else hidden.REASON,
        graded_at=snapshot.finished_at,
        withdrawn_at=snapshot.withdrawn_at,
    )


def gradings_since(user: User, moment: datetime | None) -> tuple[Grading, ...]:
    """The gradings shown now that were made since a moment: they rest on what came before them."""
    demand_company(user, BOOKS)
    if moment is None:
        return ()
    rows = Snapshot.objects.filter(
        state=Snapshot.State.DONE, withdrawn_at=None, started_at__gte=moment
    )
    return tuple(Grading(*row) for row in rows.order_by("pk").values_list("as_of", "started_at"))


def aftermath(user: User, batch_id: int) -> Aftermath:
    """What had been decided on an import that was taken back, and the job that followed."""
    demand_company(user, BOOKS)
    entry = AuditEntry.objects.filter(
        action="grades.withdrawn", subject=f"batch:{batch_id}"
    ).first()
    if entry is None:
        return Aftermath((), None)
    decided: list[dict[str, Any]] = entry.facts.get("decided", [])
    job = Job.objects.filter(kind="insights.grade", owner=entry.actor, created_at__gte=entry.at)
    return Aftermath(
        withdrawn=tuple(
            Grading(date.fromisoformat(one["as_of"]), datetime.fromisoformat(one["started_at"]))
            for one in decided
        ),
        regrading=job.order_by("created_at").values_list("pk", flat=True).first(),
    )
