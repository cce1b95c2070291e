"""Sessions: listed, ended by their owner, by time, by the password and by an administrator."""

from __future__ import annotations

import datetime as dt
import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from mainstay.foundation import people
from mainstay.foundation.models import AuditEntry, Job, Session, User
from mainstay.web.devices import device_words
from tests.people import administrator
from tests.web import company

pytestmark = pytest.mark.django_db
ME = reverse("me")
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def lin() -> User:
    return company.user("lin", "salesperson", language="en")


def browser(user: User, agent: str = EDGE, address: str = "10.0.0.7") -> Client:
    """Signed in by the form."""
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    given = {"username": user.username, "password": company.PASSWORD}
    assert client.post(reverse("sign-in"), given).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(ME).status_code == 200


def age(client: Client, **earlier: dt.timedelta) -> None:
    """Let a session have begun or been seen earlier."""
    row = Session.objects.get(pk=client.session.session_key)
    changed = {name: getattr(row, name) - by for name, by in earlier.items()}
    Session.objects.filter(pk=row.pk).update(**changed)


def test_the_page_lists_devices_addresses_and_ends_one(lin: User) -> None:
    here, there = browser(lin), browser(lin, IPHONE, "10.0.0.8")
    shown = here.get(ME).content.decode()
    for word in ("Edge · Windows", "Safari · iPhone", "10.0.0.7", "10.0.0.8", "here"):
        assert word in shown, word
    assert there.session.session_key not in shown
    handles = re.findall(r'name="session" value="([0-9a-f]+)"', shown)
    assert len(handles) == 1
    assert here.post(ME, {"do": "end", "session": handles[0]}).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert AuditEntry.objects.get(action="session.ended").facts == {"address": "10.0.0.8"}
    assert here.post(ME, {"do": "end", "session": handles[0]}).status_code == 422


def test_nobody_ends_anothers_session_by_its_handle(lin: User) -> None:
    browser(lin)
    other = browser(lin, IPHONE)
    handle = re.findall(r'name="session" value="(\w+)"', other.get(ME).content.decode())[0]
    stranger = browser(company.user("wang", "salesperson", language="en"))
    assert stranger.post(ME, {"do": "end", "session": handle}).status_code == 422
    assert Session.objects.filter(user=lin).count() == 2


def test_all_others_end_at_once(lin: User) -> None:
    here, *others = (browser(lin) for _ in range(3))
    assert here.post(ME, {"do": "end-others"}).status_code == 302
    assert [is_in(one) for one in (here, *others)] == [True, False, False]
    assert AuditEntry.objects.get(action="sessions.ended").facts == {"sessions": 2}


def test_a_session_that_nobody_uses_ends(lin: User) -> None:
    client, used = browser(lin), browser(lin)
    age(client, seen_at=settings.SESSION_IDLE + dt.timedelta(seconds=1))
    age(used, seen_at=settings.SESSION_IDLE - dt.timedelta(minutes=2))
    assert (is_in(client), is_in(used)) == (False, True)
    row = Session.objects.get(user=lin)
    assert timezone.now() - row.seen_at < dt.timedelta(minutes=1)


def test_a_page_left_open_does_not_keep_its_session_going(lin: User) -> None:
    client, job = browser(lin), Job.objects.create(kind="insights.grade", owner=lin)
    shown = client.get(reverse("job", args=[job.pk])).content.decode()
    polled = re.search(r'hx-get="([^"]+)" hx-trigger="every', shown)
    listed = re.search(
        r'hx-get="([^"]+)" hx-trigger="every', client.get(reverse("jobs")).content.decode()
    )
    assert polled
    assert listed
    for address in (polled[1], listed[1]):
        age(client, seen_at=dt.timedelta(minutes=5))
        before = Session.objects.get(user=lin).seen_at
        answer = client.get(html.unescape(address), headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert Session.objects.get(user=lin).seen_at == before
    refresh = client.get(reverse("job", args=[job.pk]))["Refresh"]
    assert refresh == f"30; url={polled[1]}"
    age(client, seen_at=settings.SESSION_IDLE)
    assert client.get(polled[1]).status_code == 302


def test_no_other_page_is_polled_whatever_its_address_says(lin: User) -> None:
    client = browser(lin)
    for address in (f"{ME}?poll=1", "/nowhere?poll=1"):
        age(client, seen_at=dt.timedelta(minutes=5))
        before = Session.objects.get(user=lin).seen_at
        client.get(address)
        assert Session.objects.get(user=lin).seen_at > before, address


def test_a_part_of_a_page_whose_session_has_ended_has_the_page_ask_anew(lin: User) -> None:
    answer = Client(headers={"HX-Request": "true"}).get(reverse("jobs"), follow=True)
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")


def test_a_session_ends_in_time_however_much_it_is_used(lin: User) -> None:
    client = browser(lin)
    begun = Session.objects.get(user=lin).begun_at
    client.post(reverse("set-preferences"), {"theme": "dark"})
    session = client.session
    session["something"] = 1
    session.save()
    row = Session.objects.get(user=lin)
    assert (row.begun_at, row.expire_date) == (begun, begun + settings.SESSION_LONGEST)
    age(client, expire_date=settings.SESSION_LONGEST)
    assert not is_in(client)


def test_the_password_ends_all_others_and_this_one_goes_on(lin: User) -> None:
    here, there = browser(lin), browser(lin)
    begun = Session.objects.get(pk=here.session.session_key).begun_at
    chosen = {"new_password1": "quiet-harbour-72", "new_password2": "quiet-harbour-72"}
    before = here.session.session_key
    here.post(reverse("change-password"), {**chosen, "old_password": company.PASSWORD})
    assert (is_in(here), is_in(there)) == (True, False)
    row = Session.objects.get(user=lin)
    assert row.pk != before
    assert row.begun_at == begun


@pytest.mark.parametrize("act", ["leave", "new_password", "sessions"])
def test_an_administrator_ends_them(lin: User, act: str) -> None:
    boss = administrator("boss", password=company.PASSWORD, language="en")
    theirs, own = browser(lin), browser(boss)
    if act == "leave":
        people.let_go(boss, lin.pk)
    elif act == "new_password":
        people.new_password(boss, lin.pk)
    else:
        own.post(reverse("person", args=[lin.pk]), {"do": "sessions"})
        entry = AuditEntry.objects.get(action="sessions.ended")
        assert (entry.actor, entry.subject) == (boss, f"user:{lin.pk}")
    assert (is_in(theirs), is_in(own)) == (False, True)
    assert not Session.objects.filter(user=lin).exists()


def test_only_who_manages_people_ends_anothers(lin: User) -> None:
    client = browser(lin)
    other = company.user("wang", "salesperson")
    browser(other)
    answer = client.post(reverse("person", args=[other.pk]), {"do": "sessions"})
    assert answer.status_code == 403
    assert Session.objects.filter(user=other).exists()


def test_sign_out_ends_it_in_the_store(lin: User) -> None:
    client = browser(lin)
    client.post(reverse("sign-out"))
    assert not Session.objects.filter(user=lin).exists()


def test_sign_in_takes_another_key_and_clears_what_is_over(lin: User) -> None:
    client = Client()
    client.get(reverse("sign-in"))
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    Session.objects.create(
        session_key="old", session_data="", expire_date=timezone.now() - dt.timedelta(days=1),
        begun_at=timezone.now(), seen_at=timezone.now(),
    )  # fmt: skip
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    client.post(reverse("sign-in"), {"username": "lin", "password": company.PASSWORD})
    assert client.session.session_key != before
    assert set(Session.objects.values_list("pk", flat=True)) == {client.session.session_key}


HTTPS = """
import django; django.setup()
from django.test import Client
answer = Client(headers={"Host": "crm.example.com"}).get("/sign-in", secure=True)
for cookie in answer.cookies.values(): print(cookie.output())
print(answer["Strict-Transport-Security"])
from django.conf import settings; print(settings.SESSION_COOKIE_NAME, settings.PROXIES)
"""


def test_under_https_cookies_are_bound_to_the_host(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "mainstay.config.settings", "MAINSTAY_HOME": str(tmp_path),
        "MAINSTAY_URL": "https://crm.example.com",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", HTTPS], env=environment, capture_output=True, text=True, check=True
    )
    *cookies, hsts, session = done.stdout.splitlines()
    assert len(cookies) == 1
    for word in ("__Host-csrftoken=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert word in cookies[0], word
    assert "Domain" not in cookies[0]
    assert hsts == "max-age=31536000; includeSubDomains"
    assert session == "__Host-sessionid 1"


AGENTS = {
    EDGE: "Edge · Windows",
    IPHONE: "Safari · iPhone",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": "Firefox · Linux",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.43": "WeChat · Android",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.4 Safari/605.1.15": "Safari · macOS",
    "curl/8": "unknown device",
}


@pytest.mark.parametrize(("agent", "words"), AGENTS.items())
def test_devices_are_told_in_words(agent: str, words: str) -> None:
    with override("en"):
        assert device_words(agent) == words
