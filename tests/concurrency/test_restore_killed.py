"""Restore and backup killed with SIGKILL, and on a full disk: the old store or the new, no half."""

from __future__ import annotations

import json
import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

PREPARE = """
from django.core.management import call_command
from mainstay.exchange import services as exchange
from mainstay.foundation.models import AuditEntry, User
from tests.people import administrator
call_command("migrate", verbosity=0)
name, files, filler = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
owner = administrator(name)
for number in range(files):
    path = Path(os.environ["MAINSTAY_HOME"]) / f"{name}{number}.csv"
    path.write_bytes(os.urandom(100_000))
    exchange.start_upload(owner, {"lines": exchange.LocalFile(path)})
    path.unlink()
AuditEntry.objects.bulk_create(
    AuditEntry(actor=owner, action=name, subject=str(n), reason=os.urandom(5_000).hex())
    for n in range(filler)
)
"""
BACKUP = """
from mainstay.foundation import backup
from mainstay.foundation.backup import making
if len(sys.argv) > 2:
    put, left = making._put_rows, int(sys.argv[2])
    def die(*given):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        put(*given)
    making._put_rows = die
backup.back_up(Path(sys.argv[1]), force=True)
"""
RESTORE = """
from mainstay.foundation import backup
from mainstay.foundation.backup import loading, restoring
def before(owner, name, number):
    inner, left = getattr(owner, name), [number]
    def outer(*given, **more):
        left[0] -= 1
        if left[0] == 0:
            print("now", flush=True)
            if sys.argv[2] != "copy":
                os.kill(os.getpid(), signal.SIGKILL)
        return inner(*given, **more)
    setattr(owner, name, outer)
at = sys.argv[2]
if at == "half a file":
    before(restoring.shutil, "move", 2)
elif at == "rows":
    before(loading, "_load_table", 9)
elif at == "schema":
    before(restoring, "emit_post_migrate_signal", 1)
elif at == "copy":
    before(restoring.sqlite3, "connect", 2)
elif at == "after":
    before(restoring, "suppress", 1)
backup.restore(Path(sys.argv[1]), force=True)
"""
LOOK = """
from django.db import connection
from mainstay.exchange.files import path_of
from mainstay.exchange.models import UploadFile
from mainstay.foundation.models import AuditEntry, User
from mainstay.foundation.scratch import sweep
sound = "ok"
if connection.vendor == "sqlite":
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        (sound,) = cursor.fetchone()
sweep()
files = list(UploadFile.objects.all())
names = {file.stored_as for file in files}
print(json.dumps({
    "users": list(User.objects.values_list("username", flat=True)), "sound": sound,
    "entries": AuditEntry.objects.filter(action__in=["old", "new"]).count(),
    "whole": all(path_of(file).stat().st_size == file.size for file in files),
    "stray": len([p for p in path_of(files[0]).parent.iterdir() if p.name not in names]),
    "scratch": len(list((Path(os.environ["MAINSTAY_HOME"]) / "scratch").iterdir())),
}))
"""
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[-1]), resource.RLIM_INFINITY))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
"""
START = "import json, os, signal, sys\nfrom pathlib import Path\nimport django\ndjango.setup()\n"
POINTS = ["half a file", "rows", "schema", "after"]
ENTRIES = {"old": 30, "new": 1_500}


class Store:
    """A store of the application, worked on by processes of its own."""

    def __init__(self, home: Path, url: str | None) -> None:
        self.home = home
        self.environment = {
            **os.environ, "MAINSTAY_HOME": str(home), "MAINSTAY_DATABASE_URL": url or "",
            "DJANGO_SETTINGS_MODULE": "mainstay.config.settings",
        }  # fmt: skip

    def start(self, script: str, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", START + script, *map(str, arguments)], env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, script: str, *arguments: object) -> tuple[int, str, str]:
        with self.start(script, *arguments) as process:
            said, complained = process.communicate(timeout=120)
        return process.returncode, said, complained

    def look(self) -> dict[str, Any]:
        code, said, complained = self.run(LOOK)
        assert code == 0, complained
        found: dict[str, Any] = json.loads(said)
        return found


def of(name: str) -> dict[str, Any]:
    """What a whole store of that name looks like."""
    return {"users": [name], "sound": "ok", "entries": ENTRIES[name], "whole": True, "stray": 0,
            "scratch": 0}  # fmt: skip


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the store «new», made by the embedded store."""
    folder = tmp_path_factory.mktemp("new")
    store = Store(folder / "home", None)
    code, _, complained = store.run(PREPARE, "new", 3, ENTRIES["new"])
    assert code == 0, complained
    assert store.run(BACKUP, folder / "new.backup")[0] == 0
    return folder / "new.backup"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The store «old», of each kind."""
    url = None
    name = f"mainstay_restore_{secrets.token_hex(4)}"
    server = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    if server:
        with psycopg.connect(server, autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{name}"')
        url = server.rpartition("/")[0] + f"/{name}"
    try:
        made = Store(tmp_path / "home", url)
        code, _, complained = made.run(PREPARE, "old", 2, ENTRIES["old"])
        assert code == 0, complained
        yield made
    finally:
        if server:
            with psycopg.connect(server, autocommit=True) as session:
                session.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_killed_restore_leaves_the_old_store_or_the_new(store: Store, new: Path) -> None:
    for point in POINTS:
        code, _, complained = store.run(RESTORE, new, point)
        assert code == -9, complained
        assert store.look() == of("new" if point == "after" else "old"), point
    code, _, complained = store.run(RESTORE, new, "")
    assert code == 0, complained
    assert store.look() == of("new")


def test_killed_while_the_new_database_is_copied_over_the_old(tmp_path: Path, new: Path) -> None:
    store = Store(tmp_path / "home", None)
    assert store.run(PREPARE, "old", 2, ENTRIES["old"])[0] == 0
    chance = random.Random(7)
    for _ in range(4):
        with store.start(RESTORE, new, "copy") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "now\n"
            time.sleep(chance.uniform(0, 0.06))
            process.kill()
        assert store.look() in (of("old"), of("new"))


def test_a_full_disk_leaves_the_old_store_and_is_told(store: Store, new: Path) -> None:
    size = new.stat().st_size
    assert size > 4_000_000
    in_postgres = store.environment["MAINSTAY_DATABASE_URL"]  # whose files are its server's
    for limit in [50_000] if in_postgres else [50_000, 2_000_000]:
        code, _, complained = store.run(LIMITED + RESTORE, new, "", limit)
        assert code == 1
        assert "DiskFull" in complained, complained
        assert store.look() == of("old"), limit
        assert not list(store.home.glob("*.restoring*"))


def test_a_backup_killed_or_without_room_leaves_the_last_one(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "backups" / "nightly"
    target.parent.mkdir()
    assert store.run(BACKUP, target)[0] == 0
    before = target.read_bytes()
    for number in (1, 8):
        assert store.run(BACKUP, target, number)[0] == -9
        assert target.read_bytes() == before
    assert len(list(target.parent.iterdir())) > 1
    code, _, complained = store.run(LIMITED + BACKUP, target, 10_000, 100_000)
    assert code == 1
    assert "DiskFull" in complained, complained
    assert target.read_bytes() == before
    assert store.run(BACKUP, target)[0] == 0
    assert [path.name for path in target.parent.iterdir()] == ["nightly"]
