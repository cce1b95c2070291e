"""Every trap through the wizard's verbs and through the command: one code, the same ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.db.models import Sum
from pytest_django import Settings
from typer.testing import CliRunner

from mainstay.cli import app
from mainstay.exchange import jobs, local, services
from mainstay.exchange.dry_run import dry_run
from mainstay.foundation.models import Job, User
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from tests.people import administrator
from tests.traps.make import TRAPS, Trap

READ = [trap for trap in TRAPS.values() if not trap.faults]
REFUSED = [trap for trap in TRAPS.values() if trap.faults]
UPLOADED = [trap for trap in REFUSED if trap.name != "absent_file"]


@pytest.fixture
def owner(db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """The administrator; grading, which has its own tests, is left out."""

    class Graded:
        pk, as_of = 0, date(2000, 1, 1)

    monkeypatch.setattr(jobs, "grade_and_follow", lambda *args, **kinds: Graded)
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return administrator("boss")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def invoke(trap: Trap, files: dict[str, Path], *more: str) -> tuple[int, str]:
        arguments = ["import", *map(str, files.values()), "--json", *more]
        if trap.mapping:
            (tmp_path / "map.yaml").write_text(yaml.safe_dump(trap.mapping), encoding="utf-8")
            arguments += ["--map", str(tmp_path / "map.yaml")]
        result = CliRunner().invoke(app, arguments)
        return result.exit_code, result.stdout

    return invoke


def made(trap: Trap, tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "theirs"
    folder.mkdir()
    return trap.files(folder)


def ledger() -> tuple[int, int, int]:
    """Net in minor units, numbers of documents, lines: of what counts."""
    documents = Document.objects.visible()
    stored = DocumentLine.objects.filter(document__in=documents)
    net = documents.aggregate(net=Sum("net"))["net"] or 0
    assert (stored.aggregate(net=Sum("net"))["net"] or 0) == net
    return net, documents.values("number").distinct().count(), stored.count()


def nothing_is_left() -> bool:
    tables = (Document, DocumentLine, Receipt)
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)
    return not applied.exists() and not any(t._default_manager.exists() for t in tables)


@pytest.mark.parametrize("trap", READ, ids=lambda trap: trap.name)
def test_the_wizard_takes_it_in_as_it_is_meant(trap: Trap, owner: User, tmp_path: Path) -> None:
    files = {table: services.LocalFile(path) for table, path in made(trap, tmp_path).items()}
    upload = services.start_upload(owner, files)
    assert not services.preview(upload, trap.mapping)["lines"].faults
    said = dry_run(upload, trap.mapping)
    job = local.finish(services.apply(upload, trap.mapping))
    assert job.state == Job.State.DONE, job.error
    assert ledger() == (trap.net, trap.documents, trap.lines)
    assert (said.counts["net_new"], said.counts["lines_new"]) == (trap.net, trap.lines)


@pytest.mark.parametrize("trap", READ, ids=lambda trap: trap.name)
def test_the_command_takes_it_in_as_the_wizard_does(
    trap: Trap, owner: User, run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    code, printed = run(trap, made(trap, tmp_path))  # told by its headings
    assert code == 0, printed
    assert ledger() == (trap.net, trap.documents, trap.lines)
    assert json.loads(printed)["counts"]["net_new"] == trap.net


@pytest.mark.parametrize("trap", UPLOADED, ids=lambda trap: trap.name)
def test_the_wizard_refuses_it_with_every_fault_and_nothing_half_done(
    trap: Trap, owner: User, tmp_path: Path
) -> None:
    files = {table: services.LocalFile(path) for table, path in made(trap, tmp_path).items()}
    upload = services.start_upload(owner, files)
    said = dry_run(upload, trap.mapping)
    assert not said.possible
    job = local.finish(services.apply(upload, trap.mapping))
    assert job.state == Job.State.FAILED
    upload.refresh_from_db()
    assert {fault["code"] for fault in upload.faults} == trap.faults
    assert upload.faults == said.faults
    own_names = {file.name for file in upload.files.all()}
    assert {fault["file"] for fault in upload.faults} <= own_names
    assert nothing_is_left()


@pytest.mark.parametrize("trap", REFUSED, ids=lambda trap: trap.name)
def test_the_command_refuses_it_as_the_wizard_does(
    trap: Trap, owner: User, run: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    files = made(trap, tmp_path)
    code, printed = run(trap, files, *(part for t in files for part in ("--table", t)))
    assert code == 1, printed
    faults = json.loads(printed)["faults"]
    assert {fault["code"] for fault in faults} == trap.faults
    assert all(fault["message"]["zh"] and fault["remedy"]["en"] for fault in faults)
    assert nothing_is_left()
