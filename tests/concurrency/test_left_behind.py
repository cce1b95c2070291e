"""What imports left behind that nobody will finish is gone with the next one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from mainstay.exchange import services as exchange
from mainstay.foundation import bulk, worker
from mainstay.foundation.models import Job
from mainstay.ledger import services as ledger
from mainstay.ledger.errors import NotInForce
from mainstay.ledger.models import Document, DocumentLine, ImportBatch
from tests.people import administrator
from tests.services import company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.grades(False)]
Upload = Callable[[], Any]
Insert = Callable[..., None]
insert = bulk.insert


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def upload(settings: Any, tmp_path: Path) -> Upload:
    """A function that uploads the small company."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    owner = administrator("he-yun")
    files = company.write(tmp_path / "files")
    local = {table: exchange.LocalFile(path) for table, path in files.items()}
    return lambda: exchange.start_upload(owner, local)


@pytest.fixture
def left_behind(upload: Upload) -> ImportBatch:
    """A batch with documents and lines of a worker that died over it for the last time."""
    exchange.apply(upload())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "insert", _killed_after(DocumentLine))
        patch.setattr(ledger, "discard", lambda _: None)  # the dead tidy nothing up
        with pytest.raises(Killed):
            worker.run_pending()
    Job.objects.update(state=Job.State.FAILED)
    batch = ImportBatch.objects.get()
    assert (batch.state, Document.objects.count()) == (batch.State.LOADING, company.DOCUMENTS)
    return batch


def _killed_after(last: type) -> Insert:
    def once(model: Any, rows: pa.Table, **options: Any) -> None:
        insert(model, rows, **options)
        if model is last:
            raise Killed

    return once


def test_the_next_import_removes_what_nobody_will_finish(
    left_behind: ImportBatch, upload: Upload
) -> None:
    job = exchange.apply(upload())
    worker.run_pending()
    job.refresh_from_db()
    left_behind.refresh_from_db()
    assert job.state == Job.State.DONE
    assert left_behind.state == ImportBatch.State.FAILED
    assert Document.objects.count() == DocumentLine.objects.count() == company.DOCUMENTS
    assert not Document.objects.filter(batch=left_behind).exists()


def test_a_discard_that_was_killed_is_finished_later(
    left_behind: ImportBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_REMOVED", 100)
    removed = iter(range(3))
    raw_delete = type(Document.objects.all())._raw_delete

    def killed(query: Any, using: str) -> int:
        if next(removed, None) is None:
            raise Killed
        return raw_delete(query, using)

    with monkeypatch.context() as patch:
        patch.setattr("django.db.models.query.QuerySet._raw_delete", killed)
        with pytest.raises(Killed):
            ledger.discard(left_behind)
    assert Document.objects.count() == DocumentLine.objects.count() == company.DOCUMENTS - 100
    ledger.discard(left_behind)
    assert not Document.objects.exists()
    assert not DocumentLine.objects.exists()
    assert left_behind.state == ImportBatch.State.FAILED


def test_an_import_given_up_meanwhile_does_not_come_into_force(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    def given_up(batch: ImportBatch, *sums: int) -> None:
        ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.FAILED)

    monkeypatch.setattr(ledger, "_check_sums", given_up)
    job = exchange.apply(upload())
    worker.run_pending()
    job.refresh_from_db()
    assert job.error is not None
    assert job.error["code"] == NotInForce.code
    assert not Document.objects.exists()
