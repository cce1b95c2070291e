"""The import as a job: read, take in, grade.

Run again after a killed worker, it reads the files again and goes on after the rows that are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mainstay.effort import taking
from mainstay.exchange import demo, efforts, matching, reading, rejects, standing, undoing
from mainstay.exchange.errors import (
    BooksNotEmpty,
    FileHasFaults,
    NoLongerAllowed,
    UploadNotFound,
)
from mainstay.exchange.files import rejects_path
from mainstay.exchange.models import Upload
from mainstay.exchange.sources import headings_of, save_source
from mainstay.foundation.jobs import JobTaken, Progress, Report, job
from mainstay.foundation.lock import Waiting, one_at_a_time
from mainstay.foundation.models import User
from mainstay.foundation.scratch import Scratch
from mainstay.foundation.services import audit
from mainstay.insights.errors import NothingToGrade
from mainstay.insights.services import grade_and_follow
from mainstay.ledger import services as ledger
from mainstay.ledger.errors import NotInForce
from mainstay.ledger.models import ImportBatch
from mainstay.ledger.permissions import TAKE_BACK
from mainstay.parties import finding

if TYPE_CHECKING:
    from mainstay_engine import Fault
    from mainstay_engine.facts import Facts

EVER = datetime.min.replace(tzinfo=UTC)
"""An import that changed nothing keeps the grades that stand, whenever they were made."""
SHOWN_FAULTS = 500
"""Faults kept with the upload for the page; of more, the count."""


@job("exchange.apply")
def apply_upload(progress: Progress, upload: str, source: str = "") -> Report:
    """Bring an upload into the books and grade everybody anew.

    ``source``: the name to keep the map of columns under, once the import is in force.
    """
    work = Upload.objects.select_related("batch", "owner").filter(pk=upload).first()
    if work is None:  # the demo company's, gone with it
        raise UploadNotFound
    batch = work.batch
    if batch is not None and batch.state == ImportBatch.State.UNDONE:
        return {**batch.counts, "batch": batch.pk, "undone": True}
    if batch is None or batch.state != ImportBatch.State.APPLIED:
        try:
            standing.demand_still(work.owner_id, *standing.of_import(work))
            batch = _take_in(work, progress)
        except NoLongerAllowed as error:
            _leave_nothing(work)
            audit(
                None, "import.refused", f"upload:{work.pk}", person=error.person,
                rights=error.rights,
            )  # fmt: skip
            raise
    if source:
        save_source(work.owner, source, batch.mapping, headings_of(work, batch.mapping))
    finding.refresh()
    try:
        snapshot = grade_and_follow(work.owner, progress=progress, asked=EVER)
    except NothingToGrade:  # receipts or customers came first: sales will bring the grades
        return {**batch.counts, "batch": batch.pk}
    return {**batch.counts, "batch": batch.pk, "snapshot": snapshot.pk,
            "as_of": snapshot.as_of.isoformat()}  # fmt: skip


@job("exchange.undo")
def undo(progress: Progress, batch: int, user: int, reason: str = "") -> Report:
    """Take an import back. Run again after a killed worker, it tells what the first run did.

    Raises ``NoLongerAllowed`` where whoever asked lost the right meanwhile: the import stays.
    """
    progress(0, 0, "Taking the import back", "正在撤销导入")

    def waiting() -> None:
        progress(0, 0, "Waiting for another import", "正在等待其他导入完成")

    done = undoing.undone(batch) or _undo(batch, user, reason, waiting)
    return {"batch": batch, "counts": done.counts, "decided": done.decided}


def _undo(batch: int, user: int, reason: str, waiting: Waiting) -> undoing.Undone:
    try:
        standing.demand_still(user, TAKE_BACK)
        return undoing.undo(User.objects.get(pk=user), batch, reason, waiting=waiting)
    except NotInForce:
        if (done := undoing.undone(batch)) is None:
            raise
        return done
    except NoLongerAllowed as error:
        audit(
            None, "undo.refused", f"batch:{batch}", reason=reason, person=error.person,
            rights=error.rights,
        )  # fmt: skip
        raise


def _take_in(work: Upload, progress: Progress) -> ImportBatch:
    try:
        with Scratch("reading") as scratch:
            return _take_in_from(work, scratch.path, progress)
    except JobTaken:
        raise  # another worker goes on with it
    except BaseException:
        _leave_nothing(work)
        raise


def _leave_nothing(work: Upload) -> None:
    """Remove what this attempt or a killed one before it has written, unless it is in force."""
    if not Upload.objects.filter(pk=work.pk).exists():
        return  # the demo company's: its rows went with it
    work.refresh_from_db()
    if work.batch is not None:
        ledger.discard(work.batch)
    unfinished = Upload.objects.filter(pk=work.pk)
    unfinished.exclude(batch__state=ImportBatch.State.APPLIED).update(batch=None)


def _take_in_from(work: Upload, folder: Path, progress: Progress) -> ImportBatch:
    facts = _read(work, folder, progress)
    mapping = reading.effective(facts, work.mapping)
    sources = {source.table: source for source in facts.sources}
    brought = efforts.brought(facts)
    books = reading.books_of(facts, folder, matching.of_data(work.decisions))

    def tell(done: int, total: int) -> None:
        progress(done, total, "Writing to the books", "正在写入账簿")

    def waiting() -> None:
        progress(0, 0, "Waiting for another import", "正在等待其他导入完成")

    files = [
        {"name": f.name, "table": f.table, "sha256": f.sha256, "size": f.size,
         "sheet": sources[f.table].sheet or "", "notes": sources[f.table].notes}
        for f in work.files.all()
    ]  # fmt: skip
    with one_at_a_time("books", waiting):  # so that batches are numbered as they come into force
        gives_way = _gives_way(work)
        batch = ledger.reopened(work.batch_id)
        if batch is None:
            if work.batch is not None:
                ledger.discard(work.batch)
            batch = ledger.open_batch(work.owner, files, mapping, is_demo=work.is_demo)
            Upload.objects.filter(pk=work.pk).update(batch=batch)
        else:  # the same files, perhaps by another map
            batch.files, batch.mapping = files, mapping
            batch.save(update_fields=["files", "mapping"])

        def switching() -> None:
            standing.demand_still(work.owner_id, *standing.of_import(work))
            if gives_way:
                demo.leave(work)

        def also() -> dict[str, int]:
            found = taking.counts(brought, afresh=gives_way)
            taking.write(brought, batch)
            return found

        ledger.take_in(
            batch, books, tell, rejected=work.fault_count, afresh=gives_way, switching=switching,
            also=also,
        )  # fmt: skip
    return batch


def _gives_way(work: Upload) -> bool:
    """Whether the demo company is there and leaves for this import. Call under the lock.

    What was read of the upload before may be out of date: another import may have come into force.
    Raises ``UploadNotFound``, ``BooksNotEmpty``.
    """
    now = Upload.objects.select_related("batch").filter(pk=work.pk).first()
    if now is None:
        raise UploadNotFound
    work.batch = now.batch
    if work.is_demo and not ledger.is_empty():
        raise BooksNotEmpty
    return not work.is_demo and demo.is_there()


def _read(work: Upload, folder: Path, progress: Progress) -> Facts:
    """The facts of the files. Faults are kept with the upload; rows left out go to a file."""
    from mainstay_engine import BadInput

    try:
        facts = reading.read(
            work, work.mapping, skip_bad=work.skip_bad, folder=folder, progress=progress
        )
    except BadInput as error:
        _keep(work, error.faults)
        raise FileHasFaults(count=len(error.faults)) from error
    _keep(work, facts.rejects)
    rejects.write(rejects_path(work), facts)
    return facts


def _keep(work: Upload, faults: Sequence[Fault]) -> None:
    work.faults = reading.told(work, faults[:SHOWN_FAULTS])
    work.fault_count = len(faults)
    work.save(update_fields=["faults", "fault_count"])
