"""Who owns a customer is said as its assignments say, also where several decide at once."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from django.db import DatabaseError

from mainstay.foundation.models import User
from mainstay.kernel.errors import MainstayError
from mainstay.parties import handover, keeping, owners
from mainstay.parties.models import Customer, CustomerCode
from tests.concurrency.test_writers import in_threads
from tests.people import administrator, person
from tests.services.test_owner_at_hand import expected, stands

pytestmark = pytest.mark.django_db(transaction=True)
CODES = [f"C{number}" for number in range(6)]
TURNS = 12


def test_hand_overs_renames_and_the_books_at_once_leave_every_owner_true() -> None:
    boss = administrator("boss")
    people = [person(name, "salesperson").pk for name in ("ma", "gao", "liu")]
    for code in CODES:
        customer = Customer.objects.create(code=code, salesperson="ma")
        CustomerCode.objects.create(code=code, own=customer, customer=customer, in_use=True)
        owners.assign(boss, code, people[0])

    def decide(number: int) -> int:
        dice, done = random.Random(number), 0
        for turn in range(TURNS):
            # Who came too late is refused by the store, and asks again.
            with suppress(MainstayError, DatabaseError):
                by = User.objects.get(pk=boss.pk)
                if number == 0:
                    owners.describe(by, people[turn % 3], full_name=f"N{turn}", email="",
                                    books_name=dice.choice(["", "ma"]))  # fmt: skip
                elif number == 1:
                    handover.give(by, dice.choice(people), "why",
                                  codes=dice.sample(CODES, 3))  # fmt: skip
                elif number == 2:
                    owners.leave_to_books(by, dice.choice(CODES), "why")
                    keeping.follow_books()
                else:
                    owners.assign(by, dice.choice(CODES), dice.choice(people), "why")
                done += 1
        return done

    assert all(in_threads(decide))
    assert stands() == expected()
