"""Queries whose SQL is kept: each asker's own values and rights go in, nobody else's come out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from mainstay.foundation import compiled
from mainstay.foundation.compiled import ask
from mainstay.foundation.models import Job, Territory, User
from mainstay.foundation.permissions import forget
from mainstay.insights import selectors
from mainstay.insights.selectors import Filters
from mainstay.parties import owners
from mainstay.parties.models import Assignment, Customer
from tests.people import hold, only, person


@pytest.fixture
def reader(db: None, shared_books: tuple[User, Job]) -> User:
    return shared_books[0]


def coded(code: Any, day: Any) -> QuerySet[Any]:
    found = Customer.objects.filter(code__gte=code).exclude(since=day)
    return found.order_by("code").values_list("code", "since")


def test_values_go_in_anew_each_time_and_come_out_as_the_model_has_them(reader: User) -> None:
    Customer.objects.update(since=date(2020, 2, 29))
    far = date(1900, 1, 1)
    for code in ("C03", "C10", "C03", "'; --"):
        found = ask("coded", coded, code=code, day=far)
        assert found == list(coded(code, far))
        assert {type(since) for _, since in found} == {date}


def test_what_finds_nobody_is_asked_again(reader: User) -> None:
    def nobody() -> QuerySet[Any]:
        return Customer.objects.filter(pk__in=()).values_list("pk")

    assert ask("nobody", nobody) == ask("nobody", nobody) == []


def test_only_so_many_are_kept(reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_kept", {})
    monkeypatch.setattr(compiled, "LARGEST", 3)
    for number in range(10):
        assert ask(number, coded, code="C12", day=date(1900, 1, 1))[0][0] == "C12"
        assert len(compiled._kept) <= 3


def shown(user: User, **asked: Any) -> set[str]:
    forget(user)
    page = selectors.customer_page(user, scheme="abc", **asked)
    return {row.code for row in page.rows}


def test_two_with_the_same_role_see_their_own_customers_alone(reader: User) -> None:
    for number, who in enumerate(("one", "two", "three"), start=3):
        seller = person(who, "salesperson")
        customer = Customer.objects.get(code=f"C{number:02}")
        Assignment.objects.filter(customer=customer).delete()
        Assignment.objects.create(
            customer=customer, user=seller, duty="owner", source="hand", since=date(2020, 1, 1)
        )
        owners.restate()
        for sort in ("-net_sales", "code", "class"):
            assert shown(seller, sort=sort) == {customer.code}
    assert len(shown(reader, sort="-net_sales")) == 12


def test_another_role_shows_other_customers_at_once(reader: User) -> None:
    seller = person("wan", "sales_director")
    assert len(shown(seller)) == 12
    only(seller, "salesperson")
    assert shown(seller) == set()
    region = Customer.objects.get(code="C05").region
    here = Territory.objects.create(name="here", regions=[region])
    Customer.objects.filter(region=region).update(territory=here)
    inside = set(Customer.objects.filter(territory=here).values_list("code", flat=True))
    hold(only(seller), "sales_director", territory=here)
    assert shown(seller) == inside
    assert shown(seller, filters=Filters(region=region)) == inside
    assert shown(seller, filters=Filters(region="nowhere")) == set()
    only(seller, "sales_director")
    assert len(shown(seller)) == 12


def test_filters_of_the_same_kind_do_not_answer_for_each_other(reader: User) -> None:
    regions = Customer.objects.exclude(region="").values_list("region", flat=True).distinct()
    seen = []
    for region in regions:
        for letter in "ABC":
            rows = selectors.customer_page(
                reader, scheme="abc", filters=Filters(region=region, classes=[letter])
            ).rows
            assert {(row.region, row.klass) for row in rows} <= {(region, letter)}
            seen.append(len(rows))
    assert sum(seen) == Customer.objects.exclude(region="").count()


def test_a_page_after_the_first_makes_no_sql_again(
    reader: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = selectors.customer_page(reader, scheme="abc", sort="-net_sales", size=2)
    again = {"scheme": "abc", "sort": "-net_sales", "size": 2}
    second = selectors.customer_page(reader, after=first.next_cursor, **again)
    monkeypatch.setattr(compiled, "_compile", None)
    with django_assert_num_queries(3):  # the snapshot, the rows beyond, who owns
        third = selectors.customer_page(reader, after=second.next_cursor, **again)
    codes = [row.code for page in (first, second, third) for row in page.rows]
    assert len(set(codes)) == 6


def test_reasons_are_told_where_they_are_asked_for(reader: User) -> None:
    told = selectors.customer_page(reader, scheme="abc").rows
    bare = selectors.customer_page(reader, scheme="abc", reasons=False).rows
    assert all(row.reason["en"] for row in told)
    assert [row._replace(reason={}) for row in told] == list(bare)
