"""Verbs: write the audit trail, enqueue and cancel jobs, keep people's own settings."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.errors import JobNotFound
from mainstay.foundation.jobs import work_of
from mainstay.foundation.models import AuditEntry, Job, Session, User
from mainstay.foundation.outbox import announce
from mainstay.foundation.permissions import MANAGE_JOBS, may

_CHUNK = 500
"""Entries written in one statement."""


def audit(
    actor: User | None, action: str, subject: str, *, reason: str = "", **facts: object
) -> AuditEntry:
    """Write one entry, and tell webhooks that want to know of the action; call it inside the
    decision's transaction. ``subject`` is ``kind:id``; a fact ``was_x`` is what ``x`` was before.
    """
    announce(action, subject)
    return AuditEntry.objects.create(
        actor=actor, action=action, subject=subject, reason=reason, facts=facts
    )


def audit_each(
    actor: User | None, action: str, told: Iterable[tuple[str, Mapping[str, object]]], *,
    reason: str = "",
) -> None:  # fmt: skip
    """Write one entry for each subject and its facts, as ``audit`` does for one."""
    AuditEntry.objects.bulk_create(
        [AuditEntry(actor=actor, action=action, subject=subject, reason=reason, facts=dict(facts))
         for subject, facts in told],
        batch_size=_CHUNK,
    )  # fmt: skip


def enqueue(kind: str, *, owner: User | None, **arguments: object) -> Job:
    """Put a job into the queue; a worker sees it once the surrounding transaction commits."""
    work_of(kind)
    return Job.objects.create(kind=kind, owner=owner, arguments=arguments)


def cancel(user: User, job_id: uuid.UUID) -> None:
    """Ask one's own job to stop: a queued one never starts, a running one ends at its next step.

    One whose worker died on the way is taken up once more, to tidy away what it had begun.
    """
    jobs = Job.objects.filter(pk=job_id)
    if not may(user, MANAGE_JOBS):
        jobs = jobs.filter(owner=user)
    with transaction.atomic():
        job = jobs.first()
        if job is None:
            raise JobNotFound
        if not jobs.filter(state__in=Job.OPEN).update(cancel_asked=True):
            return  # it has ended
        jobs.filter(state=Job.State.QUEUED, attempts=0).update(
            state=Job.State.CANCELLED, finished_at=timezone.now()
        )
        if job.owner_id != user.pk:
            audit(user, "job.cancelled", f"job:{job.pk}", work=job.kind, owner=job.owner_id)


def change_password(user: User, password: str, *, here: str | None = None) -> None:
    """Store a new password; the caller has validated it and knows who asks. Every session of the
    user ends but the one with the key ``here``.
    """
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        Session.objects.filter(user=user).exclude(session_key=here or "").delete()
        audit(user, "password.changed", f"user:{user.pk}")


def set_preferences(user: User, *, language: str | None = None, theme: str | None = None) -> None:
    """Keep the user's own language (blank follows the browser) and theme."""
    if language is not None:
        user.language = language
    if theme is not None:
        user.theme = User.Theme(theme)
    user.full_clean(exclude=["password"])
    user.save(update_fields=["language", "theme"])
