"""Tokens: made once, kept as a hash, limited in rights, time and number of requests."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from mainstay.foundation import people, tokens
from mainstay.foundation.errors import NotAllowed, ScopesNotHeld, TokenTooLong, TokenUnnamed
from mainstay.foundation.models import ApiToken, AuditEntry, User
from tests.api.callers import BASE, caller, client_with, code_of, expire, token_of
from tests.people import person


def test_the_store_keeps_no_more_than_the_hash(boss: User) -> None:
    secret = token_of(boss, "customers.see")
    row = ApiToken.objects.get()
    assert row.digest == hashlib.sha256(secret.encode()).hexdigest()
    values = [str(value) for value in ApiToken.objects.values().get().values()]
    assert not any(secret in value for value in values)
    assert secret.startswith(row.prefix) and len(secret) - len(row.prefix) > 30


def test_a_token_has_rights_of_its_maker_alone(boss: User) -> None:
    seller = person("seller", "salesperson")
    with pytest.raises(ScopesNotHeld, match=r"people\.manage"):
        tokens.make(seller, "erp", ["customers.see", "people.manage"], 30)
    with pytest.raises(ScopesNotHeld):
        tokens.make(seller, "erp", [], 30)
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_ends_within_a_year(boss: User, days: int) -> None:
    with pytest.raises(TokenTooLong):
        tokens.make(boss, "erp", ["customers.see"], days)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\nb"])
def test_a_token_has_a_name(boss: User, name: str) -> None:
    with pytest.raises(TokenUnnamed):
        tokens.make(boss, name, ["customers.see"], 30)


def test_a_token_makes_no_tokens(boss: User) -> None:
    user, _ = tokens.bearer(token_of(boss))
    with pytest.raises(NotAllowed):
        tokens.make(user, "more", ["customers.see"], 30)


def test_an_expired_token_opens_nothing(boss: User) -> None:
    secret = token_of(boss)
    client = client_with(secret)
    assert client.get(f"{BASE}/me").status_code == 200
    expire(secret)
    answer = client.get(f"{BASE}/me")
    assert (answer.status_code, code_of(answer)) == (401, "token_not_valid")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer mst_x", "Basic YTpi", "Bearer é"]
)
def test_without_a_good_token_nothing_opens(boss: User, header: str) -> None:
    answer = Client(headers={"Authorization": header} if header else {}).get(f"{BASE}/me")
    assert (answer.status_code, code_of(answer)) == (401, "token_not_valid")


def test_a_revoked_token_opens_nothing_and_others_stay(boss: User) -> None:
    first, second = caller(boss), caller(boss)
    tokens.revoke(boss, ApiToken.objects.earliest("pk").pk)
    assert first.get(f"{BASE}/me").status_code == 401
    assert second.get(f"{BASE}/me").status_code == 200


def test_leaving_and_a_new_password_end_all_tokens(boss: User) -> None:
    for end in (people.let_go, people.new_password):
        user = person(f"user-{end.__name__}", "finance")
        client = caller(user)
        assert client.get(f"{BASE}/me").status_code == 200
        end(boss, user.pk)
        assert client.get(f"{BASE}/me").status_code == 401
        assert AuditEntry.objects.filter(
            action="tokens.revoked", subject=f"user:{user.pk}"
        ).exists()


def test_making_and_revoking_are_written_down(boss: User) -> None:
    info, _ = tokens.make(boss, "erp", ["customers.see"], 30)
    tokens.revoke(boss, info.id)
    trail = AuditEntry.objects.filter(subject=f"token:{info.id}").order_by("pk")
    assert [entry.action for entry in trail] == ["token.made", "token.revoked"]
    assert trail[0].facts == {"name": "erp", "scopes": ["customers.see"], "days": 30}


def test_the_last_use_is_known(boss: User) -> None:
    client = caller(boss)
    assert ApiToken.objects.get().last_used_at is None
    client.get(f"{BASE}/me")
    assert ApiToken.objects.get().last_used_at is not None


def test_too_many_requests_of_one_token_wait(boss: User, settings: Settings) -> None:
    settings.API_RATE = 3
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    client = caller(boss)
    assert [client.get(f"{BASE}/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get(f"{BASE}/me")
    assert code_of(answer) == "too_many_requests"
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert caller(boss).get(f"{BASE}/me").status_code == 200


def test_the_page_shows_a_new_token_once(boss: User) -> None:
    browser = Client()
    browser.force_login(boss)
    form = {"do": "make", "name": "ERP", "days": "90", "scope": ["customers.see", "cost.see"]}
    page = browser.post(reverse("me"), form).content.decode()
    secret = page.split("<code>mst_")[1].split("</code>")[0]
    program = client_with(f"mst_{secret}")
    assert program.get(f"{BASE}/me").json()["scopes"] == ["cost.see", "customers.see"]
    assert f"mst_{secret}" not in browser.get(reverse("me")).content.decode()
    browser.post(reverse("me"), {"do": "revoke", "token": ApiToken.objects.get().pk})
    assert program.get(f"{BASE}/me").status_code == 401


def test_the_page_says_what_a_token_lacks(boss: User) -> None:
    browser = Client(headers={"Accept-Language": "en"})
    browser.force_login(boss)
    answer = browser.post(reverse("me"), {"do": "make", "name": "ERP", "days": "90"})
    assert answer.status_code == 422
    assert "at least one right" in answer.content.decode()
    other = person("other", "finance")
    tokens.make(other, "theirs", ["customers.see"], 30)
    answer = browser.post(reverse("me"), {"do": "revoke", "token": ApiToken.objects.get().pk})
    assert answer.status_code == 422
    assert ApiToken.objects.get().revoked_at is None
