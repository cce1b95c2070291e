"""Sign-in by a provider (OpenID Connect), against a real one on the loopback address."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from joserfc.jwk import OctKey, RSAKey
from pytest_django import Settings

from mainstay.foundation import accounts, provider, second_step
from mainstay.foundation.errors import ProviderOff, ProviderSilent
from mainstay.foundation.models import AuditEntry, ProviderAccount, Role, Session, User
from tests import oidc
from tests.people import administrator
from tests.services.test_second_step import with_step
from tests.web import company

pytestmark = pytest.mark.django_db
START, BACK = reverse("sign-in-provider"), reverse("sign-in-back")


@pytest.fixture
def lin() -> User:
    return company.user("lin", "salesperson", language="en", email="lin@example.com")


@pytest.fixture
def house(settings: Settings) -> Iterator[oidc.Provider]:
    """The firm's provider, who vouches for lin's mail address."""
    with oidc.provider() as made:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = made.issuer, oidc.CLIENT
        settings.OIDC_CLIENT_SECRET, settings.OIDC_CLAIM = oidc.SECRET, "email"
        made.person = {"sub": "s-1", "email": "Lin@Example.com", "email_verified": True}
        yield made


def come_back(house: oidc.Provider, client: Client, to: str = "") -> Any:
    """Go to the provider and come back; the answer then."""
    there = client.get(START, {"next": to})
    assert there.status_code == 302
    return client.get(house.authorize(there["Location"]))


def is_in(client: Client) -> bool:
    return client.get(reverse("me")).status_code == 200


def test_without_a_provider_there_is_neither_button_nor_door(lin: User) -> None:
    client = Client()
    assert START not in client.get(reverse("sign-in")).content.decode()
    for address in (START, BACK):
        assert client.get(address)["Location"] == reverse("sign-in")
    with pytest.raises(ProviderOff):
        provider.look()


def test_the_first_time_links_the_account_with_that_mail_address(
    lin: User, house: oidc.Provider
) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert f'href="{START}"' in client.get(reverse("sign-in")).content.decode()
    answer = come_back(house, client, reverse("customers"))
    assert answer["Location"] == reverse("customers")
    assert is_in(client)
    link = ProviderAccount.objects.get()
    assert (link.user, link.issuer, link.subject) == (lin, house.issuer, "s-1")
    entry = AuditEntry.objects.get(action="provider.linked")
    assert (entry.actor, entry.facts["sub"]) == (lin, "s-1")
    assert AuditEntry.objects.get(action="session.begun").facts["by"] == "provider"


def test_what_is_asked_has_state_nonce_and_pkce(lin: User, house: oidc.Provider) -> None:
    come_back(house, Client())
    come_back(house, Client())
    one, other = house.asked
    assert one["code_challenge_method"] == "S256" and one["response_type"] == "code"
    assert one["redirect_uri"] == f"http://testserver{BACK}"
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name]) >= 20 and one[name] != other[name], name


def test_afterwards_the_subject_counts_whatever_the_address_says(
    lin: User, house: oidc.Provider
) -> None:
    come_back(house, Client())
    other = company.user("wang", "salesperson", email="wang@example.com")
    house.person |= {"email": "wang@example.com"}
    client = Client()
    come_back(house, client)
    assert int(client.session["_auth_user_id"]) == lin.pk != other.pk
    assert AuditEntry.objects.filter(action="provider.linked").count() == 1


def test_another_subject_does_not_take_a_linked_account(lin: User, house: oidc.Provider) -> None:
    come_back(house, Client())
    house.person |= {"sub": "s-2"}
    client = Client()
    assert come_back(house, client).status_code == 403
    assert not is_in(client)
    assert ProviderAccount.objects.get().subject == "s-1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "of another"}, {"nonce": None}, {"aud": "another-app"}, {"aud": None},
        {"aud": ["another-app", "third"]}, {"iss": "https://elsewhere.example"}, {"iss": None},
        {"exp": 1_000_000_000}, {"exp": None}, {"iat": 4_000_000_000},
        {"sub": None}, {"sub": 7}, {"sub": ""}, {"azp": "another-app"},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_with_a_wrong_claim_opens_nothing(
    lin: User, house: oidc.Provider, wrong: dict[str, Any]
) -> None:
    house.wrong = wrong
    client = Client()
    assert come_back(house, client).status_code == 403
    assert not is_in(client)
    assert not ProviderAccount.objects.exists()


def test_a_token_signed_by_another_opens_nothing(lin: User, house: oidc.Provider) -> None:
    house.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    client = Client()
    assert come_back(house, client).status_code == 403
    assert not is_in(client)


def test_a_token_signed_with_what_we_share_opens_nothing(lin: User, house: oidc.Provider) -> None:
    house.signs_with = OctKey.import_key(oidc.SECRET.encode() * 2)
    house.header = {"alg": "HS256", "kid": "one"}
    client = Client()
    assert come_back(house, client).status_code == 403
    assert not is_in(client)


def test_an_answer_counts_once_and_in_the_browser_that_asked(
    lin: User, house: oidc.Provider
) -> None:
    client, stranger = Client(), Client()
    back = house.authorize(client.get(START)["Location"])
    assert stranger.get(back).status_code == 403
    assert client.get(back).status_code == 302
    client.logout()
    assert client.get(back).status_code == 403
    again = house.authorize(client.get(START)["Location"])
    assert client.get(again).status_code == 302
    client.post(reverse("sign-out"))
    assert client.get(again).status_code == 403


@pytest.mark.parametrize("query", [{}, {"error": "access_denied"}, {"code": "x", "state": "y"}])
def test_an_answer_nobody_asked_for_opens_nothing(
    lin: User, house: oidc.Provider, query: dict[str, str]
) -> None:
    client = Client(headers={"Accept-Language": "en"})
    answer = client.get(BACK, query)
    assert answer.status_code == 403
    assert "not valid" in answer.content.decode()


def test_a_made_up_answer_puts_no_words_on_our_page(lin: User, house: oidc.Provider) -> None:
    answer = Client().get(BACK, {"error": "Call 555", "error_description": "Call 555"})
    assert answer.status_code == 403
    assert "Call 555" not in answer.content.decode()


@pytest.mark.parametrize(
    "person",
    [
        {"email": "nobody@example.com"}, {"email": ""}, {"email_verified": False},
        {"email_verified": "true"}, {"email_verified": None}, {"email": None}, {"email": ["lin"]},
    ],
    ids=str,
)  # fmt: skip
def test_whom_no_account_goes_with_gets_none(
    lin: User, house: oidc.Provider, person: dict[str, Any]
) -> None:
    house.person |= person
    people = User.objects.count()
    client = Client(headers={"Accept-Language": "en"})
    answer = come_back(house, client)
    assert answer.status_code == 403
    assert "no account here goes with it" in answer.content.decode()
    assert User.objects.count() == people
    assert not ProviderAccount.objects.exists()


def test_two_accounts_with_one_address_are_not_guessed_between(
    lin: User, house: oidc.Provider
) -> None:
    company.user("twin", "finance", email="lin@example.com")
    assert come_back(house, Client()).status_code == 403


def test_a_closed_account_stays_closed(lin: User, house: oidc.Provider) -> None:
    come_back(house, Client())
    User.objects.filter(pk=lin.pk).update(is_active=False)
    assert come_back(house, Client()).status_code == 403
    ProviderAccount.objects.all().delete()
    assert come_back(house, Client()).status_code == 403


def test_a_user_name_may_be_what_is_matched(
    lin: User, house: oidc.Provider, settings: Settings
) -> None:
    settings.OIDC_CLAIM = "preferred_username"
    house.person = {"sub": "s-1"}
    house.extra = {"preferred_username": "lin"}  # told by the page about the person alone
    client = Client()
    come_back(house, client)
    assert is_in(client)


def test_the_second_step_is_asked_for_unless_the_provider_saw_to_it(
    lin: User, house: oidc.Provider
) -> None:
    codes = with_step(lin)
    client = Client()
    assert come_back(house, client)["Location"] == reverse("sign-in-code")
    assert not is_in(client)
    client.post(reverse("sign-in-code"), {"code": codes[0]})
    assert is_in(client)
    house.person["amr"] = ["pwd", "mfa"]
    strong = Client()
    come_back(house, strong)
    assert is_in(strong)


def test_a_role_that_asks_for_a_second_step_holds_for_the_provider_too(
    lin: User, house: oidc.Provider
) -> None:
    Role.objects.filter(name="salesperson").update(second_step=True)
    client = Client()
    come_back(house, client)
    assert client.get(reverse("me"))["Location"] == reverse("second-step")
    house.person["amr"] = ["mfa"]
    strong = Client()
    come_back(house, strong)
    assert is_in(strong)
    assert not second_step.is_set_up(lin)


def test_a_one_time_password_never_used_does_not_stand_in_the_way(house: oidc.Provider) -> None:
    company.user(
        "lin", "salesperson", email="lin@example.com", must_change_password=True
    )  # fmt: skip
    client = Client()
    come_back(house, client)
    assert is_in(client)


def test_an_administrator_undoes_a_link(lin: User, house: oidc.Provider) -> None:
    client = Client()
    come_back(house, client)
    accounts.unlink(administrator("boss"), lin.pk, "new account at the provider")
    assert not is_in(client)
    house.person |= {"sub": "s-2"}
    come_back(house, client)
    assert is_in(client)
    assert AuditEntry.objects.get(action="provider.unlinked").reason


def test_a_page_elsewhere_is_not_led_to(lin: User, house: oidc.Provider) -> None:
    assert come_back(house, Client(), "https://elsewhere.example/")["Location"] == reverse("home")


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"}, {"token_endpoint": "http://elsewhere.example/t"},
        {"jwks_uri": None}, {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)  # fmt: skip
def test_a_provider_that_is_not_what_it_should_be_is_told(
    lin: User, house: oidc.Provider, metadata: dict[str, Any]
) -> None:
    house.metadata = metadata
    answer = Client(headers={"Accept-Language": "en"}).get(START)
    assert answer.status_code == 403
    assert "does not answer as it should" in answer.content.decode()


def test_a_provider_that_is_away_or_unsafe_is_told(lin: User, settings: Settings) -> None:
    settings.OIDC_CLIENT_ID = oidc.CLIENT
    for issuer in ("http://127.0.0.1:1", "http://elsewhere.example"):
        settings.OIDC_ISSUER = issuer
        with pytest.raises(ProviderSilent):
            provider.look()
        assert Client().get(START).status_code == 403


def test_where_the_provider_fails_the_password_still_opens(lin: User, settings: Settings) -> None:
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = "http://127.0.0.1:1", oidc.CLIENT
    client = Client()
    for address in (START, BACK):
        shown = client.get(address, {"next": reverse("me")}).content.decode()
        form = shown[shown.index('<form class="form"') :].partition("</form>")[0]
        action = re.match(r'[^>]*action="([^"]+)"', form)
        assert action
        hidden = dict(re.findall(r'name="(next)" value="([^"]*)"', form))
        given = {"username": "lin", "password": company.PASSWORD, **hidden}
        answer = client.post(action[1], given)
        assert (answer.status_code, answer["Location"]) == (302, reverse("me")), address
        client.post(reverse("sign-out"))
        client.get(START, {"next": reverse("me")})


IN_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
"""As it serves; other tests remember nothing."""


@pytest.fixture
def remembering(settings: Settings) -> Iterator[None]:
    settings.CACHES = IN_MEMORY
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("metadata", [{}, {"issuer": "https://elsewhere.example"}], ids=str)
def test_anybody_who_asks_makes_the_provider_answer_but_once(
    house: oidc.Provider, metadata: dict[str, Any]
) -> None:
    house.metadata = metadata
    codes = {Client().get(START).status_code for _ in range(3)}
    assert codes == ({403} if metadata else {302})
    assert house.looked_at == 1


@pytest.mark.usefixtures("remembering")
def test_keys_are_asked_for_at_each_sign_in(lin: User, house: oidc.Provider) -> None:
    come_back(house, Client())
    house.key = house.signs_with = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    client = Client()
    come_back(house, client)
    assert is_in(client)


@pytest.mark.usefixtures("remembering")
def test_one_address_asks_so_often_a_minute(
    house: oidc.Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mainstay.web.views.provider.RATE", 3)
    monkeypatch.setattr("mainstay.foundation.rates.time.time", lambda: 1_800_000_010.0)
    answers = [Client(REMOTE_ADDR="10.0.0.1").get(START) for _ in range(5)]
    assert [one.status_code for one in answers] == [302, 302, 302, 429, 429]
    assert answers[-1]["Retry-After"] == "50"
    assert Session.objects.count() == 3
    assert Client(REMOTE_ADDR="10.0.0.2").get(START).status_code == 302


def test_a_session_of_nobody_ends_in_an_hour(house: oidc.Provider) -> None:
    Client().get(START)
    row = Session.objects.get()
    assert row.expire_date - row.begun_at == dt.timedelta(hours=1)


def test_a_provider_that_sends_us_elsewhere_is_not_followed(house: oidc.Provider) -> None:
    house.moved = True
    with pytest.raises(ProviderSilent, match="TooManyRedirects"):
        provider.look()


@pytest.mark.parametrize(("site", "goes"), [("cross-site", False), ("same-origin", True)])
def test_a_page_elsewhere_begins_no_session(house: oidc.Provider, site: str, goes: bool) -> None:
    answer = Client(headers={"Sec-Fetch-Site": site}).get(START)
    assert answer["Location"].startswith(house.issuer) == goes


def test_the_command_tells_what_the_provider_says(house: oidc.Provider) -> None:
    found = provider.look()
    assert (found.issuer, found.page) == (house.issuer, f"{house.issuer}/authorize")
    assert (found.signs, found.claim) == (("RS256",), "email")
