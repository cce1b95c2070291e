"""Receipts that say what their parts settle, in the books: once, to their documents, and again."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db.models import Sum

from mainstay.foundation.models import Job
from mainstay.ledger import services as books
from mainstay.ledger.check import check_books
from mainstay.ledger.models import ImportBatch, Receipt
from tests.engine.test_reader_parts import HEAD, ONCE, REPEATED
from tests.services.conftest import Bring

pytestmark = pytest.mark.grades(False)

SALES = [
    "单据编号,单据日期,客户编码,不含税金额,税额,价税合计",
    "XS1,2026-02-01,C1,600.00,0.00,600.00", "XS2,2026-02-05,C1,500.00,0.00,500.00",
    "XS0,2026-01-05,C1,400.00,0.00,400.00", "XS9,2026-02-09,C2,50.00,0.00,50.00",
]  # fmt: skip


def take(bring: Bring, folder: Path, rows: list[str]) -> ImportBatch:
    folder.mkdir()
    for name, lines in (("sales", SALES), ("paid", [HEAD, *rows])):
        (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")
    job = bring({"lines": folder / "sales.csv", "receipts": folder / "paid.csv"})
    assert job.state == Job.State.DONE, job.error
    assert check_books().faults == ()
    return ImportBatch.objects.latest("pk")


def received() -> list[tuple[str, str, int]]:
    rows = Receipt.objects.visible().order_by("number", "-amount")
    return list(rows.values_list("number", "applied_to", "amount"))


PARTS = [
    ("SK1", "XS1", 600_00), ("SK1", "XS2", 300_00), ("SK1", "", 100_00), ("SK2", "XS9", 50_00)
]  # fmt: skip


def test_both_ways_of_writing_are_the_same_receipts(bring: Bring, tmp_path: Path) -> None:
    take(bring, tmp_path / "a", ONCE)
    assert received() == PARTS
    again = take(bring, tmp_path / "b", REPEATED)
    assert (again.counts["receipts_identical"], again.counts["receipts_new"]) == (4, 0)
    assert Receipt.objects.visible().aggregate(sum=Sum("amount"))["sum"] == 1050_00


def test_another_part_supersedes_the_whole_receipt_and_undo_brings_it_back(
    bring: Bring, tmp_path: Path
) -> None:
    take(bring, tmp_path / "a", ONCE)
    changed = take(bring, tmp_path / "b", [ONCE[0], ",,,,,XS2,400.00", ONCE[2]])
    assert received() == [
        ("SK1", "XS1", 600_00), ("SK1", "XS2", 400_00), ("SK2", "XS9", 50_00)
    ]  # fmt: skip
    books.undo(None, changed.pk)
    assert received() == PARTS
    assert check_books().faults == ()
