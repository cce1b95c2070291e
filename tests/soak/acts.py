"""What a child of the stage does: each act looks at what is left to do and does that.

So an act that was killed on the way is simply given again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation import worker
from mainstay.foundation.models import Job, User
from mainstay.insights.services import ask_for_grades
from mainstay.ledger import services as ledger
from mainstay.ledger.check import check_books
from mainstay.ledger.models import ImportBatch
from tests.people import administrator
from tests.soak import books

OPEN = (Job.State.QUEUED, Job.State.RUNNING)


def prepare(files: dict[str, dict[str, str]]) -> dict[str, str]:
    """Make the store, its owner, and an upload of each set of files; their ids by name."""
    call_command("migrate", verbosity=0)
    owner = administrator("he-yun")
    uploads = {}
    for name, paths in files.items():
        local = {table: exchange.LocalFile(Path(path)) for table, path in paths.items()}
        uploads[name] = str(exchange.start_upload(owner, local).pk)
    return uploads


def ask_import(upload: str) -> None:
    """Put the import into the queue unless it is there or done already."""
    found = Upload.objects.select_related("job", "batch").get(pk=upload)
    waits = found.job is not None and found.job.state in OPEN
    applied = found.batch is not None and found.batch.state == ImportBatch.State.APPLIED
    if not waits and not applied:
        exchange.apply(found)


def load_demo(upload: str) -> None:
    """Bring the upload's files in as the demo company, into books where nothing is in force."""
    given = Upload.objects.get(pk=upload)
    files: dict[str, exchange.Incoming] = {
        file.table: exchange.LocalFile(exchange.path_of(file)) for file in given.files.all()
    }
    exchange.apply(exchange.start_upload(given.owner, files, is_demo=True))
    take_over()


def holds_demo() -> bool:
    """Whether anything of the demo company is in the books."""
    return ledger.holds_demo()


def ask_grades() -> None:
    """Put a grading into the queue unless one waits."""
    if not Job.objects.filter(kind="insights.grade", state__in=OPEN).exists():
        ask_for_grades(User.objects.get())


def take_over() -> None:
    """Work the queue, as the next worker does once the leases of the dead have run out."""
    Job.objects.filter(state=Job.State.RUNNING).update(lease_until=timezone.now())
    worker.run_pending()


def bring_in(upload: str) -> None:
    """Import the upload and grade."""
    ask_import(upload)
    take_over()


def take_back(upload: str) -> None:
    """Undo the upload's import by a job, if it is in force still, and grade."""
    batch = Upload.objects.select_related("batch").get(pk=upload).batch
    if batch is not None and batch.state == ImportBatch.State.APPLIED:
        exchange.ask_undo(User.objects.get(), batch.pk, "wrong file")
    take_over()


def undo_only(batch: int) -> None:
    """Take a batch back by its job, and leave the grading that follows in the queue."""
    exchange.ask_undo(User.objects.get(), batch, "wrong file")
    job = worker.claim()
    assert job is not None
    assert job.kind == "exchange.undo"
    worker.run(job)


def undo(batch: int) -> None:
    """Undo a batch, whatever its state."""
    exchange.undo(User.objects.get(), batch)


def step_back(uploads: list[str]) -> None:
    """Undo the uploads' imports, newest first, without grading: what was shown before shows."""
    batches = ImportBatch.objects.filter(
        state=ImportBatch.State.APPLIED,
        pk__in=Upload.objects.filter(pk__in=uploads).values("batch"),
    )
    for batch in batches.order_by("-applied_at"):
        exchange.undo(User.objects.get(), batch.pk)
    Job.objects.filter(state=Job.State.QUEUED).update(state=Job.State.CANCELLED)


def work() -> None:
    """Work the queue beside others."""
    worker.run_pending()


def in_force(upload: str) -> bool:
    """Whether the upload's import counts."""
    batch = Upload.objects.select_related("batch").get(pk=upload).batch
    return batch is not None and batch.state == ImportBatch.State.APPLIED


def batch_of(upload: str) -> int | None:
    """The batch of the upload's import."""
    return Upload.objects.get(pk=upload).batch_id


def look() -> dict[str, Any]:
    """What anybody sees now, what is wrong with it (the ledger check's word too), what waits."""
    failed = Job.objects.filter(state=Job.State.FAILED, attempts__lt=worker.ATTEMPTS)
    return {
        "state": books.seen(),
        "faults": books.faults() + [fault.code for fault in check_books().faults],
        "open": Job.objects.filter(state__in=OPEN).count(),
        "failed": [job.error for job in failed],
    }


ACTS = {
    act.__name__: act
    for act in (
        prepare, ask_import, ask_grades, take_over, bring_in, take_back, undo, undo_only, step_back,
        work, batch_of, in_force, look, load_demo, holds_demo,
    )
}  # fmt: skip
"""What an order may name."""
