"""Who may do what, and for which customers: roles as data, territories, owners over time."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from mainstay.foundation import people, permissions, roles
from mainstay.foundation.errors import (
    LastAdministrator,
    NameTaken,
    NoSuchRole,
    NotAllowed,
    NotOneself,
    RegionTaken,
    TerritoryInUse,
    UnknownRight,
)
from mainstay.foundation.models import Appointment, AuditEntry, Territory, User
from mainstay.parties import handover, owners, territories
from mainstay.parties.errors import CustomerUnknown, NoSuccessor
from mainstay.parties.models import Assignment, Customer, CustomerCode
from mainstay.parties.permissions import ASSIGN, COST, OWN, SEE
from mainstay.parties.selectors import sees_cost, sees_everything, visible_to
from tests.people import administrator, hold, only, person, with_rights

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


@pytest.fixture
def customers(db: None) -> dict[str, Customer]:
    """Two in Zhejiang, one in Jiangsu, one nowhere; the books name salespeople."""
    rows = (
        ("C1", "浙江", "高飞"), ("C2", "浙江", "刘妍"), ("C3", "江苏", "高飞"), ("C4", "", ""),
    )  # fmt: skip
    made = {}
    for code, region, salesperson in rows:
        customer = Customer.objects.create(code=code, region=region, salesperson=salesperson)
        CustomerCode.objects.create(code=code, own=customer, customer=customer, in_use=True)
        made[code] = customer
    return made


@pytest.fixture
def east(boss: User, customers: dict[str, Customer]) -> Territory:
    """The east, and Zhejiang within it."""
    whole = territories.save(boss, None, name="华东", regions=["江苏"])
    territories.save(boss, None, name="浙江区", regions=["浙江"], parent_id=whole.pk)
    return whole


def seen(user: User, right: str = SEE) -> set[str]:
    return set(visible_to(user, right).values_list("code", flat=True))


def test_every_shipped_role_holds_declared_rights_only() -> None:
    declared = {right.name for right in permissions.rights()}
    for role in roles.shipped().values():
        assert set(role.rights) <= declared, role.name
        assert role.title["en"]
        assert role.title["zh"]


def test_the_administrator_sees_no_cost_and_the_salesperson_nobody_elses_customers() -> None:
    shipped = roles.shipped()
    assert COST not in shipped["administrator"].rights
    assert shipped["salesperson"].reach == "own"


def test_without_a_role_nothing_opens(customers: dict[str, Customer]) -> None:
    stranger = person("stranger")
    with pytest.raises(NotAllowed):
        visible_to(stranger)
    assert not sees_everything(stranger)
    assert not sees_cost(stranger)


def test_who_left_sees_nothing(customers: dict[str, Customer]) -> None:
    gone = person("gone", "finance", is_active=False)
    with pytest.raises(NotAllowed):
        visible_to(gone)


def test_a_territory_holds_its_parts_and_no_more(
    customers: dict[str, Customer], east: Territory
) -> None:
    zhejiang = Territory.objects.get(name="浙江区")
    assert seen(person("whole", "sales_director", territory=east)) == {"C1", "C2", "C3"}
    assert seen(person("part", "sales_director", territory=zhejiang)) == {"C1", "C2"}
    assert seen(person("chief", "sales_director")) == {"C1", "C2", "C3", "C4"}


def test_another_region_in_the_books_moves_the_customer(
    customers: dict[str, Customer], east: Territory
) -> None:
    part = person("part", "sales_director", territory=Territory.objects.get(name="浙江区"))
    Customer.objects.filter(code="C1").update(region="广东")
    assert territories.settle() == 1
    assert seen(part) == {"C2"}


def test_own_customers_are_those_the_books_name(boss: User, customers: dict[str, Customer]) -> None:
    gao = person("gao", "salesperson")
    assert seen(gao) == set()
    owners.describe(boss, gao.pk, full_name="高飞", email="", books_name="高飞")
    assert seen(gao) == {"C1", "C3"}
    Customer.objects.filter(code="C3").update(salesperson="刘妍")
    owners.follow_books()
    assert seen(gao) == {"C1"}


def test_what_somebody_decided_stays_whatever_the_books_say(
    boss: User, customers: dict[str, Customer]
) -> None:
    gao, liu = person("gao", "salesperson"), person("liu", "salesperson")
    owners.describe(boss, gao.pk, full_name="", email="", books_name="高飞")
    owners.assign(boss, "C1", liu.pk, "knows the buyer")
    owners.follow_books()
    assert (seen(gao), seen(liu)) == ({"C3"}, {"C1"})
    owners.leave_to_books(boss, "C1", "was a mistake")
    assert (seen(gao), seen(liu)) == ({"C1", "C3"}, set())


def test_the_team_sees_the_customer_until_it_parts(
    boss: User, customers: dict[str, Customer]
) -> None:
    helper = person("helper", "salesperson")
    owners.join(boss, "C4", helper.pk)
    owners.join(boss, "C4", helper.pk)
    assert seen(helper) == {"C4"}
    owners.part(boss, "C4", helper.pk)
    assert seen(helper) == set()
    assert Assignment.objects.filter(user=helper).count() == 1


def test_owners_are_kept_over_time(boss: User, customers: dict[str, Customer]) -> None:
    gao, liu = person("gao", "salesperson"), person("liu", "salesperson")
    owners.assign(boss, "C4", gao.pk)
    owners.assign(boss, "C4", liu.pk, "gao moves")
    rows = Assignment.objects.filter(customer=customers["C4"]).order_by("pk")
    assert [(row.user_id, row.until is None) for row in rows] == [(gao.pk, False), (liu.pk, True)]
    entries = AuditEntry.objects.filter(action="customer.owner").order_by("pk")
    assert [entry.reason for entry in entries] == ["", "gao moves"]


def test_who_leaves_hands_everything_over(boss: User, customers: dict[str, Customer]) -> None:
    gao, liu = person("gao", "salesperson"), person("liu", "salesperson")
    owners.describe(boss, gao.pk, full_name="", email="", books_name="高飞")
    with pytest.raises(NoSuccessor):
        handover.let_go(boss, gao.pk, None, "")
    assert User.objects.get(pk=gao.pk).is_active
    made = handover.let_go(boss, gao.pk, liu.pk, "leaves")
    assert made is not None and made.customers == 2
    assert seen(liu) == {"C1", "C3"}
    left = User.objects.get(pk=gao.pk)
    assert not left.is_active
    assert not permissions.may(left, SEE)
    owners.follow_books()
    assert seen(User.objects.get(pk=liu.pk)) == {"C1", "C3"}


def test_nobody_assigns_outside_the_own_territory(
    customers: dict[str, Customer], east: Territory
) -> None:
    part = person("part", "sales_director", territory=Territory.objects.get(name="浙江区"))
    gao = person("gao", "salesperson")
    owners.assign(part, "C1", gao.pk)
    with pytest.raises(CustomerUnknown):
        owners.assign(part, "C3", gao.pk)
    owners.assign(administrator("other"), "C3", gao.pk)
    with pytest.raises(CustomerUnknown):
        handover.give(part, part.pk, "both", codes=["C1", "C3"])
    assert seen(gao) == {"C1", "C3"}
    assert handover.give(part, part.pk, "all that I may", giver_id=gao.pk).customers == 1
    assert seen(gao) == {"C3"}


def test_a_right_reaches_as_far_as_the_role_that_gives_it(
    customers: dict[str, Customer], east: Territory
) -> None:
    """Cost in one territory, sight of the whole company: lists show no cost, one customer does."""
    mixed = hold(
        person("mixed", "credit_controller"),
        "sales_director", territory=Territory.objects.get(name="浙江区"),
    )  # fmt: skip
    assert seen(mixed) == {"C1", "C2", "C3", "C4"}
    assert seen(mixed, COST) == {"C1", "C2"}
    assert not sees_cost(mixed)
    assert sees_cost(mixed, customers["C1"].pk)
    assert not sees_cost(mixed, customers["C3"].pk)
    assert seen(mixed, ASSIGN) == {"C1", "C2"}


def test_roles_hold_between_their_days(customers: dict[str, Customer], boss: User) -> None:
    later = person("later")
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    row = people.appoint(boss, later.pk, "finance", since=tomorrow)
    assert not permissions.may(later, SEE)
    Appointment.objects.filter(pk=row.pk).update(since=tomorrow - dt.timedelta(days=9))
    permissions.forget(later)
    assert permissions.may(later, SEE)
    people.end_appointment(boss, row.pk)
    permissions.forget(later)
    assert not permissions.may(later, SEE)


def test_nobody_changes_their_own_roles(boss: User) -> None:
    with pytest.raises(NotOneself):
        people.appoint(boss, boss.pk, "auditor")
    with pytest.raises(NotOneself):
        people.let_go(boss, boss.pk)


def test_the_last_who_manages_people_stays(boss: User) -> None:
    other = only(person("other"), "administrator")
    row = Appointment.objects.get(user=boss, role__name="administrator")
    people.end_appointment(other, row.pk)
    last = Appointment.objects.get(user=other)
    with pytest.raises(LastAdministrator):
        people.end_appointment(other, last.pk)
    assert Appointment.objects.get(pk=last.pk).until is None
    with pytest.raises(LastAdministrator):
        people.change_role(other, "administrator", reach="company", rights=["audit.read"])
    assert roles.known()["administrator"].shipped


def test_a_changed_role_holds_at_once_and_goes_back_to_the_shipped(boss: User) -> None:
    seller = person("seller", "salesperson")
    people.change_role(boss, "salesperson", reach="company", rights=[SEE, COST])
    permissions.forget(seller)
    assert sees_cost(seller)
    entry = AuditEntry.objects.get(action="role.changed")
    assert entry.facts["given"] == [COST]
    as_shipped = list(roles.shipped()["salesperson"].rights)
    people.change_role(boss, "salesperson", reach="own", rights=as_shipped)
    assert roles.known()["salesperson"].shipped
    with pytest.raises(UnknownRight):
        people.change_role(boss, "salesperson", reach="own", rights=["everything"])


def test_only_who_manages_people_does(boss: User, east: Territory) -> None:
    clerk = person("clerk", "finance")
    for verb in (
        lambda: people.add_person(clerk, "friend"),
        lambda: people.appoint(clerk, boss.pk, "auditor"),
        lambda: people.new_password(clerk, boss.pk),
        lambda: people.let_go(clerk, boss.pk),
        lambda: people.change_role(clerk, "finance", reach="company", rights=[]),
        lambda: people.save_territory(clerk, None, name="x", regions=[]),
        lambda: territories.drop(clerk, Territory.objects.get(name="浙江区").pk),
    ):
        with pytest.raises(NotAllowed):
            verb()
    assert not User.objects.filter(username="friend").exists()
    assert Customer.objects.filter(territory__name="浙江区").count() == 2


def test_a_new_person_gets_a_one_time_password_and_no_role(boss: User) -> None:
    made, password = people.add_person(boss, "wang", full_name="王敏")
    assert made.check_password(password)
    assert made.must_change_password
    assert not permissions.may(made, SEE)
    with pytest.raises(NameTaken):
        people.add_person(boss, "WANG")
    with pytest.raises(NoSuchRole):
        people.appoint(boss, made.pk, "king")


def test_territories_keep_their_tree(boss: User, east: Territory) -> None:
    zhejiang = Territory.objects.get(name="浙江区")
    with pytest.raises(RegionTaken):
        territories.save(boss, None, name="another", regions=["浙江"])
    with pytest.raises(TerritoryInUse):
        territories.save(boss, east.pk, name="华东", regions=[], parent_id=zhejiang.pk)
    with pytest.raises(TerritoryInUse):
        territories.drop(boss, east.pk)
    territories.drop(boss, zhejiang.pk)
    assert Customer.objects.filter(territory=None).count() == 3


def test_the_customers_of_a_removed_territory_are_in_none_and_stay_with_their_owner(
    boss: User, customers: dict[str, Customer], east: Territory
) -> None:
    zhejiang = Territory.objects.get(name="浙江区")
    director, chief = person("d", "sales_director", territory=east), person("c", "sales_director")
    seller = person("s", "salesperson")
    owners.assign(boss, "C1", seller.pk)
    territories.drop(boss, zhejiang.pk)
    placed = dict(Customer.objects.values_list("code", "territory"))
    assert placed == {"C1": None, "C2": None, "C3": east.pk, "C4": None}
    assert seen(director) == {"C3"}
    assert seen(seller) == {"C1"}
    assert seen(chief) == {"C1", "C2", "C3", "C4"}
    assert Assignment.objects.get(customer__code="C1", until=None).user == seller
    entry = AuditEntry.objects.get(action="territory.dropped")
    assert (entry.actor, entry.facts["name"]) == (boss, "浙江区")
    territories.save(boss, None, name="again", regions=["浙江"], parent_id=east.pk)
    permissions.forget(director)
    assert seen(director) == {"C1", "C2", "C3"}


def test_a_territory_stays_that_somebody_was_ever_appointed_to(
    boss: User, customers: dict[str, Customer], east: Territory
) -> None:
    """Else it could not be told later whose customers they were."""
    zhejiang = Territory.objects.get(name="浙江区")
    part = person("part", "sales_director", territory=zhejiang)
    with pytest.raises(TerritoryInUse):
        territories.drop(boss, zhejiang.pk)
    people.end_appointment(boss, part.appointments.get().pk)
    with pytest.raises(TerritoryInUse):
        territories.drop(boss, zhejiang.pk)
    assert Customer.objects.filter(territory=zhejiang).count() == 2
    assert not AuditEntry.objects.filter(action="territory.dropped").exists()


def test_rights_of_ones_own_role(boss: User, customers: dict[str, Customer]) -> None:
    who = with_rights(person("who"), SEE, OWN, COST, reach="own")
    owners.assign(boss, "C2", who.pk)
    assert seen(who) == {"C2"}
    assert sees_cost(who)


def test_nobody_widens_a_role_they_hold_while_another_could_be_asked(boss: User) -> None:
    admin = only(person("admin"), "administrator")
    rights = [*roles.shipped()["administrator"].rights, COST]
    with pytest.raises(NotOneself):
        people.change_role(admin, "administrator", reach="company", rights=rights)
    fewer = [right for right in roles.shipped()["administrator"].rights if right != "grades.run"]
    people.change_role(admin, "administrator", reach="company", rights=fewer)
    only(boss, "finance")
    people.change_role(admin, "administrator", reach="company", rights=rights)
    permissions.forget(admin)
    assert sees_cost(admin)
