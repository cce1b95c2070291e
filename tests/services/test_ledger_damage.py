"""Damage done to the store behind the application's back: each kind is found and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

from mainstay.foundation.models import Job, User
from mainstay.insights.jobs import prove_books
from mainstay.ledger.models import Document, ImportBatch, Receipt
from mainstay_engine import allocation
from mainstay_engine.metrics import settlement
from tests.services import company
from tests.services.conftest import Bring, apply

PARTS = "receipt_no,doc_no,amount\nSK2407-01,XS2407-01,100.00\nSK2407-02,XS2407-02,50.00\n"


@pytest.fixture(scope="module")
def told(
    shared_books: tuple[User, Job],
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Job:
    """The small company, with two parts of receipts told: once for this file."""
    folder = tmp_path_factory.mktemp("told")
    path = folder / "parts.csv"
    path.write_text(PARTS, "utf-8")
    files = {"allocations": path, "receipts": company.write(folder / "f")["receipts"]}
    with django_db_blocker.unblock():
        done = apply(shared_books[0], files)
        assert done.state == Job.State.DONE, done.error
        assert codes() == {}
    return done


@pytest.fixture
def books(db: None, told: Job) -> Job:
    """The same; what a test damages is whole again after it."""
    return told


@pytest.fixture
def owner(books: Job, shared_books: tuple[User, Job], settings: Any, tmp_path: Path) -> User:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return shared_books[0]


def damage(statement: str, *values: int | str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def codes() -> dict[str, tuple[str, ...]]:
    return {fault.code: fault.first for fault in prove_books().faults}


def test_a_document_that_vanished_with_its_lines_is_missed_by_its_import(books: Job) -> None:
    gone = Document.objects.visible().order_by("pk")[3].pk
    damage("DELETE FROM ledger_documentline WHERE document_id = %s", gone)
    damage("DELETE FROM ledger_document WHERE id = %s", gone)
    first = ImportBatch.objects.order_by("pk")[0].pk
    count = company.DOCUMENTS
    assert codes()["batch_differs"] == (
        f"{first}: documents {count - 1} ≠ {count}", f"{first}: lines {count - 1} ≠ {count}"
    )  # fmt: skip


@pytest.mark.parametrize("table", ["receipt", "allocation", "confirmation"])
def test_rows_that_vanished_are_missed_by_their_import(books: Job, table: str) -> None:
    damage(f"DELETE FROM ledger_{table} WHERE id = (SELECT max(id) FROM ledger_{table})")
    (first,) = codes()["batch_differs"]
    assert {"allocation": "allocations 1 ≠ 2"}.get(table, "receipts") in first


@pytest.mark.parametrize("figure", ["tax", "gross", "cost"])
def test_a_document_without_the_sum_of_what_its_lines_carry_is_found(
    books: Job, figure: str
) -> None:
    head = Document.objects.visible().order_by("pk")[0]
    damage(f"UPDATE ledger_document SET {figure} = NULL WHERE id = %s", head.pk)
    assert codes() == {"sum_missing": (head.number,)}


@pytest.mark.parametrize("figure", ["tax", "gross", "cost"])
def test_a_line_without_the_figure_its_document_sums_is_found(books: Job, figure: str) -> None:
    head = Document.objects.visible().order_by("pk")[0]
    damage(f"UPDATE ledger_documentline SET {figure} = NULL WHERE document_id = %s", head.pk)
    assert codes()["lines_differ"] == (head.number,)


def test_a_line_with_a_figure_its_document_knows_nothing_of_is_found(books: Job) -> None:
    head = Document.objects.visible().order_by("pk")[0]
    damage("UPDATE ledger_documentline SET discount = 5 WHERE document_id = %s", head.pk)
    assert codes() == {"sum_missing": (head.number,)}


def test_lines_of_a_document_that_is_not_there_are_found(books: Job) -> None:
    head = Document.objects.visible().order_by("pk")[0].pk
    if connection.vendor == "postgresql":
        damage("SET CONSTRAINTS ALL DEFERRED")
    damage("UPDATE ledger_documentline SET document_id = %s WHERE document_id = %s", 10**9, head)
    found = codes()
    transaction.set_rollback(True)  # no store would keep this: foreign keys are checked on commit
    assert found["lines_without_document"] == (str(10**9),)
    assert "lines_differ" in found


def test_a_document_said_to_have_lines_that_has_none_is_found(books: Job) -> None:
    head = Document.objects.visible().order_by("pk")[0]
    damage("DELETE FROM ledger_documentline WHERE document_id = %s", head.pk)
    assert codes()["lines_differ"] == (head.number,)
    damage("UPDATE ledger_document SET net = 0, tax = 0, gross = 0 WHERE id = %s", head.pk)
    assert codes()["lines_differ"] == (head.number,)


@pytest.mark.parametrize("state", ["failed", "undone", "loading"])
def test_what_an_import_not_in_force_brought_and_still_counts_is_found(
    books: Job, state: str
) -> None:
    damage("UPDATE ledger_importbatch SET state = %s WHERE id = %s", state, _first())
    assert {"document_not_current", "receipt_not_current"} <= codes().keys()


@pytest.mark.parametrize("table", ["document", "receipt", "allocation"])
def test_what_should_count_and_does_not_is_found(books: Job, table: str) -> None:
    damage(
        f"UPDATE ledger_{table} SET current = (1 = 0) "
        f"WHERE id = (SELECT max(id) FROM ledger_{table})"
    )
    assert codes().keys() - {"identity"} == {f"{table}_not_current"}


@pytest.mark.parametrize("table", ["document", "receipt", "allocation"])
def test_an_older_version_that_counts_beside_the_newer_is_found(books: Job, table: str) -> None:
    """As if taking the newer one in had not put the older one out of force."""
    place = "part" if table == "document" else "copy"
    columns = [name for name in _columns(table) if name not in ("id", "batch_id", place)]
    damage(
        f"INSERT INTO ledger_{table} ({', '.join(columns)}, batch_id, {place}) "
        f"SELECT {', '.join(columns)}, %s, 7 FROM ledger_{table} "
        f"WHERE id = (SELECT max(id) FROM ledger_{table})",
        _older_batch(table),
    )
    assert f"{table}_not_current" in codes()


@pytest.mark.parametrize("table", ["document", "receipt", "allocation"])
def test_what_counts_twice_is_found(books: Job, table: str) -> None:
    damage(f"DROP INDEX {table}_current")
    columns = ", ".join(name for name in _columns(table) if name != "id")
    damage(
        f"INSERT INTO ledger_{table} ({columns}) SELECT {columns} FROM ledger_{table} "
        f"WHERE id = (SELECT max(id) FROM ledger_{table})"
    )
    assert {f"{table}_doubled", "batch_differs"} <= codes().keys()


def _first() -> int:
    return ImportBatch.objects.order_by("pk")[0].pk


def _older_batch(table: str) -> int:
    """A batch in force before the one that brought the rows, made for it where there is none."""
    newest = ImportBatch.objects.order_by("-pk")[0]
    if table == "allocation":
        return _first()
    damage(
        f"UPDATE ledger_{table} SET batch_id = %s WHERE id = (SELECT max(id) FROM ledger_{table})",
        newest.pk,
    )
    return _first()


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, f"ledger_{table}")
    return [column.name for column in described]


Allocate = Callable[..., allocation.Allocation]


def _moving(least: int) -> Allocate:
    """Settlement that leaves 5 of what is open of one debit to another, while debits are few."""

    def allocate(debits: Any, credits: Any, references: Any = None) -> allocation.Allocation:
        made = allocation.allocate(debits, credits, references)
        if len(debits) > least:
            return made
        moved = made.open_debit.copy()
        moved[0] += 5
        moved[-1] -= 5
        return replace(made, open_debit=moved)

    return allocate


def test_a_settlement_wrong_by_customer_is_found_where_the_company_total_is_right(
    books: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement, "allocate", _moving(10**6))
    (fault,) = prove_books().faults
    assert (fault.code, fault.count) == ("identity", 2)
    assert [first.split()[0] for first in fault.first] == ["C01", "C12"]


def test_a_settlement_wrong_on_earlier_days_is_found_where_all_dates_are_asked_for(
    books: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement, "allocate", _moving(30))
    assert prove_books().faults == ()
    (fault,) = prove_books(every_month=True).faults
    assert fault.code == "identity"
    assert {first.split()[1] for first in fault.first} >= {"2024-07-31:", "2024-08-31:"}


def test_a_receipt_after_the_last_document_is_settled_too(
    books: Job, bring: Bring, tmp_path: Path
) -> None:
    path = tmp_path / "late.csv"
    path.write_text("收款单号,客户编码,收款日期,收款金额\nL1,C10,2026-07-31,9.00\n", "utf-8-sig")
    assert bring({"receipts": path}).state == Job.State.DONE
    assert Receipt.objects.filter(number="L1", current=True).exists()
    assert prove_books(every_month=True).faults == ()
