"""Portfolio › Concessions: the page, and what is hidden from whoever does not see cost."""

from __future__ import annotations

import pyarrow as pa
import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.insights.models import KeptConcessions, Snapshot
from mainstay.insights.portfolio.growth import packed
from mainstay.insights.selectors import concessions as selectors
from mainstay.parties.models import Customer

ROWS = (("C001", "price", 0.05, 900_000), ("C002", "effort", 0.08, 700_000))


@pytest.fixture
def kept(books: User) -> KeptConcessions:
    snapshot = Snapshot.objects.order_by("-as_of", "-pk")[0]
    codes = dict(Customer.objects.values_list("code", "pk"))
    table = pa.table({
        "customer_id": [row[0] for row in ROWS], "measure": [row[1] for row in ROWS],
        "level": [[1.0, 0.98, 0.97, None]] * 2, "own": [[0.02, 0.01, 0.02]] * 2,
        "peers": [[0.0, 0.0, None]] * 2, "drift": [row[2] for row in ROWS],
        "yearly": [row[3] for row in ROWS], "alarm": [True, True],
    })  # fmt: skip
    big = {"customer": codes["C003"], "net_sales": 5_000_000, "profit": -100_000, "margin": -0.02,
           "peers": 0.2}  # fmt: skip
    return KeptConcessions.objects.create(
        snapshot=snapshot, told=["price", "effort"], burdens=[big], table=packed(table, codes),
        spans=[["2024-07-01", "2024-12-31"], ["2025-01-01", "2025-06-30"],
               ["2025-07-01", "2025-12-31"], ["2026-01-01", "2026-06-30"]],
    )  # fmt: skip


def test_the_page_shows_who_was_given_more_and_the_burdens(
    page: Client, kept: KeptConcessions
) -> None:
    text = page.get(reverse("concessions")).content.decode()
    assert "2 customers were given more and more" in text
    for words in ("Lower prices", "More effort per sales", "a burden", "80%"):
        assert words in text
    assert "80%%" not in text


def test_without_cost_neither_effort_nor_burdens_nor_their_sums_are_shown(
    page: Client, kept: KeptConcessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "sees_cost", lambda _user: False)
    text = page.get(reverse("concessions")).content.decode()
    assert "1 customer was given more and more" in text
    for words in ("More effort", "burden", 'href="/customers/C002"', 'href="/customers/C003"'):
        assert words not in text


def test_before_they_were_worked_out_the_page_says_so(page: Client) -> None:
    assert "worked out with each grading" in page.get(reverse("concessions")).content.decode()
