"""The inbox as its people use it: ask on a customer's page, decide, be told."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from mainstay.foundation.approvals import deciding, inbox
from mainstay.foundation.approvals.models import Absence, Request
from mainstay.foundation.models import Notice, User
from mainstay.foundation.notices.models import NoticeChoice
from mainstay.insights.models import CustomerMetrics
from mainstay.parties import asking, owners
from mainstay.parties.models import Assignment
from tests.people import administrator, person, with_rights
from tests.web import company

pytestmark = pytest.mark.django_db
CODE = "C003"


@pytest.fixture
def boss(db: None) -> User:
    boss = administrator("boss", password=company.PASSWORD, language="en")
    company.build(boss)
    return boss


@pytest.fixture
def seller(boss: User) -> User:
    seller = person("seller", "salesperson", language="en")
    owners.assign(boss, CODE, seller.pk)
    return seller


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args or None))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_salesperson_asks_and_the_director_decides(boss: User, seller: User) -> None:
    other = person("other", "salesperson", language="en")
    hers, his = browser(seller), browser(boss)
    page = text(hers, "keepers", CODE)
    assert "Who decides on such requests is asked" in page
    assert "Make owner" not in page
    answer = hers.post(
        reverse("keepers", args=[CODE]), {"do": "ask", "person": other.pk, "reason": "too far"}
    )
    assert answer.status_code == 302
    asked = Request.objects.get()
    assert "not decided yet" in text(hers, "keepers", CODE)
    assert "too far" in text(his, "inbox")
    page = text(his, "request", asked.pk)
    assert "<td>seller</td><td><b>other</b></td>" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    answer = his.post(reverse("request", args=[asked.pk]), {"do": "refuse", "reason": ""})
    assert answer.status_code == 422
    assert "A reason is needed." in answer.content.decode()
    his.post(reverse("request", args=[asked.pk]), {"do": "approve", "seen": seen})
    assert Assignment.objects.get(customer__code=CODE, until=None, duty="owner").user == other
    assert "boss – approved: Another owner of a customer" in text(hers, "inbox")


def asked_for(seller: User, code: str = CODE) -> Request:
    other = person("other", "salesperson", language="en")
    return deciding.ask(seller, asking.OWNER, {"customer": code, "person": other.pk}, "too far")


def approved(client: Client, asked: Request, page: str) -> int:
    seen = page.split('name="seen" value="')[1].split('"', 1)[0]
    answer = client.post(reverse("request", args=[asked.pk]), {"do": "approve", "seen": seen})
    return answer.status_code


def test_whoever_decides_reads_what_matters_of_the_customer_by_their_rights(
    boss: User, seller: User
) -> None:
    clerk = with_rights(
        person("clerk", language="en"), "customers.see", "customers.approve"
    )  # fmt: skip
    asked = asked_for(seller)
    for who, cost in ((boss, True), (clerk, False)):
        page = text(browser(who), "request", asked.pk)
        for title, value in (
            ("ABC classes", "A · Large"), ("Net sales of 12 months", "¥333,333.33"),
            ("Open balance", "¥41,666.66"), ("of it overdue", "¥20,833.33"),
            ("Figures as of", "30 Jun 2026"), ("Last document or receipt", "1 Apr 2026"),
        ):  # fmt: skip
            assert f'<th scope="row">{title}</th><td class="n">{value}</td>' in page, title
        assert ("Profit of 12 months" in page) == cost
    assert "Open balance" not in text(browser(seller), "request", asked.pk)


def test_what_was_seen_is_what_was_decided_on_and_stays(boss: User, seller: User) -> None:
    asked, his = asked_for(seller), browser(boss)
    page = text(his, "request", asked.pk)
    figures = CustomerMetrics.objects.filter(customer__code=CODE)
    figures.update(overdue_balance=9_999_999)
    assert approved(his, asked, page) == 422
    assert Request.objects.get().state == "open"
    page = text(his, "request", asked.pk)
    assert "¥99,999.99" in page
    assert approved(his, asked, page) == 302
    figures.update(overdue_balance=1)
    for who in (boss, person("auditor", "auditor", language="en")):
        later = text(browser(who), "request", asked.pk)
        assert "¥99,999.99" in later and "As it was shown to whoever decided." in later
        assert "Profit of 12 months" in later
    assert "¥99,999.99" not in text(browser(seller), "request", asked.pk)  # no longer hers


def test_a_fault_in_asking_is_said_on_the_page(boss: User, seller: User) -> None:
    answer = browser(seller).post(
        reverse("keepers", args=[CODE]), {"do": "ask", "person": seller.pk, "reason": "mine"}
    )
    assert answer.status_code == 422
    assert "seller is the owner already." in answer.content.decode()


def test_the_count_of_the_unread_stands_on_every_page(boss: User, seller: User) -> None:
    client = browser(seller)
    assert "<em>1</em>" in text(client, "me")  # the customer was given to her
    told = Notice.objects.get(user=seller)
    answer = client.get(reverse("notice", args=[told.pk]))
    assert answer.headers["Location"] == reverse("customer", args=[CODE])
    assert "<em>1</em>" not in text(client, "me")


def test_notices_come_in_pages_and_all_become_read(boss: User, seller: User) -> None:
    Notice.objects.bulk_create(
        Notice(user=seller, kind="import.undone", subject=f"batch:{n}",
               facts={"batch": n, "who": "boss"})
        for n in range(40)
    )  # fmt: skip
    client = browser(seller)
    page = text(client, "inbox")
    assert "Import 39 was taken back by boss." in page
    assert "Import 5 " not in page
    more = page.split('href="/inbox?after=')[1].split('"')[0]
    assert "Import 5 " in client.get(f"/inbox?after={more}").content.decode()
    client.post(reverse("read-all"))
    assert not Notice.objects.filter(user=seller, read_at=None).exists()


def test_one_chooses_how_one_is_told_and_names_a_deputy(boss: User, seller: User) -> None:
    client, here = browser(boss), reverse("inbox-choices")
    client.post(here, {"do": "ways", "customer.given": "off", "request.asked": "mail"})
    assert list(NoticeChoice.objects.values_list("kind", "way")) == [("customer.given", "off")]
    today = localdate().isoformat()
    answer = client.post(
        here, {"do": "away", "deputy": seller.pk, "since": today, "until": "2020-01-01"}
    )
    assert answer.status_code == 422
    client.post(here, {"do": "away", "deputy": seller.pk, "since": today, "until": today})
    assert "seller decides for you" in text(client, "inbox")
    assert "You also decide for boss." in text(browser(seller), "inbox")
    client.post(here, {"do": "back"})
    assert Absence.objects.get().ended_at is not None


@pytest.mark.parametrize("given", [{"do": "nothing"}, {}])
def test_what_no_form_sends_is_not_found(boss: User, given: dict[str, str]) -> None:
    assert browser(boss).post(reverse("inbox-choices"), given).status_code == 404


@pytest.mark.parametrize(
    "given",
    [{}, {"since": "2026-01-01"}, {"deputy": "9" * 30, "since": "2026-01-01"}, {"until": "soon"}],
    ids=str,
)
def test_an_absence_without_its_days_is_refused(
    boss: User, seller: User, given: dict[str, str]
) -> None:
    asked = {"do": "away", "deputy": str(boss.pk), **given}
    assert browser(seller).post(reverse("inbox-choices"), asked).status_code == 422
    assert not Absence.objects.exists()


def test_a_decided_request_says_who_decided_and_a_deputy_is_chosen_not_preset(
    boss: User, seller: User
) -> None:
    other = person("other", "salesperson", language="en")
    wanted = {"customer": CODE, "person": other.pk}
    asked = deciding.ask(seller, asking.OWNER, wanted, "too far")
    assert '<li><span class="q2">boss</span></li>' in text(browser(boss), "request", asked.pk)
    deciding.approve(boss, asked.pk, inbox.detail(boss, asked.pk).seen)
    page = text(browser(seller), "request", asked.pk)
    assert re.search(r'<ol class="steps-of"><li><span class="good">.*?</span> boss</li>', page)
    page = text(browser(seller), "inbox-choices")
    assert '<select class="inp" name="deputy" required><option value="">choose</option>' in page
