"""Files into the books: whole or not at all, once, and to the last fen."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation import bulk, worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.models import Snapshot
from mainstay.ledger import selectors as ledger
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties.models import Customer
from tests.services import company
from tests.services.conftest import Bring

LatestUpload = Callable[[], Upload]
FILE_NET = sum(net for *_, net in company.invoices()) - 1_000 + company.UNASSIGNED
INVOICES = len(list(company.invoices()))


def nothing_visible() -> bool:
    return not Document.objects.visible().exists() and not Receipt.objects.visible().exists()


def test_the_books_tie_with_the_file(graded: Job) -> None:
    lines = Document.objects.visible().aggregate(net=Sum("net"))["net"]
    assert lines == DocumentLine.objects.aggregate(net=Sum("net"))["net"]
    assert lines == int(FILE_NET * 100)
    assert graded.report is not None
    assert graded.report["documents_new"] == INVOICES + 2
    assert graded.report["net_new"] == int(FILE_NET * 100)
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
    assert again.report["documents_identical"] == INVOICES + 2
    assert again.report["documents_new"] == 0
    assert again.report["receipts_new"] == 0
    assert again.report["net_identical"] == int(FILE_NET * 100)
    assert (
        Document.objects.count(), DocumentLine.objects.count(), Receipt.objects.count(),
    ) == before  # fmt: skip


def test_a_changed_document_stops_the_import_and_is_named(
    graded: Job, bring: Bring, tmp_path: Path
) -> None:
    before = Document.objects.count()
    failed = bring(company.write(tmp_path / "changed", change="XS2601-05"))
    assert failed.state == Job.State.FAILED
    assert failed.error is not None
    assert failed.error["code"] == "documents_differ"
    assert "XS2601-05" in failed.error["zh"]
    assert Document.objects.count() == before
    assert ImportBatch.objects.filter(state="applied").count() == 1


def faulty(folder: Path) -> dict[str, Path]:
    paths = company.write(folder, receipts=False)
    with paths["lines"].open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([
            ["XS9", "销售发票", "C01", "客户1", "not a date", "", "P", 1, 5, 1, 6, 4],
            ["=cmd()", "销售发票", "C01", "客户1", "2026-06-02", "", "P", 1, "much", 1, 6, 4],
        ])  # fmt: skip
    return paths


def test_bad_rows_stop_everything_and_all_are_told(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    failed = bring(faulty(tmp_path / "faulty"))
    assert failed.error is not None
    assert failed.error["code"] == "file_has_faults"
    assert nothing_visible()
    upload = latest_upload()
    assert upload.fault_count == 2
    assert {fault["row"] for fault in upload.faults} == {INVOICES + 4, INVOICES + 5}
    assert all(fault["message"]["zh"] and fault["remedy"]["en"] for fault in upload.faults)


def test_without_the_bad_rows_the_rest_goes_in_and_they_come_back_as_a_file(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    done = bring(faulty(tmp_path / "faulty"), skip_bad=True)
    assert done.state == Job.State.DONE, done.error
    assert done.report is not None
    assert (done.report["rejected"], done.report["net_new"]) == (2, int(FILE_NET * 100))
    file = exchange.open_rejects(latest_upload())
    assert file is not None
    with file:
        rows = list(csv.reader(file.read().decode("utf-8-sig").splitlines()))
    assert [row[0] for row in rows[1:]] == ["销售明细.csv", "销售明细.csv"]
    assert all(not cell.startswith("=") for row in rows for cell in row)


def test_an_import_that_breaks_off_leaves_nothing_and_can_be_applied_again(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bulk.insert

    def broken(model: Any, rows: Any, **options: Any) -> None:
        if model is DocumentLine:
            raise OSError("disk full")
        real(model, rows, **options)

    monkeypatch.setattr(bulk, "insert", broken)
    failed = bring(company.write(tmp_path / "files"))
    assert failed.error is not None
    assert failed.error["code"] == "job_crashed"
    assert Document.objects.count() == 0
    monkeypatch.setattr(bulk, "insert", real)
    again = exchange.apply(latest_upload())
    worker.run_pending()
    again.refresh_from_db()
    assert again.state == Job.State.DONE, again.error


def test_what_a_killed_worker_left_is_cleared_when_the_job_runs_again(
    owner: User, tmp_path: Path
) -> None:
    local = {t: exchange.LocalFile(p) for t, p in company.write(tmp_path / "files").items()}
    upload = exchange.start_upload(owner, local)
    job = exchange.apply(upload)
    half = ImportBatch.objects.create(created_by=owner)
    Upload.objects.filter(pk=upload.pk).update(batch=half)
    left = Document.objects.create(
        number="XS2407-01", kind="invoice", doc_date=date(2024, 7, 1), net=1, digest="0", batch=half
    )
    DocumentLine.objects.create(document=left, net=1)
    assert nothing_visible()
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert Document.objects.visible().aggregate(net=Sum("net"))["net"] == int(FILE_NET * 100)
    assert not Document.objects.filter(batch=half).exists()


def test_an_applied_upload_is_not_applied_twice(graded: Job, latest_upload: LatestUpload) -> None:
    with pytest.raises(exchange.AlreadyApplied):
        exchange.apply(latest_upload())


def test_the_import_is_in_the_audit_trail(graded: Job, owner: User) -> None:
    entry = AuditEntry.objects.get(action="import.applied")
    assert entry.actor == owner
    assert entry.facts["net_new"] == int(FILE_NET * 100)
    row = ledger.batches(owner)[0]
    assert row.state == "applied"
    assert {file["name"] for file in row.files} == {"销售明细.csv", "收款.csv", "客户.csv"}


def test_the_demo_company_gives_way_to_a_firms_own_files(
    owner: User, bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    bring(company.write(tmp_path / "demo", change="XS2601-05"))
    Upload.objects.update(is_demo=True)
    ImportBatch.objects.update(is_demo=True)
    done = bring(company.write(tmp_path / "own"))
    assert done.state == Job.State.DONE, done.error
    assert Document.objects.visible().aggregate(net=Sum("net"))["net"] == int(FILE_NET * 100)
    assert not ImportBatch.objects.filter(is_demo=True).exists()
    assert set(Snapshot.objects.values_list("created_by", flat=True)) == {owner.pk}


def test_the_demo_company_stays_out_of_books_in_use(graded: Job, owner: User) -> None:
    with pytest.raises(exchange.BooksNotEmpty):
        exchange.load_demo(owner)


def test_another_currency_is_refused(graded: Job, bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "pounds.csv"
    path.write_text(
        "InvoiceNo,CustomerID,InvoiceDate,Net Amount,Currency\n1,C01,2026-06-01,5.00,GBP\n"
    )
    ImportBatch.objects.update(currency="CNY")
    failed = bring({"lines": path})
    assert failed.error is not None
    assert failed.error["code"] == "other_currency"
