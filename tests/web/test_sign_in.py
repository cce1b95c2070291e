"""Sign-in slows down after wrong passwords, for names that exist and names that do not."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from mainstay.foundation import throttle
from mainstay.foundation.models import AuditEntry, SignInFailures
from tests.people import person
from tests.web.company import PASSWORD

pytestmark = pytest.mark.django_db


def attempt(name: str, password: str, address: str = "10.0.0.1") -> int:
    answer = Client(REMOTE_ADDR=address).post(
        reverse("sign-in"), {"username": name, "password": password}
    )
    return answer.status_code


@pytest.mark.parametrize("name", ["lin", "nobody-by-that-name"])
def test_after_five_wrong_passwords_a_name_waits_whoever_has_it(name: str) -> None:
    person("lin", password=PASSWORD)
    codes = [attempt(name, "wrong", f"10.0.0.{n}") for n in range(6)]
    assert codes == [422] * 5 + [429]
    assert AuditEntry.objects.get(action="sign_in.slowed").subject.startswith("name:")


@pytest.mark.parametrize(("typed", "known"), [("Lin", True), ("quiet-harbour-72", False)])
def test_what_is_typed_as_a_name_is_written_down_only_where_it_is_one(
    typed: str, known: bool, caplog: pytest.LogCaptureFixture
) -> None:
    person("lin", password=PASSWORD)
    for n in range(5):
        attempt(typed, "wrong", f"10.0.0.{n}")
    subject = AuditEntry.objects.get(action="sign_in.slowed").subject
    stored = " ".join(SignInFailures.objects.values_list("key", flat=True))
    for text in (subject, stored, caplog.text):
        assert (typed.casefold() in text) == known, text
        assert ("unknown " in text) != known, text


def test_while_it_waits_a_right_password_is_not_looked_at_and_afterwards_it_is() -> None:
    person("lin", password=PASSWORD)
    for _ in range(5):
        attempt("lin", "wrong")
    assert attempt("LIN ", PASSWORD) == 429
    SignInFailures.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    assert attempt("lin", PASSWORD) == 302
    assert not SignInFailures.objects.filter(key="name:lin").exists()


def test_the_wait_doubles_to_a_quarter_of_an_hour() -> None:
    person("lin")
    waits = []
    for _ in range(18):
        throttle.failed("lin", "10.0.0.1")
        row = SignInFailures.objects.get(key="name:lin")
        waits.append((row.until - row.last).total_seconds() if row.until else 0)
    assert waits[:8] == [0, 0, 0, 0, 1, 2, 4, 8]
    assert waits[-1] == throttle.LONGEST.total_seconds()


def test_one_address_that_tries_many_names_waits_too() -> None:
    codes = [attempt(f"name{n}", "wrong") for n in range(31)]
    assert codes == [422] * 30 + [429]
    assert attempt("name99", "wrong", "10.0.0.2") == 422


def behind(forwarded: str, name: str = "nobody", said: str = "no") -> int:
    """An attempt that comes through a proxy on this machine."""
    client = Client(headers={"X-Forwarded-For": forwarded})
    given = {"username": name, "password": said}
    return client.post(reverse("sign-in"), given).status_code


def test_behind_a_proxy_one_browser_does_not_shut_out_the_others(settings: Settings) -> None:
    settings.PROXIES = 1
    person("lin", password=PASSWORD)
    codes = [behind("10.0.0.1", f"name{n}") for n in range(31)]
    assert codes == [422] * 30 + [429]
    assert behind("10.0.0.2", "lin", PASSWORD) == 302


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_an_address_of_the_clients_own_making_counts_for_nothing(
    settings: Settings, proxies: int
) -> None:
    settings.PROXIES = proxies
    added = ["10.0.0.1", "10.0.0.254"][:proxies]
    codes = [behind(", ".join([f"192.0.2.{n}", *added]), f"name{n}") for n in range(31)]
    assert codes == [422] * 30 + [429]
    key = f"address:{added[0] if added else '127.0.0.1'}"
    assert SignInFailures.objects.filter(key__startswith="address:").get().key == key


@pytest.mark.parametrize("forwarded", ["", "10.0.0.1", "unknown, 10.0.0.1", "<script>, 10.0.0.1"])
def test_what_is_no_address_of_the_proxies_leaves_the_neighbours(
    settings: Settings, forwarded: str
) -> None:
    settings.PROXIES = 2
    behind(forwarded)
    assert SignInFailures.objects.filter(key="address:127.0.0.1").exists()


def test_an_old_count_is_forgotten() -> None:
    person("lin")
    for _ in range(4):
        throttle.failed("lin", "10.0.0.1")
    SignInFailures.objects.update(last=timezone.now() - 2 * throttle.FORGOTTEN)
    throttle.failed("lin", "10.0.0.1")
    assert SignInFailures.objects.get(key="name:lin").count == 1


def test_the_wait_is_told_with_how_long() -> None:
    for _ in range(5):
        throttle.failed("lin", "127.0.0.1")
    answer = Client(headers={"Accept-Language": "en"}).post(
        reverse("sign-in"), {"username": "lin", "password": "x"}
    )
    assert answer["Retry-After"].isdigit()
    assert "Too many wrong attempts" in answer.content.decode()


def test_the_present_password_asked_for_at_its_change_slows_down_too() -> None:
    client = Client()
    client.force_login(person("lin", password=PASSWORD))
    chosen = {"new_password1": "quiet-harbour-72", "new_password2": "quiet-harbour-72"}
    given = ["wrong"] * 5 + [PASSWORD]
    codes = [
        client.post(reverse("change-password"), {**chosen, "old_password": one}).status_code
        for one in given
    ]
    assert codes == [422] * 5 + [429]


def test_after_a_wrong_password_one_types_the_password_again() -> None:
    person("lin", password=PASSWORD)
    fresh = Client().get(reverse("sign-in")).content.decode()
    refused = Client().post(reverse("sign-in"), {"username": "lin", "password": "no"})
    for page, name in ((fresh, "username"), (refused.content.decode(), "password")):
        inputs = re.findall(r"<input[^>]* autofocus[^>]*>", page)
        assert [re.findall(r'name="(\w+)"', one) for one in inputs] == [[name]]
