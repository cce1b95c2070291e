"""Books that hold a company: they tie with its files, and what comes again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Sum
from pytest_django import Settings

from mainstay.exchange import services as exchange
from mainstay.exchange.errors import AlreadyApplied, BooksNotEmpty
from mainstay.exchange.models import Upload
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger import selectors as ledger
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties.models import Customer
from tests.services import company
from tests.services.conftest import Bring

LatestUpload = Callable[[], Upload]


@pytest.fixture
def owner(db: None, shared_books: tuple[User, Job], settings: Settings, tmp_path: Path) -> User:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return shared_books[0]


@pytest.fixture
def graded(db: None, shared_books: tuple[User, Job]) -> Job:
    return shared_books[1]


def test_the_books_tie_with_the_file(graded: Job) -> None:
    lines = Document.objects.visible().aggregate(net=Sum("net"))["net"]
    assert lines == DocumentLine.objects.aggregate(net=Sum("net"))["net"]
    assert lines == company.FILE_NET
    assert graded.report is not None
    assert graded.report["documents_new"] == company.DOCUMENTS
    assert graded.report["net_new"] == company.FILE_NET
    assert graded.report["unassigned_lines"] == 1
    assert graded.report["unassigned_net"] == int(company.UNASSIGNED * 100)


def test_a_customer_is_stored_as_the_customer_list_has_it(graded: Job) -> None:
    found = Customer.objects.get(code="C03")
    assert (found.name, found.name_en, found.terms_days) == ("客户3", "Customer 3", 30)
    assert (found.region, found.salesperson, found.on_file) == (company.REGIONS[0], "高飞", True)


def test_the_same_files_again_change_nothing(graded: Job, bring: Bring, tmp_path: Path) -> None:
    before = (Document.objects.count(), DocumentLine.objects.count(), Receipt.objects.count())
    again = bring(company.write(tmp_path / "again"))
    assert again.state == Job.State.DONE
    assert again.report is not None
    assert again.report["documents_identical"] == company.DOCUMENTS
    assert again.report["documents_new"] == 0
    assert again.report["receipts_new"] == 0
    assert again.report["net_identical"] == company.FILE_NET
    assert (
        Document.objects.count(), DocumentLine.objects.count(), Receipt.objects.count(),
    ) == before  # fmt: skip


def test_a_changed_document_supersedes_the_one_before(
    graded: Job, bring: Bring, tmp_path: Path
) -> None:
    changed = bring(company.write(tmp_path / "changed", change="XS2601-05"))
    assert changed.report is not None, changed.error
    assert changed.report["documents_changed"] == 1
    assert changed.report["documents_new"] == 0
    assert changed.report["net_changed"] == 100
    now = Document.objects.visible()
    assert now.count() == company.DOCUMENTS
    assert now.aggregate(net=Sum("net"))["net"] == company.FILE_NET + 100
    assert Document.objects.filter(number="XS2601-05").count() == 2


def test_an_applied_upload_is_not_applied_twice(graded: Job, latest_upload: LatestUpload) -> None:
    with pytest.raises(AlreadyApplied):
        exchange.apply(latest_upload())


def test_the_import_is_in_the_audit_trail(graded: Job, owner: User) -> None:
    entry = AuditEntry.objects.get(action="import.applied")
    assert entry.actor == owner
    assert entry.facts["net_new"] == company.FILE_NET
    row = ledger.batches(owner)[0]
    assert row.state == "applied"
    assert {file["name"] for file in row.files} == {"销售明细.csv", "收款.csv", "客户.csv"}


def test_the_demo_company_stays_out_of_books_in_use(graded: Job, owner: User) -> None:
    with pytest.raises(BooksNotEmpty):
        exchange.load_demo(owner)


def test_another_currency_needs_a_rate(graded: Job, bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "pounds.csv"
    path.write_text(
        "InvoiceNo,CustomerID,InvoiceDate,Net Amount,Currency\n1,C01,2026-06-01,5.00,GBP\n"
    )
    ImportBatch.objects.update(currency="CNY")
    failed = bring({"lines": path})
    assert failed.error is not None
    assert failed.error["code"] == "file_has_faults"
    (fault,) = Upload.objects.order_by("-created_at")[0].faults
    assert (fault["code"], fault["file"], fault["value"]) == ("rate_missing", "pounds.csv", "GBP")
    assert "2026-06-01" in fault["message"]["zh"]
