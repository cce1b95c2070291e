"""Superseding, undo and what was known when: answers now and as of every time between."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db.models import Sum
from django.utils import timezone
from pytest_django import Settings

from mainstay.exchange import services as exchange
from mainstay.exchange.errors import NoLongerAllowed
from mainstay.foundation import worker
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.facts_out import facts_of_books, fingerprint
from mainstay.insights.models import Snapshot
from mainstay.insights.selectors import latest_runs
from mainstay.ledger.errors import BatchNotFound, NotInForce
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties.models import Customer
from tests.people import only, person
from tests.services import company
from tests.services.conftest import Bring

CHANGED = "XS2601-05"


@pytest.fixture
def owner(db: None, shared_books: tuple[User, Job], settings: Settings, tmp_path: Path) -> User:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return shared_books[0]


@pytest.fixture
def graded(db: None, shared_books: tuple[User, Job]) -> Job:
    return shared_books[1]


def net_now() -> int:
    return Document.objects.visible().aggregate(net=Sum("net"))["net"] or 0


def net_at(moment: datetime) -> int:
    return Document.objects.known_at(moment).aggregate(net=Sum("net"))["net"] or 0


def answers() -> tuple[object, ...]:
    """Everything that counts now, as far as pages and grades read it."""
    documents = Document.objects.visible().order_by("key", "part")
    lines = DocumentLine.objects.filter(document__in=documents.values("pk"))
    return (
        list(documents.values_list("key", "part", "digest", "net", "gross")),
        lines.aggregate(net=Sum("net"))["net"],
        list(Receipt.objects.visible().order_by("key", "copy").values_list("key", "amount")),
        list(Customer.objects.filter(on_file=True).order_by("code").values_list(
            "code", "name", "region", "terms_days", "salesperson")),
        fingerprint(),
    )  # fmt: skip


def batches() -> list[ImportBatch]:
    return list(ImportBatch.objects.order_by("pk"))


def apply_all_at(*days: int) -> datetime:
    """Put the batches some days apart, the first first; the moment of the first."""
    start = timezone.now() - timedelta(days=100)
    for batch, day in zip(batches(), days, strict=True):
        ImportBatch.objects.filter(pk=batch.pk).update(applied_at=start + timedelta(days=day))
    return start


def test_undo_restores_what_was_superseded_and_the_time_between_stays(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    before = answers()
    bring(company.write(tmp_path / "changed", change=CHANGED))
    start = apply_all_at(0, 10)
    assert net_now() == company.FILE_NET + 100
    undone = exchange.undo(owner, batches()[1].pk, "wrong month")
    ImportBatch.objects.filter(pk=batches()[1].pk).update(undone_at=start + timedelta(days=20))
    assert answers() == before
    assert net_at(start + timedelta(days=5)) == company.FILE_NET
    assert net_at(start + timedelta(days=15)) == company.FILE_NET + 100
    assert net_at(start + timedelta(days=25)) == company.FILE_NET
    assert undone.counts["documents_gone"] == undone.counts["documents_back"] == 1
    entry = AuditEntry.objects.get(action="import.undone")
    assert (entry.actor, entry.reason) == (owner, "wrong month")


def test_grades_made_on_an_import_taken_back_are_withdrawn_and_listed(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    shown = {run.id for run in latest_runs(owner).values()}
    bring(company.write(tmp_path / "changed", change=CHANGED))
    newest = Snapshot.objects.order_by("-pk")[0]
    undone = exchange.undo(owner, batches()[1].pk)
    assert [entry["snapshot"] for entry in undone.decided] == [newest.pk]
    assert {run.id for run in latest_runs(owner).values()} == shown
    assert Snapshot.objects.filter(pk=newest.pk, withdrawn_at__isnull=False).exists()
    assert undone.job is not None and undone.job.kind == "insights.grade"


def test_after_the_first_import_is_undone_a_later_one_that_brought_the_same_keeps_it(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    before = answers()[:4]
    bring(company.write(tmp_path / "again"))
    start = apply_all_at(0, 10)
    exchange.undo(owner, batches()[0].pk)
    ImportBatch.objects.filter(pk=batches()[0].pk).update(undone_at=start + timedelta(days=20))
    assert answers()[:4] == before
    assert set(Document.objects.visible().values_list("batch", flat=True)) == {batches()[1].pk}
    for day in (5, 15, 25):
        assert net_at(start + timedelta(days=day)) == company.FILE_NET
    exchange.undo(owner, batches()[1].pk)
    assert not Document.objects.visible().exists()
    assert not Receipt.objects.visible().exists()
    assert not Customer.objects.filter(on_file=True).exists()


def test_undo_in_the_middle_leaves_the_newest_and_then_restores_the_oldest(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    before = answers()[:4]
    bring(company.write(tmp_path / "changed", change=CHANGED))
    bring(company.write(tmp_path / "again", change="XS2601-06"))
    after = answers()[:4]
    first, middle, last = batches()
    exchange.undo(owner, middle.pk)
    assert answers()[:4] == after
    exchange.undo(owner, last.pk)
    assert answers()[:4] == before
    assert set(Document.objects.visible().values_list("batch", flat=True)) == {first.pk}


def test_customer_cards_come_back_with_the_undo(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    before = answers()[:4]
    paths = company.write(tmp_path / "cards")
    with paths["customers"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[3][1], rows[3][5] = "改名", "60"
    rows.append(["C99", "新客户", "", "", "", "45"])
    with paths["customers"].open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    done = bring(paths)
    assert graded.report is not None and graded.report["customers_changed"] == 0
    assert done.report is not None
    assert (done.report["customers_new"], done.report["customers_changed"]) == (1, 1)
    found = Customer.objects.get(code="C03")
    assert (found.name, found.terms_days) == ("改名", 60)
    assert Customer.objects.get(code="C99").on_file
    exchange.undo(owner, batches()[1].pk)
    assert answers()[:4] == before
    assert not Customer.objects.get(code="C99").on_file


def test_an_as_of_answer_never_sees_what_became_known_later(graded: Job) -> None:
    day = date(2025, 3, 5)
    moment = datetime(2025, 3, 5, 12, tzinfo=UTC)
    known = Document.objects.known_at(moment)
    assert known.exists()
    assert not known.filter(doc_date__gt=day).exists()
    expected = Document.objects.visible().filter(doc_date__lte=day)
    assert set(known.values_list("pk", flat=True)) == set(expected.values_list("pk", flat=True))


def test_only_an_administrator_takes_an_import_back(graded: Job) -> None:
    before = answers()
    with pytest.raises(NotAllowed):
        exchange.undo(person("clerk", "finance"), batches()[0].pk)
    assert answers() == before


def test_only_an_import_in_force_can_be_taken_back(graded: Job, owner: User) -> None:
    (batch,) = batches()
    exchange.undo(owner, batch.pk)
    with pytest.raises(NotInForce):
        exchange.undo(owner, batch.pk)
    with pytest.raises(BatchNotFound):
        exchange.undo(owner, batch.pk + 1)


def test_an_import_taken_back_can_be_brought_again(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    before = answers()[:4]
    exchange.undo(owner, batches()[0].pk)
    again = bring(company.write(tmp_path / "again"))
    assert again.report is not None
    assert again.report["documents_new"] == company.DOCUMENTS
    assert answers()[:4] == before


def test_allocations_reach_the_engine_and_go_with_their_import(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    paths = company.write(tmp_path / "parts")
    parts = tmp_path / "核销.csv"
    with parts.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([
            ["收款单号", "单据编号", "核销金额"],
            ["SK2605-01", "XS2606-01", "13560.00"], ["SK2605-02", "XS2605-02", "100.00"],
        ])  # fmt: skip
    done = bring({**paths, "allocations": parts})
    assert done.report is not None, done.error
    assert done.report["allocations_new"] == 2
    stated = facts_of_books().allocations
    assert stated is not None
    assert sorted(stated.to_pyarrow()["amount"].to_pylist()) == [10_000, 1_356_000]
    exchange.undo(owner, batches()[1].pk)
    assert facts_of_books().allocations is None


def test_taking_back_is_a_job_that_is_done_once(
    graded: Job, owner: User, bring: Bring, tmp_path: Path
) -> None:
    before = answers()
    bring(company.write(tmp_path / "changed", change=CHANGED))
    wrong = batches()[1]
    job = exchange.ask_undo(owner, wrong.pk, "wrong month")
    assert exchange.ask_undo(owner, wrong.pk, "again") == job  # asked for already
    assert answers() != before
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    assert job.report is not None
    assert job.report["counts"]["documents_gone"] == 1
    assert answers() == before
    wrong.refresh_from_db()
    assert (wrong.undone_by, wrong.undo_reason) == (owner, "wrong month")
    gradings = Job.objects.filter(kind="insights.grade").count()
    report = job.report
    Job.objects.filter(pk=job.pk).update(  # as a worker leaves it that died before it said so
        state=Job.State.RUNNING, report=None, lease_until=timezone.now()
    )
    worker.run_pending()
    job.refresh_from_db()
    assert (job.state, job.report) == (Job.State.DONE, report)
    assert AuditEntry.objects.filter(action="import.undone").count() == 1
    assert Job.objects.filter(kind="insights.grade").count() == gradings
    with pytest.raises(NotInForce):
        exchange.ask_undo(owner, wrong.pk)


def test_only_an_administrator_asks_for_it_and_only_while_he_is_one(
    graded: Job, owner: User
) -> None:
    before = answers()
    with pytest.raises(NotAllowed):
        exchange.ask_undo(person("clerk", "finance"), batches()[0].pk)
    assert not Job.objects.filter(kind="exchange.undo").exists()
    job = exchange.ask_undo(owner, batches()[0].pk)
    only(owner, "finance")
    worker.run_pending()
    job.refresh_from_db()
    assert job.error is not None
    assert job.error["code"] == NoLongerAllowed.code
    assert answers() == before


def test_it_may_be_cancelled_while_it_waits(
    graded: Job, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answers()
    job = exchange.ask_undo(owner, batches()[0].pk)
    Job.objects.filter(pk=job.pk).update(cancel_asked=True)
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert answers() == before
