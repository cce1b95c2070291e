"""Who may be asked for one customer: those, and only those, whose own right reaches it."""

from __future__ import annotations

import pytest

from mainstay.foundation import roles
from mainstay.foundation.models import Role, User
from mainstay.foundation.permissions import may
from mainstay.parties import owners, territories
from mainstay.parties.models import Customer, CustomerCode
from mainstay.parties.reaching import people_for
from mainstay.parties.selectors import of_code
from tests.people import administrator, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> list[User]:
    """Every shipped role: for the whole company, above, at and beside the customer's place; its
    owner, one of its team, and others; somebody who is gone.
    """
    boss = administrator("boss")
    east = territories.save(boss, None, name="华东", regions=[])
    here = territories.save(boss, None, name="浙江", regions=["浙江"], parent_id=east.pk)
    away = territories.save(boss, None, name="广东", regions=["广东"])
    for code, place in (("C1", here), ("C2", away)):
        row = Customer.objects.create(code=code, name=code, region=place.regions[0])
        CustomerCode.objects.create(code=code, own=row, customer=row, in_use=True)
    territories.settle()
    found = [boss]
    for name, role in roles.shipped().items():
        places = (None, east, here, away) if role.reach == Role.Reach.TERRITORY else (None,)
        found += [person(f"{name}-{at}", name, territory=there) for at, there in enumerate(places)]
    owner, mate, gone = (person(name, "salesperson") for name in ("owner", "mate", "gone"))
    for one in (owner, gone):
        owners.assign(boss, "C1" if one is owner else "C2", one.pk)
    owners.join(boss, "C1", mate.pk)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    return [*found, owner, mate, User.objects.get(pk=gone.pk)]


@pytest.mark.parametrize("right", ["losses.handle", "customers.see", "policies.propose"])
def test_they_are_those_whose_right_reaches_the_customer(cast: list[User], right: str) -> None:
    for customer in Customer.objects.all():
        expected = {
            one.username
            for one in cast
            if may(one, right) and of_code(one, customer.code, right).exists()
        }
        assert {one.username for one in people_for(customer, right)} == expected
        assert expected
