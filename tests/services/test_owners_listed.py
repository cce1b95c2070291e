"""The list by who owns customers today: shown, narrowed to and sorted by, at any depth."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mainstay.foundation.models import Job, Territory, User
from mainstay.foundation.permissions import forget
from mainstay.insights import selectors
from mainstay.insights.records import CustomerRow
from mainstay.insights.selectors import NOBODY, Filters
from mainstay.parties import owners as deciding
from mainstay.parties import selectors as parties
from mainstay.parties.models import Assignment, Customer
from tests.people import hold, only, person
from tests.services import company

CODES = [f"C{number:02}" for number in range(1, company.CUSTOMERS + 1)]


@pytest.fixture
def chief(db: None, shared_books: tuple[User, Job]) -> User:
    return shared_books[0]


@pytest.fixture
def people(chief: User) -> list[User]:
    """Nine who own a customer each, of twelve: two go by one name, one owned another before."""
    Assignment.objects.all().delete()
    deciding.restate()
    named = ["Bo", "Ann", "", "Ann", "Cy", "Di", "Ed", "Fay", "Gus"]
    found = [
        person(f"seller{place}", "salesperson", first_name=name) for place, name in enumerate(named)
    ]
    for code, owner in zip(CODES, found, strict=False):
        give(code, owner)
    give("C10", found[0], until=date(2024, 1, 1))
    give("C10", found[1], duty="member")
    return found


def give(code: str, user: User, **more: Any) -> None:
    Assignment.objects.create(
        customer=Customer.objects.get(code=code), user=user, source="hand",
        since=date(2020, 1, 1), **{"duty": "owner", **more},
    )  # fmt: skip
    deciding.restate()


def walk(user: User, sort: str, size: int, **filters: Any) -> list[CustomerRow]:
    forget(user)
    rows: list[CustomerRow] = []
    after = None
    while True:
        page = selectors.customer_page(
            user, scheme="abc", sort=sort, after=after, size=size, filters=Filters(**filters)
        )
        rows += page.rows
        after = page.next_cursor
        if after is None:
            return rows


@pytest.mark.parametrize("size", [1, 2, 5, 50])
def test_owners_stand_in_the_order_of_their_names_whoever_has_none_last(
    chief: User, people: list[User], size: int
) -> None:
    expected = ["Ann", "Ann", "Bo", "Cy", "Di", "Ed", "Fay", "Gus", "seller2"]
    up, down = walk(chief, "owner", size), walk(chief, "-owner", size)
    assert [row.owner for row in up if row.owner] == expected
    assert [row.owner for row in down if row.owner] == expected[::-1]
    for rows in (up, down):
        assert [row.owner for row in rows[9:]] == ["", "", ""]
        assert [row.code for row in rows[9:]] == ["C10", "C11", "C12"]
        assert sorted(row.code for row in rows) == CODES
    assert [row.code for row in up if row.owner == "Ann"] == ["C02", "C04"]
    assert [row.code for row in down if row.owner == "Ann"] == ["C04", "C02"]


@pytest.mark.parametrize("sort", ["-net_sales", "owner", "-owner", "code", "class", "recency"])
def test_one_owners_customers_alone_and_those_of_nobody(
    chief: User, people: list[User], sort: str
) -> None:
    for place, owner in enumerate(people):
        assert [row.code for row in walk(chief, sort, 2, owner=owner.pk)] == [CODES[place]]
    assert {row.code for row in walk(chief, sort, 2, owner=NOBODY)} == {"C10", "C11", "C12"}
    assert walk(chief, sort, 2, owner=people[0].pk, classes=["Z"]) == []
    assert walk(chief, sort, 2, owner=999_999) == []


@pytest.mark.parametrize("sort", ["-net_sales", "owner", "name"])
def test_an_owner_of_most_is_found_on_the_way(
    chief: User, people: list[User], monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    from mainstay.insights.selectors import narrowing

    monkeypatch.setattr(narrowing, "PAGE", 0)
    give("C11", people[3])
    give("C12", people[3])
    assert {row.code for row in walk(chief, sort, 2, owner=people[3].pk)} == {"C04", "C11", "C12"}


def test_a_new_owner_shows_at_once_in_rows_choices_and_sums(
    chief: User, people: list[User]
) -> None:
    given = people[8]
    before = selectors.customer_sums(chief, scheme="abc", filters=Filters(owner=given.pk))
    deciding.assign(chief, "C12", given.pk, "because")
    after = selectors.customer_sums(chief, scheme="abc", filters=Filters(owner=given.pk))
    assert (before.total, after.total) == (1, 2)
    assert {row.code for row in walk(chief, "owner", 50, owner=given.pk)} == {"C09", "C12"}
    assert next(row for row in walk(chief, "code", 50) if row.code == "C12").owner == "Gus"
    new = person("new", "salesperson", first_name="Zed")
    assert new.pk not in dict(parties.owners(chief))
    deciding.assign(chief, "C12", new.pk, "because")
    assert dict(parties.owners(chief))[new.pk] == "Zed"


def test_the_owners_to_choose_from_are_those_of_customers_one_sees(
    chief: User, people: list[User]
) -> None:
    assert [name for _, name in parties.owners(chief)] == [
        "Ann", "Ann", "Bo", "Cy", "Di", "Ed", "Fay", "Gus", "seller2",
    ]  # fmt: skip
    assert parties.owners(people[4]) == [(people[4].pk, "Cy")]
    assert parties.owners(people[5]) == [(people[5].pk, "Di")]
    here = Territory.objects.create(name="here")
    Customer.objects.filter(code__in=["C01", "C03", "C10"]).update(territory=here)
    hold(only(people[5]), "sales_director", territory=here)
    assert [name for _, name in parties.owners(people[5])] == ["Bo", "seller2"]
    assert [row.code for row in walk(people[5], "owner", 1)] == ["C01", "C03", "C10"]
    assert walk(people[5], "owner", 2, owner=people[4].pk) == []
    only(people[5])
    assert parties.owners(people[6]) == [(people[6].pk, "Ed")]
