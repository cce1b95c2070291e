"""The page of the week: whom it names, where it leads, and the same on paper."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot
from mainstay.insights.selectors.week import FELL, OVERDUE, SILENT
from mainstay.web.views.week import NEXT
from tests.web.test_moves import copied


@pytest.fixture
def told(books: User) -> None:
    """A grading a week earlier, since which C010 owes 100.00 more overdue."""
    now = Snapshot.objects.get()
    before = copied(Snapshot.objects.get(), as_of=now.as_of - timedelta(days=7))
    for run in list(Run.objects.filter(snapshot=now)):
        rows = list(Grade.objects.filter(run=run).select_related("measured"))
        old = copied(run, snapshot=before)
        for row in rows:
            figures, _ = CustomerMetrics.objects.get_or_create(
                snapshot=before, customer=row.customer,
                defaults={"net_sales": row.measured.net_sales, "overdue_balance": 0},
            )  # fmt: skip
            copied(row, run=old, measured=figures)
    CustomerMetrics.objects.filter(snapshot=before).update(overdue_balance=10**12)
    CustomerMetrics.objects.filter(customer__code="C010", snapshot=now).update(overdue_balance=300)
    CustomerMetrics.objects.filter(customer__code="C010", snapshot=before).update(
        overdue_balance=200
    )


def test_before_a_second_grading_there_is_no_week(page: Client, books: User) -> None:
    text = page.get(reverse("week")).content.decode()
    assert "The week shows once there are two" in text


@pytest.mark.usefixtures("told")
def test_it_names_whom_to_talk_to_and_why(page: Client) -> None:
    text = page.get(reverse("week")).content.decode()
    assert reverse("customer", args=["C010"]) in text
    assert "more fell overdue, " in text
    assert reverse("money", args=["C010"]) in text


def test_each_kind_of_concern_leads_somewhere() -> None:
    assert NEXT.keys() == {FELL, SILENT, OVERDUE}
    for route in NEXT.values():
        assert reverse(route, args=["C001"])


@pytest.mark.usefixtures("told")
def test_it_comes_on_paper(page: Client) -> None:
    answer = page.get(reverse("week-sheet"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
