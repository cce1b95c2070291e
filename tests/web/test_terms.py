"""Terms of payment on pages: calendar, due dates, and the question the check asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.ledger.models import Document
from mainstay.parties.models import Customer

pytestmark = pytest.mark.grades(False)

LINES = """单据编号,单据日期,客户编码,不含税金额
XS-1,2026-01-05,C1,1000.00
XS-2,2026-01-05,C2,500.00
"""
CUSTOMERS = """客户编码,客户名称,付款条件
C1,苏州恒晟,月结30天
C2,宁波拓普,30天
"""


@pytest.fixture
def upload(reader: User, settings: Settings, tmp_path: Path) -> Callable[..., tuple[Client, str]]:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    browser = Client()
    browser.force_login(reader)

    def send(lines: str = LINES, customers: str = CUSTOMERS) -> tuple[Client, str]:
        files = {
            "lines": SimpleUploadedFile("销售.csv", lines.encode()),
            "customers": SimpleUploadedFile("客户.csv", customers.encode()),
        }
        return browser, str(browser.post(reverse("upload"), files)["Location"])

    return send


def answer(client: Client, check: str, **options: str) -> str:
    """The hidden field of columns after the questions were answered."""
    page = client.post(check, {f"option-{name}": value for name, value in options.items()})
    (field,) = [part for part in page.content.decode().split("<input") if 'name="mapping"' in part]
    return field.split('value="')[1].split('"')[0].replace("&#34;", '"').replace("&quot;", '"')


@pytest.mark.parametrize(("month_end", "due"), [("first", "2026-03-02"), ("last", "2026-02-28")])
def test_the_check_asks_which_reading_holds_and_due_dates_follow(
    upload: Callable[..., tuple[Client, str]], month_end: str, due: str
) -> None:
    client, check = upload()
    text = client.get(check).content.decode()
    assert "Terms such as 月结30天 mean" in text
    mapping = answer(client, check, **{"customers-month_end": month_end})
    client.post(f"{check}/apply", {"mapping": mapping})
    worker.run_pending()
    card = Customer.objects.get(code="C1")
    assert (card.terms, card.terms_days) == ({"first": "EOM+30", "last": "30+EOM"}[month_end], None)
    assert due in client.get(reverse("documents", args=["C1"])).content.decode()
    assert "2026-02-04" in client.get(reverse("documents", args=["C2"])).content.decode()
    invoice = Document.objects.get(number="XS-1")
    shown = client.get(reverse("document", args=[invoice.pk])).content.decode()
    assert "by the customer's terms" in shown


def test_an_undecided_order_of_dates_is_asked_and_settled(
    upload: Callable[..., tuple[Client, str]],
) -> None:
    client, check = upload(LINES.replace("2026-01-05", "5/1/2026"))
    text = client.get(check).content.decode()
    assert "5/1/2026 is" in text and "disabled" in text
    mapping = answer(client, check, **{"lines-dayfirst": "true"})
    client.post(f"{check}/apply", {"mapping": mapping})
    worker.run_pending()
    assert {str(day) for day in Document.objects.values_list("doc_date", flat=True)} == {
        "2026-01-05"
    }


def test_the_calendar_shows_each_reading(page: Client, books: User) -> None:
    address = reverse("terms")
    both = page.get(address, {"terms": "月结30天", "month": "2026-01"}).content.decode()
    assert "month-end, then 30 days" in both and "30 days, then month-end" in both
    assert "2 Mar" in both and "28 Feb" in both
    one = page.get(address, {"terms": "EOM+30 cut-off 25", "month": "2026-01"}).content.decode()
    assert "closing on day 25" in one and "two readings" not in one
    refused = page.get(address, {"terms": "<b>面议</b>"})
    assert refused.status_code == 422
    assert "<b>面议</b>" not in refused.content.decode()
    assert page.get(address, {"terms": "30", "month": "never"}).status_code == 200


def test_several_currencies_ask_for_the_companys(
    reader: User, settings: Settings, tmp_path: Path
) -> None:
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    client = Client()
    client.force_login(reader)
    lines = (
        "单据编号,单据日期,客户编码,币别,不含税金额\n"
        "A1,2026-01-05,C1,CNY,10\nA2,2026-02-05,C2,USD,1\n"
    )
    files = {
        "lines": SimpleUploadedFile("销售.csv", lines.encode()),
        "rates": SimpleUploadedFile("汇率.csv", "币别,日期,汇率\nUSD,2026-01-01,7.10\n".encode()),
    }
    check = str(client.post(reverse("upload"), files)["Location"])
    text = client.get(check).content.decode()
    assert "The company&#39;s currency" in text or "The company's currency" in text
    assert "销售.csv holds several currencies" in text
    mapping = answer(client, check, **{"lines-currency": "CNY"})
    client.post(f"{check}/apply", {"mapping": mapping})
    worker.run_pending()
    assert dict(Document.objects.values_list("number", "currency")) == {"A1": "CNY", "A2": "USD"}
