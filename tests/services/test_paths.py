"""The ways the app tells are the engine's own on the same books, and say nothing to whom they may
not.
"""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from mainstay.foundation.models import Job, User
from mainstay.insights import facts_out
from mainstay.insights import services as insights
from mainstay.insights.errors import CustomerNotFound, NotGraded
from mainstay.insights.models import Deciding, Grade, Run, Snapshot
from mainstay.insights.selectors.paths import CustomerPaths, paths
from mainstay_engine.path import find_paths
from tests.people import person, with_rights

SCHEMES = ("abc", "abc_capped", "value5", "behaviour")


@pytest.fixture
def owner(db: None, shared_books: tuple[User, Job]) -> User:
    return shared_books[0]


@pytest.fixture
def graded(db: None, shared_books: tuple[User, Job]) -> Job:
    shared_books[1].refresh_from_db()
    return shared_books[1]


def told(found: CustomerPaths) -> list[tuple[str, tuple[tuple[str, Decimal, Decimal], ...]]]:
    """Ways up in major units, as the engine states them."""
    exponent = found.run.exponent

    def major(value: float, unit: str) -> Decimal:
        number = Decimal(repr(value))
        return number.scaleb(-exponent) if unit == "money" else number

    return [
        (way.klass, tuple((m.metric, major(m.was, m.unit), major(m.to, m.unit)) for m in way.moves))
        for way in found.up
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_they_are_the_engine_s_on_the_same_books(graded: Job, owner: User, scheme: str) -> None:
    facts = facts_out.facts_of_books()
    run = Run.objects.get(scheme=scheme, snapshot=Snapshot.objects.latest("as_of", "pk"))
    compared = 0
    for grade in Grade.objects.filter(run=run).order_by("-class_order", "pk")[:6]:
        code = grade.customer.code
        ours = paths(owner, code, scheme)
        theirs = find_paths(facts, code, scheme, as_of=run.snapshot.as_of)
        assert ours.klass == grade.klass == theirs.class_id
        assert told(ours) == [
            (path.to_class, tuple((c.metric, c.was, c.to) for c in path.changes))
            for path in theirs.up
        ]
        assert len(ours.down) == len(theirs.down)
        compared += len(ours.up)
    assert compared or scheme == "behaviour"


def test_without_a_scheme_it_is_the_headline_s(graded: Job, owner: User) -> None:
    code = Grade.objects.filter(run__scheme="abc", klass="C")[0].customer.code
    assert paths(owner, code) == paths(owner, code, "abc")


def test_what_rests_on_cost_is_not_told_to_whom_may_not_see_it(graded: Job) -> None:
    blind = with_rights(person("blind"), "customers.see")
    code = Grade.objects.filter(run__scheme="value5")[0].customer.code
    found = paths(blind, code, "value5")
    assert (found.up, found.down, found.klass) == ((), (), "")
    assert found.missing is not None
    assert "cost" in found.missing["en"]
    assert paths(blind, code, "abc").missing is None


def test_only_customers_within_reach_and_schemes_that_ran(graded: Job, owner: User) -> None:
    code = Grade.objects.filter(run__scheme="abc")[0].customer.code
    nobody = with_rights(person("outside"), "customers.see", reach="own")
    with pytest.raises(CustomerNotFound):
        paths(nobody, code)
    with pytest.raises(NotGraded):
        paths(owner, code, "no-such-scheme")


def test_only_the_newest_grading_keeps_what_they_need(graded: Job, owner: User) -> None:
    assert Deciding.objects.values_list("snapshot", flat=True).distinct().count() == 1
    before = Snapshot.objects.latest("as_of", "pk")
    again = insights.grade_all(owner)
    assert set(Deciding.objects.values_list("snapshot", flat=True)) == {again.pk} != {before.pk}


@pytest.fixture
def page(graded: Job, owner: User) -> Client:
    """The owner's browser."""
    client = Client()
    client.force_login(owner)
    return client


def of_class(klass: str) -> str:
    """The code of somebody in that class of ABC."""
    grades = Grade.objects.filter(run__scheme="abc", klass=klass)
    return str(grades.order_by("-run", "rank").values_list("customer__code", flat=True)[0])


def text_of(response: object) -> str:
    assert isinstance(response, HttpResponse)
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_a_page_says_what_would_lift_and_what_would_lose(page: Client, owner: User) -> None:
    code = of_class("C")
    told = text_of(page.get(reverse("customer-path", args=[code])))
    for way in paths(owner, code).up:
        (move,) = way.moves
        assert f"{move.to / 100:,.2f}" in told
    assert "净销售额" in told


def test_the_customer_s_page_asks_for_its_part(page: Client) -> None:
    code = of_class("C")
    address = reverse("customer-path", args=[code])
    assert f'hx-get="{address}?scheme=abc"' in text_of_source(page, code)
    part = page.get(address, {"scheme": "abc"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "净销售额" in part.content.decode()


def text_of_source(page: Client, code: str) -> str:
    return page.get(reverse("customer", args=[code])).content.decode()


def test_who_is_best_reads_so_and_what_would_lose_it(page: Client) -> None:
    told = text_of(page.get(reverse("customer-path", args=[of_class("A")])))
    assert "已是最高等级" in told
    assert "什么会使其降级" in told


def test_no_such_scheme_is_no_page(page: Client) -> None:
    address = reverse("customer-path", args=[of_class("A")])
    assert page.get(address, {"scheme": "nope"}).status_code == 404
