"""Portfolio › Concessions: the page, and what is hidden from whoever does not see cost."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.insights.models import KeptConcessions
from mainstay.insights.selectors import concessions as selectors


def test_the_page_shows_who_was_given_more_and_the_burdens(page: Client) -> None:
    text = page.get(reverse("concessions")).content.decode()
    assert "2 customers were given more and more" in text
    for words in ("Lower prices", "More effort per sales", "a burden", "80%"):
        assert words in text
    assert "80%%" not in text


def test_without_cost_neither_effort_nor_burdens_nor_their_sums_are_shown(
    page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "sees_cost", lambda _user: False)
    text = page.get(reverse("concessions")).content.decode()
    assert "1 customer was given more and more" in text
    for words in ("More effort", "burden", 'href="/customers/C002"', 'href="/customers/C003"'):
        assert words not in text


def test_before_they_were_worked_out_the_page_says_so(page: Client) -> None:
    KeptConcessions.objects.all().delete()
    assert "worked out with each grading" in page.get(reverse("concessions")).content.decode()


def test_the_same_comes_as_a_file(page: Client) -> None:
    rows = list(csv.reader(io.StringIO(
        page.get(reverse("concessions-data")).content.decode("utf-8-sig")
    )))  # fmt: skip
    assert rows[0][:3] == ["Code", "Customer", "Concession"]
    assert [(row[0], row[2], row[-1]) for row in rows[1:]] == [
        ("C001", "Lower prices", "9000.00"), ("C002", "More effort per sales", "7000.00"),
    ]  # fmt: skip
    assert rows[1][3:7] == ["1.0", "0.98", "0.97", ""]
