"""Customers say who owns them as their assignments do, whatever was decided, in any order."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.foundation.models import User
from mainstay.kernel.errors import MainstayError
from mainstay.parties import handover, keeping, owners
from mainstay.parties.models import Assignment, Customer, CustomerCode, HandOver
from tests.people import administrator, person

CODES = [f"C{number}" for number in range(5)]
NAMES = ["ma", "gao", "liu"]
place, who, named = st.sampled_from(CODES), st.sampled_from(NAMES), st.sampled_from(["", *NAMES])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("assign"), place, who),
        st.tuples(st.just("leave to books"), place, who),
        st.tuples(st.just("join"), place, who),
        st.tuples(st.just("part"), place, who),
        st.tuples(st.just("books say"), place, named),
        st.tuples(st.just("rename"), who, st.sampled_from(["", "Ann", "Bo"])),
        st.tuples(st.just("named in the books"), who, named),
        st.tuples(st.just("hand over"), st.lists(place, min_size=1, unique=True), who),
        st.tuples(st.just("hand over all of"), who, who),
        st.tuples(st.just("take back"), st.integers(0, 3)),
        st.tuples(st.just("goes"), who, who),
    ),
    max_size=14,
)
Owned = dict[str, tuple[int | None, str | None]]


def do(boss: User, people: dict[str, User], step: tuple[object, ...]) -> None:
    match step:
        case ("assign", str(code), str(name)):
            owners.assign(boss, code, people[name].pk, "why")
        case ("leave to books", str(code), _):
            owners.leave_to_books(boss, code, "why")
        case ("join", str(code), str(name)):
            owners.join(boss, code, people[name].pk)
        case ("part", str(code), str(name)):
            owners.part(boss, code, people[name].pk)
        case ("books say", str(code), str(name)):
            Customer.objects.filter(code=code).update(salesperson=name)
            keeping.follow_books()
        case ("rename", str(name), str(full)):
            row = User.objects.get(username=name)
            owners.describe(boss, row.pk, full_name=full, email="", books_name=row.books_name)
        case ("named in the books", str(name), str(said)):
            row = User.objects.get(username=name)
            owners.describe(boss, row.pk, full_name=row.first_name, email="", books_name=said)
        case ("hand over", list() as codes, str(name)):
            handover.give(boss, people[name].pk, "why", codes=codes)
        case ("hand over all of", str(giver), str(name)):
            handover.give(boss, people[name].pk, "why", giver_id=people[giver].pk)
        case ("take back", int() as number):
            for made in HandOver.objects.order_by("pk")[number : number + 1]:
                handover.take_back(boss, made.pk, "why")
        case ("goes", str(name), str(successor)):
            handover.let_go(boss, people[name].pk, people[successor].pk, "why")
        case other:
            raise AssertionError(other)


def expected(day: date | None = None) -> Owned:
    """As the assignments say of a day, read row by row; without one, as long as none ends them."""
    owned = {
        row.customer_id: row.user
        for row in Assignment.objects.select_related("user")
        if row.duty == "owner" and (row.until is None if day is None else holds(row, day))
    }
    found: Owned = {}
    for customer in Customer.objects.all():
        user = owned.get(customer.pk)
        found[customer.code] = (user.pk, user.first_name or user.username) if user else (None, None)
    return found


def holds(row: Assignment, day: date) -> bool:
    return row.since <= day and (row.until is None or day < row.until)


def stands() -> Owned:
    rows = Customer.objects.values_list("code", "owner", "owner_name")
    return {code: (owner, name) for code, owner, name in rows}


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(steps=STEPS)
def test_the_owner_at_hand_is_the_assignments_after_every_step(
    boss: User, steps: list[tuple[object, ...]]
) -> None:
    with transaction.atomic():
        people = {name: person(name, "salesperson") for name in NAMES}
        for code in CODES:
            customer = Customer.objects.create(code=code)
            CustomerCode.objects.create(code=code, own=customer, customer=customer, in_use=True)
        for step in steps:
            with suppress(MainstayError), transaction.atomic():
                do(boss, people, step)
            assert stands() == expected(), step
            # Nothing begins or ends by a date alone: no night changes who owns a customer.
            for later in (0, 1, 400):
                day = timezone.localdate() + timedelta(days=later)
                assert stands() == expected(day), (step, day)
        transaction.set_rollback(True)


def test_every_kind_of_step_changes_owners_or_leaves_them(boss: User) -> None:
    """What the property goes through is not refused as a whole."""
    people = {name: person(name, "salesperson") for name in NAMES}
    for code in CODES:
        customer = Customer.objects.create(code=code)
        CustomerCode.objects.create(code=code, own=customer, customer=customer, in_use=True)
    ma, gao, liu = (people[name].pk for name in NAMES)
    steps: list[tuple[tuple[object, ...], str, tuple[int | None, str | None]]] = [
        (("assign", "C0", "ma"), "C0", (ma, "ma")),
        (("rename", "ma", "Ann"), "C0", (ma, "Ann")),
        (("named in the books", "gao", "gao"), "C1", (None, None)),
        (("books say", "C1", "gao"), "C1", (gao, "gao")),
        (("hand over", ["C0", "C1"], "liu"), "C1", (liu, "liu")),
        (("take back", 0), "C0", (ma, "Ann")),
        (("join", "C0", "liu"), "C0", (ma, "Ann")),
        (("leave to books", "C0", "ma"), "C0", (None, None)),
        (("hand over all of", "gao", "ma"), "C1", (ma, "Ann")),
        (("goes", "ma", "liu"), "C1", (liu, "liu")),
        (("part", "C0", "liu"), "C0", (None, None)),
    ]
    for step, code, owned in steps:
        do(boss, people, step)
        assert stands()[code] == owned, step
        assert stands() == expected(), step


def test_what_was_missed_is_put_right_when_the_books_are_followed(boss: User) -> None:
    ma = person("ma", "salesperson")
    rows = [Customer.objects.create(code=code) for code in CODES]
    for row in rows[:3]:
        Assignment.objects.create(
            customer=row, user=ma, duty="owner", source="hand", since=date(2026, 1, 1)
        )
    Customer.objects.filter(code="C4").update(owner=boss, owner_name="boss")
    User.objects.filter(pk=ma.pk).update(first_name="Ma Li")
    keeping.follow_books()
    assert stands() == expected()
    assert [name for _, (_, name) in sorted(stands().items())] == ["Ma Li"] * 3 + [None, None]
    assert owners.restate() == 0
