"""The import as a job: read, take in, grade. Run again after a killed worker, it starts afresh."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from mainstay.exchange import demo, limits, rejects
from mainstay.exchange.errors import FileHasFaults
from mainstay.exchange.models import Upload
from mainstay.exchange.services import path_of, rejects_path
from mainstay.foundation.jobs import Progress, Report, job
from mainstay.insights import bridge
from mainstay.insights.services import grade_all
from mainstay.ledger import services as ledger
from mainstay.ledger.models import ImportBatch

SHOWN_FAULTS = 500
"""Faults kept with the upload for the page; of more, the count."""


@job("exchange.apply")
def apply_upload(progress: Progress, upload: str) -> Report:
    """Bring an upload into the books and grade everybody anew."""
    work = Upload.objects.select_related("batch", "owner").get(pk=upload)
    batch = work.batch
    if batch is not None and batch.state == ImportBatch.State.UNDONE:
        return {**batch.counts, "batch": batch.pk, "undone": True}
    if batch is None or batch.state != ImportBatch.State.APPLIED:
        batch = _take_in(work, progress)
    snapshot = grade_all(work.owner, progress=progress)
    return {**batch.counts, "batch": batch.pk, "snapshot": snapshot.pk,
            "as_of": snapshot.as_of.isoformat()}  # fmt: skip


def _take_in(work: Upload, progress: Progress) -> ImportBatch:
    if work.batch is not None:
        ledger.discard(work.batch)
    with tempfile.TemporaryDirectory(prefix="mainstay-reading-") as folder:
        return _take_in_from(work, Path(folder), progress)


def _take_in_from(work: Upload, folder: Path, progress: Progress) -> ImportBatch:
    files = {file.table: file for file in work.files.all()}
    facts = _read(work, {table: path_of(f) for table, f in files.items()}, folder, progress)
    books = _books(facts, folder)
    if not work.is_demo:
        demo.remove()
    sheets = {source.table: source.sheet for source in facts.sources}
    batch = ledger.open_batch(
        work.owner,
        [{"name": f.name, "table": f.table, "sha256": f.sha256, "size": f.size,
          "sheet": sheets.get(f.table) or ""} for f in files.values()],
        work.mapping,
        is_demo=work.is_demo,
    )  # fmt: skip
    Upload.objects.filter(pk=work.pk).update(batch=batch)

    def tell(done: int, total: int) -> None:
        progress(done, total, "Writing to the books", "正在写入账簿")

    try:
        ledger.take_in(batch, books, tell, rejected=work.fault_count)
    except BaseException:
        Upload.objects.filter(pk=work.pk).update(batch=None)
        raise
    return batch


def _read(work: Upload, paths: dict[str, Any], folder: Path, progress: Progress) -> Any:
    """The facts of the files. Faults are kept with the upload; rows left out go to a file."""
    from mainstay_engine import BadInput

    def tell(table: str, step: int, steps: int) -> None:
        progress(step, steps, f"Reading: {table}", f"正在读取：{table}")

    try:
        facts = bridge.read(
            paths, mapping=work.mapping, skip_bad=work.skip_bad, progress=tell, folder=folder
        )
        facts = limits.checked(facts, skip_bad=work.skip_bad)
    except BadInput as error:
        _keep(work, error.faults)
        raise FileHasFaults(count=len(error.faults)) from error
    _keep(work, facts.rejects)
    rejects.write(rejects_path(work), facts)
    return facts


def _keep(work: Upload, faults: Any) -> None:
    names = {file.stored_as: file.name for file in work.files.all()}
    work.faults = [
        fault.to_dict() | {"file": names.get(fault.file, fault.file)}
        for fault in faults[:SHOWN_FAULTS]
    ]
    work.fault_count = len(faults)
    work.save(update_fields=["faults", "fault_count"])


def _books(facts: Any, folder: Path) -> ledger.Books:
    """The facts as the books take them, and the reader's own tables closed."""
    lines = folder / "lines.parquet"
    facts.lines.to_parquet(lines)
    books = ledger.Books(
        lines=lines,
        receipts=facts.receipts.to_pyarrow() if facts.receipts is not None else None,
        customers=facts.customers.to_pyarrow() if facts.customers is not None else None,
        currency=facts.currency or "",
        exponent=facts.exponent,
        allocations=facts.allocations.to_pyarrow() if facts.allocations is not None else None,
    )
    facts.backend.disconnect()
    return books
