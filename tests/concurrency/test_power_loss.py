"""What a power loss may take from SQLite: the last commits of chunks that show nowhere, no more.

Power loss is played by cutting the write-ahead log where the disk might not have got it: SQLite
drops everything from the first frame that is not whole.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection, transaction

from mainstay.foundation import bulk
from mainstay.parties.models import Customer
from tests.concurrency.test_killed_worker import AGAIN, PREPARE, look, run
from tests.services import company

KILLED = """
from mainstay.foundation import bulk, worker
from mainstay.ledger.models import Document, DocumentLine, Receipt
bulk.SQLITE_CHUNK = 20
put = bulk._execute_many
log = Path(os.environ["MAINSTAY_HOME"]) / "mainstay.db-wal"
sizes = []
def watched(model, rows):
    if model in (Document, DocumentLine):
        sizes.append(log.stat().st_size)
    if model is Receipt:
        print(json.dumps(sizes), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    put(model, rows)
bulk._execute_many = watched
worker.run_pending()
"""


def synchronous() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has settings of its own")
def test_commits_are_on_the_disk_save_those_of_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert synchronous() == 2  # FULL
    seen = []
    put = bulk._execute_many

    def watched(*given: Any) -> None:
        seen.append(synchronous())
        put(*given)

    monkeypatch.setattr(bulk, "_execute_many", watched)
    rows = pa.table({"code": ["C1"], "name": [""]})
    bulk.insert(Customer, rows)
    assert synchronous() == 2
    with transaction.atomic():  # as in the switch that puts an import in force
        bulk.insert(Customer, rows.set_column(0, "code", pa.array(["C2"])))
    assert seen == [1, 2]
    assert synchronous() == 2


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_an_import_goes_on_from_what_the_disk_has(tmp_path: Path, seed: int) -> None:
    files = {table: str(path) for table, path in company.write(tmp_path / "files").items()}
    home = tmp_path / "home"
    prepared = run(home, PREPARE, json.dumps(files))
    assert prepared.returncode == 0, prepared.stderr
    killed = run(home, KILLED)
    assert killed.returncode == -9, killed.stderr
    sizes: list[int] = json.loads(killed.stdout)
    log = home / "mainstay.db-wal"
    cut = random.Random(seed).randint(sizes[0], sizes[-1])
    with log.open("r+b") as file:
        file.truncate(cut)
    (home / "mainstay.db-shm").unlink()
    after = look(home)
    assert after["documents"] == 0
    assert after["stored"] < company.DOCUMENTS
    again = run(home, AGAIN)
    assert again.returncode == 0, again.stderr
    assert look(home) == {
        "state": "done", "attempts": 2, "stored": company.DOCUMENTS,
        "documents": company.DOCUMENTS, "net": company.FILE_NET,
    }  # fmt: skip
