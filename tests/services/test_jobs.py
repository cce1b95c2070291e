"""Jobs are never lost and never run twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from mainstay.foundation import jobs, selectors, services, worker
from mainstay.foundation.errors import JobNotFound
from mainstay.foundation.jobs import Progress
from mainstay.foundation.models import Job, User
from mainstay.web.work import time_left
from tests.people import administrator, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds() -> Iterator[list[int]]:
    """Kinds of job for these tests; the list collects what ``test.collect`` was given."""
    seen: list[int] = []

    @jobs.job("test.collect")
    def collect(progress: Progress, number: int) -> jobs.Report:
        progress(1, 2, "halfway", "过半")
        seen.append(number)
        return {"number": number}

    @jobs.job("test.crash")
    def crash(progress: Progress) -> jobs.Report:
        raise ZeroDivisionError

    yield seen
    for kind in ("test.collect", "test.crash"):
        del jobs._KINDS[kind]


@pytest.fixture
def user() -> User:
    return person("lin", "salesperson")


def test_jobs_run_in_order_and_leave_their_report(kinds: list[int], user: User) -> None:
    first = services.enqueue("test.collect", owner=user, number=1)
    services.enqueue("test.collect", owner=user, number=2)
    assert worker.run_pending() == 2
    assert kinds == [1, 2]
    info = selectors.job(user, first.pk)
    assert (info.state, info.report, info.finished) == ("done", {"number": 1}, True)
    assert (info.done, info.total, info.message["zh"]) == (1, 2, "过半")


def test_a_crash_is_told_in_words_and_does_not_stop_the_worker(
    kinds: list[int], user: User
) -> None:
    broken = services.enqueue("test.crash", owner=user)
    services.enqueue("test.collect", owner=user, number=3)
    assert worker.run_pending() == 2
    info = selectors.job(user, broken.pk)
    assert info.state == "failed"
    assert info.error is not None
    assert info.error["code"] == "job_crashed"
    assert kinds == [3]


def test_a_cancelled_job_never_starts_or_stops_at_its_next_step(
    kinds: list[int], user: User
) -> None:
    queued = services.enqueue("test.collect", owner=user, number=1)
    services.cancel(user, queued.pk)
    assert worker.run_pending() == 0
    running = services.enqueue("test.collect", owner=user, number=2)
    claimed = worker.claim()
    assert claimed is not None
    services.cancel(user, running.pk)
    worker.run(claimed)
    assert selectors.job(user, running.pk).state == "cancelled"
    assert kinds == []


def test_a_claimed_job_is_not_claimed_again(kinds: list[int], user: User) -> None:
    services.enqueue("test.collect", owner=user, number=1)
    assert worker.claim() is not None
    assert worker.claim() is None


def test_a_dead_workers_job_is_run_again(kinds: list[int], user: User) -> None:
    job = services.enqueue("test.collect", owner=user, number=7)
    assert worker.claim() is not None
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert worker.run_pending() == 1
    job.refresh_from_db()
    assert (job.state, job.attempts, kinds) == ("done", 2, [7])


def test_a_job_that_kills_every_worker_fails_in_the_end(kinds: list[int], user: User) -> None:
    job = services.enqueue("test.collect", owner=user, number=1)
    for _ in range(worker.ATTEMPTS):
        assert worker.claim() is not None
        Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert worker.claim() is None
    assert selectors.job(user, job.pk).state == "failed"


def test_the_report_of_a_worker_given_up_for_dead_is_ignored(kinds: list[int], user: User) -> None:
    job = services.enqueue("test.collect", owner=user, number=1)
    slow = worker.claim()
    assert slow is not None
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert worker.claim() is not None
    worker.run(slow)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("running", 2)


def test_a_job_is_seen_by_its_owner_and_administrators_only(kinds: list[int], user: User) -> None:
    job = services.enqueue("test.collect", owner=user, number=1)
    with pytest.raises(JobNotFound):
        selectors.job(User.objects.create_user("other"), job.pk)
    assert selectors.job(administrator("admin"), job.pk).id == job.pk
    with pytest.raises(JobNotFound):
        services.cancel(User.objects.get(username="other"), job.pk)


def test_an_unknown_kind_is_never_enqueued(user: User) -> None:
    with pytest.raises(KeyError):
        services.enqueue("test.nothing", owner=user)


def test_time_left_counts_from_the_work_at_hand_and_not_from_waiting(
    kinds: list[int], user: User
) -> None:
    """Asked for an hour ago; 400 of 1,000 rows are there; ten seconds brought 200 more."""
    job = services.enqueue("test.collect", owner=user, number=1)
    held = worker.claim()
    assert held is not None
    Job.objects.update(started_at=timezone.now() - timedelta(hours=1))
    tell = worker._Reporter(worker._held(held))
    tell(0, 0, "Waiting", "等待")
    assert time_left(selectors.job(user, job.pk)) == ""
    tell(3, 4, "Reading", "读取")
    tell(400, 1_000, "Writing", "写入")
    assert selectors.job(user, job.pk).stage_done == 400
    assert time_left(selectors.job(user, job.pk)) == ""
    tell(1_000, 1_000, "Writing", "写入")  # written at once, however little time has passed
    Job.objects.update(stage_at=timezone.now() - timedelta(seconds=10), done=600)
    with translation.override("en"):
        assert time_left(selectors.job(user, job.pk)) == "about 20 seconds left"
    tell(0, 7, "Grading", "分级")
    found = selectors.job(user, job.pk)
    assert found.stage_at is not None
    assert (timezone.now() - found.stage_at).total_seconds() < 5
    assert found.stage_done == 0
