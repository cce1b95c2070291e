"""Whoever asked for an import or for taking one back must still hold the right when it is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mainstay.exchange import matching
from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.exchange.watch import Watch
from mainstay.foundation import bulk, worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.foundation.services import enqueue
from mainstay.ledger.models import Document, DocumentLine, ImportBatch
from mainstay.parties.codes import Decisions
from tests.people import person, with_rights
from tests.services import company

pytestmark = pytest.mark.grades(False)

Lose = Callable[[User], None]


def lose_role(user: User) -> None:
    user.appointments.all().delete()


def leave(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.fixture
def clerk(owner: User) -> User:
    """Somebody who may import and nothing else."""
    return with_rights(person("clerk", first_name="小林"), "data.import")


@pytest.fixture
def upload(clerk: User, tmp_path: Path) -> Upload:
    return uploaded(clerk, tmp_path / "files")


def uploaded(user: User, folder: Path) -> Upload:
    files = company.write(folder)
    return exchange.start_upload(user, {t: exchange.LocalFile(p) for t, p in files.items()})


def ended(job: Job) -> Job:
    worker.run_pending()
    job.refresh_from_db()
    return job


def refused(job: Job, subject: str, right: str, action: str = "import.refused") -> None:
    """The job failed with words that name the person and the right, and the trail has it."""
    assert job.state == Job.State.FAILED
    assert job.error is not None and job.error["code"] == "no_longer_allowed"
    assert "clerk" in job.error["en"] or "小林" in job.error["en"]
    entry = AuditEntry.objects.get(action=action)
    clerk = User.objects.get(username="clerk")
    assert (entry.subject, entry.actor) == (subject, None)
    assert (entry.facts["person"], entry.facts["rights"]) == (clerk.pk, [right])


def nothing_taken_in() -> bool:
    in_force = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).exists()
    return not in_force and not Document.objects.exists() and not DocumentLine.objects.exists()


@pytest.mark.parametrize("lose", [lose_role, leave])
def test_an_import_whose_asker_lost_the_right_before_it_began_is_refused(
    clerk: User, upload: Upload, lose: Lose
) -> None:
    job = exchange.apply(upload)
    lose(clerk)
    refused(ended(job), f"upload:{upload.pk}", "data.import")
    assert nothing_taken_in()
    assert "«Import files»" in (job.error or {})["en"]
    assert "“导入文件”" in (job.error or {})["zh"]
    with_rights(clerk, "data.import")
    User.objects.filter(pk=clerk.pk).update(is_active=True)
    upload.refresh_from_db()
    assert ended(exchange.apply(upload)).state == Job.State.DONE


@pytest.mark.parametrize("lose", [lose_role, leave])
@pytest.mark.parametrize("table", [Document, DocumentLine])
def test_a_right_lost_while_rows_are_written_leaves_nothing_of_them(
    clerk: User, upload: Upload, lose: Lose, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = bulk.insert

    def losing(model: Any, rows: Any, **options: Any) -> None:
        real(model, rows, **options)
        if model is table:
            lose(clerk)

    monkeypatch.setattr(bulk, "insert", losing)
    refused(ended(exchange.apply(upload)), f"upload:{upload.pk}", "data.import")
    assert nothing_taken_in()


def test_rows_of_a_killed_import_go_when_its_asker_lost_the_right_meanwhile(
    clerk: User, upload: Upload
) -> None:
    job = exchange.apply(upload)
    half = ImportBatch.objects.create(created_by=clerk)
    Upload.objects.filter(pk=upload.pk).update(batch=half)
    left = Document.objects.create(
        number="X", kind="invoice", doc_date="2024-07-01", net=1, digest="0", batch=half
    )
    DocumentLine.objects.create(document=left, net=1)
    lose_role(clerk)
    refused(ended(job), f"upload:{upload.pk}", "data.import")
    assert nothing_taken_in()
    upload.refresh_from_db()
    assert upload.batch is None


def test_an_import_in_force_is_not_refused_afterwards(clerk: User, upload: Upload) -> None:
    assert ended(exchange.apply(upload)).state == Job.State.DONE
    lose_role(clerk)  # the worker was killed before the grades, and the job is run again
    again = enqueue("exchange.apply", owner=clerk, upload=str(upload.pk))
    assert ended(again).state == Job.State.DONE, again.error
    assert not AuditEntry.objects.filter(action="import.refused").exists()


def test_decisions_on_customers_take_the_right_to_merge_when_they_are_carried_out(
    owner: User, clerk: User, tmp_path: Path
) -> None:
    assert ended(exchange.apply(uploaded(owner, tmp_path / "books"))).state == Job.State.DONE
    path = tmp_path / "new.csv"
    path.write_text("单据编号,客户编码,单据日期,无税金额\nX1,N1,2026-06-01,5.00\n", "utf-8-sig")
    with_rights(clerk, "data.import", "customers.merge")
    given = exchange.start_upload(clerk, {"lines": exchange.LocalFile(path)})
    decided = Decisions(same={"N1": "C01"})
    assert matching.as_data(decided)
    job = exchange.apply(given, decisions=decided)
    with_rights(clerk, "data.import")
    refused(ended(job), f"upload:{given.pk}", "customers.merge")
    assert not Document.objects.filter(number="X1").exists()


def test_the_demo_company_stays_where_the_own_import_is_refused(
    owner: User, clerk: User, upload: Upload, tmp_path: Path
) -> None:
    files = {t: exchange.LocalFile(p) for t, p in company.write(tmp_path / "demo").items()}
    ended(exchange.apply(exchange.start_upload(owner, files, is_demo=True)))
    job = exchange.apply(upload)
    lose_role(clerk)
    refused(ended(job), f"upload:{upload.pk}", "data.import")
    assert Document.objects.visible().filter(batch__is_demo=True).count() == company.DOCUMENTS


@pytest.mark.parametrize("lose", [lose_role, leave])
def test_taking_back_is_refused_to_who_lost_the_right_and_the_import_stays(
    owner: User, clerk: User, graded: Job, lose: Lose
) -> None:
    batch = ImportBatch.objects.get()
    with_rights(clerk, "data.take_back")
    job = exchange.ask_undo(clerk, batch.pk, "wrong file")
    lose(clerk)
    refused(ended(job), f"batch:{batch.pk}", "data.take_back", "undo.refused")
    assert AuditEntry.objects.get(action="undo.refused").reason == "wrong file"
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.APPLIED
    assert Document.objects.visible().count() == company.DOCUMENTS


def test_a_right_lost_while_taking_back_waits_for_its_turn_counts(
    owner: User, clerk: User, graded: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mainstay.exchange import undoing

    batch, real = ImportBatch.objects.get(), undoing.one_at_a_time

    def turn(name: str, waiting: Any) -> Any:
        lose_role(clerk)
        return real(name, waiting)

    monkeypatch.setattr(undoing, "one_at_a_time", turn)
    with_rights(clerk, "data.take_back")
    job = exchange.ask_undo(clerk, batch.pk)
    refused(ended(job), f"batch:{batch.pk}", "data.take_back", "undo.refused")
    batch.refresh_from_db()
    assert batch.state == ImportBatch.State.APPLIED


def test_what_was_taken_back_before_the_right_went_is_told_and_not_refused(
    owner: User, clerk: User, graded: Job
) -> None:
    batch = ImportBatch.objects.get()
    with_rights(clerk, "data.take_back")
    exchange.undo(clerk, batch.pk)  # its worker was killed before it could record the end
    lose_role(clerk)
    job = enqueue("exchange.undo", owner=clerk, batch=batch.pk, user=clerk.pk)
    assert ended(job).state == Job.State.DONE, job.error
    assert job.report is not None and job.report["counts"]["documents_gone"] == company.DOCUMENTS


@pytest.mark.parametrize("lose", [lose_role, leave])
def test_a_watched_folder_stops_importing_for_who_lost_the_right(
    clerk: User, tmp_path: Path, lose: Lose
) -> None:
    folder = tmp_path / "folder"
    path = company.write(folder, receipts=False)["lines"]
    watched = Watch(folder, clerk)
    watched.look()
    lose(clerk)
    assert watched.bring([path]) == 1
    assert nothing_taken_in()
    assert not Upload.objects.exists()
    report = (folder / "failed" / f"{path.name}.txt").read_text()
    assert "no longer holds the right «Import files»" in report
    assert "已不具备“导入文件”权限" in report
    entry = AuditEntry.objects.get(action="import.refused")
    assert (entry.subject, entry.facts["via"]) == (f"user:{clerk.pk}", "folder")
