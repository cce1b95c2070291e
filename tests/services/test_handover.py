"""Many customers go to somebody else: what is looked at is done, and it can be taken back."""

from __future__ import annotations

import pytest

from mainstay.foundation import people
from mainstay.foundation.approvals.kinds import kind_of
from mainstay.foundation.errors import EffectChanged, NoSuchPerson, NotAllowed, ReasonMissing
from mainstay.foundation.models import AuditEntry, Notice, User
from mainstay.foundation.notices import kinds
from mainstay.parties import asking, handover, owners, territories
from mainstay.parties.errors import (
    CustomerUnknown,
    HandedBack,
    MayNotOwn,
    NobodyToComeBackTo,
    NoSuchHandOver,
    NothingToHandOver,
    OutsideTerritory,
)
from mainstay.parties.models import Assignment, Customer, CustomerCode, HandOver
from tests.people import administrator, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


@pytest.fixture
def gao(boss: User) -> User:
    """Three customers are his: C1 by the books, C2 and C3 by hand; C4 is nobody's."""
    gao = person("gao", "salesperson")
    for code, named in (("C1", "高飞"), ("C2", "刘妍"), ("C3", ""), ("C4", "")):
        customer = Customer.objects.create(code=code, region="浙江", salesperson=named)
        CustomerCode.objects.create(code=code, own=customer, customer=customer, in_use=True)
    owners.describe(boss, gao.pk, full_name="Gao Fei", email="", books_name="高飞")
    for code in ("C2", "C3"):
        owners.assign(boss, code, gao.pk, "by hand")
    return gao


@pytest.fixture
def liu(boss: User, gao: User) -> User:
    return person("liu", "salesperson")


def owned(user: User) -> set[str]:
    rows = Assignment.objects.filter(user=user, duty="owner", until=None)
    return set(rows.values_list("customer__code", flat=True))


def test_what_would_change_is_told_before(boss: User, gao: User, liu: User) -> None:
    owners.assign(boss, "C3", liu.pk)
    owners.join(boss, "C4", gao.pk)
    plan = handover.look(boss, liu.pk, codes=["C1", "C3", "C4"])
    assert (plan.count, plan.same) == (2, 1)
    told = {(g.name, g.customers, g.kept, g.teams) for g in plan.givers}
    assert told == {("Gao Fei", 1, 1, 1), ("", 1, 0, 0)}
    assert owned(gao) == {"C1", "C2"}


def test_only_what_was_looked_at_is_done(boss: User, gao: User, liu: User) -> None:
    plan = handover.look(boss, liu.pk, giver_id=gao.pk)
    owners.assign(boss, "C4", gao.pk)
    with pytest.raises(EffectChanged):
        handover.give(boss, liu.pk, "moves", giver_id=gao.pk, seen=plan.seen)
    assert owned(liu) == set()
    seen = handover.look(boss, liu.pk, giver_id=gao.pk).seen
    row = handover.give(boss, liu.pk, "moves", giver_id=gao.pk, seen=seen)
    assert (row.customers, row.reason, owned(gao)) == (4, "moves", set())
    entry = AuditEntry.objects.get(action="customers.given_away")
    assert entry.subject == f"user:{gao.pk}"
    assert entry.facts == {"to": liu.pk, "customers": 4, "hand_over": row.pk}
    assert AuditEntry.objects.filter(action="customer.owner", facts__owner=liu.pk).count() == 4


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"codes": ["C1", "C9"], "reason": "x"}, CustomerUnknown),
        ({"codes": ["C1"], "reason": " "}, ReasonMissing),
        ({"codes": ["C1"], "reason": "x", "to_id": 9_999}, NoSuchPerson),
    ],
    ids=str,
)
def test_what_cannot_be_handed_over_is_not(
    boss: User, gao: User, liu: User, asked: dict[str, object], fault: type[Exception]
) -> None:
    with pytest.raises(fault):
        handover.give(boss, **{"to_id": liu.pk, **asked})  # type: ignore[arg-type]
    with pytest.raises(NothingToHandOver):
        handover.give(boss, gao.pk, "his already", giver_id=gao.pk)
    assert not HandOver.objects.exists()


def test_taking_it_back_is_a_new_entry_and_undoes_what_still_stands(
    boss: User, gao: User, liu: User
) -> None:
    owners.join(boss, "C2", liu.pk)
    row = handover.give(boss, liu.pk, "moves", codes=["C1", "C2", "C3", "C4"])
    wang = person("wang", "salesperson")
    owners.assign(boss, "C3", wang.pk, "gone on")
    assert handover.hand_over(boss, row.pk).standing == 3
    assert handover.hand_over(boss, row.pk).givers == (("Gao Fei", 3), ("", 1))
    assert handover.take_back(boss, row.pk, "a mistake") == 3
    assert (owned(gao), owned(liu), owned(wang)) == ({"C1", "C2"}, set(), {"C3"})
    now = Assignment.objects.filter(user=gao, until=None).order_by("customer__code")
    assert list(now.values_list("source", "by")) == [("books", None), ("hand", boss.pk)]
    assert Assignment.objects.filter(customer__code="C2", user=liu, duty="member", until=None)
    entry = AuditEntry.objects.get(action="customers.taken_back")
    assert (entry.subject, entry.reason) == (f"hand_over:{row.pk}", "a mistake")
    told = AuditEntry.objects.filter(subject="customer:C1", action="customer.owner").latest("pk")
    assert told.facts == {"owner": gao.pk, "was_owner": liu.pk}
    with pytest.raises(HandedBack):
        handover.take_back(boss, row.pk, "again")
    assert Assignment.objects.filter(customer__code="C1").count() == 3


def test_only_whose_role_may_own_customers_gets_one(boss: User, gao: User) -> None:
    clerk = person("clerk", "auditor", "data_protection")
    for act in (
        lambda: owners.assign(boss, "C1", clerk.pk),
        lambda: handover.look(boss, clerk.pk, giver_id=gao.pk),
        lambda: owners.change_of("C1", clerk.pk),
    ):
        with pytest.raises(MayNotOwn):
            act()
    owners.join(boss, "C1", clerk.pk)  # a team may hold anybody
    assert [pk for pk, _name in owners.choices()] == [boss.pk, gao.pk]
    people.let_go(boss, gao.pk)
    assert [pk for pk, _name in owners.choices()] == [boss.pk]


def test_outside_the_territory_it_must_be_meant(boss: User, gao: User) -> None:
    south = territories.save(boss, None, name="华南", regions=["广东"])
    part = territories.save(boss, None, name="浙江区", regions=["浙江"], parent_id=south.pk)
    above, within = (
        person(name, "salesperson", territory=place)
        for name, place in (("above", south), ("within", part))
    )
    Customer.objects.filter(code="C2").update(region="")
    territories.settle()
    for who in (above, within):  # Zhejiang is part of the south here; C2 is nowhere
        owners.assign(boss, "C1", who.pk)
        with pytest.raises(OutsideTerritory):
            owners.assign(boss, "C2", who.pk)
    plan = handover.look(boss, within.pk, codes=["C2", "C3"])
    assert plan.outside == 1
    with pytest.raises(OutsideTerritory):
        handover.give(boss, within.pk, "near", codes=["C2", "C3"])
    handover.give(boss, within.pk, "near", codes=["C2", "C3"], outside=True)
    owners.assign(boss, "C2", above.pk, outside=True)
    entry = AuditEntry.objects.filter(subject="customer:C2").latest("pk")
    assert entry.facts == {"owner": above.pk, "was_owner": within.pk, "outside": True}
    effects = [one.what["en"] for one in kind_of(asking.OWNER).effects(
        {"customer": "C2", "person": within.pk}
    )]  # fmt: skip
    assert effects == ["Owner", "Outside the new owner's territory"]
    assert owners.outside_of(gao, Customer.objects.all()) == 0  # his role names no territory


def told(user: User) -> list[str]:
    """What somebody was told, the newest first."""
    rows = list(Notice.objects.filter(user=user).order_by("-pk"))
    texts = kinds.said(user, rows)
    return [texts[row.pk]["en"] if row.pk in texts else "" for row in rows]


def test_who_gives_and_who_gets_are_told(boss: User, gao: User, liu: User) -> None:
    assert told(gao)[-1] == "By the books 1 customer came to you, 0 went to others."
    owners.assign(boss, "C3", liu.pk, "nearer")
    assert told(gao)[0] == "boss took C3 from you; the owner now: liu. nearer"
    assert told(liu)[0] == "boss made you the owner of ."
    row = handover.give(boss, liu.pk, "moves", giver_id=gao.pk)
    assert told(gao)[0] == "boss handed 2 of your customers over to liu. moves"
    assert told(liu)[0] == "boss handed 2 customers over to you."
    handover.take_back(boss, row.pk, "a mistake")
    assert told(liu)[0] == (
        "boss took a hand-over back: 0 customers came to you, 2 went. a mistake"
    )
    assert told(gao)[:2] == [
        "By the books 1 customer came to you, 0 went to others.",
        "boss took a hand-over back: 1 customer came to you, 0 went. a mistake",
    ]
    owners.leave_to_books(boss, "C3", "as booked")
    assert told(liu)[0] == "boss took C3 from you; the owner now: –. as booked"


def test_nobody_is_told_of_what_they_did_or_what_stays(boss: User, gao: User) -> None:
    before = Notice.objects.count()
    owners.assign(boss, "C4", boss.pk)
    owners.assign(boss, "C4", boss.pk, "again")
    owners.follow_books()
    assert Notice.objects.count() == before


def test_nobody_who_left_gets_a_customer_back(boss: User, gao: User, liu: User) -> None:
    made = handover.let_go(boss, gao.pk, liu.pk, "leaves")
    assert made is not None
    with pytest.raises(NobodyToComeBackTo):
        handover.take_back(boss, made.pk, "a mistake")
    with pytest.raises(ReasonMissing):
        handover.take_back(boss, made.pk, "")
    assert owned(liu) == {"C1", "C2", "C3"}


def test_who_may_not_assign_all_of_it_neither_sees_it_nor_takes_it_back(
    boss: User, gao: User, liu: User
) -> None:
    row = handover.give(boss, liu.pk, "moves", giver_id=gao.pk)
    place = territories.save(boss, None, name="江苏区", regions=["江苏"])
    chief = person("chief", "sales_director", territory=place)
    for act in (handover.hand_over, lambda by, pk: handover.take_back(by, pk, "mine")):
        with pytest.raises(NoSuchHandOver):
            act(chief, row.pk)
        with pytest.raises(NotAllowed):
            act(gao, row.pk)
    with pytest.raises(NoSuchHandOver):
        handover.hand_over(boss, 9_999)
    assert [one.pk for one in handover.of_person(gao.pk)] == [row.pk]
    assert [one.pk for one in handover.of_person(liu.pk)] == [row.pk]
