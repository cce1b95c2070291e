"""While the last check of the books found faults, administrators read so on every page."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import Job, User
from mainstay.foundation.people import FIRST
from tests.people import only

NOTICE, FAILED = "The books do not tie.", "The check of the books did not work."
FAULT = {"code": "tax_differs", "count": 1, "first": ["X1"], "en": "X1 differs", "zh": "X1 不符"}


@pytest.fixture
def administrator(books: User) -> Client:
    only(books, *FIRST)
    client = Client()
    client.force_login(User.objects.get(pk=books.pk))
    return client


def checked(state: str, faults: list[object] | None = None) -> uuid.UUID:
    report = None if faults is None else {"faults": faults}
    error = {"code": "x", "en": "Crashed", "zh": "崩溃"} if state == "failed" else None
    made = Job.objects.create(kind="ledger.check", state=state, report=report, error=error)
    return made.pk


def told(client: Client, name: str) -> str:
    return client.get(reverse(name)).content.decode()


@pytest.mark.parametrize("name", ["customers", "portfolio", "data", "me"])
def test_faults_stand_on_every_page_with_the_way_to_them(administrator: Client, name: str) -> None:
    job = checked("done", [FAULT])
    text = told(administrator, name)
    assert NOTICE in text
    assert reverse("job", args=[job]) in text
    assert "X1 differs" in administrator.get(reverse("job", args=[job])).content.decode()


def test_the_notice_goes_with_a_check_that_finds_nothing(administrator: Client) -> None:
    checked("done", [FAULT])
    checked("running")
    assert NOTICE in told(administrator, "portfolio")  # until it has ended
    checked("done", [])
    assert NOTICE not in told(administrator, "portfolio")


def test_a_check_that_did_not_work_is_told(administrator: Client) -> None:
    checked("failed")
    assert FAILED in told(administrator, "data")


def test_others_read_nothing_of_it(page: Client, books: User) -> None:
    only(books, "credit_controller")
    checked("done", [FAULT])
    assert NOTICE not in told(page, "portfolio")
