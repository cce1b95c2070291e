"""Jobs: long work in the queue, at it, or done."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Paging, Words, answers, cached, of_one
from mainstay.exchange.permissions import IMPORT
from mainstay.foundation import selectors as foundation
from mainstay.foundation import services as foundation_services
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.permissions import MANAGE_JOBS, may
from mainstay.insights.permissions import GRADE
from mainstay.ledger.permissions import TAKE_BACK

router = Router(tags=["jobs"])
BEGIN = (MANAGE_JOBS, IMPORT, TAKE_BACK, GRADE)
"""Rights to begin long work: whoever has none of them in a token ends none with it either."""


class JobError(Schema):
    """What stopped a job."""

    code: str
    en: str
    zh: str


class Job(Schema):
    """How far a job is, and how it ended."""

    id: uuid.UUID
    kind: str = Field(description="exchange.apply · exchange.undo · insights.grade · …")
    state: str = Field(description="queued · running · done · failed · cancelled")
    done: int
    total: int = Field(description="Steps in all; 0 while unknown.")
    message: Words | None = Field(description="What it is doing now.")
    report: dict[str, Any] | None = Field(description="What it did: counts, and ids by kind.")
    error: JobError | None
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class Jobs(Schema):
    """A page of jobs, the newest first."""

    rows: list[Job]
    next: str | None


@router.get("", response=answers(Jobs, 404), operation_id="list_jobs")
def list_jobs(request: ApiRequest, query: Query[Paging]) -> dict[str, Any]:
    """One's own jobs; everybody's for whoever may see them."""
    page = foundation.jobs(request.auth.user, query.after, query.size)
    return {"rows": [_job(row) for row in page.rows], "next": page.next_cursor}


@router.get("/{id}", response=of_one(Job), operation_id="get_job")
@cached
def get_job(request: ApiRequest, id: uuid.UUID) -> dict[str, Any]:  # noqa: A002
    """How far a job is."""
    return _job(foundation.job(request.auth.user, id))


@router.post("/{id}/cancel", response=answers(Job, 404), operation_id="cancel_job")
def cancel_job(request: ApiRequest, id: uuid.UUID) -> dict[str, Any]:  # noqa: A002
    """Ask a job to stop: a queued one never starts, a running one ends at its next step."""
    user = request.auth.user
    if not any(may(user, right) for right in BEGIN):
        raise NotAllowed
    foundation_services.cancel(user, id)
    return _job(foundation.job(user, id))


def _job(row: foundation.JobInfo) -> dict[str, Any]:
    plain = (
        "id", "kind", "state", "done", "total", "report", "error", "created_at", "started_at",
        "finished_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in plain} | {"message": row.message or None}
