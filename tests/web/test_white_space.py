"""What a customer could buy, and Portfolio › White space: pages, files, whom they tell of what."""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.catalogue.models import Product
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.insights.models import KeptWhiteSpace, Snapshot
from mainstay.insights.portfolio import white
from mainstay.parties import territories
from tests.people import person
from tests.web import company

EVEN = company.COUNT // 2


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def rows_of(client: Client, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def of(code: str) -> str:
    return reverse("could-buy", args=[code])


def test_a_customer_s_page_names_the_likeliest_and_why(page: Client) -> None:
    Product.objects.update_or_create(code="B2", defaults={"name": "Nuts"})
    text = text_of(page, of("C002"))
    assert "The likeliest next: Nuts, typically ¥200 a year" in text
    assert "10 of the 12 others who buy A1 buy it too" in text
    assert "4 of the 9 others who buy B4 buy it too" in text
    assert "C3" not in text_of(page, of("C001"))
    assert 'href="/portfolio/white-space/B2?by=item"' in page.get(of("C002")).content.decode()


def test_the_files_hold_the_same_to_the_cent(page: Client, books: User) -> None:
    head, *rows = rows_of(page, f"{of('C002')}?as=csv")
    assert head == ["Code", "Product", "Why", "Typical a year, CNY"]
    assert [(row[0], row[3]) for row in rows] == [("B2", "200.00"), ("C3", "200.00")]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.facts["rows"]) == ("list.exported", books, 2)
    _head, *rows = rows_of(page, f"{reverse('white-space')}?as=csv")
    everybody = sum(range(1, company.COUNT + 1))
    assert [row[2:] for row in rows] == [
        [str(company.COUNT), f"{100 * everybody}.00"],
        [str(EVEN), f"{100 * sum(range(2, company.COUNT + 1, 2))}.00"],
    ]
    head, *rows = rows_of(page, f"{reverse('white-space-customers', args=['C3'])}?as=csv")
    assert [row[0] for row in rows] == [f"C{n:03}" for n in range(company.COUNT, 0, -2)]
    assert {row[4] for row in rows} == {"2"}  # B2 is likelier


def test_the_portfolio_opens_each_product_s_customers(page: Client) -> None:
    text = text_of(page, reverse("white-space"))
    assert f"{company.COUNT} customers have something to be offered" in text
    text = text_of(page, reverse("white-space-customers", args=["B2"]))
    assert f"B2: {company.COUNT} customers could take it" in text
    text_of(page, f"{reverse('white-space')}?by=category")
    assert page.get(reverse("white-space-customers", args=["nothing"])).status_code == 404
    assert page.get(f"{reverse('white-space')}?after=x").status_code == 404


def test_who_sees_some_customers_is_told_of_those(page: Client, books: User) -> None:
    where = territories.save(books, None, name="浙江区", regions=["浙江"])
    client = Client()
    client.force_login(person("director", "sales_director", territory=where, language="en"))
    _head, *rows = rows_of(client, f"{reverse('white-space-customers', args=['B2'])}?as=csv")
    assert {row[0] for row in rows} == {f"C{n:03}" for n in range(3, company.COUNT + 1, 3)}
    assert client.get(of("C001")).status_code == 404
    _head, *rows = rows_of(client, f"{of('C006')}?as=csv")
    assert [row[3] for row in rows] == ["600.00", ""]  # four buyers of others are too few


def test_a_salesperson_finds_no_way_into_the_portfolio(page: Client, books: User) -> None:
    where = territories.save(books, None, name="浙江区", regions=["浙江"])
    client = Client()
    client.force_login(person("seller", "salesperson", territory=where, language="en"))
    for name, arguments in (("white-space", []), ("white-space-customers", ["B2"])):
        assert client.get(reverse(name, args=arguments)).status_code == 403


def test_what_was_not_worked_out_is_asked_for(page: Client) -> None:
    assert page.post(reverse("white-space"))["Location"] == reverse("white-space")
    KeptWhiteSpace.objects.all().delete()
    assert "not worked out yet" in text_of(page, of("C001"))
    assert "Work it out now" in text_of(page, reverse("white-space"))
    for address in (of("C001"), reverse("white-space")):
        assert page.get(f"{address}?as=csv").status_code == 404
    answer = page.post(reverse("white-space"))
    job = Job.objects.get(kind=white.KIND)
    assert answer["Location"] == reverse("job", args=[job.pk])
    job.state, job.report = "done", {"white_space": 1}
    job.save()
    assert page.get(answer["Location"])["Location"] == reverse("white-space")


def test_before_anybody_was_graded_it_leads_to_the_start(page: Client) -> None:
    Snapshot.objects.all().delete()
    assert page.get(reverse("white-space"))["Location"] == reverse("start")
    assert page.get(reverse("white-space-customers", args=["B2"])).status_code == 404


@pytest.mark.parametrize("address", ["/customers/C002/could-buy", "/portfolio/white-space"])
def test_it_reads_in_chinese(page: Client, books: User, address: str) -> None:
    books.language = "zh-hans"
    books.save()
    text = text_of(page, address)
    assert "空白机会" in text or "可能购买" in text
    assert "通常年金额" in text
