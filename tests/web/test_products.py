"""Products on the pages: brought by the wizard, listed, found, taken away, reached from a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.ledger.models import Document
from tests.web.test_orders import words

pytestmark = pytest.mark.grades(False)

LINES = """单据编号,日期,客户编码,存货编码,存货名称,数量,无税金额
XS-1,2026-01-05,C1,P1,主轴油,2,1000.00
XS-2,2026-02-05,C1,P+2,手套,1,500.00
"""
LIST = """商品编码,商品名称,类别,计量单位
P1,主轴油 VG10,油品,桶
"""


@pytest.fixture
def client(reader: User, settings: Settings, tmp_path: Path) -> Client:
    """Signed in, two sales in the books; files land in the test's own folder."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    browser = Client()
    browser.force_login(reader)
    bring(browser, "lines", LINES)
    return browser


def bring(client: Client, table: str, text: str) -> str:
    """What the check page of a file says before it is imported."""
    file = SimpleUploadedFile(f"{table}.csv", text.encode())
    check = str(client.post(reverse("upload"), {table: file})["Location"])
    said = words(client.get(check).content.decode())
    client.post(f"{check}/apply")
    worker.run_pending()
    return said


def test_products_are_listed_with_what_was_sold(client: Client) -> None:
    text = words(client.get(reverse("products")).content.decode())
    assert "2 products, 2 without a category" in text
    assert "P1 主轴油 – – 1 2026-01-05 1,000.00" in text


def test_a_product_list_comes_alone_through_the_wizard(client: Client) -> None:
    said = bring(client, "products", LIST)
    assert "4 of 4 columns are recognised" in said
    assert "customers" not in said
    assert "Amounts" not in said
    text = words(client.get(reverse("products")).content.decode())
    assert "2 products, 1 without a category" in text
    assert "P1 主轴油 VG10 油品 桶 1 2026-01-05 1,000.00" in text
    lacking = words(client.get(reverse("products") + "?without=category").content.decode())
    assert "P+2" in lacking
    assert "VG10" not in lacking


def test_they_are_found_and_taken_away(client: Client) -> None:
    address = reverse("products")
    text = words(client.get(f"{address}?q=主轴").content.decode())
    assert "1 product," in text
    assert "手套" not in text
    rows = client.get(f"{address}?as=csv").content.decode("utf-8-sig").splitlines()
    assert any(row.startswith("P1,主轴油,,,1,2026-01-05,1000.00") for row in rows)
    assert client.get(f"{address}?as=xlsx").content[:2] == b"PK"
    assert "No product is like that." in client.get(f"{address}?q=zzz").content.decode()


def test_a_line_leads_to_its_product(client: Client) -> None:
    pk = Document.objects.get(number="XS-2").pk
    text = client.get(reverse("document", args=[pk])).content.decode()
    assert f'href="{reverse("products")}?q=P%2B2"' in text
    found = words(client.get(reverse("products") + "?q=P%2B2").content.decode())
    assert "1 product," in found
