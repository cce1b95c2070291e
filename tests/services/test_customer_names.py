"""What documents and receipts say of customers: kept by import, filling what lists leave open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import DryRun, dry_run
from mainstay.exchange.report import count_lines, planned_lines
from mainstay.foundation.models import User
from mainstay.ledger import identity
from mainstay.ledger.models import ImportBatch
from mainstay.parties.models import Customer, CustomerCard, CustomerCode, Merge
from tests.services.conftest import Bring

pytestmark = pytest.mark.grades(False)

INVOICES = "单据编号,日期,客户编码,客户名称,税号,业务员,无税金额\n"
RECEIPTS = "收款单号,客户编码,客户名称,收款日期,收款金额\n"
CUSTOMERS = "客户编码,客户名称,税号,业务员\n"
HEADS = {"lines": INVOICES, "receipts": RECEIPTS, "customers": CUSTOMERS}
TAX_NO, OTHER_TAX_NO = "91330100MA2ABCDE1X", "91330100MA2ZZZZZ9Y"

Files = Callable[..., dict[str, Path]]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Files by table, of rows without their headings."""

    def written(**rows: list[str]) -> dict[str, Path]:
        folder = tmp_path / f"files-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        paths = {}
        for table, lines in rows.items():
            paths[table] = folder / f"{table}.csv"
            paths[table].write_text(HEADS[table] + "\n".join(lines) + "\n", encoding="utf-8")
        return paths

    return written


def shown() -> dict[str, tuple[str, str, str]]:
    """Name, tax number and salesperson of every customer, by code."""
    rows = Customer.objects.values_list("code", "name", "tax_no", "salesperson")
    return {code: (name, tax_no, seller) for code, name, tax_no, seller in rows}


def undo(user: User, nth: int) -> None:
    """Take the first, second … import back."""
    batch = ImportBatch.objects.order_by("pk")[nth - 1]
    exchange.undo(user, batch.pk, "wrong file")


def planned(user: User, paths: dict[str, Path]) -> DryRun:
    local = {table: exchange.LocalFile(path) for table, path in paths.items()}
    return dry_run(exchange.start_upload(user, local))


def test_a_name_goes_with_the_import_that_brought_it(
    bring: Bring, owner: User, files: Files
) -> None:
    bring(files(lines=["F1,2026-01-01,C1,,,,10"]))
    before = shown()
    assert before == {"C1": ("", "", "")}
    bring(files(lines=[f"F2,2026-02-01,C1,甲公司,{TAX_NO},高飞,10"]))
    assert shown() == {"C1": ("甲公司", TAX_NO, "高飞")}
    undo(owner, 2)
    assert shown() == before


def test_a_name_that_a_later_import_says_too_stays(bring: Bring, owner: User, files: Files) -> None:
    row = f"F1,2026-01-01,C1,甲公司,{TAX_NO},高飞,10"
    bring(files(lines=[row]))
    bring(files(lines=[row, "F2,2026-02-01,C1,甲公司（新）,,,10"]))
    assert shown() == {"C1": ("甲公司", TAX_NO, "高飞")}
    undo(owner, 1)
    assert shown() == {"C1": ("甲公司（新）", TAX_NO, "高飞")}
    undo(owner, 2)
    assert shown() == {"C1": ("", "", "")}
    bring(files(receipts=["R1,C1,乙公司,2026-03-01,5"]))  # the old name says nothing any more
    assert shown() == {"C1": ("乙公司", "", "")}


def test_a_tax_number_of_documents_fills_what_lists_leave_open(
    bring: Bring, owner: User, files: Files
) -> None:
    bring(files(lines=["F1,2026-01-01,C1,甲公司,,,10", "F2,2026-01-01,C2,乙公司,,,10"],
                customers=[f"C1,甲,{OTHER_TAX_NO},刘妍", "C2,乙,,"]))  # fmt: skip
    bring(files(lines=[f"F3,2026-02-01,C1,甲公司,{TAX_NO},高飞,10",
                       f"F4,2026-02-01,C2,乙公司,{TAX_NO},高飞,10"]))  # fmt: skip
    assert shown() == {"C1": ("甲", OTHER_TAX_NO, "刘妍"), "C2": ("乙", TAX_NO, "")}
    undo(owner, 2)
    assert shown()["C2"] == ("乙", "", "")


def test_another_tax_number_is_told_and_does_not_overwrite(
    bring: Bring, owner: User, files: Files
) -> None:
    bring(files(lines=[f"F1,2026-01-01,C1,甲公司,{TAX_NO},,10",
                       f"F2,2026-01-01,C2,乙公司,{TAX_NO},,10"]))  # fmt: skip
    same = f"{TAX_NO[:9]} {TAX_NO[9:].lower()}"
    again = files(lines=[f"F3,2026-02-01,C1,甲公司,{OTHER_TAX_NO},,10",
                         f"F4,2026-02-01,C2,乙公司,{same},,10"])  # fmt: skip
    plan = planned(owner, again)
    assert plan.counts["tax_numbers_differ"] == 1
    assert plan.samples["tax_numbers"] == [{"code": "C1", "stated": OTHER_TAX_NO, "kept": TAX_NO}]
    assert f"Other tax number: C1 {OTHER_TAX_NO} ≠ {TAX_NO}" in planned_lines(plan, "en")
    job = bring(again)
    assert shown()["C1"][1] == TAX_NO
    assert job.report is not None
    said = count_lines(job.report, "CNY", 2, "en")
    assert "Customers whose documents state another tax number than yours: 1; yours stays." in said


def test_a_list_of_the_same_import_is_what_documents_are_held_against(
    owner: User, files: Files
) -> None:
    both = files(lines=[f"F1,2026-01-01,C1,甲公司,{TAX_NO},,10"],
                 customers=[f"C1,甲,{OTHER_TAX_NO},"])  # fmt: skip
    assert planned(owner, both).counts["tax_numbers_differ"] == 1


def test_a_merged_customer_lends_its_name_and_takes_it_along(
    bring: Bring, owner: User, files: Files
) -> None:
    bring(files(lines=["F1,2026-01-01,A,,,,10", "F2,2026-01-01,N,恩公司,,,10"]))
    identity.merge(owner, "N", "A", "one firm")
    assert shown()["A"][0] == "恩公司"
    bring(files(lines=["F3,2026-02-01,A,甲公司,,,10", f"F4,2026-02-01,N,,{TAX_NO},,10"]))
    assert shown()["A"] == ("甲公司", TAX_NO, "")
    identity.split(owner, Merge.objects.get().pk, "two firms")
    assert shown() == {"A": ("甲公司", "", ""), "N": ("恩公司", TAX_NO, "")}


def test_what_stood_there_before_cards_were_kept_stays(
    bring: Bring, owner: User, files: Files
) -> None:
    bring(files(lines=["F1,2026-01-01,C1,甲公司,,,10"]))
    CustomerCard.objects.all().delete()  # as an older Mainstay left it
    bring(files(lines=[f"F2,2026-02-01,C1,别名,{TAX_NO},,10"]))
    assert shown() == {"C1": ("甲公司", TAX_NO, "")}
    undo(owner, 2)
    assert shown() == {"C1": ("甲公司", "", "")}


def test_what_documents_say_keeps_no_code_in_use(bring: Bring, owner: User, files: Files) -> None:
    bring(files(lines=["F1,2026-01-01,C1,甲公司,,,10"]))
    bring(files(lines=["F1,2026-01-01,C2,乙公司,,,10"]))  # the same invoice, now another's
    undo(owner, 1)
    assert not CustomerCode.objects.get(code="C1").in_use
    assert shown() == {"C1": ("", "", ""), "C2": ("乙公司", "", "")}
