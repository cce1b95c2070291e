"""Jobs that run by the clock: ``@daily("02:00")`` or ``@every(60)`` above ``@job``.

The worker looks at the clock every few seconds and queues what is due and has not been queued
since; several workers agree by a lock. A worker that was off at that hour catches up when it
starts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as clock

from django.db.models import Q
from django.utils import timezone

from mainstay.foundation.jobs import Work, kind_of
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import SEE_ALL_JOBS, demand
from mainstay.foundation.selectors import JobInfo, jobs
from mainstay.foundation.services import enqueue

LATE = timedelta(minutes=10)
"""How long after its hour a job that nobody queued counts as late."""
LOOK = 20.0
"""Seconds between two looks at the clock."""
KEPT, KEPT_ILL = timedelta(days=1), timedelta(days=7)
"""How long the record of a job that runs every so often stays after a good end, and another."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a kind of job runs: each day at a local time, or every so often while there is need."""

    kind: str
    at: clock | None = None
    every: timedelta | None = None
    again: timedelta | None = None
    """Of a daily one that failed: after how long it is tried again, that day."""
    is_due: Callable[[], bool] | None = None
    """Asked before an ``every``: whether there is anything to do."""

    def fell_due(self, moment: datetime) -> datetime:
        """The latest time at or before the (local) moment for which it should have been queued."""
        if self.at is None:
            return moment - (self.every or timedelta())
        due = moment.replace(hour=self.at.hour, minute=self.at.minute, second=0, microsecond=0)
        return due if due <= moment else due - timedelta(days=1)


_SCHEDULES: dict[str, Schedule] = {}


def daily(at: str, again: int | None = None) -> Callable[[Work], Work]:
    """Queue the job each day once this local time («02:00») has come; where it fails, ``again``
    after so many seconds.
    """

    def register(work: Work) -> Work:
        kind = kind_of(work)
        retry = None if again is None else timedelta(seconds=again)
        _SCHEDULES[kind] = Schedule(kind, at=clock.fromisoformat(at), again=retry)
        return work

    return register


def every(seconds: int, is_due: Callable[[], bool]) -> Callable[[Work], Work]:
    """Queue the job that long after it was queued last, where ``is_due`` and none is open."""

    def register(work: Work) -> Work:
        kind = kind_of(work)
        _SCHEDULES[kind] = Schedule(kind, every=timedelta(seconds=seconds), is_due=is_due)
        return work

    return register


def schedules() -> list[Schedule]:
    """Everything that runs by the clock, in the order of kinds."""
    return [_SCHEDULES[kind] for kind in sorted(_SCHEDULES)]


def enqueue_due(now: datetime | None = None) -> list[Job]:
    """Queue what is due and was not queued since it fell due; the jobs queued."""
    moment = timezone.localtime(now)
    queued = []
    for schedule in schedules():
        if not _wanted(schedule, moment):
            continue
        with one_at_a_time("schedule"):
            if _wanted(schedule, moment):
                queued.append(enqueue(schedule.kind, owner=None))
                _tidy(schedule, moment)
    return queued


@dataclass(frozen=True, slots=True)
class Standing:
    """How one schedule stands."""

    schedule: Schedule
    last: JobInfo | None
    """The latest job of its kind that began, whoever asked for it."""
    next_at: datetime | None
    """When it is queued next; nothing where that waits for need."""
    is_late: bool
    """Its hour has long come and nobody queued it: no worker is about."""


def standings(user: User, now: datetime | None = None) -> list[Standing]:
    """Every schedule with its last and next run. Asks for ``SEE_ALL_JOBS``."""
    demand(user, SEE_ALL_JOBS)
    moment = timezone.localtime(now)
    return [_standing(user, schedule, moment) for schedule in schedules()]


def _standing(user: User, schedule: Schedule, moment: datetime) -> Standing:
    due, wanted = schedule.fell_due(moment), _wanted(schedule, moment)
    next_at: datetime | None
    if schedule.at is not None:
        next_at, late = (due, moment - due > LATE) if wanted else (due + timedelta(days=1), False)
    else:
        next_at, late = (moment if wanted else None), False
    ran = Job.State.RUNNING, Job.State.DONE, Job.State.FAILED
    last = jobs(user, size=1, states=ran, kinds=[schedule.kind]).rows
    return Standing(schedule, last[0] if last else None, next_at, late)


def _wanted(schedule: Schedule, moment: datetime) -> bool:
    mine = Job.objects.filter(kind=schedule.kind, owner=None)
    since = mine.filter(created_at__gte=schedule.fell_due(moment)).order_by("-created_at").first()
    if since is not None:
        if schedule.again is None or since.state != Job.State.FAILED or since.finished_at is None:
            return False
        return since.finished_at + schedule.again <= moment
    if schedule.is_due is None:
        return True
    return not mine.filter(state__in=Job.OPEN).exists() and schedule.is_due()


def _tidy(schedule: Schedule, moment: datetime) -> None:
    """Of a job of each minute nobody reads a thousand good reports a day."""
    if schedule.every is not None:
        well = Q(state=Job.State.DONE, finished_at__lt=moment - KEPT)
        ill = Q(finished_at__lt=moment - KEPT_ILL)  # open ones have no end
        Job.objects.filter(well | ill, kind=schedule.kind, owner=None).delete()


class Clock:
    """Looks at the schedule now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def tick(self) -> None:
        """Queue what is due, if the last look was some time ago."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK
            enqueue_due()
