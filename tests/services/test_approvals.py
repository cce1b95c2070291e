"""Requests: who may ask, who decides, four eyes, deputies, and what is carried out."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mainstay.foundation.approvals import absence, deciding, inbox
from mainstay.foundation.approvals.models import Absence, Request
from mainstay.foundation.errors import (
    AbsenceNotValid,
    AlreadyAsked,
    EffectChanged,
    NobodyDecides,
    NoReason,
    NoSuchRequest,
    NotAllowed,
    NotOpen,
)
from mainstay.foundation.models import AuditEntry, Notice, Role, Territory, User
from mainstay.foundation.permissions import may
from mainstay.kernel.errors import words
from mainstay.ledger import identity
from mainstay.parties import asking, handover, owners, territories
from mainstay.parties.errors import AlreadyOwner
from mainstay.parties.models import Assignment, Customer, CustomerCode
from tests.people import administrator, person, seen, with_rights

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate
SUBJECT = "customer:C1"


@pytest.fixture
def boss(db: None) -> User:
    return administrator("boss")


@pytest.fixture
def seller(boss: User) -> User:
    return person("seller", "salesperson")


@pytest.fixture
def east(boss: User) -> Territory:
    return territories.save(boss, None, name="浙江区", regions=["浙江"])


@pytest.fixture
def director(east: Territory) -> User:
    return person("director", "sales_director", territory=east)


@pytest.fixture
def customer(east: Territory, boss: User, seller: User) -> Customer:
    """Of Zhejiang; its owner is the seller."""
    row = Customer.objects.create(code="C1", name="宁波拓普", region="浙江")
    CustomerCode.objects.create(code="C1", own=row, customer=row, in_use=True)
    territories.settle()
    owners.assign(boss, "C1", seller.pk)
    return row


@pytest.fixture
def other(boss: User) -> User:
    return person("other", "salesperson")


@pytest.fixture
def request_of(seller: User, other: User, customer: Customer, director: User) -> Request:
    """The seller asks that another looks after the customer."""
    wanted = {"customer": "C1", "person": other.pk}
    return deciding.ask(seller, asking.OWNER, wanted, "moves to the south")


def owner() -> User:
    return Assignment.objects.get(until=None, duty="owner").user


def told(user: User) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(user=user).values_list("kind", "subject").order_by("pk"))


def test_what_is_approved_is_carried_out_told_and_written_down(
    request_of: Request, seller: User, director: User, other: User
) -> None:
    subject = f"request:{request_of.pk}"
    assert ("request.asked", subject) in told(director)
    assert [one.id for one in inbox.to_decide(director)] == [request_of.pk]
    detail = inbox.detail(director, request_of.pk)
    assert detail.effects == (
        {"what": words("Owner", "负责人"), "before": "seller", "after": "other"},
    )
    deciding.approve(director, request_of.pk, detail.seen, "agreed")
    assert owner() == other
    assert ("request.decided", subject) in told(seller)
    assert ("customer.given", SUBJECT) in told(other)
    entries = AuditEntry.objects.filter(subject=subject).order_by("pk")
    assert [(e.action, e.actor, e.reason) for e in entries] == [
        ("request.asked", seller, "moves to the south"),
        ("request.approved", director, "agreed"),
    ]
    given = AuditEntry.objects.filter(action="customer.owner", subject=SUBJECT).latest("pk")
    assert (given.actor, given.reason) == (director, "moves to the south")
    assert inbox.to_decide(director) == []
    assert [one.state for one in inbox.decided(director)] == ["approved"]


def test_nobody_decides_their_own_request(
    customer: Customer, director: User, other: User, boss: User
) -> None:
    wanted = {"customer": "C1", "person": other.pk}
    mine = deciding.ask(director, asking.OWNER, wanted, "why not")
    with pytest.raises(NotAllowed):
        deciding.approve(director, mine.pk, seen(director, mine))
    assert inbox.to_decide(director) == []
    assert [one.id for one in inbox.to_decide(boss)] == [mine.pk]


def test_a_deputy_decides_for_whoever_is_away_and_both_are_named(
    request_of: Request, director: User, other: User, seller: User
) -> None:
    assert inbox.to_decide(other) == []
    with pytest.raises(NoSuchRequest):
        inbox.detail(other, request_of.pk)
    absence.go_away(director, other.pk, TODAY(), TODAY())
    assert ("absence.deputy", "inbox:mine") in told(other)
    assert [one.id for one in inbox.to_decide(other)] == [request_of.pk]
    assert inbox.detail(other, request_of.pk).instead_of == "director"
    deciding.refuse(other, request_of.pk, "not this month")
    said = inbox.detail(director, request_of.pk).words[0]
    assert (said.by, said.instead_of, said.verdict) == ("other", "director", "refused")
    assert owner() == seller
    entry = AuditEntry.objects.get(action="request.refused")
    assert (entry.actor, entry.facts["instead_of"]) == (other, director.pk)


def test_a_deputy_gets_no_other_right_and_none_before_or_after(
    request_of: Request, director: User, other: User
) -> None:
    tomorrow = TODAY() + dt.timedelta(days=1)
    absence.go_away(director, other.pk, tomorrow, tomorrow)
    assert inbox.to_decide(other) == []
    Absence.objects.update(since=TODAY() - dt.timedelta(days=2), until=TODAY())
    assert len(inbox.to_decide(other)) == 1
    assert not may(other, "customers.assign")
    Absence.objects.update(until=TODAY() - dt.timedelta(days=1))
    assert inbox.to_decide(other) == []
    Absence.objects.update(until=TODAY())
    absence.come_back(director)
    assert inbox.to_decide(other) == []


def test_the_asker_is_no_deputy_on_their_own_request(
    request_of: Request, director: User, seller: User
) -> None:
    absence.go_away(director, seller.pk, TODAY(), TODAY())
    assert inbox.to_decide(seller) == []
    with pytest.raises(NotAllowed):
        deciding.approve(seller, request_of.pk, seen(seller, request_of))


def test_who_is_outside_the_reach_neither_decides_nor_sees(request_of: Request, boss: User) -> None:
    elsewhere = territories.save(boss, None, name="江苏区", regions=["江苏"])
    stranger = person("stranger", "sales_director", territory=elsewhere)
    assert inbox.to_decide(stranger) == []
    for act in (
        lambda: inbox.detail(stranger, request_of.pk),
        lambda: deciding.approve(stranger, request_of.pk, ""),
        lambda: deciding.refuse(stranger, request_of.pk, "no"),
    ):
        with pytest.raises(NoSuchRequest):
            act()
    assert told(stranger) == []


def test_an_auditor_reads_and_does_not_decide(request_of: Request) -> None:
    auditor = person("auditor", "auditor")
    detail = inbox.detail(auditor, request_of.pk)
    assert not detail.may_decide
    with pytest.raises(NotAllowed):
        deciding.approve(auditor, request_of.pk, detail.seen)


def test_what_changed_since_it_was_looked_at_is_looked_at_again(
    request_of: Request, director: User, boss: User, other: User
) -> None:
    before = seen(director, request_of)
    third = person("third", "salesperson")
    owners.assign(boss, "C1", third.pk)
    with pytest.raises(EffectChanged):
        deciding.approve(director, request_of.pk, before)
    assert owner() == third
    detail = inbox.detail(director, request_of.pk)
    assert detail.changed
    deciding.approve(director, request_of.pk, detail.seen)
    assert owner() == other
    request_of.refresh_from_db()
    assert request_of.effects[0]["before"] == "third"


def test_what_cannot_be_carried_out_is_not_decided(
    request_of: Request, director: User, boss: User, other: User
) -> None:
    shown = seen(director, request_of)
    owners.assign(boss, "C1", other.pk)
    hindrance = inbox.detail(director, request_of.pk).hindrance
    assert hindrance == {
        "en": "other is the owner already.", "zh": "other 已是该客户的负责人。",
    }  # fmt: skip
    with pytest.raises(AlreadyOwner):
        deciding.approve(director, request_of.pk, shown)
    request_of.refresh_from_db()
    assert request_of.state == "open"
    assert not request_of.words.exists()


def test_asking_back_answering_and_withdrawing(
    request_of: Request, director: User, seller: User
) -> None:
    with pytest.raises(NoReason):
        deciding.ask_back(director, request_of.pk, " ")
    deciding.ask_back(director, request_of.pk, "who replaces you?")
    assert inbox.to_decide(director) == []
    assert inbox.asked(seller)[0].state == "returned"
    with pytest.raises(NotOpen):
        deciding.approve(director, request_of.pk, seen(director, request_of))
    deciding.answer(seller, request_of.pk, "other does")
    assert len(inbox.to_decide(director)) == 1
    with pytest.raises(NoSuchRequest):
        deciding.withdraw(director, request_of.pk)
    deciding.withdraw(seller, request_of.pk)
    with pytest.raises(NotOpen):
        deciding.approve(director, request_of.pk, seen(director, request_of))
    assert [w.verdict for w in inbox.detail(seller, request_of.pk).words] == [
        "returned", "answered", "withdrawn",
    ]  # fmt: skip


def unread(user: User) -> list[str]:
    rows = Notice.objects.filter(user=user, read_at=None, kind__startswith="request.")
    return list(rows.values_list("kind", flat=True).order_by("pk"))


def test_once_one_decides_it_asks_the_others_no_more(
    request_of: Request, director: User, boss: User, seller: User
) -> None:
    assert unread(director) == unread(boss) == ["request.asked"]
    deciding.ask_back(director, request_of.pk, "since when?")
    assert (unread(boss), unread(seller)) == ([], ["request.returned"])
    deciding.answer(seller, request_of.pk, "a month")
    assert (unread(boss), unread(seller)) == (["request.asked"], [])
    Notice.objects.filter(user=director, read_at=None).update(mail="mail")
    deciding.approve(boss, request_of.pk, seen(boss, request_of))
    assert unread(director) == unread(boss) == []
    assert not Notice.objects.filter(user=director, kind="request.asked").exclude(mail="").exists()
    assert unread(seller) == ["request.decided"]  # news, which asks nothing: hers to read


def test_what_is_withdrawn_asks_nobody_any_more(
    request_of: Request, director: User, boss: User, seller: User
) -> None:
    deciding.withdraw(seller, request_of.pk)
    assert unread(director) == unread(boss) == []


def test_one_undecided_request_about_one_thing(
    request_of: Request, seller: User, director: User, other: User
) -> None:
    wanted = {"customer": "C1", "person": other.pk}
    with pytest.raises(AlreadyAsked):
        deciding.ask(seller, asking.OWNER, wanted, "again")
    deciding.refuse(director, request_of.pk, "no")
    assert deciding.ask(seller, asking.OWNER, wanted, "once more").pk != request_of.pk


def test_who_does_not_see_it_does_not_ask_and_a_reason_is_needed(
    customer: Customer, director: User, other: User, seller: User
) -> None:
    wanted = {"customer": "C1", "person": other.pk}
    with pytest.raises(NotAllowed):
        deciding.ask(other, asking.OWNER, wanted, "mine, please")
    with pytest.raises(NoReason):
        deciding.ask(seller, asking.OWNER, wanted, "  ")
    with pytest.raises(AlreadyOwner):
        deciding.ask(seller, asking.OWNER, {"customer": "C1", "person": seller.pk}, "mine")
    assert not Request.objects.exists()


def test_where_nobody_else_may_decide_nothing_is_asked(
    customer: Customer, boss: User, other: User
) -> None:
    wanted = {"customer": "C1", "person": other.pk}
    with pytest.raises(NobodyDecides):
        deciding.ask(boss, asking.OWNER, wanted, "why")


@pytest.mark.parametrize(("since", "until", "deputy"), [(1, 0, "other"), (-3, -1, "other"),
                                                        (0, 1, "director")])  # fmt: skip
def test_an_absence_has_days_and_a_deputy(
    director: User, other: User, since: int, until: int, deputy: str
) -> None:
    days = (TODAY() + dt.timedelta(days=since), TODAY() + dt.timedelta(days=until))
    with pytest.raises(AbsenceNotValid):
        absence.go_away(director, User.objects.get(username=deputy).pk, *days)


def test_after_a_merge_it_is_about_the_customer_the_code_leads_to(
    request_of: Request, director: User, boss: User, other: User, east: Territory
) -> None:
    into = Customer.objects.create(code="C2", name="宁波拓普集团", region="浙江")
    CustomerCode.objects.create(code="C2", own=into, customer=into, in_use=True)
    territories.settle()
    identity.merge(boss, "C1", "C2", "one firm")
    assert inbox.about(asking.OWNER, {"customer": "C2"}) == request_of.pk
    with pytest.raises(AlreadyAsked):
        deciding.ask(director, asking.OWNER, {"customer": "C2", "person": other.pk}, "again")
    deciding.approve(director, request_of.pk, seen(director, request_of))
    held = Assignment.objects.get(customer=into, until=None, duty="owner")
    assert held.user == other


def test_what_somebody_who_leaves_had_asked_for_is_withdrawn(
    request_of: Request, seller: User, director: User, boss: User, other: User
) -> None:
    deciding.ask_back(director, request_of.pk, "who replaces you?")
    handover.let_go(boss, seller.pk, other.pk, "leaves")
    request_of.refresh_from_db()
    assert request_of.state == "withdrawn"
    assert deciding.ask(director, asking.OWNER, {"customer": "C1", "person": seller_again().pk},
                        "free again")  # fmt: skip


def seller_again() -> User:
    return person("seller-again", "salesperson")


def test_what_was_asked_back_and_is_not_answered_can_be_refused(
    request_of: Request, director: User
) -> None:
    deciding.ask_back(director, request_of.pk, "who replaces you?")
    deciding.refuse(director, request_of.pk, "no answer for a month")
    request_of.refresh_from_db()
    assert request_of.state == "refused"


def test_a_deputy_without_a_second_step_stands_for_nobody_who_needs_one(
    request_of: Request, director: User, other: User
) -> None:
    absence.go_away(director, other.pk, TODAY(), TODAY())
    Role.objects.filter(name="sales_director").update(second_step=True)
    assert inbox.to_decide(User.objects.get(pk=other.pk)) == []
    with pytest.raises(NoSuchRequest):
        inbox.detail(other, request_of.pk)


def test_who_asked_reads_no_later_news_of_a_customer_out_of_reach(
    request_of: Request, seller: User, boss: User, customer: Customer
) -> None:
    third = person("third", "salesperson")
    owners.assign(boss, "C1", third.pk)
    Customer.objects.filter(pk=customer.pk).update(name="Secret")
    detail = inbox.detail(seller, request_of.pk)
    assert detail.info.named == "宁波拓普"
    assert detail.effects[0]["before"] == "seller"
    assert not detail.changed


def test_an_auditor_of_some_customers_does_not_read_all_requests(request_of: Request) -> None:
    narrow = with_rights(person("narrow"), "audit.read", reach="own")
    with pytest.raises(NoSuchRequest):
        inbox.detail(narrow, request_of.pk)


def test_people_of_one_name_are_told_apart(
    request_of: Request, director: User, seller: User, other: User
) -> None:
    User.objects.filter(pk__in=[seller.pk, other.pk]).update(first_name="王伟")
    effect = inbox.detail(director, request_of.pk).effects[0]
    assert (effect["before"], effect["after"]) == ("王伟 (seller)", "王伟 (other)")


def test_an_administrator_names_a_deputy_for_the_ill_but_never_themself(
    request_of: Request, director: User, boss: User, other: User
) -> None:
    with pytest.raises(AbsenceNotValid):
        absence.go_away(director, boss.pk, TODAY(), TODAY(), by=boss)
    with pytest.raises(NotAllowed):
        absence.go_away(director, other.pk, TODAY(), TODAY(), by=other)
    with pytest.raises(AbsenceNotValid):
        absence.go_away(director, other.pk, TODAY(), TODAY() + dt.timedelta(days=93))
    absence.go_away(director, other.pk, TODAY(), TODAY(), by=boss)
    assert len(inbox.to_decide(other)) == 1
    absence.come_back(director, by=boss)
    assert inbox.to_decide(other) == []
    assert [entry.actor for entry in AuditEntry.objects.filter(action__startswith="absence")] == [
        boss, boss,
    ]  # fmt: skip


@pytest.mark.parametrize("deputy", [False, True])
def test_a_long_inbox_costs_no_more_queries_than_a_short_one(
    director: User, seller: User, other: User, boss: User, deputy: bool
) -> None:
    reader = person("reader") if deputy else director
    if deputy:
        absence.go_away(director, reader.pk, TODAY(), TODAY())

    def more(first: int, last: int) -> int:
        for number in range(first, last):
            row = Customer.objects.create(code=f"D{number}", name=f"D{number}", region="浙江")
            CustomerCode.objects.create(code=row.code, own=row, customer=row, in_use=True)
            Assignment.objects.create(
                customer=row, user=seller, duty="owner", source="hand", since=TODAY()
            )
        territories.settle()
        for number in range(first, last):
            wanted = {"customer": f"D{number}", "person": other.pk}
            deciding.ask(seller, asking.OWNER, wanted, "why")
        with CaptureQueriesContext(connection) as queries:
            assert len(inbox.to_decide(User.objects.get(pk=reader.pk))) == last
            inbox.asked(User.objects.get(pk=seller.pk))
        return len(queries)

    assert more(0, 3) == more(3, 9) < 20
