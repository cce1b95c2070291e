"""The page of jobs: what runs, what ended and how, what runs by the clock, and ending one."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.exchange.errors import FileHasFaults
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.foundation.people import FIRST
from mainstay.foundation.schedule import schedules
from mainstay.ledger.models import ImportBatch
from tests.people import only, person

JOBS = reverse("jobs")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def boss(books: User, client: Client) -> Client:
    """The reader as an administrator: sees and may cancel everybody's jobs."""
    only(books, *FIRST)
    client.force_login(User.objects.get(pk=books.pk))
    return client


@pytest.fixture
def lin(books: User) -> Client:
    """A sales director, who sees own jobs only."""
    client = Client()
    client.force_login(person("zhao", "sales_director", language="en"))
    return client


def text_of(client: Client, **asked: str) -> str:
    response = client.get(JOBS, asked)
    assert response.status_code == 200
    return response.content.decode()


def running(**values: object) -> Job:
    now = timezone.now()
    given = {
        "kind": "exchange.apply", "state": "running", "started_at": now - dt.timedelta(seconds=65),
        "stage_at": now - dt.timedelta(seconds=30), "done": 40, "total": 100,
        "message": {"en": "Writing to the books", "zh": "正在写入账簿"},
    }  # fmt: skip
    return Job.objects.create(**{**given, **values})


def ended(state: str, kind: str = "exchange.apply", **values: object) -> Job:
    now = timezone.now()
    return Job.objects.create(kind=kind, state=state, started_at=now - dt.timedelta(seconds=5),
                              finished_at=now, **values)  # fmt: skip


def test_what_runs_tells_how_far_it_is_and_asks_anew(boss: Client, books: User) -> None:
    job = running(owner=books)
    Job.objects.create(kind="insights.grade", owner=None)
    text = text_of(boss)
    for words in (
        "Import", "Writing to the books", "40%", "seconds left", "1 min",
        'value="40" max="100"', "Grading", "Waiting for the worker", "the system",
        'hx-trigger="every 2s"', reverse("job", args=[job.pk]),
        reverse("cancel-job", args=[job.pk]),
    ):  # fmt: skip
        assert words in text, words


def test_a_page_on_which_nothing_is_at_work_does_not_ask(boss: Client, books: User) -> None:
    later = timezone.now() + dt.timedelta(hours=1)
    Job.objects.create(kind="webhooks.deliver", not_before=later)
    text = text_of(boss)
    assert "Waits until" in text
    assert "every 2s" not in text
    Job.objects.all().delete()
    text = text_of(boss)
    assert "Nothing runs or waits." in text
    assert "every 2s" not in text


def test_the_page_is_fetched_anew_once_a_job_it_shows_has_ended(boss: Client, books: User) -> None:
    job = running(owner=books)
    asked = {"shown": str(job.pk)}
    part = boss.get(JOBS, asked, headers=HTMX)
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert "40%" in part.content.decode()
    Job.objects.filter(pk=job.pk).update(state="done", report={})
    answer = boss.get(JOBS, asked, headers=HTMX)
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_what_ended_says_how_and_leads_to_what_it_made(boss: Client, books: User) -> None:
    ended("done", report={"batch": 7, "documents_new": 12, "documents_changed": 3})
    ended("failed", error=FileHasFaults(count=4).words(), owner=books)
    ended("done", "ledger.check", report={"faults": []})
    ended("done", "audit.verify", report={"faults": [{}, {}]})
    ended("done", "insights.grade", report={"snapshot": 1, "as_of": "2026-06-30"})
    ended("cancelled", "insights.grade")
    text = text_of(boss)
    for words in (
        "12 new documents, 3 changed", reverse("batch", args=[7]), "Import 7",
        "4 faults in the file", "Correct them", "No fault", "2 faults", reverse("audit"),
        "Everybody is graded as of 30 Jun 2026.", "Nothing was half done.", "5 s",
    ):  # fmt: skip
        assert words in text, words


def test_the_list_is_narrowed_and_taken_out(boss: Client, books: User) -> None:
    ended("done", report={"batch": 7, "documents_new": 12})
    ended("failed", "insights.grade", error=FileHasFaults(count=4).words())
    running(owner=books, message={})
    failed = text_of(boss, state="failed")
    assert ("4 faults" in failed, "12 new" in failed, "under-way" in failed) == (
        True, False, False,
    )  # fmt: skip
    imports = text_of(boss, kind="exchange.apply")
    assert ("4 faults" in imports, "12 new" in imports, "under-way" in imports) == (
        False, True, True,
    )  # fmt: skip
    at_work = text_of(boss, state="open")
    assert ("40%" in at_work, "12 new" in at_work) == (True, False)
    assert "12 new" in text_of(boss, state="nonsense", kind="nonsense")
    rows = boss.get(JOBS, {"as": "csv", "state": "done"}).content.decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert AuditEntry.objects.filter(action="list.exported", subject="list:jobs").exists()


def test_further_jobs_come_as_one_scrolls(boss: Client) -> None:
    for number in range(60):
        ended("done", report={"documents_new": number})
    text = text_of(boss)
    assert "59 new documents" in text
    assert ">9 new documents" not in text
    further = text.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    rest = boss.get(further, headers=HTMX).content.decode()
    assert ">9 new documents" in rest
    assert "59 new documents" not in rest


def test_others_see_their_own_jobs_and_no_schedules(lin: Client, boss: Client, books: User) -> None:
    zhao = User.objects.get(username="zhao")
    running(owner=books)
    ended("done", owner=books, report={"documents_new": 12})
    ended("done", "insights.grade", owner=zhao, report={"snapshot": 1, "as_of": "2026-06-30"})
    text = text_of(lin)
    assert "Everybody is graded" in text
    assert "By the clock" not in text
    for words in ("12 new", "40%", "Data</a> /"):
        assert words not in text, words
    assert "each day at 02:00" in text_of(boss)


def test_cancelling_leads_back_to_the_list_and_is_written_down(
    boss: Client, lin: Client, books: User
) -> None:
    zhao = User.objects.get(username="zhao")
    queued = Job.objects.create(kind="insights.grade", owner=zhao)
    others = running(owner=books)
    assert lin.post(reverse("cancel-job", args=[others.pk]), {"list": "1"}).status_code == 404
    answer = boss.post(reverse("cancel-job", args=[queued.pk]), {"list": "1"})
    assert answer["Location"] == JOBS
    queued.refresh_from_db()
    assert queued.state == "cancelled"
    assert AuditEntry.objects.get(action="job.cancelled").facts["owner"] == zhao.pk
    boss.post(reverse("cancel-job", args=[others.pk]), {"list": "1"})
    text = text_of(boss)
    assert "Stops at its next step" in text
    assert reverse("cancel-job", args=[others.pk]) not in text


def test_the_page_keeps_to_its_query_budget(
    boss: Client, books: User, django_assert_max_num_queries: object
) -> None:
    for _ in range(30):
        running(owner=books)
        ended("done", owner=books, report={"batch": 7, "documents_new": 1})
    with django_assert_max_num_queries(9 + 3 * len(schedules())):  # type: ignore[operator]
        text_of(boss)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        boss.get(JOBS, {"shown": ""}, headers=HTMX)


def main_part(client: Client, job: Job) -> str:
    shown = client.get(reverse("job", args=[job.pk])).content.decode()
    return shown[shown.index("<main") : shown.index("</main>")]


@pytest.mark.parametrize("state", ["queued", "running", "done", "failed", "cancelled"])
@pytest.mark.parametrize("role", ["auditor", "sales_director", "data_protection"])
def test_a_jobs_page_leads_nowhere_its_reader_may_not_go(
    books: User, role: str, state: str
) -> None:
    reader = person("reader", role, language="en")
    client = Client()
    client.force_login(reader)
    owner = books if role == "auditor" else reader
    report = {"batch": ImportBatch.objects.latest("pk").pk, "documents_new": 1}
    job = Job.objects.create(kind="insights.grade", state=state, owner=owner, report=report)
    shown = main_part(client, job)
    for href in re.findall(r'href="([^"]+)"', shown):
        assert client.get(href).status_code == 200, href
    may_cancel = owner == reader and state in ("queued", "running")
    assert (reverse("cancel-job", args=[job.pk]) in shown) == may_cancel
    if state in ("failed", "cancelled"):
        assert ("Back to Data" in shown) != ("Back to Jobs" in shown)


def test_a_job_that_was_asked_to_stop_says_so(boss: Client, books: User) -> None:
    job = running(owner=books)
    assert boss.post(reverse("cancel-job", args=[job.pk])).status_code == 302
    shown = main_part(boss, job)
    assert "Stops at its next step" in shown
    assert reverse("cancel-job", args=[job.pk]) not in shown
