"""The demo company is there when a firm's own import comes: it stays until that is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from mainstay.exchange import demo
from mainstay.exchange import dry_run as dry_runs
from mainstay.exchange import services as exchange
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.models import Upload
from mainstay.foundation import bulk
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger import demo as room
from mainstay.ledger import services as ledger
from mainstay.ledger import versions
from mainstay.ledger.models import Document, DocumentLine, Receipt
from mainstay.parties import cards, codes
from tests.people import administrator
from tests.services.conftest import Bring
from tests.services.demo import load_demo, local, run, shown, write_own

pytestmark = pytest.mark.shared_books


@pytest.fixture(scope="module")
def shared_books(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[User, Job]]:
    """The demo company, brought in once for the tests below."""
    folder = tmp_path_factory.mktemp("demo")
    with (
        django_db_blocker.unblock(),
        override_settings(UPLOAD_FOLDER=folder / "uploads"),
        transaction.atomic(),
    ):
        user = administrator("he-yun")
        job = load_demo(user, folder)
        yield user, job
        transaction.set_rollback(True)


@pytest.fixture
def own(owner: User, tmp_path: Path) -> Upload:
    return exchange.start_upload(owner, local(write_own(tmp_path / "own")))


def test_the_plan_beside_the_demo_company_reads_nothing_of_the_books(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_own(tmp_path / "own")
    rows = paths["lines"].read_text("utf-8-sig").splitlines()
    rows = [f"{row},{'组织' if place == 0 else '杭州'}" for place, row in enumerate(rows)]
    paths["lines"].write_text("\n".join(rows) + "\n", encoding="utf-8-sig")
    with paths["receipts"].open("a", encoding="utf-8") as file:
        file.write(",C05,2026-06-02,1.00,\n")
    real, read = dry_runs._planned, list[str]()

    def watched(books: ledger.Books, **options: Any) -> Any:
        with CaptureQueriesContext(connection) as seen:
            found = real(books, **options)
        read.extend(each["sql"] for each in seen.captured_queries)
        return found

    monkeypatch.setattr(dry_runs, "_planned", watched)
    said = dry_run(exchange.start_upload(owner, local(paths)))
    assert said.mapping["lines"]["organisation"] == "组织"
    assert said.counts["documents_new"] and not said.counts["documents_changed"]
    rooms = ("ledger_", "parties_", "catalogue_", "insights_")
    assert [sql for sql in read if any(f'"{room}' in sql for room in rooms)] == []


STEPS: dict[str, tuple[Any, str]] = {
    "plan": (versions, "compare"),
    "register": (codes, "register"),
    "confirm": (versions, "confirm"),
    "sums": (ledger, "_check_sums"),
    "leave": (demo, "leave"),
    "make room": (room, "make_room"),
    "in force": (versions, "put_in_force"),
    "settle": (codes, "settle"),
    "cards": (cards, "file_cards"),
    "rated": (ledger, "_all_rated"),
    "audit": (ledger, "audit"),
}


def breaking(monkeypatch: pytest.MonkeyPatch, step: str) -> Callable[[], None]:
    """Let the step fail once it is done; how to mend it."""
    where, name = STEPS[step]
    real = getattr(where, name)

    def broken(*args: Any, **options: Any) -> None:
        real(*args, **options)
        raise OSError("disk full")

    monkeypatch.setattr(where, name, broken)
    return lambda: monkeypatch.setattr(where, name, real)


@pytest.mark.parametrize("step", STEPS)
def test_where_the_own_import_fails_the_demo_company_is_as_it_was(
    own: Upload, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown()
    mend = breaking(monkeypatch, step)
    job = run(own)
    assert job.error is not None and job.error["code"] == "job_crashed"
    assert shown() == before
    assert not Document.objects.filter(batch__is_demo=False).exists()
    assert not AuditEntry.objects.filter(action="demo.removed").exists()
    mend()
    assert run(own).state == Job.State.DONE
    assert set(Document.objects.values_list("batch__is_demo", flat=True)) == {False}
    assert not shown()["faults"]


@pytest.mark.parametrize("table", [Document, DocumentLine, Receipt])
def test_where_it_is_cancelled_while_rows_are_written_the_demo_company_is_as_it_was(
    own: Upload, table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, real = shown(), bulk.insert

    def cancelling(model: Any, rows: Any, **options: Any) -> None:
        if model is table:
            Job.objects.filter(state=Job.State.RUNNING).update(cancel_asked=True)
        real(model, rows, **options)

    monkeypatch.setattr(bulk, "insert", cancelling)
    assert run(own).state == Job.State.CANCELLED
    assert shown() == before
    assert not Document.objects.filter(batch__is_demo=False).exists()


def test_faulty_files_leave_the_demo_company(owner: User, bring: Bring, tmp_path: Path) -> None:
    before, path = shown(), tmp_path / "faulty.csv"
    path.write_text("单据编号,客户编码,单据日期,无税金额\nX1,C1,2026-06-31,5.00\n", "utf-8-sig")
    failed = bring({"lines": path})
    assert failed.error is not None and failed.error["code"] == "file_has_faults"
    assert shown() == before
