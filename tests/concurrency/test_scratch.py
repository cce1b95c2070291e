"""What killed processes leave in folders goes; what the living use stays. With a real SIGKILL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.concurrency.test_killed_worker import AGAIN, PREPARE, run
from tests.services import company

SWEEP = """
from mainstay.foundation.scratch import sweep
sweep()
"""
UPLOAD = """
from mainstay.exchange import services as exchange
from mainstay.foundation.models import User
owner = User.objects.get()
store = exchange._store
def die(file, path):
    store(file, path)
    os.kill(os.getpid(), signal.SIGKILL)
exchange._store = die
exchange.start_upload(owner, {"lines": exchange.LocalFile(Path(sys.argv[1]))})
"""
SLOW_UPLOAD = """
from mainstay.exchange import services as exchange
from mainstay.foundation.models import User
owner = User.objects.get()
store = exchange._store
def slow(file, path):
    found = store(file, path)
    print("stored", flush=True)
    sys.stdin.readline()
    return found
exchange._store = slow
exchange.start_upload(owner, {"lines": exchange.LocalFile(Path(sys.argv[1]))})
"""
KILLED_AT = """
from mainstay.foundation import worker
from mainstay.{module} import {owner}
def die(*given, **more):
    os.kill(os.getpid(), signal.SIGKILL)
{owner}.{name} = die
worker.run_pending()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with an import in the queue."""
    files = {table: str(path) for table, path in company.write(tmp_path / "files").items()}
    prepared = run(tmp_path / "home", PREPARE, json.dumps(files))
    assert prepared.returncode == 0, prepared.stderr
    return tmp_path / "home"


def scratch(home: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in (home / "scratch").iterdir()
                  if path.is_dir())  # fmt: skip


def uploads(home: Path) -> set[str]:
    return {path.name for path in (home / "uploads").iterdir()}


@pytest.mark.parametrize(
    ("module", "owner", "name", "left"),
    [
        ("exchange", "reading", "books_of", ["reading"]),
        ("ledger.workshop", "Workshop", "_sum_up", ["import", "reading"]),
    ],
)
def test_a_killed_import_leaves_nothing_for_long(
    home: Path, module: str, owner: str, name: str, left: list[str]
) -> None:
    killed = run(home, KILLED_AT.format(module=module, owner=owner, name=name))
    assert killed.returncode == -9, killed.stderr
    assert scratch(home) == left
    before = uploads(home)
    again = run(home, AGAIN)
    assert again.returncode == 0, again.stderr
    assert not list((home / "scratch").iterdir())
    assert uploads(home) == before


def test_files_of_a_killed_upload_go(home: Path, tmp_path: Path) -> None:
    before = uploads(home)
    killed = run(home, UPLOAD, str(tmp_path / "files" / "销售明细.csv"))
    assert killed.returncode == -9, killed.stderr
    assert len(uploads(home) - before) == 1
    assert run(home, SWEEP).returncode == 0
    assert uploads(home) == before
    assert not list((home / "scratch").iterdir())


def test_files_of_a_living_upload_stay(home: Path, tmp_path: Path) -> None:
    before = uploads(home)
    start = "import os, signal, sys\nfrom pathlib import Path\nimport django\ndjango.setup()\n"
    environment = {
        **os.environ, "MAINSTAY_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "mainstay.config.settings",
    }  # fmt: skip
    environment.pop("MAINSTAY_DATABASE_URL", None)
    with subprocess.Popen(
        [sys.executable, "-c", start + SLOW_UPLOAD, str(tmp_path / "files" / "销售明细.csv")],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as living:  # fmt: skip
        assert living.stdin is not None
        assert living.stdout is not None
        assert living.stdout.readline() == "stored\n"
        swept = run(home, SWEEP)
        assert swept.returncode == 0, swept.stderr
        assert len(uploads(home) - before) == 1
        living.stdin.write("\n")
        living.stdin.flush()
        assert living.wait(60) == 0
    assert run(home, SWEEP).returncode == 0
    assert len(uploads(home) - before) == 1
    assert not list((home / "scratch").iterdir())
