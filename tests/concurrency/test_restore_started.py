"""A backup goes without ``--force`` into a store that was started and never used."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

MAINSTAY = str(Path(sys.executable).with_name("mainstay"))
PATIENCE = 90.0


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAINSTAY_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return kept | {"MAINSTAY_HOME": str(home), "LC_ALL": "C.UTF-8"}


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [MAINSTAY, *arguments], env=environment(home), capture_output=True, text=True, timeout=120
    )


def rows(home: Path, table: str) -> int:
    path = home / "mainstay.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        try:
            return int(store.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        except sqlite3.OperationalError:  # not made yet, or being migrated
            return 0


def try_to_sign_in(address: str) -> None:
    """A wrong password, by the form."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(f"{address}/sign-in").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = f"csrfmiddlewaretoken={token[1]}&username=admin&password=wrong".encode()
    with pytest.raises(urllib.error.HTTPError, match="422"):
        opener.open(f"{address}/sign-in", form)


def test_a_started_store_is_taken_for_empty(tmp_path: Path) -> None:
    made, started = tmp_path / "made", tmp_path / "started"
    assert run(made, "backup", str(tmp_path / "b")).returncode == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [MAINSTAY, "serve", "--port", str(port)], env=environment(started),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as server:  # fmt: skip
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if "is ready" in line:
                    break
            try_to_sign_in(f"http://127.0.0.1:{port}")
            until = time.monotonic() + PATIENCE
            while rows(started, "foundation_auditseal") == 0 and time.monotonic() < until:
                time.sleep(0.2)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    for table in ("foundation_job", "foundation_auditseal", "foundation_signinfailures",
                  "foundation_appointment"):  # fmt: skip
        assert rows(started, table) > 0, table
    done = run(started, "restore", str(tmp_path / "b"))
    assert done.returncode == 0, done.stderr
    again = run(started, "restore", str(tmp_path / "b"))
    assert again.returncode == 0, again.stderr


def test_a_store_with_people_is_not(tmp_path: Path) -> None:
    used = tmp_path / "used"
    assert run(used, "backup", str(tmp_path / "b")).returncode == 0
    with closing(sqlite3.connect(used / "mainstay.db")) as store:
        columns = [row[1] for row in store.execute("PRAGMA table_info(foundation_user)")]
        names = ", ".join(name for name in columns if name not in {"id", "username"})
        store.execute(
            f"INSERT INTO foundation_user (username, {names})"
            f" SELECT 'second', {names} FROM foundation_user"
        )
        store.commit()
    refused = run(used, "restore", str(tmp_path / "b"))
    assert refused.returncode == 2
    assert "foundation_user" in refused.stderr
