"""The worker: takes jobs from the queue, one long one at a time, and never loses one.

It holds a lease on the job it runs and renews it from a second thread. A worker that is killed
lets the lease run out, and the next one puts the job back into the queue; jobs are repeatable.

Its process starts in ``mainstay.config.worker``; tests call ``run_pending``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone

from mainstay.foundation import news, outbox
from mainstay.foundation.errors import JobCancelled, JobCrashed
from mainstay.foundation.jobs import JobTaken, Report, quick_kinds, work_of
from mainstay.foundation.models import Job
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.schedule import Clock
from mainstay.foundation.scratch import sweep

if TYPE_CHECKING:
    from django.db.models import QuerySet

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
RENEW = 5.0
"""Seconds between two renewals of the lease."""
IDLE = 0.5
"""Seconds between two looks into an empty queue."""
REPORT_EVERY = 0.25
"""Seconds between two writes of a job's progress."""
ATTEMPTS = 3
"""Workers that may die over one job before it counts as failed."""


def run_pending() -> int:
    """Run every queued job in this process, oldest first; how many there were."""
    count = 0
    while (job := claim()) is not None:
        run(job)
        count += 1
    return count


def claim(*, quick: bool | None = None) -> Job | None:
    """Take the oldest queued job, or ``None``. Two workers never get the same one.

    ``quick``: only jobs of kinds that are, or are not, done in moments.
    """
    reap()
    waiting = Job.objects.filter(state=Job.State.QUEUED).order_by("created_at", "pk")
    if quick is not None:
        of_moments = Q(kind__in=quick_kinds())
        waiting = waiting.filter(of_moments if quick else ~of_moments)
    while True:
        due = Q(not_before=None) | Q(not_before__lte=timezone.now())
        job = waiting.filter(due).first()
        if job is None:
            return None
        now = timezone.now()
        taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
            state=Job.State.RUNNING,
            attempts=job.attempts + 1,
            started_at=now,
            lease_until=now + LEASE,
        )
        if taken:
            job.refresh_from_db()
            return job


def reap() -> None:
    """Put jobs of dead workers back into the queue; fail those that killed too many.

    What the dead left in folders goes.
    """
    dead = list(Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=timezone.now()))
    for job in dead:
        still_dead = Job.objects.filter(
            pk=job.pk, state=Job.State.RUNNING, lease_until=job.lease_until
        )
        if job.attempts >= ATTEMPTS:
            log.error("job %s (%s) lost its worker %d times", job.pk, job.kind, job.attempts)
            _record(
                job,
                still_dead,
                {"state": Job.State.FAILED, "error": JobCrashed(kind=job.kind).words()},
            )
        else:
            still_dead.update(
                state=Job.State.QUEUED, lease_until=None, done=0, total=0, stage_at=None
            )
    if dead:
        sweep()


def run(job: Job) -> None:
    """Do a claimed job and record how it ended."""
    ended: dict[str, object]
    try:
        with _renewed(_held(job)):
            report = work_of(job.kind)(_Reporter(_held(job)), **job.arguments)
        ended = {"state": Job.State.DONE, "report": _plain(report)}
    except JobTaken:
        log.warning("job %s (%s) went to another worker: stopped here", job.pk, job.kind)
        return
    except JobCancelled as error:
        ended = {"state": Job.State.CANCELLED, "error": error.words()}
    except Exception as error:  # noqa: BLE001  the worker outlives any job
        ended = {"state": Job.State.FAILED, "error": _error(job, error)}
    _record(job, _held(job), ended)


def _record(job: Job, held: QuerySet[Job], ended: dict[str, object]) -> None:
    """Write how a job ended, and tell of a failure; nothing, once it is another worker's."""
    with transaction.atomic():
        is_ours = held.update(finished_at=timezone.now(), lease_until=None, **ended)
        if is_ours and ended["state"] == Job.State.FAILED and job.kind != outbox.DELIVER:
            outbox.announce(outbox.JOB_FAILED, f"job:{job.pk}")
            if job.owner is not None:
                tell([job.owner], news.JOB_FAILED, f"job:{job.pk}", error=ended["error"])


def _held(job: Job) -> QuerySet[Job]:
    """The job as long as it is this worker's: none once its lease ran out and another took it."""
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)


def _plain(report: Report | None) -> dict[str, object]:
    return dict(report) if report else {}


def _error(job: Job, error: Exception) -> dict[str, object]:
    """What people read. Errors raised on purpose bring their words; others go to the log."""
    code, text = getattr(error, "code", None), getattr(error, "text", None)
    if isinstance(code, str) and callable(text):
        return {"code": code, "en": text("en"), "zh": text("zh")}
    log.error("job %s (%s) crashed", job.pk, job.kind, exc_info=error)
    return JobCrashed(kind=job.kind).words()


class _Reporter:
    """Progress of a running job, written now and then; notices the wish to cancel."""

    def __init__(self, job: QuerySet[Job]) -> None:
        self._job = job
        self._next = 0.0
        self._total = self._done = 0

    def __call__(self, done: int, total: int, en: str = "", zh: str = "") -> None:
        now = time.monotonic()
        is_new = total != self._total or done < self._done
        if now < self._next and done < total and not is_new:
            return
        self._next = now + REPORT_EVERY
        change: dict[str, object] = {"done": done, "total": total}
        if is_new:  # its speed says nothing of the last stage's, nor of waiting
            change |= {"stage_at": timezone.now() if total else None, "stage_done": done}
        self._total, self._done = total, done
        if en:
            change["message"] = {"en": en, "zh": zh}
        if not self._job.update(**change):
            raise JobTaken
        if self._job.filter(cancel_asked=True).exists():
            raise JobCancelled


@contextmanager
def _renewed(job: QuerySet[Job]) -> Iterator[None]:
    """Renew the job's lease from a second thread while the block runs."""
    if connection.in_atomic_block:
        yield  # inside a test's transaction nobody else sees the job
        return
    stop = threading.Event()

    def renew() -> None:
        try:
            while not stop.wait(RENEW):
                try:
                    job.update(lease_until=timezone.now() + LEASE)
                except DatabaseError:  # the store is busy or away: the lease has time for more
                    log.warning("a lease was not renewed", exc_info=True)
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def work_until(stop: threading.Event) -> None:
    """Serve the queue until told to stop; the jobs at hand are finished first.

    Quick jobs and the clock have a thread of their own: an import of an hour keeps nobody's
    decision unsealed, and what falls due meanwhile is queued.
    """
    sweep()
    beside = threading.Thread(target=_serve, args=(stop,), kwargs={"quick": True}, name="quick")
    beside.start()
    try:
        _serve(stop, quick=False)
    finally:
        stop.set()
        beside.join()


def _serve(stop: threading.Event, *, quick: bool) -> None:
    """Take jobs of one sort until told to stop.

    A store that is busy for too long or away for a while does not end the worker. The job whose end
    could not be recorded is run again once its lease has run out.
    """
    clock = Clock() if quick else None
    while not stop.is_set():
        close_old_connections()
        try:
            if clock is not None:
                clock.tick()
            job = claim(quick=quick)
            if job is None:
                stop.wait(IDLE)
            else:
                run(job)
        except DatabaseError:
            log.exception("the store does not answer")
            connection.close()
            stop.wait(IDLE)
    connection.close()
