"""What there is in the queue, as its readers may see it; and what runs by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from mainstay.foundation import jobs, schedule, selectors, services
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Job, User
from mainstay.foundation.selectors import JobInfo
from mainstay.web.work import kind_words, lasting
from tests.people import administrator, person

pytestmark = [pytest.mark.django_db, pytest.mark.grades(False)]
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
Put = Callable[..., Job]


@pytest.fixture
def boss() -> User:
    return administrator("boss")


@pytest.fixture
def lin() -> User:
    return person("lin", "sales_director", first_name="Lin")


@pytest.fixture
def put() -> Put:
    """Put a job into the store, a minute after the one before."""
    count = 0

    def make(kind: str = "insights.grade", **values: Any) -> Job:
        nonlocal count
        count += 1
        return Job.objects.create(
            **{"kind": kind, "created_at": NOON + timedelta(minutes=count)} | values
        )

    return make


def ids(page: selectors.JobPage) -> list[object]:
    return [row.id for row in page.rows]


def info(user: User, job: Job) -> JobInfo:
    return selectors.job(user, job.pk)


def test_one_sees_own_jobs_and_who_may_everybodys(boss: User, lin: User, put: Put) -> None:
    own, other, systems = put(owner=lin), put(owner=boss), put("ledger.check")
    assert ids(selectors.jobs(lin)) == [own.pk]
    assert ids(selectors.jobs(boss)) == [systems.pk, other.pk, own.pk]
    assert [row.owner for row in selectors.jobs(boss).rows] == ["", "boss", "Lin"]
    assert ids(selectors.jobs(person("auditor", "auditor"))) == [systems.pk, other.pk, own.pk]


def test_jobs_are_chosen_by_state_and_kind_and_paged(boss: User, put: Put) -> None:
    made = [put("exchange.apply", state="failed", owner=boss) for _ in range(3)]
    put("exchange.apply", state="done")
    put(state="failed")
    wanted: dict[str, Any] = {"states": ("failed",), "kinds": ("exchange.apply",)}
    first = selectors.jobs(boss, size=2, **wanted)
    assert ids(first) == [made[2].pk, made[1].pk]
    rest = selectors.jobs(boss, first.next_cursor, 2, **wanted)
    assert (ids(rest), rest.next_cursor) == ([made[0].pk], None)


def test_the_work_of_each_minute_is_left_out_while_it_goes_well(boss: User, put: Put) -> None:
    put("audit.seal", state="done")
    put("audit.seal", state="running")
    failed = put("audit.seal", state="failed")
    check = put("ledger.check", state="done")
    assert ids(selectors.jobs(boss, upkeep=False)) == [check.pk, failed.pk]
    assert len(selectors.jobs(boss).rows) == 4


def test_a_job_may_be_cancelled_by_its_owner_or_who_may_any_while_it_is_open(
    boss: User, lin: User, put: Put
) -> None:
    own, other = put(owner=lin), put(owner=boss, state="running")
    ended = put(owner=lin, state="done")
    assert (info(lin, own).may_cancel, info(lin, ended).may_cancel) == (True, False)
    assert (info(boss, own).may_cancel, info(boss, other).may_cancel) == (True, True)
    auditor = person("auditor", "auditor")
    assert not info(auditor, own).may_cancel
    services.cancel(boss, other.pk)
    stopping = info(boss, other)
    assert (stopping.stopping, stopping.may_cancel, stopping.state) == (True, False, "running")


def test_what_waits_for_its_hour_is_not_at_work(boss: User, put: Put) -> None:
    later = put("webhooks.deliver", not_before=timezone.now() + timedelta(hours=1))
    due = put("webhooks.deliver", not_before=timezone.now() - timedelta(hours=1))
    assert not info(boss, later).at_work
    assert info(boss, due).at_work
    assert info(boss, put()).at_work
    assert not info(boss, put(state="done")).at_work


def standing(boss: User, kind: str, now: datetime) -> schedule.Standing:
    return next(one for one in schedule.standings(boss, now) if one.schedule.kind == kind)


def test_a_schedule_tells_its_last_and_next_run_and_that_nobody_started_it(
    boss: User, put: Put
) -> None:
    now = timezone.localtime(NOON)
    two = now.replace(hour=2, minute=0, second=0, microsecond=0)
    found = standing(boss, "ledger.check", now)
    assert (found.last, found.next_at, found.is_late) == (None, two, True)
    assert not standing(boss, "ledger.check", two + timedelta(minutes=5)).is_late
    asked = put("ledger.check", owner=boss, state="done", created_at=two + timedelta(hours=3))
    found = standing(boss, "ledger.check", now)
    assert found.last is not None
    assert (found.last.id, found.is_late) == (asked.pk, True)  # asked for by hand: still owed
    put("ledger.check", state="failed", created_at=two + timedelta(minutes=1))
    found = standing(boss, "ledger.check", now)
    assert (found.next_at, found.is_late) == (two + timedelta(days=1), False)


def test_a_schedule_of_need_says_whether_there_is_any(boss: User) -> None:
    now = timezone.localtime()
    assert standing(boss, "audit.seal", now).next_at is None
    services.audit(boss, "password.reset", f"user:{boss.pk}")
    assert standing(boss, "audit.seal", now).next_at == now


def test_schedules_are_for_who_sees_all_jobs(lin: User) -> None:
    with pytest.raises(NotAllowed):
        schedule.standings(lin)


def test_every_kind_of_job_has_words() -> None:
    kinds = {kind for kind in jobs.kinds() if not kind.startswith("test.")}
    assert kinds == kind_words().keys()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3600, "1 h"), (3900, "1 h 5 min")],
)
def test_a_length_of_time_is_told_by_two_units(seconds: float, text: str) -> None:
    with translation.override("en"):
        assert lasting(timedelta(seconds=seconds)) == text
