"""Pages of books in several currencies: rates by hand, balances and lists by currency, wizard."""

from __future__ import annotations

import csv
import html
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from mainstay.exchange import services as exchange
from mainstay.exchange.models import Upload
from mainstay.foundation import worker
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.ledger.models import Document, ImportBatch, Rate
from tests.people import administrator, person

pytestmark = pytest.mark.grades(False)

HEAD = "单据编号,单据日期,客户编码,客户名称,无税金额,税额,价税合计,币别,汇率"
LINES = f"""{HEAD}
A1,2026-01-05,C1,甲,100.00,13.00,113.00,人民币,1
A2,2026-01-06,C1,甲,200.55,0.00,200.55,美元,7.2
A3,2026-02-07,C1,甲,1000,0,1000,日元,0.048
"""
RECEIPTS = """收款单号,收款日期,客户编码,收款金额,币别,汇率
P1,2026-03-05,C1,100.00,USD,7.0
"""


@pytest.fixture
def owner(db: None, settings: Settings, tmp_path: Path) -> User:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    return administrator("exporter", password="Long-enough-1", language="en")


@pytest.fixture
def admin(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def exporter(owner: User, tmp_path: Path) -> User:
    """Books in three currencies, graded."""
    files = {"lines": LINES, "receipts": RECEIPTS}
    local = {}
    for table, text in files.items():
        path = tmp_path / f"{table}.csv"
        path.write_text(text, encoding="utf-8")
        local[table] = exchange.LocalFile(path)
    job = exchange.apply(exchange.start_upload(owner, local))
    worker.run_pending()
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return owner


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_orders_and_money_state_each_currency_and_the_whole(admin: Client, exporter: User) -> None:
    text = text_of(admin, reverse("money", args=["C1"]) + "?end=2026-06-30")
    for shown in ("¥113.00", "$100.55", "1,000"):
        assert shown in text
    address = reverse("money-in-all", args=["C1"]) + "?end=2026-06-30"
    assert address in text
    text = text_of(admin, address)
    whole = 113_00 + 100_55 * 72 // 10 + 48_00
    assert f"In all, ¥{whole / 100:,.2f}" in text


def test_several_currencies_take_few_queries(
    admin: Client, exporter: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for name, count in (("money", 14), ("money-in-all", 15)):
        address = reverse(name, args=["C1"]) + "?end=2026-06-30"
        admin.get(address)
        with django_assert_num_queries(count):
            admin.get(address)


def test_lists_and_files_name_each_row_s_currency(admin: Client, exporter: User) -> None:
    address = reverse("documents", args=["C1"])
    text = text_of(admin, address)
    assert "$200.55" in text
    assert "¥100.00" in text
    assert "net ¥" not in text, "amounts of several currencies have no sum"
    rows = list(csv.DictReader(io.StringIO(
        admin.get(f"{address}?as=csv").content.decode("utf-8-sig")
    )))  # fmt: skip
    assert {(r["Number"], Decimal(r["Net"]), r["Currency"]) for r in rows} == {
        ("A1", Decimal(100), "CNY"), ("A2", Decimal("200.55"), "USD"), ("A3", Decimal(1000), "JPY"),
    }  # fmt: skip
    page = text_of(admin, reverse("document", args=[Document.objects.get(number="A3").pk]))
    assert "1,000" in page
    assert "1,000.00" not in page


def test_an_administrator_enters_a_rate_which_is_audited_and_graded(
    admin: Client, exporter: User
) -> None:
    address = reverse("rates")
    assert "There is no rate yet" in text_of(admin, address)
    given = {"currency": "usd", "date": "2026-01-01", "rate": "7.0000000001"}
    answer = admin.post(address, given)
    assert answer.status_code == 302
    assert "/data/jobs/" in answer.headers["Location"]
    rate = Rate.objects.visible().get()
    assert (rate.currency, rate.date, rate.rate) == (
        "USD", date(2026, 1, 1), Decimal("7.0000000001"),
    )  # fmt: skip
    entry = AuditEntry.objects.filter(action="rate.entered").get()
    assert (entry.actor, entry.facts["rate"]) == (exporter, "7.0000000001")
    assert admin.post(address, given | {"rate": "7.3"}).status_code == 302
    assert [str(r.rate.normalize()) for r in Rate.objects.visible()] == ["7.3"]
    text = text_of(admin, address)
    assert "7.3" in text
    batch = ImportBatch.objects.latest("pk")
    assert "USD 2026-01-01 7.3" in text_of(admin, reverse("batch", args=[batch.pk]))
    asked = text_of(admin, reverse("batch", args=[batch.pk]) + "?take-back=1")
    assert "1 rate of exchange" in asked
    exchange.undo(exporter, batch.pk, "typed wrongly")
    assert Rate.objects.visible().get().rate == Decimal("7.0000000001")


@pytest.mark.parametrize("change", [
    {"currency": "XXQ"}, {"currency": "CNY"}, {"rate": "0"}, {"rate": "-7"}, {"rate": "seven"},
    {"rate": "NaN"}, {"rate": "7.12345678901"}, {"date": "yesterday"},
])  # fmt: skip
def test_a_bad_rate_is_refused_and_writes_nothing(
    admin: Client, exporter: User, change: dict[str, str]
) -> None:
    batches = ImportBatch.objects.count()
    given = {"currency": "USD", "date": "2026-01-01", "rate": "7.1"} | change
    answer = admin.post(reverse("rates"), given)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert (Rate.objects.count(), ImportBatch.objects.count()) == (0, batches)


def test_only_an_administrator_enters_rates(exporter: User) -> None:
    person("clerk", "credit_controller", password="Long-enough-1", language="en")
    client = Client()
    client.force_login(User.objects.get(username="clerk"))
    assert "Enter a rate" not in text_of(client, reverse("rates"))
    given = {"currency": "USD", "date": "2026-01-01", "rate": "7.1"}
    assert client.post(reverse("rates"), given).status_code == 422
    assert not Rate.objects.exists()


def upload(client: Client, **texts: str) -> Upload:
    files = {
        table: SimpleUploadedFile(f"{table}.csv", text.encode()) for table, text in texts.items()
    }
    assert client.post(reverse("upload"), files).status_code == 302
    return Upload.objects.latest("created_at")


def test_the_wizard_asks_for_the_company_s_currency_and_the_missing_rates(
    admin: Client,
) -> None:
    bare = "\n".join(line.rsplit(",", 1)[0] for line in LINES.splitlines())
    kept = upload(admin, lines=bare)
    check = reverse("check", args=[kept.pk])
    text = text_of(admin, check)
    assert "holds several currencies" in text
    assert "Say which is the company's currency." in text
    answer = html.unescape(admin.post(check, {"company": "cny"}).content.decode())
    assert "Amounts by currency" in answer
    assert "To import, JPY" in answer
    mapping = '{"options": {"currency": "CNY"}}'
    dry = admin.post(reverse("dry-run", args=[kept.pk]), {"mapping": mapping})
    said = html.unescape(dry.content.decode())
    assert "no rate of JPY on or before 2026-02-07" in said
    assert "no rate of USD on or before 2026-01-06" in said
    rates = "币别,生效日期,汇率\nUSD,2026-01-01,7.1\nJPY,2026-01-01,0.05\n"
    both = upload(admin, lines=bare, rates=rates)
    dry = admin.post(reverse("dry-run", args=[both.pk]), {"mapping": mapping})
    said = html.unescape(dry.content.decode())
    assert "Net to the books, USD" in said
    assert "$200.55" in said


def test_rates_alone_can_be_brought(admin: Client, exporter: User) -> None:
    kept = upload(admin, rates="币别,生效日期,汇率\nUSD,2026-01-01,7.1\n")
    assert "Rates of exchange" in text_of(admin, reverse("check", args=[kept.pk]))
    assert admin.post(reverse("apply", args=[kept.pk]), {"mapping": "{}"}).status_code == 302
    worker.run_pending()
    assert Rate.objects.visible().get().rate == Decimal("7.1")
