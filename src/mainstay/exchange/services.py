"""Verbs: take files in, show what the reader makes of them, apply them as a job."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction

from mainstay.exchange import matching, reading
from mainstay.exchange.errors import (
    AlreadyApplied,
    BooksNotEmpty,
    FileTooLarge,
    NothingUploaded,
    UnknownFileType,
    UnknownTable,
    UploadNotFound,
)
from mainstay.exchange.files import folder, open_rejects, path_of, rejects_path
from mainstay.exchange.models import Upload, UploadFile
from mainstay.exchange.permissions import IMPORT
from mainstay.exchange.reading import gives_way
from mainstay.exchange.rules import TABLES, by_table
from mainstay.exchange.sources import checked_name
from mainstay.exchange.undoing import ask_undo, open_undo, undo
from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.scratch import Claims, Scratch
from mainstay.foundation.services import audit, enqueue
from mainstay.insights import bridge
from mainstay.ledger import services as ledger
from mainstay.ledger.models import ImportBatch
from mainstay.parties.permissions import MERGE

__all__ = [
    "TABLES", "LocalFile", "apply", "ask_undo", "forget", "gives_way", "interrupted", "is_readable",
    "load_demo", "open_rejects", "open_undo", "path_of", "preview", "rejects_path", "start_upload",
    "undo", "upload_of",
]  # fmt: skip

SUFFIXES = (
    ".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".xlsx", ".xlsm", ".xls", ".xlsx.gz",
    ".xls.gz", ".parquet",
)  # fmt: skip
"""Of names; the reader looks at the content (and refuses the macros of an .xlsm in words)."""
CHUNK = 1 << 20


class Incoming(Protocol):
    """A file as a form hands it over (Django's ``UploadedFile`` is one)."""

    name: str | None

    def chunks(self, chunk_size: int | None = None) -> Iterable[bytes]: ...


class LocalFile:
    """A file of this machine, handed over as a form would."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name: str | None = path.name

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while block := file.read(chunk_size or CHUNK):
                yield block


def start_upload(user: User, files: Mapping[str, Incoming], *, is_demo: bool = False) -> Upload:
    """Store the files under random names, their own names kept as data.

    ``files`` is keyed by table (see ``TABLES``).
    Raises ``NotAllowed`` (an import concerns the whole company), ``NothingUploaded``,
    ``UnknownTable``, ``UnknownFileType``, ``FileTooLarge``; then no file is kept.
    """
    demand_company(user, IMPORT)
    if not files:
        raise NothingUploaded
    for table, file in files.items():
        if table not in TABLES:
            raise UnknownTable(table=table)
        if not _suffix(file.name or ""):
            raise UnknownFileType(name=file.name)
    stored: list[Path] = []
    claims = Claims()
    try:
        with transaction.atomic():
            upload = Upload.objects.create(owner=user, is_demo=is_demo)
            for table, file in files.items():
                path = folder() / (secrets.token_hex(16) + _suffix(file.name or ""))
                claims.add([path.name])
                stored.append(path)
                size, digest = _store(file, path)
                UploadFile.objects.create(
                    upload=upload, table=table, name=Path(file.name or table).name[:255],
                    stored_as=path.name, size=size, sha256=digest,
                )  # fmt: skip
    except BaseException:
        for path in stored:
            path.unlink(missing_ok=True)
        raise
    finally:
        claims.close()
    return upload


def upload_of(user: User, upload_id: uuid.UUID | str) -> Upload:
    """One's own upload. Raises ``UploadNotFound``, ``NotAllowed`` (see ``IMPORT``)."""
    found = Upload.objects.filter(pk=upload_id, owner=user).first()
    if found is None:
        raise UploadNotFound
    demand_company(user, IMPORT)
    return found


def preview(
    upload: Upload, mapping: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Any]:
    """What the reader makes of each file: the engine's ``Preview`` by table. Nothing is written.

    ``mapping``: per table, canonical column → heading, where the user corrected the guesses.
    """
    chosen = mapping or upload.mapping
    company = reading.own_currency(upload, chosen)
    found = {
        file.table: bridge.inspect(
            path_of(file), table=file.table, mapping=_of_table(chosen, file.table), currency=company
        )
        for file in upload.files.all()
    }
    for seen in found.values():
        for fault in seen.faults:
            if fault.row is None:
                reading.by_name(upload, fault.message)
    return found


def _of_table(mapping: Mapping[str, Any], table: str) -> dict[str, Any]:
    """The columns of one table, with the options that hold for all under its own."""
    options = {**mapping.get("options", {}), **mapping.get(table, {}).get("options", {})}
    return {**mapping.get(table, {}), **({"options": options} if options else {})}


def apply(
    upload: Upload,
    mapping: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    skip_bad: bool = False,
    source: str = "",
    decisions: ledger.Decisions | None = None,
    via: str = "",
) -> Job:
    """Put the import into the queue. Raises ``AlreadyApplied``, ``BadSourceName``.

    An upload whose import failed or was taken back may be applied again, with another mapping or
    ``skip_bad``. ``source``: where the files come from; once the import is in force, the map of
    columns it was read by is kept under that name. ``decisions``: which new codes are customers
    of the books, which asks for the right to merge (``NotAllowed``). ``via`` tells the audit
    trail who asked where nobody signed in: ``cli``, ``folder``.
    """
    kept_as = checked_name(source) if source else ""
    if decisions and matching.as_data(decisions):
        demand_company(upload.owner, MERGE)
    with transaction.atomic():
        held = Upload.objects.select_for_update().get(pk=upload.pk)
        running = held.job and held.job.state in {Job.State.QUEUED, Job.State.RUNNING}
        if running or (held.batch and held.batch.state == ImportBatch.State.APPLIED):
            raise AlreadyApplied
        if held.batch and held.batch.state != ImportBatch.State.LOADING:
            held.batch = None  # else an import lost its worker too often, and goes on
        held.mapping = by_table(mapping or {})
        held.skip_bad = skip_bad
        held.decisions = matching.as_data(decisions) if decisions else {}
        held.job = enqueue("exchange.apply", owner=held.owner, upload=str(held.pk), source=kept_as)
        held.save(update_fields=["batch", "mapping", "skip_bad", "decisions", "job"])
        if via:
            audit(held.owner, "import.asked", f"upload:{held.pk}", via=via, source=kept_as)
    upload.refresh_from_db()
    return held.job


def interrupted() -> set[int]:
    """Batches whose import lost its worker too often; asked for again, it goes on after their rows.

    They show nowhere, and the next import removes what is left of them.
    """
    at_work = Upload.objects.filter(job__state__in=(Job.State.QUEUED, Job.State.RUNNING))
    unfinished = ImportBatch.objects.filter(state=ImportBatch.State.LOADING)
    return set(
        unfinished.exclude(pk__in=at_work.exclude(batch=None).values("batch"))
        .values_list("pk", flat=True)
    )  # fmt: skip


def forget(upload: Upload) -> None:
    """Remove an upload that was only looked at, with its files. Raises ``AlreadyApplied``."""
    if upload.job is not None:
        raise AlreadyApplied
    paths = [path_of(file) for file in upload.files.all()]
    upload.delete()
    for path in paths:
        path.unlink(missing_ok=True)


def load_demo(user: User) -> Job:
    """Make up the demo company and enqueue its import, through the same door as anybody's files.

    Raises ``BooksNotEmpty``.
    """
    if not ledger.is_empty():
        raise BooksNotEmpty
    with Scratch("demo") as scratch:
        paths = bridge.write_demo(scratch.path)
        files = {table: LocalFile(path) for table, path in paths.items()}
        upload = start_upload(user, files, is_demo=True)
    return apply(upload)


def is_readable(name: str) -> bool:
    """Whether a file of that name is of a type we read."""
    return bool(_suffix(name))


def _suffix(name: str) -> str:
    """The longest ending we read, of the name a browser sent; empty when there is none."""
    lower = name.lower()
    return max((suffix for suffix in SUFFIXES if lower.endswith(suffix)), key=len, default="")


def _store(file: Incoming, path: Path) -> tuple[int, str]:
    limit: int = settings.UPLOAD_LIMIT
    size, digest = 0, hashlib.sha256()
    with path.open("xb") as target:
        path.chmod(0o600)
        for chunk in file.chunks(CHUNK):
            size += len(chunk)
            if size > limit:
                raise FileTooLarge(name=file.name, size=size >> 20, limit=limit >> 20)
            digest.update(chunk)
            target.write(chunk)
    return size, digest.hexdigest()
