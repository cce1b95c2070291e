"""``mainstay backup`` and ``mainstay restore``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from mainstay.foundation.models import AuditEntry, User
from tests.cli.conftest import Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def store(settings: Settings, folder: Path) -> User:
    settings.UPLOAD_FOLDER = folder / "uploads"
    return User.objects.create_superuser("boss")


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


def test_into_a_new_embedded_store(store: User, run: Run, folder: Path) -> None:
    """Whatever store the backup is of: a fresh data folder takes it without --force."""
    assert run("backup", "b").exit_code == 0
    home = folder / "home"
    environment = {k: v for k, v in os.environ.items() if k != "MAINSTAY_DATABASE_URL"}
    environment |= {
        "MAINSTAY_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "mainstay.config.settings",
    }
    command = [sys.executable, "-c", "from mainstay.cli import app; app()", "restore", "b"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (home / "mainstay.db").stat().st_mode & 0o077 == 0
    assert not list(home.glob("*.restoring*"))
