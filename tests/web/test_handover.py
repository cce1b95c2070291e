"""Handing customers over on the pages: the effect first, the decision, the way back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.parties import handover, owners, territories
from mainstay.parties.models import Assignment, HandOver
from tests.people import administrator, person
from tests.web import company

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    boss = administrator("boss", language="en")
    company.build(boss)
    return boss


@pytest.fixture
def gao(boss: User) -> User:
    gao = person("gao", "salesperson", first_name="Gao Fei")
    for code in ("C001", "C004"):
        owners.assign(boss, code, gao.pk)
    return gao


@pytest.fixture
def page(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def seen(text: str) -> str:
    return text.split('name="seen" value="')[1].split('"', 1)[0]


def test_the_page_weighs_what_goes_and_names_what_is_left(
    page: Client, boss: User, gao: User
) -> None:
    liu = person("liu", "salesperson")
    text = page.get(reverse("hand-over"), {"from": gao.pk, "to": liu.pk}).content.decode()
    assert "2 customers go to liu" in text
    sales, owed = company.sales(1) + company.sales(4), company.sales(1) // 8 + company.sales(4) // 8
    assert (sales, owed) == (125_000_000, 15_625_000)
    assert "¥1.25M" in text and "¥156K" in text
    assert "no customer" in text
    text = page.post(
        reverse("hand-over"), {"code": ["C001", "C002"], "to": liu.pk}
    ).content.decode()  # fmt: skip
    assert "1 customer<" in text  # C004 stays with Gao Fei
    assert ">nobody<" in text
    assert not HandOver.objects.exists()


def test_it_is_done_with_a_reason_as_it_was_seen_and_taken_back(
    page: Client, boss: User, gao: User
) -> None:
    liu = person("liu", "salesperson")
    here = reverse("hand-over")
    asked = {"from": gao.pk, "to": liu.pk, "do": "hand-over"}
    mark = seen(page.get(here, asked).content.decode())
    assert not HandOver.objects.exists()
    assert page.post(here, {**asked, "seen": mark, "reason": " "}).status_code == 422
    owners.assign(boss, "C005", gao.pk)
    answer = page.post(here, {**asked, "seen": mark, "reason": "moves"})
    assert answer.status_code == 422
    assert "something else than you saw" in answer.content.decode()
    mark = seen(answer.content.decode())
    answer = page.post(here, {**asked, "seen": mark, "reason": "moves"})
    row = HandOver.objects.get()
    assert answer.headers["Location"] == reverse("handed-over", args=[row.pk])
    record = page.get(answer.headers["Location"]).content.decode()
    assert "3 customers to liu" in record and "moves" in record
    assert page.post(answer.headers["Location"], {"reason": ""}).status_code == 422
    page.post(answer.headers["Location"], {"reason": "a mistake"})
    assert "3 customers came back." in page.get(answer.headers["Location"]).content.decode()
    assert Assignment.objects.filter(user=gao, until=None).count() == 3
    assert "taken back" in page.get(reverse("person", args=[gao.pk])).content.decode()


def test_whoever_leaves_hands_over_on_the_same_page(page: Client, boss: User, gao: User) -> None:
    liu = person("liu", "salesperson")
    here, asked = reverse("hand-over"), {"from": gao.pk, "leaves": "1"}
    assert 'name="leaves" value="1"' in page.get(reverse("person", args=[gao.pk])).content.decode()
    assert "See what changes" in page.get(here, asked).content.decode()
    text = page.get(here, {**asked, "to": liu.pk}).content.decode()
    assert "Gao Fei leaves" in text and "Roles end today" in text
    page.post(
        here, {**asked, "to": liu.pk, "do": "hand-over", "seen": seen(text), "reason": "leaves"}
    )
    gao.refresh_from_db()
    assert not gao.is_active
    assert Assignment.objects.filter(user=liu, until=None).count() == 2


def test_what_lies_outside_the_territory_is_confirmed(page: Client, boss: User, gao: User) -> None:
    place = territories.save(boss, None, name="浙江区", regions=["浙江"])
    near = person("near", "salesperson", territory=place)
    here = reverse("hand-over")
    asked = {"from": gao.pk, "to": near.pk, "do": "hand-over", "reason": "x"}
    text = page.get(here, asked).content.decode()
    assert "2 of these customers lie outside the territory of near." in text
    asked["seen"] = seen(text)
    assert page.post(here, asked).status_code == 422
    assert page.post(here, {**asked, "outside": "1"}).status_code == 302
    keepers = reverse("keepers", args=["C002"])
    asked = {"do": "assign", "person": near.pk, "reason": "so"}
    answer = page.post(keepers, asked)
    assert answer.status_code == 422
    assert 'name="outside"' in answer.content.decode()
    choice = page.get(keepers).content.decode().partition('name="do" value="assign"')[2]
    assert f'value="{near.pk}"' in choice.partition("</select>")[0]
    answer = page.post(keepers, {**asked, "outside": "1"}, follow=True)
    text = answer.content.decode()
    assert "Saved." in text
    choice = text.partition('name="do" value="assign"')[2]
    assert f'value="{near.pk}"' not in choice.partition("</select>")[0]  # owns it already
    clerk = person("clerk", "auditor")
    choice = page.get(keepers).content.decode().partition('name="do" value="assign"')[2]
    assert f'value="{clerk.pk}"' not in choice.partition("</select>")[0]
    assert f'value="{clerk.pk}"' in choice.partition("</select>")[2]  # for the team


def test_a_director_closes_no_account_by_it(boss: User, gao: User) -> None:
    chief = person("chief", "sales_director", language="en")
    client = Client()
    client.force_login(chief)
    asked = {"from": gao.pk, "to": chief.pk, "leaves": "1", "do": "hand-over", "reason": "x"}
    assert client.get(reverse("hand-over"), asked).status_code == 403
    assert client.post(reverse("hand-over"), asked).status_code == 403
    gao.refresh_from_db()
    assert gao.is_active


def test_the_trail_leads_to_the_record(page: Client, boss: User, gao: User) -> None:
    row = handover.give(boss, boss.pk, "moves", giver_id=gao.pk)
    text = page.get(reverse("person-history", args=[gao.pk])).content.decode()
    assert "Customers given to somebody else" in text
    boss.appointments.all().delete()
    auditor = person("auditor", "auditor", "administrator", language="en")
    client = Client()
    client.force_login(auditor)
    assert (
        f'href="{reverse("handed-over", args=[row.pk])}"'
        in client.get(reverse("audit")).content.decode()
    )
