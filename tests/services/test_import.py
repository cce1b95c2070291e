"""Files into the books: whole or not at all, once, and to the last fen."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import xlsxwriter
from django.db.models import Sum
from python_calamine import CalamineWorkbook

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation import bulk, worker
from mainstay.foundation.models import Job, User
from mainstay.insights.models import Snapshot
from mainstay.ledger import selectors
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from tests.services import company
from tests.services.conftest import Bring

pytestmark = pytest.mark.grades(False)

LatestUpload = Callable[[], Upload]


def nothing_visible() -> bool:
    return not Document.objects.visible().exists() and not Receipt.objects.visible().exists()


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
    assert {fault["row"] for fault in upload.faults} == {
        company.DOCUMENTS + 2,
        company.DOCUMENTS + 3,
    }
    assert {fault["file"] for fault in upload.faults} == {"销售明细.csv"}
    assert all(fault["message"]["zh"] and fault["remedy"]["en"] for fault in upload.faults)


def left_out(file: IO[bytes]) -> dict[str, list[list[str]]]:
    """Rows of an error file by sheet."""
    book = CalamineWorkbook.from_filelike(file)
    return {
        name: [[str(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }


def test_without_the_bad_rows_the_rest_goes_in_and_they_come_back_as_a_file(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    done = bring(faulty(tmp_path / "faulty"), skip_bad=True)
    assert done.state == Job.State.DONE, done.error
    assert done.report is not None
    assert (done.report["rejected"], done.report["net_new"]) == (2, company.FILE_NET)
    file = exchange.open_rejects(latest_upload())
    assert file is not None
    with file:
        rows = left_out(file)["lines 销售明细"]
    assert rows[0][:4] == ["单据编号", "单据类型", "客户编码", "客户名称"]
    assert [row[0] for row in rows[1:]] == ["XS9", "=cmd()"]
    assert "not a date" in rows[1]
    assert all(row[-1] and row[-2] for row in rows)


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
    assert Document.objects.visible().aggregate(net=Sum("net"))["net"] == company.FILE_NET
    assert not Document.objects.filter(pk=left.pk).exists()


@pytest.mark.grades
def test_the_demo_company_gives_way_to_a_firms_own_files(
    owner: User,
    bring: Bring,
    tmp_path: Path,
    latest_upload: LatestUpload,
    django_capture_on_commit_callbacks: Any,
) -> None:
    bring(company.write(tmp_path / "demo", change="XS2601-05"))
    files = [exchange.path_of(file) for file in latest_upload().files.all()]
    assert all(path.exists() for path in files)
    Upload.objects.update(is_demo=True)
    ImportBatch.objects.update(is_demo=True)
    with django_capture_on_commit_callbacks(execute=True):
        done = bring(company.write(tmp_path / "own"))
    assert done.state == Job.State.DONE, done.error
    assert Document.objects.visible().aggregate(net=Sum("net"))["net"] == company.FILE_NET
    assert not ImportBatch.objects.filter(is_demo=True).exists()
    assert not any(path.exists() for path in files)
    assert set(Snapshot.objects.values_list("created_by", flat=True)) == {owner.pk}


def test_every_line_and_receipt_knows_its_row_in_the_file(bring: Bring, tmp_path: Path) -> None:
    paths = company.write(tmp_path / "books")
    bring(paths)
    for table, rows in (
        ("lines", DocumentLine.objects.values_list("document__number", "source_row")),
        ("receipts", Receipt.objects.values_list("number", "source_row")),
    ):
        with paths[table].open(encoding="utf-8-sig", newline="") as file:
            in_file = list(csv.reader(file))
        found = list(rows)
        assert len(found) == len(in_file) - 1
        assert all(in_file[row - 1][0] == number for number, row in found)


def long_texts(folder: Path) -> dict[str, Path]:
    """Files with one text too long in each: rows 2 of lines, 3 of receipts, 4 of customers."""
    paths = company.write(folder)
    for table, row, column, text in (
        ("lines", 2, 6, "货" * 201),
        ("receipts", 3, 0, "K" * 201),
        ("customers", 4, 2, "x" * 301),
    ):
        with paths[table].open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        rows[row - 1][column] = text
        with paths[table].open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
    return paths


def test_texts_that_do_not_fit_are_faults_with_their_place(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    failed = bring(long_texts(tmp_path / "long"))
    assert failed.error is not None
    assert failed.error["code"] == "file_has_faults"
    assert nothing_visible()
    faults = latest_upload().faults
    assert {(f["file"], f["row"], f["column"]) for f in faults} == {
        ("销售明细.csv", 2, "存货编码"), ("收款.csv", 3, "收款单号"), ("客户.csv", 4, "英文名称"),
    }  # fmt: skip
    assert {f["code"] for f in faults} == {"too_long"}
    assert "201" in faults[0]["message"]["zh"]
    assert all(f["remedy"]["en"] and len(f["value"]) < 50 for f in faults)


def with_nul(folder: Path) -> dict[str, Path]:
    """Parquet, which may carry any character: in a code, in a text without a limit of its own."""
    paths = company.write(folder)
    with paths["lines"].open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    rows[0][2], rows[1][6] = "C\x0001", "P\x00"
    columns = dict(zip(headings, map(list, zip(*rows, strict=True)), strict=True))
    paths["lines"] = folder / "lines.parquet"
    parquet.write_table(pa.table(columns), paths["lines"])
    return paths


def test_texts_with_nul_are_faults_and_can_be_left_out(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    failed = bring(with_nul(tmp_path / "nul"))
    assert failed.error is not None
    assert failed.error["code"] == "file_has_faults"
    faults = latest_upload().faults
    found = {(f["code"], f["row"], f["column"], f["value"]) for f in faults}
    assert {("nul", 2, "客户编码", "C\u240001"), ("nul", 3, "存货编码", "P\u2400")} <= found
    assert nothing_visible()
    done = bring(with_nul(tmp_path / "nul"), skip_bad=True)
    assert done.state == Job.State.DONE, done.error
    assert done.report is not None
    assert done.report["rejected"] == 2
    assert Document.objects.visible().count() == company.DOCUMENTS - 2


def test_a_heading_with_nul_is_a_fault(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    paths = with_nul(tmp_path / "nul")
    lines = parquet.read_table(paths["lines"])
    names = ["客户编码\x00" if name == "客户编码" else name for name in lines.column_names]
    parquet.write_table(lines.rename_columns(names), paths["lines"])
    failed = bring(paths, skip_bad=True)
    assert failed.error is not None
    assert failed.error["code"] == "file_has_faults"
    assert latest_upload().faults


def test_rows_with_texts_that_do_not_fit_can_be_left_out(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    done = bring(long_texts(tmp_path / "long"), skip_bad=True)
    assert done.state == Job.State.DONE, done.error
    assert done.report is not None
    assert done.report["rejected"] == 3
    assert done.report["lines_new"] == company.DOCUMENTS - 1
    file = exchange.open_rejects(latest_upload())
    assert file is not None
    with file:
        cells = {cell for rows in left_out(file).values() for row in rows for cell in row}
    assert {"货" * 201, "K" * 201, "x" * 301} <= cells


def test_a_known_receipt_with_other_content_supersedes_the_one_before(
    bring: Bring, tmp_path: Path
) -> None:
    bring(company.write(tmp_path / "first"))
    stored = set(Receipt.objects.visible().values_list("number", "amount"))
    paths = company.write(tmp_path / "second")
    text = paths["receipts"].read_text("utf-8-sig")
    changed = text.replace("SK2601-05,C05,2026-01-25", "SK2601-05,C05,2026-01-26")
    assert changed != text
    paths["receipts"].write_text(changed, "utf-8-sig")
    done = bring(paths)
    assert done.report is not None, done.error
    assert (done.report["receipts_changed"], done.report["receipts_new"]) == (1, 0)
    assert set(Receipt.objects.visible().values_list("number", "amount")) == stored
    (now,) = Receipt.objects.visible().filter(number="SK2601-05")
    assert now.date == date(2026, 1, 26)


def test_what_came_from_a_workbook_names_file_sheet_and_row(
    bring: Bring, owner: User, tmp_path: Path
) -> None:
    paths = company.write(tmp_path / "csv")
    for table in ("lines", "receipts"):
        with paths[table].open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        paths[table] = tmp_path / f"{table}.xlsx"
        with xlsxwriter.Workbook(paths[table]) as book:
            sheet = book.add_worksheet("二季度")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    done = bring(paths)
    assert done.state == Job.State.DONE, done.error
    found = Document.objects.visible().get(number="XS2407-01")
    page = selectors.document(owner, found.pk)
    assert (page.source_file, page.source_sheet) == ("lines.xlsx", "二季度")
    assert page.lines[0].source_row == 2
    first = selectors.receipts(owner, "C01").rows[-1]
    assert first.number == "SK2407-01"
    assert first.source == "receipts.xlsx › 二季度 › 2"
