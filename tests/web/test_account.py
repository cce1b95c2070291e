"""Sign-in, the one-time password, language and theme."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import User
from mainstay.foundation.people import FIRST
from tests.web import company


def test_signing_in_leads_to_the_page_asked_for(books: User) -> None:
    client = Client()
    wanted = reverse("customers")
    asked = client.get(wanted)
    assert asked.status_code == 302
    answer = client.post(
        asked["Location"], {"username": "lin", "password": company.PASSWORD, "next": wanted}
    )
    assert answer["Location"] == wanted


def test_sign_in_never_leads_to_another_site(books: User) -> None:
    answer = Client().post(
        reverse("sign-in"),
        {"username": "lin", "password": company.PASSWORD, "next": "https://elsewhere.example/"},
    )
    assert answer["Location"] == reverse("home")


def test_a_wrong_password_is_told_without_saying_which_part(reader: User) -> None:
    answer = Client().post(reverse("sign-in"), {"username": "lin", "password": "wrong"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()


def test_a_one_time_password_opens_nothing_but_its_own_change(db: None) -> None:
    user = company.user("new", *FIRST, must_change_password=True)
    client = Client()
    client.force_login(user)
    assert client.get(reverse("portfolio"))["Location"] == reverse("change-password")
    chosen = {"new_password1": "quiet-harbour-72", "new_password2": "quiet-harbour-72"}
    assert client.post(reverse("change-password"), chosen).status_code == 302
    user.refresh_from_db()
    assert not user.must_change_password
    assert client.get(reverse("home")).status_code == 302


def test_another_password_asks_for_the_present_one(page: Client, books: User) -> None:
    chosen = {"new_password1": "quiet-harbour-72", "new_password2": "quiet-harbour-72"}
    refused = page.post(reverse("change-password"), {**chosen, "old_password": "not it"})
    assert refused.status_code == 422
    taken = page.post(reverse("change-password"), {**chosen, "old_password": company.PASSWORD})
    assert taken.status_code == 302
    books.refresh_from_db()
    assert books.check_password("quiet-harbour-72")


def test_language_and_theme_are_kept_with_the_user(page: Client, books: User) -> None:
    back = reverse("customers")
    page.post(reverse("set-preferences"), {"language": "zh-hans", "next": back})
    page.post(reverse("set-preferences"), {"theme": "dark", "next": back})
    books.refresh_from_db()
    assert (books.language, books.theme) == ("zh-hans", "dark")
    text = page.get(back).content.decode()
    assert '<html lang="zh-Hans" data-theme="dark">' in text
    assert "净销售额" in text


def test_before_sign_in_the_choice_stays_in_the_browser(db: None) -> None:
    client = Client()
    client.post(reverse("set-preferences"), {"language": "en"})
    client.post(reverse("set-preferences"), {"theme": "dark"})
    text = client.get(reverse("sign-in")).content.decode()
    assert '<html lang="en" data-theme="dark">' in text


def test_an_unknown_language_or_theme_changes_nothing(page: Client, books: User) -> None:
    page.post(reverse("set-preferences"), {"language": "xx", "theme": "pink"})
    books.refresh_from_db()
    assert (books.language, books.theme) == ("en", "system")
