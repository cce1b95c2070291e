"""``mainstay import --same``: a new code of an old customer, from the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from mainstay.foundation.models import User
from mainstay.ledger.models import Document
from mainstay.parties.models import Merge, Refusal
from tests.cli.conftest import Run
from tests.people import administrator

pytestmark = pytest.mark.grades(False)

HEAD = "单据编号,单据日期,客户编码,客户名称,不含税金额\n"


@pytest.fixture
def store(db: None, settings: Settings, folder: Path, run: Run) -> User:
    settings.UPLOAD_FOLDER = folder / "uploads"
    boss = administrator("boss")
    (folder / "new.csv").write_text(
        HEAD + "XS-101,2024-04-05,Z9,宁波 一号,10.00\nXS-102,2024-04-05,Z8,三号,20.00\n", "utf-8"
    )
    assert run("import", "sales.csv").exit_code == 0
    return boss


def test_a_dry_run_says_what_to_type_and_that_is_what_happens(store: User, run: Run) -> None:
    told = run("import", "new.csv", "--dry-run").output
    assert "2 new codes look like customers you have" in told
    assert "Z9 宁波 一号 ~ K01 宁波一号: same name; 1 document, net 700.10 so far" in told
    assert "--same Z9=K01" in told
    done = run("import", "new.csv", "--same", "Z9=K01", "--not-same", "Z8=K03")
    assert done.exit_code == 0, done.output
    assert "Codes of customers you have: 1" in done.output
    assert Document.objects.filter(customer__code="K01", current=True).count() == 2
    assert (Merge.objects.get().merged.code, Refusal.objects.get().other) == ("Z9", "K03")
    batch = Document.objects.filter(customer__code="K01").latest("batch").batch_id
    undone = run("import", "--undo", str(batch), "--reason", "test").output
    assert "count as new again: 2" in undone
    again = run("import", "new.csv", "--dry-run", "--same-name").output
    assert "Z8" not in again.split("looks like")[1]
    assert "taken as the same" in again


def test_a_code_that_is_not_there_and_a_wrong_form_are_told(store: User, run: Run) -> None:
    wrong = run("import", "new.csv", "--same", "Z9")
    assert wrong.exit_code == 2
    assert "NEW=OLD" in wrong.output
    unknown = run("import", "new.csv", "--same", "Z9=K99")
    assert unknown.exit_code == 1
    assert "No customer has the code «K99»" in unknown.output
    assert not Document.objects.filter(number="XS-101").exists()
