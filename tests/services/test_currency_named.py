"""Books whose files name no currency: an administrator names it, and everything says it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django import Settings

from mainstay.exchange import services as exchange
from mainstay.exchange.currency import name_currency
from mainstay.exchange.dry_run import dry_run
from mainstay.exchange.models import Upload
from mainstay.foundation import worker
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import AuditEntry, User
from mainstay.insights import facts_out
from mainstay.insights.selectors import latest_runs
from mainstay.ledger import rates
from mainstay.ledger import selectors as ledger
from mainstay.ledger.check import check_books
from mainstay.ledger.currency import naming
from mainstay.ledger.errors import (
    CurrencyIsAnother,
    CurrencyIsFixed,
    DecimalsDiffer,
    NoSuchCurrency,
)
from mainstay.ledger.models import Document, ImportBatch
from mainstay.ledger.selectors import books_currency
from tests.people import administrator, person

pytestmark = pytest.mark.grades(False)

HEAD = "单据编号,单据日期,客户编码,客户名称,无税金额\n"


@pytest.fixture
def boss(db: None, settings: Settings, tmp_path: Path) -> User:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return administrator("boss")


def uploaded(boss: User, folder: Path, number: str) -> Upload:
    path = folder / f"{number}.csv"
    path.write_text(f"{HEAD}{number},2026-01-05,C1,甲,100.00\n", encoding="utf-8")
    return exchange.start_upload(boss, {"lines": exchange.LocalFile(path)})


@pytest.fixture
def bare(boss: User, tmp_path: Path) -> ImportBatch:
    """Books whose one file names no currency."""
    exchange.apply(uploaded(boss, tmp_path, "A1"))
    worker.run_pending()
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.currency, books_currency()) == ("applied", "", ("", 2))
    return batch


@pytest.mark.grades
def test_amounts_without_a_currency_are_in_the_one_that_is_named(
    boss: User, bare: ImportBatch
) -> None:
    before = Document.objects.values_list("digest", "net", "currency").get()
    seen = naming(boss, "usd")
    assert seen is not None
    assert (seen.currency, seen.exponent, seen.documents, seen.net) == ("USD", 2, 1, 10_000)
    assert books_currency() == ("", 2)
    printed = facts_out.fingerprint()
    job = name_currency(boss, "usd")
    assert job is not None and job.kind == "insights.grade"
    assert facts_out.fingerprint() != printed
    worker.run_pending()
    assert books_currency() == ("USD", 2)
    assert Document.objects.values_list("digest", "net", "currency").get() == before
    said = [
        (row := ledger.documents(boss, "C1").rows[0]).currency,
        ledger.document_entries(boss)[0][0].currency,
        ledger.document(boss, row.id).document.currency,
        ledger.find_documents(boss, "A1", 5)[0].currency,
        ledger.batch(boss, bare.pk).row.currency, ledger.batches(boss)[0].currency,
        ledger.balance(boss, "C1", date(2026, 12, 31)).currency,
        check_books().currency, latest_runs(boss)["abc"].currency,
    ]  # fmt: skip
    assert set(said) == {"USD"}
    assert check_books().faults == ()
    entry = AuditEntry.objects.filter(action="company.changed").latest("pk")
    assert (entry.facts["value"], entry.facts["was_value"]) == ("USD", "")


def test_the_next_file_is_read_in_the_named_currency_and_fixes_it(
    boss: User, bare: ImportBatch, tmp_path: Path
) -> None:
    name_currency(boss, "EUR")
    name_currency(boss, "USD")  # the first was a slip
    exchange.apply(uploaded(boss, tmp_path, "A2"))
    worker.run_pending()
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk")
    assert list(applied.values_list("currency", flat=True)) == ["", "USD"]
    assert books_currency() == ("USD", 2)
    assert check_books().net == 20_000 and check_books().faults == ()
    with pytest.raises(CurrencyIsFixed):
        naming(boss, "EUR")
    with pytest.raises(CurrencyIsFixed):
        name_currency(boss, "EUR")


def test_what_cannot_be_in_a_currency_is_refused(
    boss: User, bare: ImportBatch, tmp_path: Path
) -> None:
    for refused, code in ((DecimalsDiffer, "JPY"), (NoSuchCurrency, "XYZ")):
        for verb in (naming, name_currency):
            with pytest.raises(refused):
                verb(boss, code)
    for verb in (naming, name_currency):
        with pytest.raises(NotAllowed):
            verb(person(f"fin-{verb.__name__}", "finance"), "CNY")
    assert books_currency() == ("", 2)
    name_currency(boss, "CNY")
    other = dry_run(uploaded(boss, tmp_path, "A3"), {"options": {"currency": "EUR"}})
    assert [fault["code"] for fault in other.faults] == ["other_currency"]


def test_a_currency_that_has_rates_is_not_the_company_s(boss: User, bare: ImportBatch) -> None:
    rates.enter(boss, "USD", date(2026, 1, 1), Decimal("7.1"))
    with pytest.raises(CurrencyIsAnother):
        name_currency(boss, "USD")
    name_currency(boss, "CNY")
    assert books_currency() == ("CNY", 2)


def test_empty_books_need_no_look_first(boss: User) -> None:
    assert naming(boss, "JPY") is None
    assert name_currency(boss, "JPY") is None
    assert books_currency() == ("JPY", 0)
