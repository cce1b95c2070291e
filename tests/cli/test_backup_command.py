"""``mainstay backup`` and ``mainstay restore``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from pytest_django import Settings

from mainstay.foundation.models import AuditEntry, User
from tests.cli.conftest import Run
from tests.people import administrator
from tests.services import company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(settings: Settings, folder: Path) -> User:
    settings.UPLOAD_FOLDER = folder / "uploads"
    return administrator("boss")


def test_there_and_back(store: User, run: Run, folder: Path) -> None:
    made = run("backup", "all.backup")
    assert made.exit_code == 0, made.output
    assert "0 files, not encrypted" in made.stdout
    assert AuditEntry.objects.get(action="backup.made").actor == store
    User.objects.create_user("later")
    refused = run("restore", "all.backup")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    back = run("restore", "all.backup", "--force")
    assert back.exit_code == 0, back.output
    assert list(User.objects.values_list("username", flat=True)) == ["boss"]


def test_a_passphrase_from_a_file_or_the_environment(
    store: User, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "words").write_text("电池 staple\n", encoding="utf-8")
    assert "encrypted)" in run("backup", "b", "--passphrase-file", "words").stdout
    asked = run("restore", "b", "--force")
    assert asked.exit_code == 2
    assert "MAINSTAY_BACKUP_PASSPHRASE" in asked.stderr
    monkeypatch.setenv("MAINSTAY_BACKUP_PASSPHRASE", "other")
    wrong = run("restore", "b", "--force", "--lang", "zh")
    assert wrong.exit_code == 2
    assert "口令与此备份不符" in wrong.stderr
    monkeypatch.setenv("MAINSTAY_BACKUP_PASSPHRASE", "电池 staple")
    assert run("restore", "b", "--force").exit_code == 0


def test_a_missing_file_and_one_that_is_none(store: User, run: Run) -> None:
    assert run("restore", "nowhere").exit_code == 1
    assert "no backup" in run("restore", "sales.csv").stderr


def _outside(home: Path, url: str | None, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, on a store of its own."""
    environment = {k: v for k, v in os.environ.items() if k != "MAINSTAY_DATABASE_URL"}
    environment["MAINSTAY_HOME"] = str(home)
    environment["DJANGO_SETTINGS_MODULE"] = "mainstay.config.settings"
    if url:
        environment["MAINSTAY_DATABASE_URL"] = url
    command = [sys.executable, "-c", "from mainstay.cli import app; app()", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture
def other_database(postgres_url: str) -> Iterator[str]:
    """An empty PostgreSQL database for one test."""
    name = f"test_backup_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
        yield postgres_url.rpartition("/")[0] + f"/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.postgres
def test_from_one_store_to_the_other_and_back(
    store: User, run: Run, folder: Path, other_database: str
) -> None:
    """The same rows in each: compared part by part, but for the trail the commands leave."""
    paths = company.write(folder / "files")
    assert run("import", *paths.values()).exit_code == 0
    assert run("backup", "first").exit_code == 0
    lite, big = folder / "lite", folder / "big"
    for home, url, source, target in (
        (lite, None, "first", "of-sqlite"),
        (big, other_database, "of-sqlite", "of-postgres"),
        (folder / "lite2", None, "of-postgres", "again"),
    ):
        done = _outside(home, url, "restore", source)
        assert done.returncode == 0, done.stderr
        done = _outside(home, url, "backup", target)
        assert done.returncode == 0, done.stderr
    first = _rows(folder / "first")
    assert len(first["ledger_documentline"]) > 0
    for name in ("of-sqlite", "of-postgres", "again"):
        assert _rows(folder / name) == first


def _rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows by table; JSON as what it says."""
    found = {}
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            table = Path(name).stem
            if name.startswith("rows/") and table != "foundation_auditentry":
                rows = pa.ipc.open_stream(packed.read(name)).read_all().to_pylist()
                found[table] = [{k: _meaning(v) for k, v in row.items()} for row in rows]
    return found


def _meaning(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in "{[" and value else value


def test_into_a_new_embedded_store(store: User, run: Run, folder: Path) -> None:
    """Whatever store the backup is of: a fresh data folder takes it without --force."""
    assert run("backup", "b").exit_code == 0
    home = folder / "home"
    done = _outside(home, None, "restore", "b")
    assert done.returncode == 0, done.stderr
    assert (home / "mainstay.db").stat().st_mode & 0o077 == 0
    assert not list(home.glob("*.restoring*"))
