"""What the books lack: counts that open to their rows, and the check of the books."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import Job, User
from mainstay.insights.models import Snapshot
from mainstay.ledger import selectors as ledger
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties.models import Customer


@pytest.fixture
def gaps(books: User) -> User:
    """Lacks put into the company by hand: each of a kind, with an amount of its own."""
    batch = ImportBatch.objects.get()
    Customer.objects.exclude(code="C002").update(on_file=True)
    alone = Document.objects.create(
        key="invoice:U1", number="U1", kind="invoice", doc_date=dt.date(2026, 6, 5), net=7_770,
        cost=5_000, currency="CNY", line_count=2, digest="u", batch=batch, current=True,
        customer_name="=HYPERLINK(1)",
    )  # fmt: skip
    for net in (7_000, 770):
        DocumentLine.objects.create(document=alone, net=net, cost=2_500)
    bare = Document.objects.get(number="XS-0005")
    Document.objects.filter(pk=bare.pk).update(cost=None)
    bare.lines.update(cost=None)
    Receipt.objects.create(
        key="R1", number="R1", date=dt.date(2026, 5, 1), amount=12_345, currency="CNY",
        digest="r", batch=batch, current=True,
    )  # fmt: skip
    return books


def test_each_lack_is_counted_with_the_money_in_it(gaps: User) -> None:
    found = ledger.quality(gaps)
    assert (found.unassigned.count, found.unassigned.amount) == (2, 7_770)
    assert (found.off_file.count, found.off_file.amount) == (1, 50_000_000)
    assert (found.costless.count, found.costless.amount) == (1, 20_000_000)
    assert (found.unpaired.count, found.unpaired.amount) == (1, 12_345)
    assert found.gaps == (dt.date(2026, 4, 1), dt.date(2026, 5, 1))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_says_them_and_each_opens_to_its_rows(
    page: Client, gaps: User, language: str
) -> None:
    User.objects.filter(pk=gaps.pk).update(language=language)
    text = page.get(reverse("quality")).content.decode()
    for what in ("unassigned", "off-file", "costless", "unpaired", "gaps"):
        address = reverse("quality-rows", args=[what])
        assert address in text, what
        assert page.get(address).status_code == 200, what
    assert ("2026年4月，2026年5月" if language == "zh-hans" else "Apr 2026, May 2026") in text


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("unassigned", ["2026-06-05", "U1", "'=HYPERLINK(1)", "77.70"]),
        ("off-file", ["C002", "500000.00"]),
        ("costless", ["XS-0005", "200000.00"]),
        ("unpaired", ["R1", "123.45"]),
    ],
)
def test_the_rows_go_into_a_file_as_they_are_seen(
    page: Client, gaps: User, what: str, expected: list[str]
) -> None:
    address = reverse("quality-rows", args=[what])
    answer = page.get(f"{address}?as=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1
    for cell in expected:
        assert cell in rows[0], (cell, rows[0], head)
    assert page.get(f"{address}?as=xlsx").content[:2] == b"PK"


def test_months_without_a_document_stand_among_their_neighbours(page: Client, gaps: User) -> None:
    text = page.get(reverse("quality-rows", args=["gaps"])).content.decode()
    assert "2 months without any document" in text
    assert text.count("an export is missing?") == 2


def test_where_nothing_is_lacking_it_says_so(page: Client, books: User) -> None:
    Customer.objects.update(on_file=True)
    text = page.get(reverse("quality")).content.decode()
    assert text.count(">none<") == 5
    empty = page.get(reverse("quality-rows", args=["unassigned"])).content.decode()
    assert "Nothing is lacking here." in empty
    assert page.get(reverse("quality-rows", args=["everything"])).status_code == 404


def test_asked_by_htmx_only_the_counts_come(page: Client) -> None:
    text = page.get(reverse("quality"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "<table" in text


def test_the_books_are_checked_on_request_and_the_last_check_is_told(
    page: Client, books: User
) -> None:
    assert "Not checked yet." in page.get(reverse("data")).content.decode()
    answer = page.post(reverse("check-books"))
    job = Job.objects.get(kind="ledger.check")
    assert answer["Location"] == reverse("job", args=[job.pk])
    job.state = Job.State.DONE
    job.report = {"documents": 60, "lines": 60, "net": 1_234_500, "currency": "CNY",
                  "exponent": 2, "faults": []}  # fmt: skip
    job.save()
    assert "The books tie." in page.get(reverse("data")).content.decode()
    assert "¥12,345.00" in page.get(reverse("job", args=[job.pk])).content.decode()


def test_quality_costs_few_queries(
    page: Client, gaps: User, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        page.get(reverse("quality"))
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        page.get(reverse("quality-rows", args=["unassigned"]))


def test_books_that_changed_since_the_grading_are_told_with_a_way_to_grade(
    page: Client, books: User
) -> None:
    fresh = page.get(reverse("data")).content.decode()
    assert "The books have changed" not in fresh
    Snapshot.objects.update(fingerprint="of other books")
    failed = Job.objects.create(
        kind="insights.grade", owner=books, state=Job.State.FAILED,
        error={"code": "job_crashed", "en": "An unexpected error", "zh": "意外错误"},
    )  # fmt: skip
    told = page.get(reverse("data")).content.decode()
    note = told[told.index("The books have changed") :]
    assert "An unexpected error" in note
    assert reverse("grade-again") in note[: note.index("</section>")]
    asked = page.post(reverse("grade-again"))
    job = Job.objects.exclude(pk=failed.pk).get()
    assert asked["Location"] == reverse("job", args=[job.pk])
    told = page.get(reverse("data")).content.decode()
    note = told[told.index("The books have changed") :]
    assert reverse("job", args=[job.pk]) in note[: note.index("</section>")]
