"""Grading as a job. Run twice, it makes the same snapshot again."""

from __future__ import annotations

from datetime import date

from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.models import User
from mainstay.insights.services import grade_all


@job("insights.grade")
def grade(progress: Progress, as_of: str | None, user: int) -> Report:
    """Grade everybody as of a day, the latest document's where none is given."""
    snapshot = grade_all(
        User.objects.get(pk=user), date.fromisoformat(as_of) if as_of else None, progress
    )
    return {"snapshot": snapshot.pk, "as_of": snapshot.as_of.isoformat()}
