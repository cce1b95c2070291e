"""``mainstay ledger check``: green and told in numbers, or exit code 1 and every fault named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_django import Settings

from mainstay.ledger.models import Document
from tests.cli.conftest import Run
from tests.people import administrator
from tests.services import company

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.grades(False)]


@pytest.fixture
def books(settings: Settings, folder: Path, run: Run) -> None:
    settings.UPLOAD_FOLDER = folder / "uploads"
    administrator("boss")
    paths = company.write(folder / "files")
    done = run("import", str(paths["lines"]), str(paths["receipts"]), str(paths["customers"]))
    assert done.exit_code == 0, done.output


def test_true_books_tie_in_words_and_as_json(books: None, run: Run) -> None:
    told = run("ledger", "check", "--lang", "zh")
    assert told.exit_code == 0, told.output
    assert "账簿平衡" in told.stdout
    report = json.loads(run("ledger", "check", "--json").stdout)
    assert (report["net"], report["lines"]) == (company.FILE_NET, company.DOCUMENTS)
    assert report["faults"] == []
    assert report["open"] == report["gross"] - report["receipts"]


def test_damage_ends_with_one_and_names_the_document(books: None, run: Run) -> None:
    Document.objects.filter(number="XS2601-05").update(net=1)
    told = run("ledger", "check", "--lang", "en")
    assert told.exit_code == 1
    assert "XS2601-05" in told.stderr
    report = json.loads(run("ledger", "check", "--json").stdout)
    assert {fault["code"] for fault in report["faults"]} == {"lines_differ", "tax_differs"}
