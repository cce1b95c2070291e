"""One import's page: what it changed, taking it back, and what had been decided meanwhile."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.foundation.people import FIRST
from mainstay.insights.models import Snapshot
from mainstay.ledger.models import Document, ImportBatch, Receipt
from tests.people import only
from tests.web import company


@pytest.fixture
def second(books: User) -> ImportBatch:
    """A second import of the company: XS-0003 changed to 400,000.00, XS-9001 new."""
    batch = ImportBatch.objects.create(
        state="applied", applied_at="2026-07-02T08:00:00+08:00", created_by=books,
        currency="CNY", files=[{"name": "七月.csv", "table": "lines", "size": 7, "sha256": "ab"}],
        mapping={"lines": {"doc_no": "单据编号", "tax": None}},
        counts={"documents_new": 1, "documents_changed": 1, "documents_identical": 0,
                "net_new": 5_000, "net_changed": 6_666_667, "rejected": 2},
    )  # fmt: skip
    ImportBatch.objects.exclude(pk=batch.pk).update(applied_at="2026-07-01T08:00:00+08:00")
    old = Document.objects.get(number="XS-0003")
    Document.objects.filter(pk=old.pk).update(current=False)
    values = {"kind": "invoice", "customer": old.customer, "doc_date": old.doc_date,
              "currency": "CNY", "line_count": 1, "batch": batch, "current": True}  # fmt: skip
    Document.objects.create(
        key=old.key, number=old.number, net=40_000_000, digest="c", is_change=True, **values
    )
    Document.objects.create(key="invoice:XS-9001", number="XS-9001", net=5_000, digest="n",
                            **values)  # fmt: skip
    Snapshot.objects.update(started_at="2026-07-02T09:00:00+08:00")
    return batch


@pytest.fixture
def chief(books: User) -> Client:
    """The reader as an administrator."""
    only(books, *FIRST)
    client = Client()
    client.force_login(User.objects.get(pk=books.pk))
    return client


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Changed documents", "Net before", "not in this file")), ("zh-hans", ("七月.csv",))],
)
def test_an_import_shows_files_columns_and_before_and_after(
    page: Client, books: User, second: ImportBatch, language: str, words: tuple[str, ...]
) -> None:
    only(books, "finance")
    User.objects.filter(pk=books.pk).update(language=language)
    text = page.get(reverse("batch", args=[second.pk])).content.decode()
    for word in (*words, "单据编号", "¥333,333.33", "¥400,000.00", "¥66,666.67", "XS-9001"):
        assert word in text, word
    assert "data-dialog" not in text


def test_the_lists_of_an_import_hold_what_it_did_and_go_into_a_file(
    page: Client, second: ImportBatch
) -> None:
    address = reverse("batch-documents", args=[second.pk, "changed"])
    text = page.get(address).content.decode()
    assert "1 document replaces an earlier version" in text
    rows = list(csv.reader(io.StringIO(page.get(f"{address}?as=csv").content.decode("utf-8-sig"))))
    assert rows[0][-3:] == ["Net before, CNY", "Net after, CNY", "Difference, CNY"]
    assert rows[1][1] == "XS-0003"
    assert rows[1][-3:] == ["333333.33", "400000.00", "66666.67"]
    assert page.get(f"{address}?as=xlsx").content[:2] == b"PK"
    assert page.get(f"{address}?as=exe").status_code == 404
    assert page.get(reverse("batch-documents", args=[second.pk, "lost"])).status_code == 404


def test_long_lists_go_on_where_the_page_ends(page: Client) -> None:
    first = ImportBatch.objects.order_by("pk")[0]
    address = reverse("batch-documents", args=[first.pk, "new"])
    seen: list[str] = []
    while address:
        text = page.get(address, headers={"HX-Request": "true"}).content.decode()
        seen += re.findall(r">(XS-\d{4})<", text)
        more = re.search(r'href="([^"]*after=[^"]*)"', text)
        address = more[1].replace("&amp;", "&") if more else ""
    assert sorted(seen) == [f"XS-{n:04}" for n in range(1, company.COUNT + 1)]


def test_before_it_is_taken_back_the_dialog_names_what_will_be_lost(
    chief: Client, second: ImportBatch
) -> None:
    text = chief.get(reverse("batch", args=[second.pk])).content.decode()
    dialog = text[text.index("<dialog") :]
    assert " open" not in dialog[: dialog.index(">")]
    assert "1 document that is nowhere else" in dialog
    assert "1 change: the document is again what it was before" in dialog
    assert "net ¥400,050.00 in these documents" in dialog
    assert "1 grading made since: 30 Jun 2026" in dialog
    bare = chief.get(reverse("batch", args=[second.pk]) + "?take-back=1").content.decode()
    assert '<dialog id="take-back" aria-labelledby="take-back-title" open>' in bare


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_after_it_the_page_tells_who_why_and_what_had_been_decided(
    chief: Client, books: User, second: ImportBatch, language: str
) -> None:
    User.objects.filter(pk=books.pk).update(language=language)
    address = reverse("batch", args=[second.pk])
    answer = chief.post(reverse("take-back", args=[second.pk]), {"reason": "wrong month"})
    undo = Job.objects.get(kind="exchange.undo")
    assert answer["Location"] == reverse("job", args=[undo.pk])
    waiting = chief.get(address).content.decode()
    assert answer["Location"] in waiting
    assert "data-dialog" not in waiting
    twice = chief.post(reverse("take-back", args=[second.pk]), {"reason": "again"})
    assert twice["Location"] == answer["Location"]
    assert worker.claim() == undo
    worker.run(Job.objects.get(pk=undo.pk))
    assert chief.get(answer["Location"])["Location"] == address
    text = chief.get(address).content.decode()
    job = Job.objects.get(kind="insights.grade")
    assert "wrong month" in text
    assert books.username in text
    assert reverse("job", args=[job.pk]) in text
    assert "2026-07-02 09:00" in text
    assert Document.objects.get(number="XS-0003", current=True).net == 33_333_333
    assert not Document.objects.filter(number="XS-9001", current=True).exists()
    listed = chief.get(reverse("data")).content.decode()
    assert "wrong month" in listed
    rows = chief.get(reverse("imports-csv")).content.decode("utf-8-sig")
    assert "wrong month" in rows


def test_only_an_administrator_takes_an_import_back(
    page: Client, books: User, second: ImportBatch
) -> None:
    only(books, "finance")
    answer = page.post(reverse("take-back", args=[second.pk]), {"reason": "because"})
    assert answer.status_code == 403
    second.refresh_from_db()
    assert second.state == "applied"


def test_without_a_reason_nothing_is_taken_back(chief: Client, second: ImportBatch) -> None:
    answer = chief.post(reverse("take-back", args=[second.pk]), {"reason": "  "}, follow=True)
    assert "Say why the import is taken back" in answer.content.decode()
    second.refresh_from_db()
    assert second.state == "applied"


def test_an_import_taken_back_already_is_told(chief: Client, second: ImportBatch) -> None:
    for _ in range(2):
        answer = chief.post(
            reverse("take-back", args=[second.pk]), {"reason": "twice"}, follow=True
        )
        if (job := worker.claim()) is not None:
            worker.run(job)
    assert "is not in force" in answer.content.decode()
    assert chief.post(reverse("take-back", args=[10**6]), {"reason": "x"}).status_code == 404


def test_an_earlier_version_of_a_document_says_that_it_no_longer_counts(
    page: Client, second: ImportBatch
) -> None:
    old, new = Document.objects.filter(number="XS-0003").order_by("pk")
    text = page.get(reverse("document", args=[old.pk])).content.decode()
    assert "This version no longer counts." in text
    assert reverse("document", args=[new.pk]) in text
    shown = page.get(reverse("document", args=[new.pk])).content.decode()
    assert "superseded" in shown
    assert "no longer counts" not in shown


def test_a_withdrawn_grade_stays_in_the_history_struck_through(
    chief: Client, second: ImportBatch
) -> None:
    text = chief.get(reverse("customer", args=["C001"])).content.decode()
    assert "Grades so far" in text
    assert 'class="gone"' not in text
    Snapshot.objects.update(withdrawn_at="2026-07-03T09:00:00+08:00")
    fresh = Snapshot.objects.create(
        state="done", as_of=company.AS_OF, window_start=company.START,
        window_end=company.AS_OF, currency="CNY", engine_version="0.1.0", fingerprint="1" * 64,
    )  # fmt: skip
    from mainstay.insights.models import CustomerMetrics, Grade, Run

    old = Grade.objects.select_related("run").get(customer__code="C001", run__scheme="abc")
    run = Run.objects.create(
        snapshot=fresh, scheme="abc", version="2", title=old.run.title, classes=old.run.classes,
        value_metric="net_sales", value_unit="money",
    )  # fmt: skip
    measured = CustomerMetrics.objects.create(snapshot=fresh, customer=old.customer)
    Grade.objects.create(
        run=run, customer=old.customer, measured=measured, klass="B", class_order=1,
        reason={"en": "now B", "zh": "现为 B"},
        explanation={"criteria": [], "cut": {}},
    )  # fmt: skip
    text = chief.get(reverse("customer", args=["C001"])).content.decode()
    history = text[text.index('id="history"') :]
    assert history.count('class="gone"') == 1
    assert "withdrawn" in history
    assert "version 2" in history
    rows = chief.get(reverse("customer-grades", args=["C001"])).content.decode("utf-8-sig")
    assert len(rows.strip().splitlines()) == 4
    assert "now B" in rows


def test_an_import_costs_few_queries(
    chief: Client, second: ImportBatch, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        assert chief.get(reverse("batch", args=[second.pk])).status_code == 200


def test_what_a_later_import_brought_again_is_not_named_as_lost(
    chief: Client, second: ImportBatch
) -> None:
    from mainstay.ledger.models import Confirmation

    first = ImportBatch.objects.order_by("pk")[0]
    ids = list(Document.objects.filter(batch=first, current=True).values_list("pk", flat=True))
    paid = list(Receipt.objects.filter(batch=first).values_list("pk", flat=True))
    for table, facts in (("document", ids[:50]), ("receipt", paid)):
        for fact in facts:
            Confirmation.objects.create(batch=second, table=table, fact=fact)
    text = chief.get(reverse("batch", args=[first.pk])).content.decode()
    dialog = text[text.index("<dialog") :]
    assert f"{len(ids) - 50} documents that are nowhere else" in dialog
    assert "receipt" not in dialog
