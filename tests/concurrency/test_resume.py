"""An import whose worker was killed goes on after the chunks that are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db.models import Max, Sum
from django.utils import timezone

from mainstay.exchange import jobs
from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation import bulk, worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.foundation.services import cancel
from mainstay.ledger import services as ledger
from mainstay.ledger import workshop
from mainstay.ledger.check import check_books
from mainstay.ledger.models import Confirmation, Document, DocumentLine, ImportBatch, Receipt
from tests.people import administrator
from tests.services import company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.grades(False)]
CHUNK = 40
Ask = Callable[..., Upload]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def ask(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A function that uploads the small company and asks for its import; chunks are small."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    monkeypatch.setattr(bulk, "SQLITE_CHUNK", CHUNK)
    monkeypatch.setattr(bulk, "COPY_CHUNK", CHUNK)
    monkeypatch.setattr(workshop, "STRETCH", 3 * CHUNK)
    owner = administrator("he-yun")

    def run(change: str = "") -> Upload:
        files = company.write(tmp_path / f"files{change}", change=change)
        local = {table: exchange.LocalFile(path) for table, path in files.items()}
        upload = exchange.start_upload(owner, local)
        exchange.apply(upload)
        return upload

    return run


def kill_at(model: type, chunk: int) -> None:
    """Work the queue and die before that chunk of the model's rows is written."""
    with pytest.MonkeyPatch.context() as patch:
        name = "_copy" if bulk.connection.vendor == "postgresql" else "_execute_many"
        put, passed = getattr(bulk, name), []

        def dying(of: Any, rows: pa.Table) -> None:
            if of is model:
                passed.append(rows)
                if len(passed) == chunk:
                    raise Killed
            put(of, rows)

        patch.setattr(bulk, name, dying)
        patch.setattr(ledger, "discard", lambda batch: None)  # the dead tidy nothing up
        patch.setattr(jobs, "_leave_nothing", lambda upload: None)
        with pytest.raises(Killed):
            worker.run_pending()


def work_on() -> Job:
    """The next worker, once the lease has run out."""
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now())
    worker.run_pending()
    return Job.objects.filter(kind="exchange.apply").latest("created_at")


def everything_is_in() -> None:
    visible = Document.objects.visible()
    assert visible.count() == Document.objects.count() == company.DOCUMENTS
    assert DocumentLine.objects.count() == company.DOCUMENTS
    for rows in (visible, DocumentLine.objects):
        assert rows.aggregate(net=Sum("net"))["net"] == company.FILE_NET
    assert not check_books().faults
    assert AuditEntry.objects.filter(action="import.applied").count() == 1


@pytest.mark.parametrize(
    ("model", "chunk"), [(Document, 1), (Document, 4), (DocumentLine, 1), (DocumentLine, 5),
                         (Receipt, 1), (Receipt, 3)],
)  # fmt: skip
def test_it_goes_on_after_what_is_there(ask: Ask, model: type, chunk: int) -> None:
    ask()
    kill_at(model, chunk)
    tables = (Document, DocumentLine, Receipt)
    there = {table: set(table._default_manager.values_list("pk", flat=True)) for table in tables}
    if model is not Document:
        assert len(there[Document]) == company.DOCUMENTS
    assert len(there[model]) % CHUNK == 0
    batch = ImportBatch.objects.get()
    told: list[tuple[int, int]] = []
    take_in = ledger.take_in

    def listening(batch: ImportBatch, books: Any, tell: ledger.Tell, **more: Any) -> Any:
        return take_in(batch, books, lambda *now: (told.append(now), tell(*now)), **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "take_in", listening)
        job = work_on()
    assert job.state == Job.State.DONE, job.error
    assert told[0][0] == sum(map(len, there.values()))
    assert told[-1][0] == told[-1][1]
    for table, ids in there.items():
        assert ids <= set(table._default_manager.values_list("pk", flat=True))
    everything_is_in()
    assert ImportBatch.objects.get().pk == batch.pk
    assert job.report is not None
    assert job.report["customers_new"] == company.CUSTOMERS
    assert job.report["customers_changed"] == 0


def test_confirmations_go_on_too(ask: Ask) -> None:
    ask()
    worker.run_pending()
    ask("XS2601-05")
    kill_at(Confirmation, 3)
    assert Confirmation.objects.count() == 2 * CHUNK
    assert work_on().state == Job.State.DONE
    facts = Confirmation.objects.filter(table="document")
    assert facts.count() == facts.values("fact").distinct().count() == company.DOCUMENTS - 1
    assert Confirmation.objects.values("table", "fact").distinct().count() == (
        Confirmation.objects.count()
    )
    assert not check_books().faults


def test_asked_for_again_after_too_many_deaths_it_still_goes_on(ask: Ask) -> None:
    upload = ask()
    kill_at(DocumentLine, 4)
    there = set(DocumentLine.objects.values_list("pk", flat=True))
    assert there
    assert not exchange.interrupted()
    Job.objects.update(attempts=worker.ATTEMPTS, lease_until=timezone.now())
    worker.run_pending()
    assert Job.objects.get().state == Job.State.FAILED
    assert exchange.interrupted() == {ImportBatch.objects.get().pk}
    exchange.apply(Upload.objects.get(pk=upload.pk))
    assert work_on().state == Job.State.DONE
    assert there <= set(DocumentLine.objects.values_list("pk", flat=True))
    everything_is_in()


@pytest.mark.parametrize("spoilt", ["line lost", "line added", "sum", "document lost", "map"])
def test_what_is_not_the_beginning_of_the_plan_is_written_afresh(ask: Ask, spoilt: str) -> None:
    ask()
    kill_at(DocumentLine, 4)
    first = DocumentLine.objects.order_by("pk")[5]
    if spoilt == "line lost":
        first.delete()
    elif spoilt == "line added":
        DocumentLine.objects.create(document=first.document, net=0)
    elif spoilt == "sum":
        DocumentLine.objects.filter(pk=first.pk).update(net=1)
    elif spoilt == "document lost":
        DocumentLine.objects.all().delete()
        Document.objects.filter(pk=first.document.pk).delete()
    else:
        Upload.objects.update(mapping={"lines": {"cost": None}})
    newest = Document.objects.aggregate(pk=Max("pk"))["pk"]
    assert work_on().state == Job.State.DONE
    assert not Document.objects.filter(pk__lte=newest).exists()
    everything_is_in()


def test_an_import_that_came_between_comes_first(ask: Ask) -> None:
    """Batches are numbered as they come into force: the killed one begins afresh, as a later."""
    first = ask()
    kill_at(DocumentLine, 4)
    ask("XS2601-05")
    worker.run_pending()
    assert Document.objects.count() == company.DOCUMENTS
    assert work_on().state == Job.State.DONE
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now())
    worker.run_pending()
    batch = Upload.objects.get(pk=first.pk).batch
    assert batch is not None
    assert batch.pk == ImportBatch.objects.aggregate(pk=Max("pk"))["pk"]
    net = Document.objects.visible().aggregate(net=Sum("net"))["net"]
    assert net == company.FILE_NET
    assert not check_books().faults


@pytest.mark.parametrize("requeued", [False, True])
def test_cancelled_after_a_kill_nothing_is_left(ask: Ask, requeued: bool) -> None:
    upload = ask()
    kill_at(DocumentLine, 4)
    if requeued:  # the next worker has put it back and not begun
        Job.objects.update(lease_until=timezone.now())
        worker.reap()
    cancel(User.objects.get(), Job.objects.get().pk)
    assert work_on().state == Job.State.CANCELLED
    assert not Document.objects.exists()
    assert not DocumentLine.objects.exists()
    assert ImportBatch.objects.get().state == ImportBatch.State.FAILED
    assert Upload.objects.get(pk=upload.pk).batch is None
