"""The demo company and a firm's own data, one after the other: nothing of the one stays in the
other's books."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.models import Upload
from mainstay.foundation import worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger import identity
from mainstay.ledger import services as ledger
from mainstay.ledger.models import Document, ImportBatch
from mainstay.parties.models import Customer
from tests.services import company
from tests.services.demo import as_if_alone, load_demo, local, run, shown, write_own


@pytest.fixture
def own(owner: User, tmp_path: Path) -> Upload:
    return exchange.start_upload(owner, local(write_own(tmp_path / "own")))


def test_after_the_own_import_nothing_tells_that_the_demo_company_was_there(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    alone = as_if_alone(own)
    assert not alone["faults"]
    load_demo(owner, tmp_path)
    said = dry_run(own)
    assert said.demo_gives_way
    assert (said.counts["customers_new"], said.proposals) == (company.CUSTOMERS + 1, [])
    assert run(own).state == Job.State.DONE
    after = shown()
    for name, rows in after.items():
        assert rows == alone[name], name
    batch = ImportBatch.objects.get()
    assert {name: batch.counts[name] for name in said.counts} == said.counts
    assert not Customer.objects.filter(code="C03").exists()
    assert AuditEntry.objects.filter(action="demo.removed").count() == 1


def test_a_merge_in_the_demo_company_while_the_import_is_broken_off_does_not_move_own_facts(
    owner: User, own: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = as_if_alone(own)
    load_demo(owner, tmp_path)

    def killed(*args: Any) -> None:
        raise Killed

    monkeypatch.setattr(ledger, "_check_sums", killed)
    monkeypatch.setattr(ledger, "discard", lambda batch: None)  # a killed process tidies nothing
    monkeypatch.setattr("mainstay.exchange.jobs._leave_nothing", lambda work: None)
    exchange.apply(own)
    job = worker.claim()
    assert job is not None
    with pytest.raises(Killed):
        worker.run(job)
    monkeypatch.undo()
    assert Document.objects.filter(batch__is_demo=False, current=False).exists()
    identity.merge(owner, "C06", "C07", "after the kill")
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    for name, rows in shown().items():
        assert rows == alone[name], name


class Killed(BaseException):
    """The process is gone: nobody catches it."""


def test_the_demo_company_never_comes_beside_own_data_that_were_asked_for_first(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    exchange.apply(own)
    late = exchange.start_upload(owner, local(company.write(tmp_path / "demo")), is_demo=True)
    job = exchange.apply(late)
    worker.run_pending()
    job.refresh_from_db()
    assert job.error is not None and job.error["code"] == "books_not_empty"
    assert set(Document.objects.values_list("batch__is_demo", flat=True)) == {False}


def test_a_demo_company_that_was_still_coming_in_when_own_data_came_stays_out(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    given = exchange.start_upload(owner, local(company.write(tmp_path / "demo")), is_demo=True)
    job = exchange.apply(given)
    half = ledger.open_batch(owner, [], {}, is_demo=True)  # its worker was killed
    Upload.objects.filter(pk=given.pk).update(batch=half)
    Job.objects.filter(pk=job.pk).update(not_before="2999-01-01T00:00:00Z")
    assert run(own).state == Job.State.DONE
    Job.objects.filter(pk=job.pk).update(not_before=None)
    worker.run_pending()
    job.refresh_from_db()
    assert job.error is not None and job.error["code"] == "upload_not_found"
    assert set(Document.objects.values_list("batch__is_demo", flat=True)) == {False}


def test_own_data_taken_back_and_the_demo_company_loaded_again_make_room_once_more(
    owner: User, own: Upload, tmp_path: Path
) -> None:
    alone = as_if_alone(own)
    assert run(own).state == Job.State.DONE
    exchange.undo(owner, ImportBatch.objects.get().pk)
    Job.objects.filter(state=Job.State.QUEUED).delete()
    load_demo(owner, tmp_path)
    again = exchange.start_upload(owner, local(write_own(tmp_path / "again")))
    assert run(again).state == Job.State.DONE
    for name, rows in shown().items():
        assert rows == alone[name], name
    own.refresh_from_db()
    assert own.batch_id is None
