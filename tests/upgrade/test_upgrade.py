"""Every schema that was once on the main branch comes to today's with all it held.

The old store is made by its own migrations and filled through the models of that time; it then
takes the way an update takes. A backup of it takes the same way on its restore.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django import Settings

from mainstay.foundation import backup
from mainstay.foundation.backup import making
from mainstay.foundation.models import AuditEntry
from mainstay.insights import identity
from mainstay.insights.models import Snapshot
from mainstay.ledger.check import check_books
from mainstay.ledger.models import Allocation, Confirmation, Document, DocumentLine, Receipt
from mainstay.parties.models import Customer
from tests.upgrade.filling import fill_the_rest

FIRST_BOOKS = [
    ("foundation", "0001_initial"), ("parties", "0001_initial"), ("ledger", "0001_initial"),
    ("insights", "0001_initial"), ("exchange", "0002_initial"),
]  # fmt: skip
"""The schema as of commit 3d642a3, before facts had versions."""
VERSIONS = [
    ("foundation", "0001_initial"), ("parties", "0002_cards"), ("ledger", "0002_versions"),
    ("insights", "0002_withdrawn"), ("exchange", "0003_source"),
]  # fmt: skip
"""The schema as of commit f84dd09: versions, undo, cards and saved maps."""
COMPANY = [
    ("foundation", "0014_webhook_secrets"), ("parties", "0007_contacts"),
    ("catalogue", "0001_initial"), ("ledger", "0008_numbers"), ("insights", "0003_list_orders"),
    ("exchange", "0004_matching"),
]  # fmt: skip
"""The schema as of commit 419474b: people and roles, approvals, contacts, products, currencies."""
HAND_OVERS = [
    ("foundation", "0017_rate_counts"), ("parties", "0008_hand_overs"),
    ("catalogue", "0001_initial"), ("ledger", "0008_numbers"), ("insights", "0004_stored_sums"),
    ("exchange", "0004_matching"),
]  # fmt: skip
"""The schema as of commit 220879f: hand-overs, stored sums; numbers know no organisation."""
ORGANISATIONS = [
    ("foundation", "0017_rate_counts"), ("parties", "0008_hand_overs"),
    ("catalogue", "0001_initial"), ("ledger", "0009_organisations"), ("insights", "0005_deciding"),
    ("exchange", "0004_matching"),
]  # fmt: skip
"""The schema as of commit ea6b708: organisations; reasons are stored as words."""
SCHEMES = [
    ("foundation", "0017_rate_counts"), ("parties", "0010_owners_told"),
    ("catalogue", "0001_initial"), ("ledger", "0009_organisations"), ("insights", "0007_schemes"),
    ("exchange", "0004_matching"),
]  # fmt: skip
"""The schema as of commit b2b9e43: owners at hand, schemes of the company, classes people set."""
TRYING = [
    ("foundation", "0017_rate_counts"), ("parties", "0011_territory_orders"),
    ("catalogue", "0001_initial"), ("ledger", "0009_organisations"), ("insights", "0009_simulated"),
    ("exchange", "0004_matching"),
]  # fmt: skip
"""The schema as of commit e849a1f: backtests kept, drafts tried, orders within a territory."""
PORTFOLIO = [
    ("foundation", "0017_rate_counts"), ("parties", "0012_credit_limit_orders"),
    ("catalogue", "0001_initial"), ("ledger", "0009_organisations"),
    ("insights", "0013_kept_concessions"), ("exchange", "0004_matching"),
    ("effort", "0001_initial"), ("policies", "0001_initial"),
]  # fmt: skip
"""The schema as of commit 8d14cf0: efforts and policies; bridges, white space, cohorts kept."""
LANDED = {
    "first books": FIRST_BOOKS, "versions": VERSIONS, "company": COMPANY, "hand-overs": HAND_OVERS,
    "organisations": ORGANISATIONS, "schemes": SCHEMES, "trying": TRYING,
    "portfolio": PORTFOLIO,
}  # fmt: skip
NOT_AS_THEY_WERE = {"foundation.AuditEntry", "foundation.Session"}
"""Of a backup: the trail is continued by the restore, and nobody is signed in after it."""
AT = datetime(2026, 11, 22, 3, 4, 5, 678901, tzinfo=UTC)
CHANGED = 130_000
NETS = {"applied": [120_050, -20_000, 9_007_199_254_740_993], "loading": [77], "failed": [55]}

Held = dict[str, dict[Any, dict[str, Any]]]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=list(LANDED))
def schema(request: pytest.FixtureRequest) -> str:
    """Each schema that landed, by name."""
    return str(request.param)


@pytest.fixture
def old(schema: str, settings: Settings, tmp_path: Path) -> Iterator[Held]:
    """The store at the old schema, filled; what it holds. Today's empty schema afterwards."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    settings.UPLOAD_FOLDER.mkdir()
    _drop_everything()
    executor = MigrationExecutor(connection)
    executor.migrate([*LANDED[schema], ("sessions", "0001_initial")])
    models = MigrationExecutor(connection).loader.project_state(LANDED[schema]).apps
    _fill(models)
    if schema != "first books":
        _fill_versions(models)
    if schema not in ("first books", "versions"):
        fill_the_rest(models, dict(LANDED[schema]))
    yield _held(models, schema)
    _drop_everything()
    _to_head()


def _drop_everything() -> None:
    """As a store before its first start."""
    connection.check_constraints()
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cascade = " CASCADE" if connection.vendor == "postgresql" else ""
            # One of a full-text index is gone with the index.
            cursor.execute(f'DROP TABLE IF EXISTS "{name}"{cascade}')


def _to_head() -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def _fill(models: Any) -> None:
    user = models.get_model("foundation", "User").objects.create(username="he-yun", language="en")
    models.get_model("foundation", "AuditEntry").objects.create(
        at=AT, actor=user, action="import.applied", subject="batch:1", facts={"金额": 1}
    )
    job = models.get_model("foundation", "Job").objects.create(kind="x", owner=user)
    customer = models.get_model("parties", "Customer").objects.create(
        code="00017", name="宁波", credit_limit=0, since=date(1999, 12, 31)
    )
    if "customercode" in models.all_models["parties"]:
        models.get_model("parties", "CustomerCode").objects.create(
            code="00017", own=customer, customer=customer, in_use=True
        )
    batch_of = {
        state: models.get_model("ledger", "ImportBatch").objects.create(
            state=state, created_by=user, files=[{"name": "甲"}], applied_at=AT
        )
        for state in NETS
    }
    for state, nets in NETS.items():
        for number, net in enumerate(nets):
            _fact(models, batch_of[state], customer, f"{state}-{number}", net)
    snapshot = models.get_model("insights", "Snapshot").objects.create(
        state="done", as_of=AT.date(), window_start=AT.date(), window_end=AT.date(),
        engine_version="0.1.0", fingerprint="f", created_by=user,
    )  # fmt: skip
    measured = models.get_model("insights", "CustomerMetrics").objects.create(
        snapshot=snapshot, customer=customer, net_sales=NETS["applied"][2], margin=0.1
    )
    run = models.get_model("insights", "Run").objects.create(
        snapshot=snapshot, scheme="abc", version="1"
    )
    models.get_model("insights", "Grade").objects.create(
        run=run, customer=customer, measured=measured, klass="A", class_order=0
    )
    upload = models.get_model("exchange", "Upload").objects.create(
        owner=user, job=job, batch=batch_of["applied"], mapping={"lines": {"net": "金额"}}
    )
    models.get_model("exchange", "UploadFile").objects.create(
        upload=upload, table="lines", name="甲.csv", stored_as="a1", size=1, sha256="s"
    )


def _fact(models: Any, batch: Any, customer: Any, number: str, net: int) -> None:
    """A document with two lines, and a receipt with a number and one without."""
    kind = "credit_note" if net < 0 else "invoice"
    document = models.get_model("ledger", "Document").objects.create(
        batch=batch, customer=customer, number=number, kind=kind, doc_date=date(2024, 2, 29),
        net=net, digest=f"d{number}", line_count=2,
        **_version(models, batch, f"{kind}:{number}"),
    )  # fmt: skip
    line = models.get_model("ledger", "DocumentLine").objects
    line.create(document=document, net=net - 1, quantity="0.1000")
    line.create(document=document, net=1)
    receipt = models.get_model("ledger", "Receipt").objects
    for name in (f"R{number}", ""):
        receipt.create(
            batch=batch, customer=customer, number=name, date=date(2024, 3, 1), amount=net,
            digest=f"r{number}{name}",
            **_version(models, batch, name or f":r{number}{name}:1"),
        )  # fmt: skip


def _version(models: Any, batch: Any, key: str) -> dict[str, Any]:
    """Columns that facts have had since they have versions."""
    names = _names(models.get_model("ledger", "Document"))
    return {"key": key, "current": batch.state == "applied"} if "key" in names else {}


def _fill_versions(models: Any) -> None:
    """A second import that changed one document, brought another again and came with a list; a
    third that was taken back; a withdrawn grading; a saved map."""
    get = models.get_model
    user, customer = (
        get("foundation", "User").objects.get(),
        get("parties", "Customer").objects.get(),
    )
    batches, documents = get("ledger", "ImportBatch").objects, get("ledger", "Document").objects
    later = batches.create(state="applied", created_by=user, files=[{"name": "乙"}], applied_at=AT)
    undone = batches.create(
        state="undone", created_by=user, undone_by=user, undo_reason="错", applied_at=AT,
        undone_at=AT,
    )  # fmt: skip
    for batch, net in ((later, CHANGED), (undone, 88)):
        documents.filter(key="invoice:applied-0").update(current=False)
        version = documents.create(
            batch=batch, customer=customer, number="applied-0", kind="invoice", net=net,
            key="invoice:applied-0", doc_date=date(2024, 2, 29), digest=f"d{net}", line_count=1,
            is_change=True, known_since=date(2024, 3, 2),
        )  # fmt: skip
        get("ledger", "DocumentLine").objects.create(document=version, net=net)
    documents.filter(batch=later).update(current=True)
    again = documents.get(key="credit_note:applied-1")
    get("ledger", "Confirmation").objects.create(batch=later, table="document", fact=again.pk)
    get("ledger", "Allocation").objects.create(
        batch=later, key="Rapplied-0", digest="a", receipt_no="Rapplied-0", doc_no="applied-0",
        amount=5, current=True,
    )  # fmt: skip
    cards = get("parties", "CustomerCard").objects
    cards.create(customer=customer, batch=None, values={"name": "宁波", "on_file": False})
    cards.create(customer=customer, batch=later.pk, values={"on_file": True})
    get("parties", "Customer").objects.update(on_file=True)
    get("insights", "Snapshot").objects.create(
        state="done", as_of=AT.date(), window_start=AT.date(), window_end=AT.date(),
        engine_version="0.1.0", fingerprint="g", withdrawn_at=AT,
    )  # fmt: skip
    get("exchange", "Source").objects.create(
        name="U8", mapping={"lines": {"net": "金额"}}, headings={"lines": ["金额"]}, updated_by=user
    )


def _held(models: Any, schema: str) -> Held:
    """Every row by table and key, as the models of that time read it."""
    return {
        model._meta.label: {
            row["pk"]: row for row in model._base_manager.values("pk", *_names(model))
        }
        for model in models.get_models()
        if model._meta.app_label in dict(LANDED[schema])
    }


def _names(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def _is_kept(before: Held) -> None:
    """Each row that was there is there, with each value it had."""
    for label, rows in before.items():
        model: Any = apps.get_model(label)
        names = set(_names(model))
        for key, row in rows.items():
            kept = {name: value for name, value in row.items() if name in names or name == "pk"}
            assert set(row) == set(kept), f"{label} lost columns"
            assert model._base_manager.values(*kept).get(pk=key) == kept


def _counts_as_before(schema: str) -> None:
    """What an applied import brought counts, and nothing else does; every row is reachable."""
    applied, everything = list(NETS["applied"]), sum(map(sum, NETS.values()))
    received = 2 * sum(applied)
    if schema != "first books":
        applied[0] = CHANGED
        everything += CHANGED + 88
        assert Allocation.objects.visible().get().amount == 5
        assert Confirmation.objects.get().batch.state == "applied"
        assert not Snapshot.objects.filter(withdrawn_at=None, fingerprint="g").exists()
    assert sorted(Document.objects.visible().values_list("net", flat=True)) == sorted(applied)
    assert sum(Receipt.objects.visible().values_list("amount", flat=True)) == received
    assert sum(Document.objects.values_list("net", flat=True)) == everything
    assert sum(DocumentLine.objects.values_list("net", flat=True)) == everything
    for document in Document.objects.all():
        assert document.key == f"{document.kind}:{document.number}"
        assert sum(line.net for line in document.lines.all()) == document.net
        assert document.customer == Customer.objects.get(code="00017")
    for receipt in Receipt.objects.all():
        assert receipt.current == (receipt.batch.state == "applied")
        assert receipt.key
        assert receipt.kind == Receipt.Kind.MONEY
    assert Receipt.objects.values("key").distinct().count() == Receipt.objects.count()
    assert not check_books().faults
    assert not identity.faults()


def test_an_update_keeps_everything(old: Held, schema: str) -> None:
    assert {label.split(".")[0] for label in old} == set(dict(LANDED[schema]))
    assert all(old[label] for label in old if label != "foundation.User_groups"
               and label != "foundation.User_user_permissions")  # fmt: skip
    _to_head()
    _is_kept(old)
    _counts_as_before(schema)


def test_a_backup_of_then_is_restored_today(
    old: Held, schema: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as then:
        # The version of then wrote its entry into the trail of then.
        then.setattr(making, "audit", lambda *_given, **_facts: None)
        backup.back_up(tmp_path / "old")
    _drop_everything()
    backup.restore(tmp_path / "old")
    _is_kept({label: rows for label, rows in old.items() if label not in NOT_AS_THEY_WERE})
    _counts_as_before(schema)
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions == {"import.applied", "backup.restored"}
    executor = MigrationExecutor(connection)
    assert not executor.migration_plan(executor.loader.graph.leaf_nodes())
