"""Each night what is over goes from the store, and nothing that still counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from mainstay.foundation import schedule, services, throttle
from mainstay.foundation.jobs import silent
from mainstay.foundation.models import Job, Session, SignInFailures, User
from mainstay.foundation.upkeep import tidy
from tests.people import person

pytestmark = pytest.mark.django_db
SOME = timedelta(minutes=2)


def session(key: str, user: User | None, *, seen: timedelta, left: timedelta) -> None:
    now = timezone.now()
    Session.objects.create(
        session_key=key, user=user, begun_at=now - seen, seen_at=now - seen, expire_date=now + left
    )


def test_wrong_attempts_that_count_no_more_and_ended_sessions_go() -> None:
    lin, idle, day = person("lin"), settings.SESSION_IDLE, timedelta(days=1)
    throttle.failed("old", "10.0.0.1")
    SignInFailures.objects.update(last=timezone.now() - throttle.FORGOTTEN - SOME)
    throttle.failed("new", "10.0.0.2")
    session("idle", lin, seen=idle + SOME, left=day)
    session("expired", lin, seen=SOME, left=-SOME)
    session("used", lin, seen=idle - SOME, left=day)
    session("nobody-gone", None, seen=SOME, left=-SOME)
    session("nobody", None, seen=idle + SOME, left=day)
    assert tidy(silent) == {"attempts": 2, "sessions": 3, "counts": 0}
    assert set(Session.objects.values_list("session_key", flat=True)) == {"used", "nobody"}
    assert SignInFailures.objects.filter(key="address:10.0.0.2").exists()
    assert SignInFailures.objects.count() == 2


def test_it_runs_by_the_clock() -> None:
    assert "upkeep.tidy" in {job.kind for job in schedule.enqueue_due()}


@pytest.mark.parametrize(
    ("state", "days", "stays"),
    [("done", 2, False), ("failed", 6, True), ("failed", 8, False), ("cancelled", 8, False)],
)
def test_records_of_each_minutes_work_do_not_stay_for_ever(
    state: str, days: int, *, stays: bool
) -> None:
    now = timezone.now()
    ended = now - timedelta(days=days)
    old = Job.objects.create(kind="audit.seal", state=state, owner=None, finished_at=ended)
    other = Job.objects.create(kind="ledger.check", state="failed", owner=None, finished_at=ended)
    Job.objects.update(created_at=now - timedelta(days=9))
    services.audit(None, "password.reset", "user:1")
    schedule.enqueue_due()
    assert Job.objects.filter(pk=old.pk).exists() == stays
    assert Job.objects.filter(pk=other.pk).exists()
