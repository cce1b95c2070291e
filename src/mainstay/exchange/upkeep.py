"""Each night: uploaded files that were kept long enough go. Repeatable."""

from __future__ import annotations

from mainstay.exchange import retention
from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.schedule import daily


@daily("03:20")
@job("uploads.prune", quick=True)
def prune(progress: Progress) -> Report:
    """Files of uploads older than they are kept."""
    del progress
    return {"files": retention.remove_old()}
