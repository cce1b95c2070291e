"""Sign-in with a second step: set up, asked for, needed by a role, turned off."""

from __future__ import annotations

import base64
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mainstay.foundation import second_step
from mainstay.foundation.models import AuditEntry, Role, Session, User
from mainstay.web.views import sign_in
from tests.people import administrator
from tests.web import company
from tests.web.test_pages import routes

pytestmark = pytest.mark.django_db
HERE = "127.0.0.1"
STEP = reverse("second-step")


@pytest.fixture
def lin() -> User:
    return company.user("lin", "salesperson", language="en")


def text(client: Client, address: str = STEP) -> str:
    return client.get(address).content.decode()


def secret_on(page: str) -> bytes:
    found = re.search(r"<code>((?:[A-Z2-7]{4} ?)+)</code>", page)
    assert found
    return base64.b32decode(found[1].replace(" ", ""))


def code_of(secret: bytes, ahead: int = 0) -> str:
    return second_step.code_at(secret, int(timezone.now().timestamp()) // 30 + ahead)


def set_up(client: Client) -> tuple[bytes, list[str]]:
    """Set a second step up by the page; its secret and the recovery codes."""
    secret = secret_on(text(client))
    answer = client.post(STEP, {"do": "confirm", "code": code_of(secret)})
    assert answer.status_code == 200
    codes = re.findall(r"<li><code>([A-Z2-7-]{29})</code>", answer.content.decode())
    assert len(codes) == 10
    return secret, codes


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def password(client: Client, user: User, next_: str = "") -> str:
    """Give the password; where it leads."""
    answer = client.post(
        reverse("sign-in"),
        {"username": user.username, "password": company.PASSWORD, "next": next_},
    )
    assert answer.status_code == 302
    return str(answer["Location"])


def test_the_page_shows_the_same_secret_until_a_code_proves_it(lin: User) -> None:
    client = browser(lin)
    first = text(client)
    assert secret_on(first) == secret_on(text(client))
    assert '<svg width="' in first and "style=" not in first
    wrong = client.post(STEP, {"do": "confirm", "code": "abcdef"})
    assert wrong.status_code == 422
    assert secret_on(wrong.content.decode()) == secret_on(first)
    set_up(client)
    assert "It is on" in text(client)


def test_recovery_codes_show_once(lin: User) -> None:
    client = browser(lin)
    _, codes = set_up(client)
    assert codes[0] not in text(client) + text(client, reverse("me"))


def test_the_code_comes_after_the_password_and_before_everything_else(lin: User) -> None:
    secret, _ = set_up(browser(lin))
    client = Client()
    wanted = reverse("customers")
    assert password(client, lin, wanted) == reverse("sign-in-code")
    assert client.get(wanted)["Location"].startswith(reverse("sign-in"))
    before = client.session.session_key
    wrong = client.post(reverse("sign-in-code"), {"code": "000000"})
    assert wrong.status_code == 422
    right = client.post(reverse("sign-in-code"), {"code": code_of(secret, 1)})
    assert right["Location"] == wanted
    assert client.session.session_key != before
    assert client.get(reverse("me")).status_code == 200
    entry = AuditEntry.objects.get(action="session.begun")
    assert (entry.actor, entry.facts["second_step"]) == (lin, True)


def test_a_code_that_was_taken_opens_no_second_browser(lin: User) -> None:
    secret, _ = set_up(browser(lin))
    code = code_of(secret, 1)
    for expected in (302, 422):
        client = Client()
        password(client, lin)
        assert client.post(reverse("sign-in-code"), {"code": code}).status_code == expected


def test_a_recovery_code_opens_once(lin: User) -> None:
    _, codes = set_up(browser(lin))
    for expected in (302, 422):
        client = Client()
        password(client, lin)
        answer = client.post(reverse("sign-in-code"), {"code": codes[0]})
        assert answer.status_code == expected
    assert AuditEntry.objects.filter(action="recovery_code.used").count() == 1


def test_wrong_codes_are_slowed_down(lin: User) -> None:
    set_up(browser(lin))
    client = Client()
    password(client, lin)
    codes = [client.post(reverse("sign-in-code"), {"code": "x"}) for _ in range(6)]
    assert [answer.status_code for answer in codes] == [422] * 5 + [429]
    assert codes[-1]["Retry-After"].isdigit()


def test_the_code_page_opens_only_after_the_password(lin: User) -> None:
    secret, _ = set_up(browser(lin))
    stranger = Client()
    answer = stranger.post(reverse("sign-in-code"), {"code": code_of(secret, 1)})
    assert answer["Location"] == reverse("sign-in")


@pytest.mark.parametrize("change", ["late", "password", "left"])
def test_half_a_sign_in_does_not_outlast_what_it_rests_on(
    lin: User, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = set_up(browser(lin))
    client = Client()
    password(client, lin)
    if change == "late":
        monkeypatch.setattr(sign_in, "HALF_LIFE", -1)
    elif change == "password":
        lin.set_password("quite another 72")
        lin.save()
    else:
        User.objects.filter(pk=lin.pk).update(is_active=False)
    answer = client.post(reverse("sign-in-code"), {"code": code_of(secret, 1)})
    assert answer["Location"] == reverse("sign-in")
    assert "_auth_user_id" not in client.session


def test_setting_it_up_signs_out_elsewhere(lin: User) -> None:
    here, there = browser(lin), browser(lin)
    set_up(here)
    assert here.get(reverse("me")).status_code == 200
    assert there.get(reverse("me")).status_code == 302


def test_whose_role_asks_for_it_sets_it_up_and_opens_nothing_else(lin: User) -> None:
    Role.objects.filter(name="salesperson").update(second_step=True)
    client = Client()
    password(client, lin)
    for name, address in routes():
        if name in {"sign-out", "set-preferences", "second-step"}:
            continue
        for send in (client.get, client.post):
            answer = send(address)
            assert (answer.status_code, answer.get("Location")) == (302, STEP), name
    assert "Your role asks for it" in text(client)
    set_up(client)
    assert client.get(reverse("customers"))["Location"] == reverse("start")  # no grades yet
    off = client.post(STEP, {"do": "off", "password": company.PASSWORD})
    assert off.status_code == 422 and second_step.is_set_up(lin)


def test_a_one_time_password_comes_first_then_the_second_step() -> None:
    user = company.user("new", "salesperson", language="en", must_change_password=True)
    Role.objects.filter(name="salesperson").update(second_step=True)
    client = browser(user)
    assert client.get(reverse("me"))["Location"] == reverse("change-password")
    chosen = {"new_password1": "quiet-harbour-72", "new_password2": "quiet-harbour-72"}
    client.post(reverse("change-password"), chosen)
    assert client.get(reverse("me"))["Location"] == STEP


@pytest.mark.parametrize("what", ["renew", "codes", "off"])
def test_changes_ask_for_the_password(lin: User, what: str) -> None:
    client = browser(lin)
    set_up(client)
    for given in ("", "wrong"):
        refused = client.post(STEP, {"do": what, "password": given})
        assert refused.status_code == 422
    assert second_step.is_set_up(lin)
    taken = client.post(STEP, {"do": what, "password": company.PASSWORD})
    assert taken.status_code == (200 if what == "codes" else 302)
    assert second_step.is_set_up(lin) == (what != "off")


def test_renewing_keeps_the_old_app_until_the_new_one_is_proved(lin: User) -> None:
    client = browser(lin)
    old, _ = set_up(client)
    client.post(STEP, {"do": "renew", "password": company.PASSWORD})
    new = secret_on(text(client))
    assert new != old
    second_step.prove(lin, code_of(old, 1), HERE)
    client.post(STEP, {"do": "leave"})
    assert "It is on" in text(client)
    client.post(STEP, {"do": "renew", "password": company.PASSWORD})
    newer = secret_on(text(client))
    client.post(STEP, {"do": "confirm", "code": code_of(newer)})
    second_step.prove(lin, code_of(newer, 1), HERE)


def test_an_administrator_says_so_of_a_role_and_resets_a_person(lin: User) -> None:
    boss = administrator("boss", language="en")
    client = browser(boss)
    role = reverse("role", args=["salesperson"])
    asked = {"reach": "own", "right": ["customers.see"], "second_step": "on"}
    client.post(role, {**asked, "sure": "1"})
    assert Role.objects.get(name="salesperson").second_step
    assert 'name="second_step" checked' in text(client, role)
    theirs = browser(lin)
    set_up(theirs)
    page = reverse("person", args=[lin.pk])
    assert "The second step is on." in text(client, page)
    assert client.post(page, {"do": "second-step", "reason": ""}).status_code == 422
    assert client.post(page, {"do": "second-step", "reason": "lost"}).status_code == 302
    assert not second_step.is_set_up(lin)
    assert theirs.get(reverse("me")).status_code == 302
    assert not Session.objects.filter(user=lin).exists()


def test_who_would_be_stopped_is_named_before_a_role_asks_for_it(lin: User) -> None:
    company.user("gone", "salesperson", is_active=False)
    company.user("has-one", "salesperson")
    set_up(browser(User.objects.get(username="has-one")))
    client = browser(administrator("boss", language="en"))
    role = reverse("role", args=["salesperson"])
    assert "1 person who holds the role has none yet" in text(client, role)
    asked = {"reach": "own", "right": ["customers.see"], "second_step": "on"}
    shown = client.post(role, asked).content.decode()
    assert "Not saved yet." in shown
    assert " lin" in shown and "has-one" not in shown and "gone" not in shown
    assert 'name="second_step" checked' in shown  # as it was given
    assert not Role.objects.get(name="salesperson").second_step
    assert client.post(role, {**asked, "sure": "1"}).status_code == 302
    assert Role.objects.get(name="salesperson").second_step
    assert client.post(role, asked).status_code == 302  # it stands already: nothing to confirm
    nobody = reverse("role", args=["auditor"])
    assert "none yet" not in text(client, nobody)
    assert client.post(nobody, asked).status_code == 302
