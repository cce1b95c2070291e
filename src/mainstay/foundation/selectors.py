"""Nouns: a job as its owner sees it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mainstay.foundation.errors import JobNotFound
from mainstay.foundation.models import Job, User


@dataclass(frozen=True, slots=True)
class JobInfo:
    """How far a job is and how it ended."""

    id: uuid.UUID
    kind: str
    state: str
    """queued · running · done · failed · cancelled"""
    done: int
    total: int
    """Steps in all; 0 while unknown."""
    message: dict[str, str]
    report: dict[str, Any] | None
    error: dict[str, Any] | None
    """``code``, ``en``, ``zh``."""
    created_at: datetime
    started_at: datetime | None
    stage_at: datetime | None
    """When the part of the work that ``total`` counts began."""
    stage_done: int
    """What was done of it then."""
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        return self.state in {"done", "failed", "cancelled"}


def job(user: User, job_id: uuid.UUID | str) -> JobInfo:
    """One job; its owner and administrators see it. Raises ``JobNotFound``."""
    jobs = Job.objects.filter(pk=job_id)
    if not user.is_superuser:
        jobs = jobs.filter(owner=user)
    row = jobs.first()
    if row is None:
        raise JobNotFound
    return JobInfo(
        id=row.pk, kind=row.kind, state=row.state, done=row.done, total=row.total,
        message=row.message, report=row.report, error=row.error, created_at=row.created_at,
        started_at=row.started_at, stage_at=row.stage_at,
        stage_done=row.stage_done, finished_at=row.finished_at,
    )  # fmt: skip
