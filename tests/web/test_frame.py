"""The frame around pages is drawn once for what it shows: never for another reader's eyes."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.company import settings as company_settings
from mainstay.foundation.models import Notice, User
from mainstay.parties import owners
from mainstay.parties.models import Customer
from mainstay.web import frame
from tests.people import only, person

NAV = re.compile(r'<nav class="nav".*?</nav>', re.DOTALL)
ENTRY = re.compile(r'<a class="entry" href="([^"]+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def nav(client: Client, address: str = "/inbox") -> str:
    found = NAV.search(client.get(address).content.decode())
    assert found
    return found[0]


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_gained_and_a_lost_right_shows_at_once(page: Client, books: User) -> None:
    assert reverse("people") in ENTRY.findall(nav(page))
    only(books, "salesperson")
    for address in (reverse("people"), reverse("audit"), reverse("data")):
        assert address not in ENTRY.findall(nav(page))
    only(books, "auditor")
    assert reverse("audit") in ENTRY.findall(nav(page))
    only(books, "administrator")
    assert reverse("people") in ENTRY.findall(nav(page))


def test_the_count_of_all_customers_is_told_to_whoever_sees_all(page: Client, books: User) -> None:
    assert "<em>60</em>" in nav(page)
    seller = person("wan", "salesperson", language="en")
    assert "<em>60</em>" not in nav(signed_in(seller))
    only(books, "salesperson")
    assert "<em>60</em>" not in nav(page)


def test_each_reads_their_own_name_count_and_choices(page: Client, books: User) -> None:
    other = person("ou", "auditor", language="en", theme="dark", first_name="<Ou>", last_name="Y")
    Notice.objects.create(user=other, kind="customer.given", subject="customer:C001")
    theirs, mine = nav(signed_in(other), "/me"), nav(page, "/me")
    assert "&lt;Ou&gt; Y" in theirs
    assert "Ou" not in mine
    assert ("<em>1</em>" in theirs, "<em>1</em>" in mine) == (True, False)
    assert 'value="dark" aria-pressed="true"' in theirs
    assert 'value="dark" aria-pressed="false"' in mine
    books.language = "zh-hans"
    books.save()
    assert "收件箱" in nav(page, "/me")
    assert "Inbox" in nav(signed_in(other), "/me")


def test_the_way_back_and_the_token_are_the_pages_own(page: Client, books: User) -> None:
    for address in ("/inbox", '/customers?q="><b>', "/customers?q=token"):
        found = nav(page, address)
        back = set(re.findall(r'name="next" value="([^"]*)"', found))
        assert [html.unescape(one) for one in back] == [
            page.get(address).wsgi_request.get_full_path()
        ]
        assert len(set(TOKEN.findall(found))) == 1
        assert frame._TOKEN not in found
        assert frame._PATH not in found
        assert "<b>" not in found.replace("<b>lin</b>", "")


def test_the_token_of_a_form_is_taken_and_another_readers_is_not(books: User) -> None:
    one, two = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    one.force_login(books)
    two.force_login(person("ou", "auditor", language="en"))
    own, others = TOKEN.findall(nav(one))[0], TOKEN.findall(nav(two))[0]
    choose = {"theme": "dark", "next": "/inbox"}
    address = reverse("set-preferences")
    refused = one.post(address, {**choose, "csrfmiddlewaretoken": others})
    assert refused.status_code == 403
    assert one.post(address, {**choose, "csrfmiddlewaretoken": own}).status_code == 302
    books.refresh_from_db()
    assert books.theme == "dark"


def test_the_companys_new_name_stands_there_at_once(page: Client, books: User) -> None:
    assert 'class="firm"' not in nav(page)
    company_settings.change(books, "name", "Taihe <Tools>")
    assert "Taihe &lt;Tools&gt;" in nav(page)


def test_the_filters_offer_only_what_the_reader_may_see(page: Client, books: User) -> None:
    seller = person("wan", "salesperson", language="en")
    customer = Customer.objects.get(code="C004")
    owners.assign(books, customer.code, seller.pk)
    options = re.compile(r'<select name="region">(.*?)</select>')

    def regions(client: Client) -> list[str]:
        found = options.search(client.get(reverse("customers")).content.decode())
        assert found
        return re.findall(r'value="([^"]+)"', found[1])

    assert len(regions(page)) == 3
    assert regions(signed_in(seller)) == [customer.region]
    only(books, "salesperson")
    assert regions(page) == []


def test_a_text_of_the_books_is_written_escaped(page: Client) -> None:
    bad = '"><script>x</script>'
    Customer.objects.filter(code="C001").update(
        name=bad, name_en=bad, region=bad, salesperson=bad, code=f"C001{bad}"
    )
    for asked in ("", "?col=owner&col=region", "?region=x"):
        text = page.get(reverse("customers") + asked).content.decode()
        assert "<script>x" not in text
    assert "&lt;script&gt;x" in page.get(reverse("customers")).content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_badge_is_drawn_in_the_readers_language(page: Client, books: User, language: str) -> None:
    books.language = language
    books.save()
    text = page.get(reverse("customers")).content.decode()
    assert ("Large" in text, "大客户" in text) == (language == "en", language != "en")


def test_under_the_name_stand_the_roles_in_the_reader_s_language(page: Client) -> None:
    seller = person("wan", "salesperson", language="en")
    assert '<p class="q xs">Salesperson</p>' in nav(signed_in(seller))
    seller.language = "zh-hans"
    seller.save()
    assert '<p class="q xs">业务员</p>' in nav(signed_in(seller))
    only(seller, "auditor")
    assert '<p class="q xs">审计员</p>' in nav(signed_in(seller))
