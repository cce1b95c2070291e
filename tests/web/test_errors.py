"""Pages for what went wrong."""

from __future__ import annotations

from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from mainstay.foundation.models import User
from mainstay.web.views import errors


def test_a_crash_is_told_without_the_database() -> None:
    with translation.override("en"):
        response = errors.crashed(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Nothing was half done." in response.content.decode()


def test_refusals_say_what_to_do(page: Client) -> None:
    request = page.get(reverse("portfolio")).wsgi_request
    with translation.override("en"):
        assert "Ask an administrator" in errors.refused(request).content.decode()
        assert errors.bad_request(request).status_code == 400


def test_a_form_that_lost_its_token_is_refused(books: User) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    strict.force_login(books)
    response = strict.post(reverse("demo"))
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_a_page_of_another_method_is_refused(page: Client) -> None:
    assert (
        page.get(reverse("apply", args=["00000000-0000-0000-0000-000000000000"])).status_code == 405
    )
    assert page.post(reverse("portfolio")).status_code == 405
