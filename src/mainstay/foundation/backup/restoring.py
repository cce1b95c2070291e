"""Restore a backup: wholly or not at all, into either store, migrated to this version.

PostgreSQL does it in one transaction. SQLite gets a new database beside its own, copied over it in
one transaction of SQLite's own once it is complete, so that processes that have it open go on.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from mainstay.foundation.backup import loading
from mainstay.foundation.backup.disk import full_disk_told
from mainstay.foundation.backup.manifest import UPLOADS, Manifest, Node, applied, tables
from mainstay.foundation.backup.opening import opened, verify
from mainstay.foundation.errors import BackupIsNewer, StoreNotEmpty
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import AuditEntry, Notice
from mainstay.foundation.scratch import Claims
from mainstay.foundation.trail import sealing

BESIDE = "restoring"
"""Alias of the database that is made beside SQLite's own."""
ANY, NONE = "1=1", "1=0"
UNTOUCHED = {
    "auth_permission": NONE, "django_content_type": NONE, "django_session": NONE,
    "foundation_appointment": NONE, "foundation_auditentry": NONE, "foundation_auditseal": NONE,
    "foundation_job": "owner_id IS NOT NULL", "foundation_role": "rights IS NOT NULL",
    "foundation_session": NONE, "foundation_signinfailures": NONE,
    "foundation_user": "id > (SELECT min(id) FROM foundation_user)",
}  # fmt: skip
"""What a store fills by itself once it was started: its first administrator and that person's
roles, what the worker does by the clock, who tried to sign in; and which rows there are somebody's
work all the same.
"""


def restore(source: Path, *, passphrase: str | None = None, force: bool = False) -> Manifest:
    """Make the store what it was when the backup was made; nothing changes unless all succeeds.

    Sequences go on after the highest id; an older schema is migrated to this version's.

    Raises:
        NotABackup, BackupDamaged, BackupIsNewer, PassphraseNeeded, PassphraseWrong: of the file.
        StoreNotEmpty: there is data, and no ``force``.
        DiskFull: there is no room for it.
    """
    with full_disk_told(), opened(source, passphrase) as (packed, manifest):
        verify(packed, manifest)
        _check_known(manifest)
        with one_at_a_time("books"):
            if not force and (held := _held()):
                raise StoreNotEmpty(tables=", ".join(held))
            with _uploads(packed, manifest):
                if connections["default"].vendor == "postgresql":
                    _into_postgres(packed, manifest, source)
                else:
                    _into_sqlite(packed, manifest, source)
            sealing.restored(source.name)
    ContentType.objects.clear_cache()
    return manifest


def _check_known(manifest: Manifest) -> None:
    known = MigrationExecutor(connections["default"]).loader.graph.nodes
    if unknown := [
        f"{app} {name}" for app, name in manifest.migrations if (app, name) not in known
    ]:
        raise BackupIsNewer(version=manifest.version, migrations=", ".join(unknown))


def _held() -> list[str]:
    """Tables of the store with data of someone's own."""
    connection = connections["default"]
    there = set(connection.introspection.table_names())
    found = []
    with connection.cursor() as cursor:
        for model in tables(applied("default")):
            name = model._meta.db_table
            if name not in there:
                continue
            own = UNTOUCHED.get(name, ANY)
            cursor.execute(f'SELECT 1 FROM "{name}" WHERE {own} LIMIT 1')  # noqa: S608  ours
            if cursor.fetchone():
                found.append(name)
    return found


def _into_postgres(packed: zipfile.ZipFile, manifest: Manifest, source: Path) -> None:
    connection = connections["default"]
    with transaction.atomic():
        there = set(connection.introspection.table_names())
        ours = [m._meta.db_table for m in tables(applied("default"))] + ["django_migrations"]
        with connection.cursor() as cursor:
            for name in ours:
                if name in there:
                    cursor.execute(f'DROP TABLE "{name}" CASCADE')
        _build("default", packed, manifest, source)


def _into_sqlite(packed: zipfile.ZipFile, manifest: Manifest, source: Path) -> None:
    own = connections["default"]
    target = Path(str(own.settings_dict["NAME"]))
    beside = target.with_name(f"{target.name}.{BESIDE}")
    _forget(beside)
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    connections[BESIDE] = made_beside = own.copy(BESIDE)
    made_beside.settings_dict["NAME"] = str(beside)
    try:
        _build(BESIDE, packed, manifest, source)
        made_beside.close()
        own.close()
        with (
            closing(sqlite3.connect(beside)) as made,
            closing(sqlite3.connect(target, timeout=20)) as over,
        ):
            over.execute("PRAGMA journal_mode=WAL")
            made.backup(over)
    finally:
        made_beside.close()
        del connections[BESIDE]
        _forget(beside)


def _forget(database: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _build(using: str, packed: zipfile.ZipFile, manifest: Manifest, source: Path) -> None:
    """The schema of the backup, its rows, then the way to this version's schema."""
    executor = MigrationExecutor(connections[using])
    executor.migrate(_leaves(executor, manifest.migrations))
    loading.load(using, packed, manifest)
    executor = MigrationExecutor(connections[using])
    executor.migrate(executor.loader.graph.leaf_nodes())
    emit_post_migrate_signal(verbosity=0, interactive=False, db=using)
    Notice.objects.using(using).exclude(mail="").update(mail="")  # sent since, or never to be
    signed = sealing.sign_unsealed(using)
    AuditEntry.objects.using(using).create(
        action="backup.restored",
        subject=f"backup:{source.name}"[:80],
        facts={"rows": manifest.rows, "made_at": manifest.made_at, "version": manifest.version,
               "unsealed": signed},
    )  # fmt: skip


def _leaves(executor: MigrationExecutor, nodes: list[Node]) -> list[Node]:
    """The last migrations of each app among those."""
    among = set(nodes)
    graph = executor.loader.graph
    return [
        node for node in nodes
        if not any(c.key in among and c.key[0] == node[0] for c in graph.node_map[node].children)
    ]  # fmt: skip


@contextmanager
def _uploads(packed: zipfile.ZipFile, manifest: Manifest) -> Iterator[None]:
    """The files: put beside those there, which go only after the rows are in.

    Names are random, so a file of the same name is the same; where the block fails, what was added
    goes again.
    """
    folder = Path(settings.UPLOAD_FOLDER)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts = {folder / n.removeprefix(UPLOADS): n for n in manifest.parts if n.startswith(UPLOADS)}
    added: list[Path] = []
    with Claims() as claims:
        claims.add(path.name for path in (*parts, *folder.rglob("*")) if not path.is_dir())
        try:
            for path, name in parts.items():
                if not path.exists():
                    added.append(path)
                    _put(packed, name, path, claims.path / f"{path.name}.part")
            yield
        except BaseException:
            for path in added:
                path.unlink(missing_ok=True)
            raise
        for path in folder.rglob("*"):
            if path.is_file() and path not in parts:
                with suppress(FileNotFoundError):
                    path.unlink()


def _put(packed: zipfile.ZipFile, name: str, path: Path, draft: Path) -> None:
    """The file comes into its place whole: a killed restore leaves no half one under its name."""
    with packed.open(name) as member, draft.open("xb") as out:
        shutil.copyfileobj(member, out, 1024 * 1024)
        out.flush()
        os.fsync(out.fileno())
    draft.chmod(0o600)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.move(draft, path)
