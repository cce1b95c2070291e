"""The search box: groups of what its reader may open."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from mainstay.foundation.models import User
from tests.people import only


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
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        box(page, "恒晟")
