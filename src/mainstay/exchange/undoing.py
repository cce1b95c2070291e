"""Taking an import back: asked for by an administrator, done as a job, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from mainstay.effort import taking
from mainstay.exchange.standing import demand_still
from mainstay.foundation.lock import Waiting, keep_waiting, one_at_a_time
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.services import audit, enqueue
from mainstay.insights import services as insights
from mainstay.ledger import services as ledger
from mainstay.ledger.permissions import TAKE_BACK

OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking an import back did, and what had been decided on it meanwhile."""

    counts: dict[str, int]
    decided: list[dict[str, Any]]
    """Gradings that rested on it: ``snapshot, as_of, started_at``. They are withdrawn."""
    job: Job | None
    """Grades everybody anew; none where the books are empty now."""


def ask_undo(user: User, batch_id: int, reason: str = "", *, via: str = "") -> Job:
    """Put taking an import back into the queue; where that was asked for already, that job.

    ``via`` as in ``services.apply``. Raises ``NotAllowed`` (see ``TAKE_BACK``),
    ``BatchNotFound``, ``NotInForce``.
    """
    demand_company(user, TAKE_BACK)
    with transaction.atomic():
        ledger.applied_at(batch_id)
        if (asked := open_undo(batch_id)) is not None:
            return asked
        if via:
            audit(user, "undo.asked", f"batch:{batch_id}", reason=reason, via=via)
        return enqueue("exchange.undo", owner=user, batch=batch_id, user=user.pk, reason=reason)


def open_undo(batch_id: int) -> Job | None:
    """The job that is to take the import back, or is at it."""
    jobs = Job.objects.filter(kind="exchange.undo", state__in=OPEN, arguments__batch=batch_id)
    return jobs.order_by("created_at").first()


def undo(user: User, batch_id: int, reason: str = "", *, waiting: Waiting = keep_waiting) -> Undone:
    """Take an import back, withdraw the gradings that rested on it and ask for new ones, at once.

    Raises ``NotAllowed`` (see ``TAKE_BACK``), ``NoLongerAllowed`` where the right went while it
    waited, ``BatchNotFound``, ``NotInForce``.
    """
    demand_company(user, TAKE_BACK)
    with one_at_a_time("books", waiting), transaction.atomic():
        demand_still(user.pk, TAKE_BACK)  # waiting may have been long
        applied_at = ledger.applied_at(batch_id)
        counts = ledger.undo(user, batch_id, reason) | taking.gone(batch_id)
        decided = insights.withdraw_since(applied_at)
        audit(user, "grades.withdrawn", f"batch:{batch_id}", reason=reason, decided=decided)
        job = None if ledger.is_empty() else insights.ask_for_grades(user)
    return Undone(counts, decided, job)


def undone(batch_id: int) -> Undone | None:
    """What taking an import back did, from the audit trail; ``None`` where nobody did.

    The grading it asked for is not named: it stands in the queue.
    """
    trail = AuditEntry.objects.filter(subject=f"batch:{batch_id}").order_by("pk")
    done = trail.filter(action="import.undone").last()
    withdrawn = trail.filter(action="grades.withdrawn").last()
    if done is None or withdrawn is None:
        return None
    return Undone(done.facts, withdrawn.facts["decided"], None)
