"""The proof of the books: green on true ones, and every kind of damage is found and named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from mainstay.exchange import services as exchange
from mainstay.foundation import schedule, worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.jobs import prove_books
from mainstay.insights.models import CustomerMetrics
from mainstay.ledger import selectors
from mainstay.ledger.models import Document, ImportBatch, Receipt
from tests.services import company
from tests.services.conftest import Bring

GROSS = round(company.FILE_NET * 1.13)


@pytest.fixture
def owner(db: None, shared_books: tuple[User, Job], settings: object, tmp_path: Path) -> User:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"  # type: ignore[attr-defined]
    return shared_books[0]


@pytest.fixture
def graded(db: None, shared_books: tuple[User, Job]) -> Job:
    return shared_books[1]


def damage(statement: str, *values: int | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def codes() -> set[str]:
    return {fault.code for fault in prove_books().faults}


def test_true_books_tie_and_their_sums_are_the_files(graded: Job) -> None:
    report = prove_books()
    assert report.faults == ()
    assert (report.documents, report.lines) == (company.DOCUMENTS, company.DOCUMENTS)
    assert (report.net, report.unassigned_lines) == (company.FILE_NET, 1)
    assert report.customers == company.CUSTOMERS
    assert abs(report.gross - GROSS) < company.DOCUMENTS  # each invoice rounds its VAT by itself
    assert report.open == report.gross - report.receipts


def test_lines_with_and_without_a_gross_amount_in_one_document_tie(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text(
        "单据编号,单据类型,客户编码,单据日期,无税金额,税额\n"
        "M1,销售发票,C01,2026-06-05,100.00,13.00\nM1,销售发票,C01,2026-06-05,50.00,\n",
        "utf-8-sig",
    )
    before = selectors.balance(owner, "C01", company.AS_OF).total
    done = bring({"lines": path})
    assert done.report is not None, done.error
    assert Document.objects.get(number="M1").tax is None
    assert selectors.balance(owner, "C01", company.AS_OF).total == before + 11_300 + 5_000
    assert prove_books().faults == ()


def test_they_still_tie_after_changes_and_undo(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    bring(company.write(tmp_path / "changed", change="XS2601-05"))
    bring(company.write(tmp_path / "again", change="XS2601-06"))
    assert codes() == set()
    first, middle, last = ImportBatch.objects.order_by("pk")
    for batch in (middle, first, last):
        exchange.undo(owner, batch.pk)
        assert codes() == set()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE ledger_documentline SET net = net + 1 WHERE document_id = %s", "lines_differ"),
        ("UPDATE ledger_document SET line_count = 2 WHERE id = %s", "lines_differ"),
        ("DELETE FROM ledger_documentline WHERE document_id = %s", "lines_differ"),
        ("UPDATE ledger_documentline SET tax = NULL WHERE document_id = %s", "lines_differ"),
        ("UPDATE ledger_document SET gross = gross + 5 WHERE id = %s", "tax_differs"),
        ("UPDATE ledger_document SET current = (1 = 0) WHERE id = %s", "document_not_current"),
    ],
)
def test_damage_to_a_document_is_found(graded: Job, statement: str, code: str) -> None:
    damage(statement, Document.objects.visible().order_by("pk")[0].pk)
    found = prove_books().faults
    assert code in {fault.code for fault in found}
    (fault,) = [each for each in found if each.code == code]
    assert fault.count == 1
    assert "XS" in fault.to_dict()["zh"]


def test_a_version_of_an_import_taken_back_that_still_counts_is_found(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    bring(company.write(tmp_path / "changed", change="XS2601-05"))
    batch = ImportBatch.objects.order_by("-pk")[0]
    exchange.undo(owner, batch.pk)
    damage("UPDATE ledger_document SET part = 9, current = (1 = 1) WHERE batch_id = %s", batch.pk)
    assert "document_not_current" in codes()


def test_a_fact_that_counts_twice_is_found(graded: Job) -> None:
    receipt = "SELECT key FROM ledger_receipt ORDER BY id LIMIT 1"
    damage(
        "UPDATE ledger_receipt SET copy = 2 WHERE key = (" + receipt + ")"
    )  # another copy of the same key: not the same fact, and so no fault
    assert codes() == set()
    damage("DROP INDEX receipt_current")
    columns = (
        "key, digest, batch_id, current, is_change, number, date, amount, kind, bill_no, method, "
        "applied_to, organisation, currency, copy, customer_id"
    )
    damage(
        f"INSERT INTO ledger_receipt ({columns}) "
        f"SELECT {columns} FROM ledger_receipt WHERE key = ({receipt})"
    )
    assert codes() == {"receipt_doubled", "batch_differs"}


def test_a_confirmation_of_nothing_is_found(graded: Job) -> None:
    damage(
        'INSERT INTO ledger_confirmation (batch_id, "table", fact) VALUES (%s, %s, %s)',
        ImportBatch.objects.get().pk, "receipt", 10**12,
    )  # fmt: skip
    assert codes() == {"confirmation_lost", "batch_differs"}


def test_the_nightly_check_is_queued_once_a_day_and_leaves_its_report(graded: Job) -> None:
    now = timezone.localtime()
    night = now.replace(hour=3, minute=0)
    if night > now:  # the job is queued now: a night still to come would find it too early
        night -= timedelta(days=1)

    def due(at: datetime) -> list[Job]:
        return [job for job in schedule.enqueue_due(at) if job.kind == "ledger.check"]

    queued = due(night)
    assert len(queued) == 1
    assert due(night + timedelta(minutes=1)) == []
    worker.run_pending()
    queued[0].refresh_from_db()
    assert queued[0].state == Job.State.DONE
    assert queued[0].report is not None
    assert queued[0].report["net"] == company.FILE_NET
    assert queued[0].report["faults"] == []
    Job.objects.filter(pk=queued[0].pk).update(created_at=night - timedelta(days=1, hours=2))
    assert len(due(night)) == 1


def test_faults_of_the_nightly_check_are_in_the_audit_trail(graded: Job) -> None:
    damage("UPDATE ledger_document SET gross = gross + 5 WHERE number = %s", "XS2601-05")
    schedule.enqueue_due()
    worker.run_pending()
    entry = AuditEntry.objects.get(action="ledger.faults")
    assert "tax_differs" in {fault["code"] for fault in entry.facts["faults"]}


def test_the_clock_looks_only_now_and_then(graded: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[datetime | None] = []
    monkeypatch.setattr(schedule, "enqueue_due", lambda now=None: seen.append(now))
    ticking: Callable[[], None] = schedule.Clock().tick
    ticking()
    ticking()
    assert len(seen) == 1


def test_bills_write_offs_and_dishonoured_bills_settle_but_only_money_and_bills_are_received(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    assert graded.report is not None
    figures = CustomerMetrics.objects.filter(customer__code="C10")
    before = figures.get(snapshot=graded.report["snapshot"])
    path = tmp_path / "收款.csv"
    path.write_text(
        "收款单号,客户编码,收款日期,收款金额,结算方式,票据号,票据到期日\n"
        "B1,C10,2026-06-01,300.00,银行承兑汇票,5588,2026-11-30\n"
        "B2,C10,2026-06-02,100.00,汇票拒付,5588,\n"
        "W1,C10,2026-06-03,50.00,坏账核销,,\n"
        "F1,C10,2026-06-03,11.00,返利抵扣,,\n"
        "M1,C10,2026-06-04,7.00,电汇,,\n",
        "utf-8-sig",
    )
    done = bring({"receipts": path})
    assert done.report is not None, done.error
    kinds = Receipt.objects.visible().filter(number__in=["B1", "B2", "W1", "F1", "M1"])
    assert dict(kinds.values_list("number", "kind")) == {
        "B1": "bill", "B2": "dishonour", "W1": "write_off", "F1": "rebate", "M1": "money"
    }  # fmt: skip
    after = figures.get(snapshot=done.report["snapshot"])
    received = after.metrics["receipts"] - before.metrics["receipts"]
    assert received == 30_000 - 10_000 + 700
    assert after.open_balance is not None and before.open_balance is not None
    assert before.open_balance - after.open_balance == 30_000 - 10_000 + 5_000 + 1_100 + 700
    assert prove_books().faults == ()
    found = selectors.balance(owner, "C10", company.AS_OF)
    assert found.bills_not_due == after.metrics["bills_at_risk"] == 20_000
    assert set(kinds.exclude(bill_no="").values_list("number", "bill_no")) == {
        ("B1", "5588"), ("B2", "5588")
    }  # fmt: skip
    assert found.total == after.open_balance
