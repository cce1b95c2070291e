"""The search box: groups of what its reader may open."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from mainstay.foundation import throttle
from mainstay.foundation.models import AuditEntry, User
from mainstay.parties import contacts
from tests.people import hold, only


def box(page: Client, query: str) -> str:
    answer = page.get(reverse("search"), {"q": query}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "<html" not in text
    return text


def test_a_customer_is_found_by_name_pinyin_and_code(page: Client) -> None:
    for query in ("恒晟", "hengsheng", "szhs", "C001"):
        assert reverse("customer", args=["C001"]) in box(page, query), query
    assert "Class A" in box(page, "C001")


def test_a_document_is_found_by_the_beginning_of_its_number(page: Client) -> None:
    for query in ("XS-000", "xs-0003"):
        assert "XS-0003" in box(page, query), query
    assert "¥333,333.33" in box(page, "XS-0003")


def test_pages_are_found_in_both_languages_by_whoever_may_open_them(
    page: Client, books: User
) -> None:
    for query in ("people", "人员", "ry", "renyuan"):
        assert reverse("people") in box(page, query), query
    only(books, "salesperson")
    assert reverse("people") not in box(page, "people")
    assert reverse("terms") in box(page, "terms")


def test_what_is_not_there_is_said_and_nothing_is_run(page: Client) -> None:
    strange = "<script>alert(1)</script>"
    assert "Nothing is called that" in box(page, strange)
    whole = page.get(reverse("search"), {"q": strange}).content.decode()
    assert strange not in whole
    assert escape(strange) in whole or "&lt;script&gt;" in whole


def test_the_box_costs_few_queries(page: Client, django_assert_max_num_queries: object) -> None:
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        box(page, "恒晟")


@pytest.fixture
def three_look_ups(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three numbers an hour, counted in this process."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    monkeypatch.setattr(throttle, "LOOK_UPS", 3)


@pytest.mark.usefixtures("three_look_ups")
def test_telephone_numbers_are_looked_up_so_often_and_no_more(page: Client, books: User) -> None:
    hold(books, "data_protection")
    contacts.add(hold(books, "salesperson"), "C001", {"name": "王芳", "mobile": "13800138000"})
    for number in ("13800138000", "138 0013 8000", "1380"):
        assert reverse("customer", args=["C001"]) in box(page, number)
    answer = page.get(reverse("search"), {"q": "1381"}, headers={"HX-Request": "true"})
    text = answer.content.decode()
    assert (answer.status_code, "<html" in text) == (429, False)
    assert "More than 3 look-ups of telephone numbers in an hour." in text
    assert int(answer["Retry-After"]) > 0
    for address in ("search", "customers"):
        whole = page.get(reverse(address), {"q": "1382"})
        assert whole.status_code == 429
        assert "Too often" in whole.content.decode()
    for query in ("王芳", "C001", "恒晟"):  # what is no number goes on
        assert reverse("customer", args=["C001"]) in box(page, query)
    entry = AuditEntry.objects.get(action="look_ups.slowed")  # once, and without the number
    assert (entry.subject, entry.facts) == (f"user:{books.pk}", {"count": 3})


@pytest.mark.usefixtures("three_look_ups")
def test_who_finds_nobody_by_a_number_is_not_counted(page: Client, books: User) -> None:
    only(books, "auditor")
    for _ in range(5):
        assert "Nothing is called that" in box(page, "13800138000")
