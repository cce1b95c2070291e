"""Somebody is taken in by one form: account, role, territory, language, and the way in."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mainstay.foundation.models import AuditEntry, Territory, User
from mainstay.foundation.permissions import reach
from mainstay.parties import territories
from mainstay.parties.models import Assignment, Customer, CustomerCode
from mainstay.parties.permissions import SEE
from tests.people import administrator
from tests.web import company

pytestmark = pytest.mark.django_db
HERE = reverse("people")


@pytest.fixture
def page(db: None) -> Client:
    boss = administrator("boss", language="en")
    company.build(boss)
    territories.save(boss, None, name="浙江区", regions=["浙江"])
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def asked() -> dict[str, object]:
    return {
        "username": "wang", "full_name": "王敏", "email": "wang@example.com", "language": "en",
        "role": "sales_director", "territory": Territory.objects.get().pk, "books_name": "高飞",
    }  # fmt: skip


def test_one_form_makes_the_account_with_role_territory_and_language(
    page: Client, asked: dict[str, object]
) -> None:
    text = page.post(HERE, asked).content.decode()
    made = User.objects.get(username="wang")
    password = text.split("<code>")[1].split("</code>", 1)[0]
    assert made.check_password(password)
    assert made.must_change_password
    assert (made.language, made.first_name, made.email) == ("en", "王敏", "wang@example.com")
    assert reach(made, SEE).territories == {asked["territory"]}
    assert Assignment.objects.filter(user=made, until=None).count() == 30  # the books name him
    assert list(AuditEntry.objects.filter(subject=f"user:{made.pk}").values_list("action")) == [
        ("person.added",), ("role.given",),
    ]  # fmt: skip
    assert password not in page.get(HERE).content.decode()
    assert mail.outbox == []
    assert "by mail" not in text  # nothing is set up that could


@pytest.mark.parametrize(
    "wrong", [{"role": "king"}, {"territory": 9_999}, {"language": "tlh"}, {"email": "no"}], ids=str
)
def test_of_a_form_with_a_fault_nothing_is_made(
    page: Client, asked: dict[str, object], wrong: dict[str, object]
) -> None:
    answer = page.post(HERE, asked | wrong)
    assert answer.status_code == 422
    assert 'value="王敏"' in answer.content.decode()
    assert not User.objects.filter(username="wang").exists()


def test_the_way_in_goes_by_mail_where_mail_is_set_up(
    page: Client, asked: dict[str, object], settings: Settings
) -> None:
    settings.MAIL_IS_SET_UP = True
    settings.PUBLIC_URL = urlsplit("https://crm.example.com")
    text = page.post(HERE, asked | {"invite": "1"}).content.decode()
    assert "The invitation went to wang@example.com." in text
    (letter,) = mail.outbox
    password = text.split("<code>")[1].split("</code>", 1)[0]
    assert letter.to == ["wang@example.com"]
    for part in ("https://crm.example.com", "User name: wang", f"One-time password: {password}"):
        assert part in letter.body
    entry = AuditEntry.objects.get(action="person.invited")
    assert entry.facts == {}
    page.post(HERE, {**asked, "username": "li", "books_name": "", "language": "zh-hans",
                     "email": "li@example.com", "invite": "1"})  # fmt: skip
    assert "一次性密码" in mail.outbox[1].body


def test_without_an_address_the_account_stands_and_the_password_is_shown(
    page: Client, asked: dict[str, object], settings: Settings
) -> None:
    settings.MAIL_IS_SET_UP = True
    answer = page.post(HERE, asked | {"email": "", "invite": "1"})
    text = answer.content.decode()
    assert "no address is known of this person" in text
    assert User.objects.get(username="wang").check_password(
        text.split("<code>")[1].split("</code>", 1)[0]
    )
    assert mail.outbox == []


def test_territories_say_what_was_done_and_regions_in_the_reader_s_language(page: Client) -> None:
    here = reverse("territories")
    said = page.post(here, {"name": "North", "regions": "北京，山东省"}, follow=True)
    text = said.content.decode()
    assert "Saved." in text
    assert "Beijing, Shandong" in text
    north = Territory.objects.get(name="North")
    assert ">北京, 山东省</textarea>" in page.get(f"{here}?edit={north.pk}").content.decode()
    said = page.post(here, {"do": "drop", "territory": north.pk, "sure": 1}, follow=True)
    assert "The territory is removed." in said.content.decode()


def test_a_territory_goes_only_when_whoever_removes_it_was_asked(page: Client) -> None:
    here = reverse("territories")
    page.post(here, {"name": "North", "regions": "北京"})
    north = Territory.objects.get(name="North")
    held = Customer.objects.create(code="K1", region="北京", territory=north)
    CustomerCode.objects.create(code="K1", own=held, customer=held, in_use=True)
    asked = page.post(here, {"do": "drop", "territory": north.pk}, follow=True)
    assert asked.redirect_chain == [(f"{here}?edit={north.pk}#remove", 302)]
    assert "1 customer is in no territory then." in asked.content.decode()
    assert Territory.objects.filter(pk=north.pk).exists()
    page.post(here, {"do": "drop", "territory": north.pk, "sure": 1})
    assert not Territory.objects.filter(pk=north.pk).exists()
