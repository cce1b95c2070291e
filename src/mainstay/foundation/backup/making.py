"""Make a backup: one moment of the store, streamed into a file that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
from django.conf import settings
from django.db import connections, models, transaction
from django.utils import timezone
from filelock import FileLock, Timeout

from mainstay.foundation.backup import columns
from mainstay.foundation.backup.disk import full_disk_told
from mainstay.foundation.backup.manifest import (
    LEFT_OUT,
    NAME,
    ROWS,
    UPLOADS,
    Hashed,
    Manifest,
    applied,
    tables,
)  # fmt: skip
from mainstay.foundation.backup.sealed import SealedWriter
from mainstay.foundation.errors import BackupExists
from mainstay.foundation.models import User
from mainstay.foundation.services import audit

_DRAFT = ".mainstay-draft"
BATCH = 20_000
"""Rows held at a time."""

Batches = Callable[[str], Iterator[list[tuple[Any, ...]]]]


def back_up(
    target: Path,
    *,
    actor: User | None = None,
    passphrase: str | None = None,
    force: bool = False,
    using: str = "default",
) -> Manifest:
    """Write everything into ``target`` (mode 0600), encrypted where a passphrase is given.

    Others go on working: rows are read as of one moment; files are read after the rows, and one
    that was deleted in between is left out.

    Raises:
        BackupExists: there is such a file, and no ``force``.
        DiskFull: there is no room for it; a file of that name stays as it was.
        OSError: it cannot be written.
    """
    if target.exists() and not force:
        raise BackupExists(name=target.name)
    with _draft(target) as draft, full_disk_told():
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            manifest = _seal(out, passphrase, using)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
    if using == "default":
        with transaction.atomic():
            audit(
                actor, "backup.made", f"backup:{target.name}"[:80],
                rows=manifest.rows, encrypted=passphrase is not None,
            )  # fmt: skip
    return manifest


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A hidden place beside the target, claimed while it is written; drafts of the killed go."""
    mine = target.with_name(f".{target.name}.{os.getpid()}{_DRAFT}")
    for draft in {*target.parent.glob(f".*{_DRAFT}"), mine}:
        claim = FileLock(f"{draft}.lock", mode=0o600)
        try:
            claim.acquire(timeout=0)
        except Timeout:
            continue  # somebody is writing it
        draft.unlink(missing_ok=True)
        claim.release()
        Path(claim.lock_file).unlink(missing_ok=True)
    claim = FileLock(f"{mine}.lock", mode=0o600)
    try:
        with claim:
            yield mine
    finally:
        mine.unlink(missing_ok=True)
        Path(claim.lock_file).unlink(missing_ok=True)


def _seal(out: IO[bytes], passphrase: str | None, using: str) -> Manifest:
    if passphrase is None:
        return _fill(out, using)
    writer = SealedWriter(out, passphrase)
    manifest = _fill(cast("IO[bytes]", writer), using)
    writer.finish()
    return manifest


def _fill(out: IO[bytes], using: str) -> Manifest:
    vendor = connections[using].vendor
    manifest = Manifest(version("mainstay"), timezone.now().isoformat(), vendor, applied(using))
    with zipfile.ZipFile(out, "w") as packed:
        with _moment(using) as batches:
            for model in tables(manifest.migrations):
                if model._meta.db_table not in LEFT_OUT:
                    _put_rows(packed, manifest, model, vendor, batches)
        _put_uploads(packed, manifest)
        packed.writestr(NAME, manifest.to_json())
    return manifest


def _put_rows(
    packed: zipfile.ZipFile,
    manifest: Manifest,
    model: type[models.Model],
    vendor: str,
    batches: Batches,
) -> None:
    name, form, count = f"{ROWS}{model._meta.db_table}.arrows", columns.schema(model), 0
    packing = pa.ipc.IpcWriteOptions(compression="zstd")
    with packed.open(name, "w", force_zip64=True) as member:
        hashed = Hashed(member)
        with pa.ipc.new_stream(hashed, form, options=packing) as stream:
            for rows in batches(columns.selection(model, vendor)):
                stream.write_batch(columns.to_arrow(rows, form))
                count += len(rows)
        manifest.parts[name] = hashed.part(count)


def _put_uploads(packed: zipfile.ZipFile, manifest: Manifest) -> None:
    folder = Path(settings.UPLOAD_FOLDER)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = UPLOADS + path.relative_to(folder).as_posix()
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue  # deleted since the folder was listed
        with source, packed.open(name, "w", force_zip64=True) as member:
            hashed = Hashed(member)
            shutil.copyfileobj(source, hashed, 1024 * 1024)
            manifest.parts[name] = hashed.part()


@contextmanager
def _moment(using: str) -> Iterator[Batches]:
    """A reader of rows to which the store stands still, while others write."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with transaction.atomic(using=using):
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield lambda query: _in_batches(connection.chunked_cursor(), query)
        return
    place = Path(str(connection.settings_dict["NAME"])).absolute().as_uri()
    reader = sqlite3.connect(f"{place}?mode=ro", uri=True, isolation_level=None, timeout=20)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment starts here
        yield lambda query: _in_batches(reader.cursor(), query)
    finally:
        reader.close()


def _in_batches(cursor: Any, query: str) -> Iterator[list[tuple[Any, ...]]]:
    try:
        cursor.execute(query)
        while rows := cursor.fetchmany(BATCH):
            yield rows
    finally:
        cursor.close()
