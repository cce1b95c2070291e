"""Backups: the same rows and files come back, into either store, wholly or not at all."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.apps import apps
from django.db import connection
from pytest_django import Settings

from mainstay.exchange.models import Source
from mainstay.foundation import backup
from mainstay.foundation.backup import columns, manifest, sealed
from mainstay.foundation.errors import (
    BackupDamaged,
    BackupExists,
    BackupIsNewer,
    NotABackup,
    PassphraseNeeded,
    PassphraseWrong,
    StoreNotEmpty,
)  # fmt: skip
from mainstay.foundation.models import AuditEntry, CalendarDay, Job, Setting, User
from mainstay.ledger.models import Document, DocumentLine, ImportBatch
from mainstay.parties.models import Customer
from tests.people import administrator

WORDS = "correct horse 电池 staple"
MOMENT = datetime(2026, 11, 27, 4, 5, 6, 123456, tzinfo=UTC)
HUGE = 9_007_199_254_740_993
"""2⁵³ + 1: a float would lose it."""
LONG = "长" * 100_000 + "\n\"quoted\", \\N ''"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(settings: Settings, tmp_path: Path) -> dict[str, list[dict[str, Any]]]:
    """One row of each awkward kind, and two uploaded files; what all tables hold."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "a1").write_bytes(b"\0\xff" * 200_000)
    (tmp_path / "uploads" / "empty").write_bytes(b"")
    user = administrator("he-yun", password="a-long-test-password")
    Job.objects.create(kind="x", owner=user, created_at=MOMENT, report={"名": [1, None, "é\u2028"]})
    Job.objects.create(kind="y", created_at=MOMENT.replace(microsecond=0), report=None)
    batch = ImportBatch.objects.create(created_by=user, undo_reason=LONG, files=[{"name": "甲"}])
    customer = Customer.objects.create(code="00017", name="", since=date(1999, 12, 31))
    document = Document.objects.create(
        key="invoice:1", digest="d", batch=batch, number="1", kind="invoice",
        customer=customer, doc_date=date(2024, 2, 29), net=HUGE, tax=None, current=True,
    )  # fmt: skip
    for quantity in (Decimal("-12345678901.1234"), Decimal("0.1"), None):
        DocumentLine.objects.create(document=document, quantity=quantity, net=-HUGE)
    for name, value in {"name": '苏州 "轴承"', "fiscal_month": 4, "weekend": [6]}.items():
        Setting.objects.create(name=name, value=value, by=user, at=MOMENT)
    CalendarDay.objects.create(day=date(2027, 2, 8), working=False, name="春节", by=user)
    return held()


def held() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that travels, as Django reads it."""
    return {
        model._meta.db_table: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.db_table not in manifest.LEFT_OUT
        and model is not AuditEntry
    }  # fmt: skip


def spoil() -> None:
    """Change what is there, so that only a restore brings it back."""
    DocumentLine.objects.all().delete()
    Customer.objects.update(name="another")
    Source.objects.create(name="later")


@pytest.mark.parametrize("passphrase", [None, WORDS])
def test_everything_comes_back(
    books: dict[str, Any], tmp_path: Path, passphrase: str | None
) -> None:
    target, uploads = tmp_path / "all.backup", tmp_path / "uploads"
    made = backup.back_up(target, passphrase=passphrase)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert made.rows == sum(map(len, books.values()))
    assert made.files == 2
    spoil()
    (uploads / "a1").unlink()
    (uploads / "later").write_text("x")
    backup.restore(target, passphrase=passphrase, force=True)
    assert held() == books
    assert sorted(p.name for p in uploads.iterdir()) == ["a1", "empty"]
    assert (uploads / "a1").read_bytes() == b"\0\xff" * 200_000
    assert DocumentLine.objects.filter(quantity=Decimal("0.1")).count() == 1
    assert Job.objects.get(created_at=MOMENT).report == {"名": [1, None, "é\u2028"]}


def test_new_rows_take_ids_that_nobody_has(books: dict[str, Any], tmp_path: Path) -> None:
    backup.back_up(tmp_path / "b")
    last = DocumentLine.objects.latest("pk").pk
    spoil()
    backup.restore(tmp_path / "b", force=True)
    assert Customer.objects.create(code="new").pk > Customer.objects.get(code="00017").pk
    line = DocumentLine.objects.create(document=Document.objects.get(), net=1)
    assert line.pk > last


def test_both_leave_a_trace(books: dict[str, Any], tmp_path: Path) -> None:
    user = User.objects.get()
    backup.back_up(tmp_path / "b", actor=user, passphrase=WORDS)
    made = AuditEntry.objects.get(action="backup.made")
    assert (made.actor, made.facts["encrypted"]) == (user, True)
    backup.restore(tmp_path / "b", passphrase=WORDS, force=True)
    assert AuditEntry.objects.get(action="backup.restored").facts["rows"] == made.facts["rows"]


def test_a_store_in_use_is_not_overwritten(books: dict[str, Any], tmp_path: Path) -> None:
    backup.back_up(tmp_path / "b")
    with pytest.raises(StoreNotEmpty, match="ledger_documentline"):
        backup.restore(tmp_path / "b")
    assert held() == books


def test_a_file_is_not_overwritten(books: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(BackupExists):
        backup.back_up(tmp_path / "b")
    assert (tmp_path / "b").read_text() == "mine"
    backup.back_up(tmp_path / "b", force=True)
    assert backup.look(tmp_path / "b").files == 2
    assert {p.name for p in tmp_path.iterdir()} == {"b", "uploads"}


def test_a_passphrase_must_be_the_one(books: dict[str, Any], tmp_path: Path) -> None:
    backup.back_up(tmp_path / "b", passphrase=WORDS)
    assert b"manifest" not in (tmp_path / "b").read_bytes()
    with pytest.raises(PassphraseNeeded):
        backup.restore(tmp_path / "b", force=True)
    with pytest.raises(PassphraseWrong):
        backup.restore(tmp_path / "b", passphrase=WORDS + " ", force=True)
    assert held() == books


@pytest.mark.parametrize("passphrase", [None, WORDS])
@pytest.mark.parametrize("harm", ["flip", "cut", "cut at a chunk", "add"])
def test_a_damaged_file_changes_nothing(
    books: dict[str, Any], tmp_path: Path, passphrase: str | None, harm: str
) -> None:
    target = tmp_path / "b"
    backup.back_up(target, passphrase=passphrase)
    raw = bytearray(target.read_bytes())
    if harm == "flip":
        raw[raw.find(b"\0\xff\0\xff") if passphrase is None else 70_000] ^= 1
    elif harm == "cut":
        del raw[-100:]
    elif harm == "cut at a chunk":
        del raw[sealed.HEAD + sealed.CHUNK + sealed.TAG :]
    elif passphrase is None:
        raw = bytearray(_with_another_member(bytes(raw)))
    else:
        raw += b"x" * 100
    target.write_bytes(raw)
    with pytest.raises(BackupDamaged):
        backup.restore(target, passphrase=passphrase, force=True)
    assert held() == books
    assert len(list((tmp_path / "uploads").iterdir())) == 2


def _with_another_member(raw: bytes) -> bytes:
    file = io.BytesIO(raw)
    with zipfile.ZipFile(file, "a") as packed:
        packed.writestr("uploads/../../evil", "x")
    return file.getvalue()


def test_what_is_no_backup_is_told(books: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with zipfile.ZipFile(tmp_path / "zip", "w") as packed:
        packed.writestr("x", "y")
    for name in ("text", "zip"):
        with pytest.raises(NotABackup):
            backup.restore(tmp_path / name, force=True)


def _forge(target: Path, change: Callable[[dict[str, Any]], None], without: str = "") -> None:
    """Rewrite the manifest of a plain backup."""
    with zipfile.ZipFile(target) as packed:
        parts = {name: packed.read(name) for name in packed.namelist() if name != without}
    told = json.loads(parts[manifest.NAME])
    change(told)
    parts[manifest.NAME] = json.dumps(told).encode()
    with zipfile.ZipFile(target, "w") as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def test_a_newer_schema_is_refused(books: dict[str, Any], tmp_path: Path) -> None:
    backup.back_up(tmp_path / "b")
    _forge(tmp_path / "b", lambda told: told["migrations"].append(["ledger", "9999_later"]))
    with pytest.raises(BackupIsNewer, match="ledger 9999_later"):
        backup.restore(tmp_path / "b", force=True)
    assert held() == books


def test_a_failure_midway_changes_nothing(books: dict[str, Any], tmp_path: Path) -> None:
    """The last table lacks a row: all before it are in by then, and go again."""
    backup.back_up(tmp_path / "b")

    def miscount(told: dict[str, Any]) -> None:
        told["parts"]["rows/parties_customer.arrows"]["rows"] += 1

    _forge(tmp_path / "b", miscount)
    spoil()
    before = held()
    (tmp_path / "uploads" / "a1").unlink()
    with pytest.raises(BackupDamaged, match="parties_customer"):
        backup.restore(tmp_path / "b", force=True)
    assert held() == before
    assert [p.name for p in (tmp_path / "uploads").iterdir()] == ["empty"]


def test_rows_that_point_nowhere_are_refused(books: dict[str, Any], tmp_path: Path) -> None:
    backup.back_up(tmp_path / "b")

    def lose_customers(told: dict[str, Any]) -> None:
        del told["parts"]["rows/parties_customer.arrows"]

    _forge(tmp_path / "b", lose_customers, without="rows/parties_customer.arrows")
    with pytest.raises(BackupDamaged):
        backup.restore(tmp_path / "b", force=True)
    assert held() == books


def test_nul_characters_travel_to_postgres_as_nothing() -> None:
    """SQLite holds them in texts and escaped in JSON; PostgreSQL takes neither."""
    given = {
        "id": ["0" * 32],
        "kind": ["a\0b"],
        "report": [json.dumps(["x\0\0y", "\\u0000", "\0"])],
    }
    batch = pa.RecordBatch.from_pydict(given)
    found = columns.for_postgres(batch, Job)
    assert found["kind"].to_pylist() == ["ab"]
    (report,) = found["report"].to_pylist()
    assert json.loads(report) == ["xy", "\\u0000", ""]


def test_every_field_of_the_models_can_travel() -> None:
    for model in apps.get_models(include_auto_created=True):
        assert columns.schema(model).names == [f.column for f in model._meta.concrete_fields]


def test_what_others_write_meanwhile_stays_out(
    books: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL promises it by REPEATABLE READ")
    from mainstay.foundation.backup import making

    plain, name = making.columns.schema, connection.settings_dict["NAME"]

    def meddling(model: Any) -> pa.Schema:
        with sqlite3.connect(name, timeout=5) as other:
            other.execute("DELETE FROM ledger_documentline")
        return plain(model)

    monkeypatch.setattr(making.columns, "schema", meddling)
    made = backup.back_up(tmp_path / "b")
    assert made.parts["rows/ledger_documentline.arrows"].rows == 3
    assert not DocumentLine.objects.exists()
