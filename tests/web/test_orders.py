"""Orders and deliveries on the pages: chosen in the wizard, followed at the customer, exported."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from mainstay.exchange.models import Source
from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.foundation.people import FIRST
from mainstay.ledger.models import Document
from mainstay.ledger.selectors import orders as orders_of
from mainstay.web.check import chosen_mapping
from tests.people import only

pytestmark = pytest.mark.grades(False)

TOTALLED = """单据编号,单据类型,单据日期,客户编码,数量,无税金额
DD-1,销售订单,2026-03-06,C1,2,1000.00
FH-1,发货单,2026-03-08,C1,1,400.00
XS-9,销售发票,2026-03-09,C1,1,300.00
合计,,,,,1700.00
"""
PLAIN = """订单编号,日期,客户编码,存货编码,数量,无税金额
DD-1,2026-03-06,C1,A,2,1000.00
DD-2,2026-03-07,C1,B,1,500.00
"""
TYPED = """单据编号,单据类型,单据日期,客户编码,存货编码,数量,无税金额,源单号,要求交货日,关闭状态
DD-1,销售订单,2026-03-06,C1,A,2,1000.00,,2026-04-01,正常
DD-2,销售订单,2026-03-07,C1,B,1,500.00,,,已关闭
FH-1,发货单,2026-03-08,C1,A,1,400.00,DD-1,,
XS-9,销售发票,2026-03-09,C1,A,1,300.00,DD-1,,
"""
SALES = """单据编号,单据类型,单据日期,客户编码,数量,无税金额
XS-1,销售发票,2026-01-05,C1,2,7000.00
"""


@pytest.fixture
def client(reader: User, settings: Settings, tmp_path: Path) -> Client:
    """Signed in, one sale in the books; files land in the test's own folder."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    only(reader, *FIRST)
    browser = Client()
    browser.force_login(reader)
    bring(browser, SALES)
    return browser


def upload(client: Client, text: str) -> str:
    """The address of the check page."""
    file = SimpleUploadedFile("单据.csv", text.encode())
    return str(client.post(reverse("upload"), {"lines": file})["Location"])


def bring(client: Client, text: str, **form: str) -> None:
    client.post(f"{upload(client, text)}/apply", form)
    worker.run_pending()


def words(text: str) -> str:
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_sales_orders_and_deliveries_are_never_one_sum(client: Client) -> None:
    check = upload(client, TYPED)
    text = words(client.get(check).content.decode())
    for said in ("Sales 1 document 300.00", "Orders 2 documents 1,500.00",
                 "Deliveries 1 document 400.00"):  # fmt: skip
        assert said in text
    assert "Net in the file" not in text
    assert "2,200.00" not in text
    dry = words(client.post(f"{check}/dry-run", {"mapping": "{}"}).content.decode())
    assert "2 orders are new; net 1,500.00" in dry
    assert "1 delivery is new; net 400.00" in dry
    assert "1,900.00" not in dry
    total = words(client.get(upload(client, TOTALLED)).content.decode())
    assert "Orders 1 document 1,000.00" in total
    assert "Net in the file 1,700.00" in total  # what the file's own total row is held against


def test_the_wizard_asks_what_the_documents_are_and_remembers_it(client: Client) -> None:
    check = upload(client, PLAIN)
    text = client.get(check).content.decode()
    assert "Documents are numbered by «订单编号» and read as sales." in text
    assert '<option value="" selected>' in text
    text = client.post(check, {"mapping": "{}", "documents": "orders"}).content.decode()
    assert '<option value="orders" selected>' in text
    assert "count as no sale and no debt" in text
    assert "Rows of orders: 2 (net 1,500.00)" in text
    form = {"mapping": "{}", "documents": "orders", "source": ""}
    dry = words(client.post(f"{check}/dry-run", form).content.decode())
    assert "Orders, no sales yet 2 new 2" in dry
    assert "2 orders are new; net 1,500.00" in dry
    assert "2026-03-06 DD-1 Order" in dry
    assert "Import 2 documents" in dry
    mapping = json.dumps({"lines": {"options": {"documents": "orders"}}})
    client.post(f"{check}/apply", {"mapping": mapping, "source": "ERP"})
    worker.run_pending()
    assert set(Document.objects.filter(number__startswith="DD").values_list("kind")) == {
        ("order",)
    }  # fmt: skip
    assert Source.objects.get().mapping["lines"]["options"] == {"documents": "orders"}
    again = client.get(upload(client, PLAIN)).content.decode()
    assert '<option value="orders" selected>' in again


def test_the_choice_goes_into_the_map_and_out_again() -> None:
    form = QueryDict(mutable=True)
    form["mapping"] = '{"lines": {"net": "金额", "options": {"dayfirst": true}}}'
    form["documents"] = "deliveries"
    mapping = chosen_mapping(form)
    options = {"dayfirst": True, "documents": "deliveries"}
    assert mapping == {"lines": {"net": "金额", "options": options}}
    form["mapping"], form["documents"] = json.dumps(mapping), ""
    assert chosen_mapping(form)["lines"]["options"] == {"dayfirst": True}


def test_orders_and_money_shows_what_is_still_to_come(client: Client) -> None:
    address, promised = (reverse(name, args=["C1"]) for name in ("money", "money-promised"))
    assert promised not in client.get(address).content.decode()
    bring(client, TYPED)
    page = client.get(address).content.decode()
    assert f'hx-get="{promised}"' in page
    assert "Owes 7,300.00" in words(page)  # the two sales alone
    text = words(client.get(promised).content.decode())
    assert "2 orders; net 600.00 still to come" in text
    assert "1 delivery; net 400.00" in text
    assert words(client.get(f"{promised}?end=2026-03-01").content.decode()) == ""


def test_a_customer_s_books_take_few_queries_with_orders_too(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bring(client, TYPED)
    for name, count in (("money", 14), ("money-promised", 13), ("orders", 13), ("deliveries", 12)):
        address = reverse(name, args=["C1"])
        client.get(address)  # how far the books reach is kept until they change
        with django_assert_num_queries(count):
            client.get(address)


def test_orders_go_on_behind_a_page_in_their_order(client: Client) -> None:
    bring(client, TYPED)
    user = User.objects.get()
    first = orders_of(user, "C1", size=1)
    rest = orders_of(user, "C1", after=first.next_cursor, size=1)
    assert [row.number for row in (*first.rows, *rest.rows)] == ["DD-2", "DD-1"]
    assert rest.next_cursor is None
    assert (first.total, first.net, first.open) == (rest.total, rest.net, rest.open)
    assert (first.total, first.net, first.open) == (2, 150_000, 60_000)


def test_their_lists_are_seen_and_taken_away(client: Client) -> None:
    bring(client, TYPED)
    address = reverse("orders", args=["C1"])
    text = words(client.get(address).content.decode())
    assert "2026-03-06 DD-1 still open 2026-04-01 1 1,000.00 400.00 300.00 600.00" in text
    assert "2026-03-07 DD-2 closed – 1 500.00 0.00 0.00 0.00" in text
    assert words(client.get(f"{address}?start=2026-03-07").content.decode()).count("DD-1") == 0
    rows = client.get(f"{address}?as=csv").content.decode("utf-8-sig").splitlines()
    assert any(row.startswith("2026-03-06,DD-1,still open,2026-04-01,1,1000.00") for row in rows)
    sent = words(client.get(reverse("deliveries", args=["C1"])).content.decode())
    assert "2026-03-08 FH-1 DD-1 1 400.00" in sent
    assert client.get(reverse("deliveries", args=["C1"]) + "?as=xlsx").content[:2] == b"PK"


def test_documents_are_sales_unless_a_kind_is_asked_for(client: Client) -> None:
    bring(client, TYPED)
    address = reverse("documents", args=["C1"])
    text = words(client.get(address).content.decode())
    assert "2 documents" in text
    assert "net 7,300.00" in text
    assert "all but orders and deliveries" in text
    text = words(client.get(f"{address}?kind=order").content.decode())
    assert "2 documents" in text
    assert "net 1,500.00" in text


def test_a_document_leads_to_its_order_and_back(client: Client) -> None:
    bring(client, TYPED)
    ids = dict(Document.objects.values_list("number", "pk"))
    text = client.get(reverse("document", args=[ids["DD-1"]])).content.decode()
    assert "Still to come: net 600.00" in words(text)
    assert "promised for" in text
    for number in ("FH-1", "XS-9"):
        assert f'href="{reverse("document", args=[ids[number]])}"' in text
        back = client.get(reverse("document", args=[ids[number]])).content.decode()
        assert f'href="{reverse("document", args=[ids["DD-1"]])}"' in back
    closed = words(client.get(reverse("document", args=[ids["DD-2"]])).content.decode())
    assert "Closed delivered 0.00 · invoiced 0.00" in closed
    assert "No delivery and no invoice names it yet." in closed
    plain = client.get(reverse("document", args=[ids["XS-1"]])).content.decode()
    assert "Linked documents" not in plain


def test_an_import_tells_its_orders_apart(client: Client) -> None:
    bring(client, TYPED)
    pk = Document.objects.get(number="DD-1").batch_id
    text = words(client.get(reverse("batch", args=[pk]) + "?take-back=1").content.decode())
    assert "Orders 2 new and changed; no sales" in text
    assert "Deliveries 1 new and changed; no sales" in text
    assert "3 orders and deliveries" in text
    listed = words(client.get(reverse("batch-documents", args=[pk, "orders"])).content.decode())
    assert "2 orders, new or changed" in listed
    assert "DD-1" in listed
    assert client.get(reverse("batch-documents", args=[pk, "quotes"])).status_code == 404
