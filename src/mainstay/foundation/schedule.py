"""Jobs that run by the clock: ``@daily("02:00")`` above ``@job``.

The worker looks once a minute and queues what is due and has not been queued this day; several
workers agree by a lock. A worker that was off at that hour catches up when it starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock

from django.utils import timezone

from mainstay.foundation.jobs import Work, kind_of
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import Job
from mainstay.foundation.services import enqueue

LOOK = 60.0
"""Seconds between two looks at the clock."""
_DAILY: dict[str, clock] = {}


def daily(at: str) -> Callable[[Work], Work]:
    """Queue the job each day once this local time («02:00») has come."""

    def register(work: Work) -> Work:
        _DAILY[kind_of(work)] = clock.fromisoformat(at)
        return work

    return register


def enqueue_due(now: datetime | None = None) -> list[Job]:
    """Queue what is due and was not queued since it fell due; the jobs queued."""
    moment = timezone.localtime(now)
    queued = []
    for kind, at in _DAILY.items():
        due = moment.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
        if due > moment:
            due -= timedelta(days=1)
        if _queued_since(kind, due):
            continue
        with one_at_a_time("schedule"):
            if not _queued_since(kind, due):
                queued.append(enqueue(kind, owner=None))
    return queued


def _queued_since(kind: str, due: datetime) -> bool:
    return Job.objects.filter(kind=kind, owner=None, created_at__gte=due).exists()


class Clock:
    """Looks at the schedule now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def tick(self) -> None:
        """Queue what is due, if the last look was some time ago."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK
            enqueue_due()
