"""A worker killed with SIGKILL in the middle of an import, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.services import company

PREPARE = """
from django.core.management import call_command
from mainstay.exchange import services as exchange
from tests.people import administrator
call_command("migrate", verbosity=0)
owner = administrator("he-yun")
files = {table: exchange.LocalFile(Path(path)) for table, path in json.loads(sys.argv[1]).items()}
exchange.apply(exchange.start_upload(owner, files))
"""

KILLED = """
from mainstay.foundation import bulk, worker
from mainstay.ledger.models import DocumentLine
insert = bulk.insert
def die(model, rows, **options):
    if model is DocumentLine:
        insert(model, rows.slice(0, 100))
        os.kill(os.getpid(), signal.SIGKILL)
    insert(model, rows, **options)
bulk.insert = die
worker.run_pending()
"""

LOOK = """
from mainstay.foundation.models import Job
from mainstay.ledger.models import Document, DocumentLine
job = Job.objects.get()
print(json.dumps({"state": job.state, "attempts": job.attempts,
    "stored": DocumentLine.objects.count(), "documents": Document.objects.visible().count(),
    "net": sum(Document.objects.visible().values_list("net", flat=True))}))
"""

AGAIN = """
from django.utils import timezone
from mainstay.foundation import worker
from mainstay.foundation.models import Job
Job.objects.update(lease_until=timezone.now())
worker.run_pending()
"""


def run(home: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script in the application, over the data folder, in a new process."""
    start = (
        "import json, os, signal, sys\nfrom pathlib import Path\nimport django\ndjango.setup()\n"
    )
    environment = {
        **os.environ,
        "MAINSTAY_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "mainstay.config.settings",
    }
    environment.pop("MAINSTAY_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-c", start + script, *arguments],
        env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def look(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(home, LOOK).stdout)
    return found


def test_nothing_shows_after_the_kill_and_the_next_worker_brings_everything(
    tmp_path: Path,
) -> None:
    files = {table: str(path) for table, path in company.write(tmp_path / "files").items()}
    prepared = run(tmp_path / "home", PREPARE, json.dumps(files))
    assert prepared.returncode == 0, prepared.stderr

    assert run(tmp_path / "home", KILLED).returncode == -9
    after_kill = look(tmp_path / "home")
    assert (after_kill["state"], after_kill["documents"]) == ("running", 0)
    assert after_kill["stored"] == 100

    again = run(tmp_path / "home", AGAIN)
    assert again.returncode == 0, again.stderr
    assert look(tmp_path / "home") == {
        "state": "done", "attempts": 2, "stored": company.DOCUMENTS,
        "documents": company.DOCUMENTS, "net": company.FILE_NET,
    }  # fmt: skip
