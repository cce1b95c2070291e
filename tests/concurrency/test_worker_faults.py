"""What befalls a worker that is not killed: it stands still, or the store does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from mainstay.foundation import jobs, services, worker
from mainstay.foundation.jobs import Progress
from mainstay.foundation.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def steps() -> Iterator[list[str]]:
    """A kind of job that notes its steps; between the first and the second ``meanwhile`` runs."""
    noted: list[str] = []

    @jobs.job("test.steps")
    def work(progress: Progress) -> jobs.Report:
        noted.append("first")
        time.sleep(0.4)
        progress(2, 2)
        noted.append("second")
        return {}

    yield noted
    del jobs._KINDS["test.steps"]


def take_away(attempts: int) -> None:
    """What the next worker does when the lease has run out, and this one cannot know."""
    Job.objects.update(state=Job.State.RUNNING, attempts=attempts, lease_until=timezone.now())


def test_a_worker_that_stood_still_too_long_stops_at_its_next_step(steps: list[str]) -> None:
    job = services.enqueue("test.steps", owner=None)
    claimed = worker.claim()
    assert claimed is not None
    take_away(attempts=2)
    worker.run(claimed)
    job.refresh_from_db()
    assert steps == ["first"]
    assert (job.state, job.attempts, job.report) == (Job.State.RUNNING, 2, None)


def test_a_worker_renews_its_own_lease_only(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEW", 0.05)
    job = services.enqueue("test.steps", owner=None)
    claimed = worker.claim()
    assert claimed is not None
    take_away(attempts=2)
    until = Job.objects.get(pk=job.pk).lease_until
    worker.run(claimed)
    assert Job.objects.get(pk=job.pk).lease_until == until


def test_a_lease_outlives_a_store_that_is_busy_for_once(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEW", 0.05)
    services.enqueue("test.steps", owner=None)
    claimed = worker.claim()
    assert claimed is not None
    before = timezone.now() + worker.LEASE
    renewed = []
    update = type(Job.objects.all()).update

    def busy(query: object, **change: object) -> int:
        if threading.current_thread().name == "lease":
            renewed.append(change["lease_until"])
            if len(renewed) == 1:
                raise OperationalError("database is locked")
        return update(query, **change)  # type: ignore[arg-type]

    monkeypatch.setattr("django.db.models.query.QuerySet.update", busy)
    worker.run(claimed)
    assert len(renewed) > 1
    assert renewed[1] > before - timedelta(seconds=1)  # type: ignore[operator]
    assert steps == ["first", "second"]


def test_a_store_that_does_not_answer_does_not_end_the_worker(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "IDLE", 0.01)
    job = services.enqueue("test.steps", owner=None)
    stop = threading.Event()
    answers: list[str] = []
    claim = worker.claim

    def away(*, quick: bool) -> Job | None:
        answers.append("quick" if quick else "slow")
        if answers.count(answers[-1]) == 1:
            raise OperationalError("the server closed the connection")
        found = claim(quick=quick)
        if found is None and not quick:
            stop.set()
        return found

    monkeypatch.setattr(worker, "claim", away)
    worker.work_until(stop)
    job.refresh_from_db()
    assert (job.state, steps) == (Job.State.DONE, ["first", "second"])
