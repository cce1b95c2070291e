"""Whether the grades shown rest on the books in force, and if not, why."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from mainstay.foundation.models import Job, User
from mainstay.insights.facts_out import fingerprint
from mainstay.insights.models import Snapshot
from mainstay.ledger.models import Document
from mainstay.parties.selectors import visible_to

GRADING = ("insights.grade", "exchange.apply", "exchange.undo")
"""Jobs that grade everybody, or ask for it, when they end."""
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Behind:
    """The books changed and nobody was graded since."""

    job: uuid.UUID | None
    """The work that will grade; none where somebody must ask for it."""
    error: dict[str, Any] | None
    """Words of what stopped the latest such work, where nothing is at work now."""


def behind(user: User) -> Behind | None:
    """``None`` where the grades rest on the books as they are, or there is nothing to grade."""
    visible_to(user)
    if not Document.objects.visible().booked().exists():
        return None
    shown = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    if shown.filter(fingerprint=fingerprint()).exists():
        return None
    jobs = Job.objects.filter(kind__in=GRADING)
    at_work = jobs.filter(state__in=OPEN).order_by("created_at").first()
    if at_work is not None:
        return Behind(at_work.pk, None)
    latest = jobs.order_by("-created_at").first()
    return Behind(None, latest.error if latest else None)
