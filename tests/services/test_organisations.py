"""Two branches that number their papers alike stay apart, whether or not every file names them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db.models import Sum

from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import DryRun, dry_run
from mainstay.exchange.models import Upload
from mainstay.exchange.report import planned_lines
from mainstay.foundation.models import Job, User
from mainstay.ledger import selectors as ledger
from mainstay.ledger import services as books
from mainstay.ledger.check import check_books
from mainstay.ledger.models import Allocation, Document, ImportBatch, Receipt
from tests.services.conftest import Bring

pytestmark = pytest.mark.grades(False)

Take = Callable[..., ImportBatch]
LatestUpload = Callable[[], Upload]
LINES = "单据编号,客户编码,客户名称,单据日期,不含税金额,税额,价税合计"
EAST = ["1001,C1,甲公司,2026-01-05,100.00,13.00,113.00,华东"]
WEST = ["1001,C2,乙公司,2026-01-09,200.00,26.00,226.00,华西"]
PAID = "收款单号,客户编码,收款日期,收款金额,核销单号"


def write(path: Path, head: str, rows: list[str], *, whose: bool = True) -> Path:
    """A file of these rows, with the last column «组织» or without it."""
    rows = rows if whose else [row.rpartition(",")[0] for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([head + (",组织" if whose else ""), *rows]), encoding="utf-8")
    return path


def documents() -> list[tuple[str, str, str, int]]:
    """What counts: number, organisation, customer, net."""
    rows = Document.objects.visible().order_by("organisation", "number", "part")
    return list(rows.values_list("number", "organisation", "customer__code", "net"))


def ties() -> None:
    report = check_books()
    assert report.faults == (), report.faults


@pytest.fixture
def take(bring: Bring, tmp_path: Path) -> Take:
    """Bring lines, and receipts where there are any; the job's batch."""
    count = 0

    def make(
        lines: list[str], receipts: list[str] | None = None, *, whose: bool = True
    ) -> ImportBatch:
        nonlocal count
        count += 1
        files = {"lines": write(tmp_path / f"{count}" / "sales.csv", LINES, lines, whose=whose)}
        if receipts:
            files["receipts"] = write(
                tmp_path / f"{count}" / "paid.csv", PAID, receipts, whose=whose
            )
        job = bring(files)
        assert job.state == Job.State.DONE, job.error
        ties()
        return ImportBatch.objects.latest("pk")

    return make


def test_the_same_number_of_two_branches_is_two_documents(take: Take) -> None:
    take(EAST)
    batch = take(WEST)
    assert documents() == [("1001", "华东", "C1", 100_00), ("1001", "华西", "C2", 200_00)]
    assert (batch.counts["documents_new"], batch.counts["documents_changed"]) == (1, 0)
    again = take(EAST + WEST)
    assert (again.counts["documents_identical"], again.counts["documents_new"]) == (2, 0)


def test_one_branch_corrects_its_own(take: Take) -> None:
    take(EAST + WEST)
    batch = take(["1001,C2,乙公司,2026-01-09,250.00,32.50,282.50,华西"])
    assert batch.counts["documents_changed"] == 1
    assert documents() == [("1001", "华东", "C1", 100_00), ("1001", "华西", "C2", 250_00)]
    books.undo(None, batch.pk)
    assert documents() == [("1001", "华东", "C1", 100_00), ("1001", "华西", "C2", 200_00)]
    ties()


def test_books_without_organisations_learn_them_and_nothing_is_doubled(take: Take) -> None:
    first = take(EAST, whose=False)
    learnt = take(EAST + WEST)
    assert documents() == [("1001", "华东", "C1", 100_00), ("1001", "华西", "C2", 200_00)]
    assert (learnt.counts["documents_changed"], learnt.counts["documents_new"]) == (1, 1)
    take(["1001,C1,甲公司,2026-01-06,110.00,14.30,124.30,华东"])  # its day is corrected
    assert documents() == [("1001", "华东", "C1", 110_00), ("1001", "华西", "C2", 200_00)]
    books.undo(None, first.pk)
    assert documents() == [("1001", "华东", "C1", 110_00), ("1001", "华西", "C2", 200_00)]
    ties()


def test_taking_back_what_named_the_organisations_leaves_what_was(take: Take) -> None:
    take(EAST, whose=False)
    learnt = take(EAST + WEST)
    books.undo(None, learnt.pk)
    assert documents() == [("1001", "", "C1", 100_00)]
    ties()


def test_a_file_that_leaves_them_out_again_brings_the_same_documents(take: Take) -> None:
    take(EAST + WEST)
    same = take(EAST, whose=False)
    assert same.counts["documents_identical"] == 1
    changed = take(["1001,C2,乙公司,2026-01-09,300.00,39.00,339.00,"], whose=False)
    assert changed.counts["documents_changed"] == 1
    assert documents() == [("1001", "华东", "C1", 100_00), ("1001", "华西", "C2", 300_00)]


def test_what_looks_like_neither_branch_s_stands_by_itself(take: Take) -> None:
    take(EAST + WEST)
    take(["1001,C3,丙公司,2026-02-01,50.00,6.50,56.50,"], whose=False)
    assert [row[1:3] for row in documents()] == [("", "C3"), ("华东", "C1"), ("华西", "C2")]


def test_a_number_and_an_organisation_are_never_taken_for_another_number(take: Take) -> None:
    take(["1001,C1,甲公司,2026-01-05,100.00,13.00,113.00,0012", *WEST])
    assert documents()[0][:2] == ("1001", "0012")  # codes keep their zeros


def test_a_credit_note_of_one_branch_does_not_turn_the_other_s_invoice(take: Take) -> None:
    take([*EAST, "1001,C2,乙公司,2026-01-09,-200.00,-26.00,-226.00,华西"])
    found = Document.objects.visible().order_by("organisation").values_list("kind", "net")
    assert list(found) == [("invoice", 100_00), ("credit_note", -200_00)]


MONEY = ["R1,C1,2026-02-01,113.00,1001,华东", "R1,C2,2026-02-03,226.00,1001,华西"]


def test_receipts_of_the_same_number_stay_apart_and_settle_their_own(take: Take) -> None:
    take(EAST + WEST, MONEY[:1])
    take(EAST + WEST, MONEY[1:])
    rows = Receipt.objects.visible().order_by("organisation")
    assert list(rows.values_list("number", "organisation", "customer__code", "amount")) == [
        ("R1", "华东", "C1", 113_00), ("R1", "华西", "C2", 226_00),
    ]  # fmt: skip
    again = take(EAST + WEST, MONEY)
    assert again.counts["receipts_identical"] == 2
    nameless = take(EAST + WEST, MONEY, whose=False)
    assert nameless.counts["receipts_identical"] == 2
    assert nameless.counts["receipts_new"] == 0


def test_receipts_without_a_number_are_not_doubled_when_branches_are_named(take: Take) -> None:
    money = [
        ",C1,2026-02-01,50.00,,华东", ",C1,2026-02-01,50.00,,华西", ",C2,2026-02-03,7.00,,华西",
    ]  # fmt: skip
    take(EAST + WEST, money, whose=False)
    same = take(EAST + WEST, money)
    assert (same.counts["receipts_identical"], same.counts["receipts_new"]) == (3, 0)
    one_more = take(EAST + WEST, [*money, ",C1,2026-02-01,50.00,,华西"])
    assert (one_more.counts["receipts_identical"], one_more.counts["receipts_new"]) == (3, 1)
    assert Receipt.objects.visible().aggregate(sum=Sum("amount"))["sum"] == 157_00


def test_nor_when_a_file_names_none_of_those_that_have_a_branch(take: Take) -> None:
    money = [",C1,2026-02-01,50.00,,华东", ",C1,2026-02-01,50.00,,华西"]
    take(EAST + WEST, money)
    same = take(EAST + WEST, money, whose=False)
    assert (same.counts["receipts_identical"], same.counts["receipts_new"]) == (2, 0)


def test_parts_of_receipts_of_the_same_number_stay_apart(bring: Bring, tmp_path: Path) -> None:
    for name, lines, money, parts in (
        ("east", EAST, MONEY[:1], ["R1,1001,113.00,华东"]),
        ("west", WEST, MONEY[1:], ["R1,1001,226.00,华西"]),
    ):
        folder = tmp_path / name
        job = bring({
            "lines": write(folder / "sales.csv", LINES, lines),
            "receipts": write(
                folder / "paid.csv", PAID.rpartition(",")[0],
                [",".join(row.split(",")[:4] + row.split(",")[5:]) for row in money],
            ),
            "allocations": write(folder / "parts.csv", "收款单号,单据编号,核销金额", parts),
        })  # fmt: skip
        assert job.state == Job.State.DONE, job.error
    assert Allocation.objects.visible().count() == 2
    ties()
    user = User.objects.get(username="he-yun")
    for code, amount in (("C1", 113_00), ("C2", 226_00)):
        (part,) = ledger.allocations(user, code)
        assert part.amount == amount


def parts_too_long(folder: Path) -> dict[str, Path]:
    """Parts of a receipt, of which rows 3, 4 and 5 hold one text too long each."""
    rows = [
        "R1,1001,60.00,华东", f"{'R' * 201},1001,1.00,华东", f"R1,{'1' * 201},2.00,华东",
        f"R1,1001,3.00,{'东' * 121}",
    ]  # fmt: skip
    return {
        "lines": write(folder / "sales.csv", LINES, EAST),
        "receipts": write(folder / "paid.csv", PAID, ["R1,C1,2026-02-01,113.00,,华东"]),
        "allocations": write(folder / "parts.csv", "收款单号,单据编号,核销金额", rows),
    }


def test_texts_of_parts_that_do_not_fit_are_faults_of_their_row(
    bring: Bring, tmp_path: Path, latest_upload: LatestUpload
) -> None:
    failed = bring(parts_too_long(tmp_path / "long"))
    assert failed.error is not None
    assert failed.error["code"] == "file_has_faults"
    faults = latest_upload().faults
    assert [(f["file"], f["row"], f["column"], f["code"]) for f in faults] == [
        ("parts.csv", 3, "收款单号", "too_long"), ("parts.csv", 4, "单据编号", "too_long"),
        ("parts.csv", 5, "组织", "too_long"),
    ]  # fmt: skip
    done = bring(parts_too_long(tmp_path / "again"), skip_bad=True)
    assert done.state == Job.State.DONE, done.error
    assert done.report is not None
    assert done.report["rejected"] == 3
    assert [part.amount for part in Allocation.objects.visible()] == [60_00]
    ties()


def test_the_dry_run_warns_where_a_number_moves_to_another_customer(
    take: Take, owner: User, tmp_path: Path
) -> None:
    take(EAST, whose=False)
    path = write(tmp_path / "more.csv", LINES, WEST, whose=False)
    said: DryRun = dry_run(exchange.start_upload(owner, {"lines": exchange.LocalFile(path)}))
    assert said.counts["documents_moved"] == 1
    (told,) = said.samples["moved"]
    assert (told["number"], told["customer_before"], told["customer_id"]) == (
        "1001", "甲公司", "C2",
    )  # fmt: skip
    assert any("another customer: 1." in line for line in planned_lines(said, "en"))
    path = write(tmp_path / "whose.csv", LINES, WEST)
    said = dry_run(exchange.start_upload(owner, {"lines": exchange.LocalFile(path)}))
    assert said.counts["documents_moved"] == 0
    assert said.counts["documents_new"] == 1


def test_a_correction_of_the_same_customer_is_no_move(
    take: Take, owner: User, tmp_path: Path
) -> None:
    take(EAST)
    path = write(
        tmp_path / "more.csv", LINES, ["1001,C1,甲公司,2026-01-05,90.00,11.70,101.70,华东"]
    )
    said = dry_run(exchange.start_upload(owner, {"lines": exchange.LocalFile(path)}))
    assert (said.counts["documents_changed"], said.counts["documents_moved"]) == (1, 0)


def test_a_document_says_whose_it_is(take: Take, owner: User) -> None:
    take(EAST + WEST)
    assert ledger.names_organisations()
    page = ledger.documents(owner, None)
    assert sorted(row.organisation for row in page.rows) == ["华东", "华西"]
