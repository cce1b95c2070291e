"""How often pages ask the store: not once more for every customer, class or document they show."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from mainstay.foundation.models import User
from mainstay.insights import outline
from mainstay.insights.models import Snapshot
from mainstay.parties import owners, territories
from tests.people import person
from tests.web import company


@pytest.fixture
def kept(books: User) -> None:
    """What a grading keeps with the newest snapshot."""
    outline.keep(Snapshot.objects.latest("as_of"))


def signed_in(user: User) -> Client:
    """Behind the first request: the runs of a snapshot are read once in a process."""
    client = Client()
    client.force_login(user)
    assert client.get(reverse("customers")).status_code == 200
    return client


@pytest.mark.usefixtures("kept")
def test_who_sees_everybody_reads_the_portfolio_from_the_snapshot(
    books: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(books)
    with django_assert_num_queries(7):
        page = client.get(reverse("portfolio")).content.decode()
    assert f"{company.COUNT}" in page


@pytest.mark.usefixtures("kept")
def test_who_sees_a_part_has_it_added_up_in_few_queries(
    books: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    there = territories.save(books, None, name="浙江", regions=["浙江"])
    director = signed_in(person("director", "sales_director", territory=there))
    with django_assert_num_queries(9):
        director.get(reverse("portfolio"))
    own = person("manager", "key_account_manager")
    for code in ("C001", "C002"):
        owners.assign(books, code, own.pk)
    manager = signed_in(own)
    with django_assert_num_queries(7):
        manager.get(reverse("portfolio"))


def test_the_customer_page_takes_fewer_than_fifteen_queries(
    books: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(books)
    for code in ("C001", "C030"):
        with django_assert_num_queries(12):
            client.get(reverse("customer", args=[code]))
    there = territories.save(books, None, name="浙江", regions=["浙江"])
    director = signed_in(person("director", "sales_director", territory=there))
    with django_assert_num_queries(13):
        director.get(reverse("customer", args=["C003"]))


def test_a_customer_s_books_take_fewer_than_fifteen_queries(
    books: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    there = territories.save(books, None, name="浙江", regions=["浙江"])
    own = person("manager", "key_account_manager")
    owners.assign(books, "C003", own.pk)
    director = person("director", "sales_director", territory=there)
    for user, fewer in ((books, 0), (director, 0), (own, 1)):
        client = signed_in(user)
        for name, count in (("money", 14), ("documents", 14), ("receipts", 11)):
            address = reverse(name, args=["C003"])
            client.get(address)  # how far the books reach is kept until they change
            with django_assert_num_queries(count - fewer):
                client.get(address)
