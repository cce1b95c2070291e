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


def test_refusals_say_what_to_do(books: User) -> None:
    request = RequestFactory().get("/")
    request.user = books
    request.resolver_match = None
    request.session = {}
    request._messages = []  # type: ignore[attr-defined]
    with translation.override("en"):
        assert "Ask an administrator" in errors.refused(request).content.decode()
        assert "open for too long" in errors.csrf_refused(request).content.decode()
        assert errors.bad_request(request).status_code == 400


def test_a_page_of_another_method_is_refused(page: Client) -> None:
    assert (
        page.get(reverse("apply", args=["00000000-0000-0000-0000-000000000000"])).status_code == 405
    )
    assert page.post(reverse("portfolio")).status_code == 405
