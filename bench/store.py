"""A file into the books, against the plainest loop that does as much, on SQLite and PostgreSQL.

The floor reads the same CSV with ``csv``, types the same columns, hashes each row and inserts it
into one table with five indexes: in chunks of 2,000 rows on SQLite, by COPY on PostgreSQL. It knows
no documents, no customers, no earlier imports, and shows no faults.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from data import database

CHUNK = 2_000
COLUMNS = "doc_no, item, item_name, quantity, day, price, customer, region, net, digest"
TABLE = (
    "CREATE TABLE line (doc_no TEXT, item TEXT, item_name TEXT, quantity NUMERIC, day DATE, "
    "price NUMERIC, customer TEXT, region TEXT, net BIGINT, digest TEXT)"
)
INDEXES = ("doc_no", "customer", "day", "item", "digest")


def _open(home: Path, url: str) -> None:
    """The application over that data folder and database."""
    os.environ["MAINSTAY_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "mainstay.config.settings"
    os.environ["MAINSTAY_DATABASE_URL"] = url
    import django

    django.setup()


def prepare_books(path: str, url: str = "", receipts: str = "", folder: str = "") -> Any:
    """An empty store of our own, migrated, and somebody who brings the files.

    With ``folder`` the store stays there for other jobs.
    """
    home = Path(folder or tempfile.mkdtemp(prefix="mainstay-bench-"))
    _open(home, url and _fresh_database(url))
    from django.core.management import call_command

    from mainstay.exchange import services as exchange
    from mainstay.foundation.people import first_administrator

    call_command("migrate", verbosity=0)
    made = first_administrator()
    if made is None:
        raise SystemExit("the store is not new")
    owner = made[0]
    files = {"lines": path} | ({"receipts": receipts} if receipts else {})
    upload = exchange.start_upload(
        owner, {table: exchange.LocalFile(Path(file)) for table, file in files.items()}
    )
    exchange.apply(upload)
    return home


def books(
    home: Path, path: str, url: str = "", receipts: str = "", folder: str = ""
) -> dict[str, Any]:
    """Read, check, plan, write and switch: the import as the worker runs it, without grading."""
    from mainstay.exchange import jobs
    from mainstay.exchange.models import Upload
    from mainstay.foundation.jobs import silent

    batch = jobs._take_in(Upload.objects.get(), silent)
    if not folder:
        shutil.rmtree(home)
    return {"lines": batch.counts["lines_new"], "net": batch.counts["net_new"]}


def prepare_regrade(path: str, url: str = "") -> Any:
    home = prepare_books(path, url)
    from mainstay.exchange import jobs
    from mainstay.exchange.models import Upload
    from mainstay.foundation.jobs import silent

    jobs._take_in(Upload.objects.get(), silent)
    return home


def regrade(home: Path, path: str, url: str = "") -> dict[str, Any]:
    """Measure and grade everybody by every preset, as of one date, into a snapshot."""
    from mainstay.insights.services import grade_all

    grade_all(None)
    shutil.rmtree(home)
    return {}


prepare_engine_alone = prepare_regrade


def engine_alone(home: Path, path: str, url: str = "") -> dict[str, Any]:
    """The facts out of the store, and the same metrics, classes and reasons, kept in memory."""
    from mainstay.insights import facts_out, measuring

    facts = facts_out.facts_of_books()
    measured = measuring.measure(facts, measuring.latest_day(facts))
    measured.monthly()
    for outcome in measured.grades(lambda *_: None):
        if not isinstance(outcome, measuring.Refusal):
            for code in measured.codes:
                outcome.explain(code).to_dict()
    shutil.rmtree(home)
    return {}


SUMS = (
    """SELECT count(*), sum(l.net), sum(coalesce(l.gross, l.net + l.tax, l.net)),
              count(CASE WHEN d.customer_id IS NULL THEN 1 END)
       FROM ledger_documentline l JOIN ledger_document d ON d.id = l.document_id
       WHERE d.current""",
    "SELECT count(*), count(DISTINCT customer_id), sum(net) FROM ledger_document WHERE current",
    "SELECT sum(amount) FROM ledger_receipt WHERE current",
)
"""The bare sums that the check prints, in one query for each table. Lines are joined with their
documents, since only those of current documents count."""


def prepare_sums(folder: str, url: str = "") -> None:
    """A store that is there, read once, so that every job finds the same pages in memory."""
    _open(Path(folder), url)
    from mainstay.ledger import sums

    for query in SUMS:
        sums.row(query)


def sums(_: None, folder: str, url: str = "") -> dict[str, Any]:
    """The floor of the check."""
    from mainstay.ledger import sums

    (lines, net, owed, _alone), _heads, (paid,) = (sums.row(query) for query in SUMS)
    return {"lines": lines, "net": net, "open": owed - paid}


prepare_check = prepare_settlement = prepare_sums


def check(_: None, folder: str, url: str = "") -> dict[str, Any]:
    """The sums, and every document, version and import proved by SQL."""
    from mainstay.ledger.check import check_books

    found = check_books()
    if found.faults:
        raise SystemExit(str(found.faults))
    return {"lines": found.lines, "net": found.net, "open": found.open}


def settlement(_: None, folder: str, url: str = "") -> dict[str, Any]:
    """The engine's replay of settlement by customer against sums, as of the latest day."""
    from mainstay.insights import identity

    if found := identity.faults():
        raise SystemExit(str(found))
    return {}


def prepare_customers(path: str) -> str:
    """A data folder with an administrator."""
    home = tempfile.mkdtemp(prefix="mainstay-bench-")
    _open(Path(home), "")
    from django.core.management import call_command

    from mainstay.foundation.people import first_administrator

    call_command("migrate", verbosity=0)
    first_administrator()
    return home


def customers(home: str, path: str) -> dict[str, Any]:
    """``mainstay import`` of a customer list in a process of its own, start-up included: CPU s."""
    command = [str(Path(sys.executable).with_name("mainstay")), "import", path, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    shutil.rmtree(home)
    return {"cpu": used.ru_utime + used.ru_stime, "told": json.loads(done.stdout)["counts"]}


def _rows(path: str) -> Iterator[tuple[Any, ...]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            number, item, name, quantity, moment, price, customer, country = row
            day = datetime.fromisoformat(moment).date()
            count, each = Decimal(quantity), Decimal(price)
            net = int((count * each).scaleb(2).to_integral_value())
            digest = hashlib.md5("|".join(row).encode(), usedforsecurity=False).hexdigest()
            yield number, item, name, count, day, each, customer or None, country, net, digest


def prepare_loop(path: str, url: str = "") -> Any:
    with suppress(StopIteration, InvalidOperation, ValueError):
        next(_rows(path))  # fails here, not in the middle, where the columns are others
    if url:
        import psycopg

        connection: Any = psycopg.connect(_fresh_database(url), autocommit=True)
    else:
        folder = tempfile.mkdtemp(prefix="mainstay-bench-")
        connection = sqlite3.connect(f"{folder}/floor.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(TABLE)
    for column in INDEXES:
        connection.execute(f"CREATE INDEX line_{column} ON line ({column})")
    return connection


def loop(connection: Any, path: str, url: str = "") -> dict[str, Any]:
    count, net, chunk = 0, 0, []
    put = _copy if url else _execute_many
    for row in _rows(path):
        chunk.append(row)
        count, net = count + 1, net + row[8]
        if len(chunk) == CHUNK:
            put(connection, chunk)
            chunk = []
    put(connection, chunk)
    return {"lines": count}


def _execute_many(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        f"INSERT INTO line ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(*row[:3], float(row[3]), row[4].isoformat(), float(row[5]), *row[6:]) for row in rows],
    )
    connection.execute("COMMIT")


def _copy(connection: Any, rows: list[tuple[Any, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    with connection.cursor() as cursor, cursor.copy(
        f"COPY line ({COLUMNS}) FROM STDIN (FORMAT csv)"
    ) as copy:  # fmt: skip
        copy.write(text.getvalue())


def _fresh_database(url: str, name: str = "", like: str = "template1") -> str:
    """A new database on that server, dropped by the next bench that wants it; its address. It is a
    copy of another one to which nobody is connected.
    """
    import psycopg

    server, _, _ = url.rpartition("/")
    name = name or database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
    return f"{server}/{name}"
