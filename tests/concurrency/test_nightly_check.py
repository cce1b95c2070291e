"""Two workers at two o'clock: the nightly check of the books runs once, on each store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgres import find_server

PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
WORKER = """
import threading, time
from datetime import timedelta
from django.utils import timezone
from mainstay.foundation import schedule, worker
from mainstay.foundation.models import Job
from mainstay.insights import jobs

now = timezone.localtime()
night = now.replace(hour=2, minute=0, second=0, microsecond=0)
night -= timedelta(days=1) if night > now else timedelta()  # the last time it was two o'clock
schedule.LOOK = 0.0
schedule.timezone = type("Clock", (), {"localtime": staticmethod(lambda given=None: night)})

ran = Path(sys.argv[1])
prove = jobs.prove_books
def proven(**options):
    with (ran / "proven").open("a") as told:
        told.write(f"{os.getpid()}\\n")
    return prove(**options)
jobs.prove_books = proven

(ran / f"ready-{os.getpid()}").touch()
while len(list(ran.glob("ready-*"))) < 2:
    time.sleep(0.01)
stop = threading.Event()
def end():
    deadline = time.monotonic() + 60
    nightly = Job.objects.filter(kind="ledger.check", state="done")
    while time.monotonic() < deadline and not nightly.exists():
        time.sleep(0.1)
    time.sleep(2)  # many more looks at the clock by both
    stop.set()
threading.Thread(target=end).start()
worker.work_until(stop)
"""
LOOK = """
from mainstay.foundation.models import Job
nightly = Job.objects.filter(kind="ledger.check")
print(json.dumps(list(nightly.values_list("kind", "state", "attempts"))))
"""
START = "import json, os, sys\nfrom pathlib import Path\nimport django\ndjango.setup()\n"


def start(home: Path, url: str, script: str, *arguments: str) -> subprocess.Popen[str]:
    """The script in the application, in a process of its own."""
    environment = {
        **os.environ,
        "MAINSTAY_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "mainstay.config.settings",
        "MAINSTAY_DATABASE_URL": url,
    }
    return subprocess.Popen(
        [sys.executable, "-c", START + script, *arguments],
        env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    return out


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty store; empty for the embedded one."""
    if request.param == "sqlite":
        yield ""
        return
    server = find_server()
    if server is None:
        pytest.skip("no PostgreSQL server answers")
    name = f"mainstay_night_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{server.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_two_workers_run_the_nightly_check_once(url: str, tmp_path: Path) -> None:
    home, ran = tmp_path / "home", tmp_path / "ran"
    ran.mkdir()
    ended(start(home, url, PREPARE))
    for worker in [start(home, url, WORKER, str(ran)) for _ in range(2)]:
        ended(worker)
    assert json.loads(ended(start(home, url, LOOK))) == [["ledger.check", "done", 1]]
    assert len((ran / "proven").read_text().splitlines()) == 1
