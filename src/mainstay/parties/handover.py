"""Customers go to somebody else, many in one act: look first, decide with a reason, take it back.

What is looked at is what is decided: where another change came between, nothing is handed over.
Taking back is a decision of its own, dated today. It undoes what still stands: a customer that has
gone on to somebody else stays there, and nobody who left gets one back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from mainstay.foundation import people
from mainstay.foundation.errors import EffectChanged, NotAllowed, ReasonMissing
from mainstay.foundation.models import User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.foundation.services import audit, audit_each
from mainstay.foundation.trail.selectors import names
from mainstay.parties import news, owners
from mainstay.parties.errors import (
    CustomerUnknown,
    HandedBack,
    NobodyToComeBackTo,
    NoSuccessor,
    NoSuchHandOver,
    NothingToHandOver,
)
from mainstay.parties.models import Assignment, Customer, HandOver
from mainstay.parties.owners import HAND, MEMBER, OWNER
from mainstay.parties.permissions import ASSIGN
from mainstay.parties.selectors import visible_to


@dataclass(frozen=True, slots=True)
class Giver:
    """Whose customers go."""

    person: int | None
    """Null: nobody owns them."""
    name: str
    customers: int
    """That go."""
    kept: int
    """Owned afterwards, outside the right of whoever looks among them."""
    teams: int
    """Customers in whose team they stay."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What handing over would change now."""

    to: User
    customers: QuerySet[Customer]
    """Those that get another owner."""
    count: int
    givers: tuple[Giver, ...]
    """Most customers first."""
    outside: int
    """Customers outside the receiver's territory."""
    same: int
    """Customers named that are the receiver's already."""
    seen: str
    """Tells this change from any other."""


@dataclass(frozen=True, slots=True)
class HandOverInfo:
    """A hand-over as it was decided."""

    id: int
    to: str
    by: str
    customers: int
    givers: tuple[tuple[str, int], ...]
    """Whose they were; an empty name: nobody's."""
    reason: str
    row: HandOver
    standing: int
    """Customers that are the receiver's by it today."""


def look(
    by: User, to_id: int, *, codes: Collection[str] | None = None, giver_id: int | None = None
) -> Plan:
    """What would change if these customers, or all of somebody's that one may assign, were given.

    Raises ``NotAllowed``, ``NoSuchPerson``, ``MayNotOwn``, ``CustomerUnknown``.
    """
    to, within = owners.who_may_own(to_id), visible_to(by, ASSIGN)
    if codes is not None:
        _all_known(by, codes)
        wanted = Customer.objects.filter(pk__in=within.filter(codes__code__in=codes).values("pk"))
    else:
        held = Assignment.objects.filter(user=giver_id, duty=OWNER, until=None)
        wanted = within.filter(pk__in=held.values("customer"))
    theirs = wanted.filter(
        Exists(_owned().filter(customer=OuterRef("pk"), user=to.pk))
    )  # fmt: skip
    same, going = theirs.count(), wanted.exclude(pk__in=theirs.values("pk"))
    owner = Subquery(_owned().filter(customer=OuterRef("pk")).values("user")[:1])
    pairs = list(going.order_by("pk").values_list("pk", owner))
    told = f"{to.pk} {pairs}"
    return Plan(
        to, going, len(pairs), tuple(_givers(Counter(person for _pk, person in pairs))),
        owners.outside_of(to, going), same,
        hashlib.sha256(told.encode()).hexdigest()[:16],
    )  # fmt: skip


def give(
    by: User, to_id: int, reason: str, *, codes: Collection[str] | None = None,
    giver_id: int | None = None, seen: str | None = None, outside: bool = False,
) -> HandOver:  # fmt: skip
    """Hand over what ``look`` says; ``seen``: only if it is still what was looked at; ``outside``:
    also outside the receiver's territory.

    Raises what ``look`` raises, ``ReasonMissing``, ``NothingToHandOver``, ``EffectChanged``,
    ``OutsideTerritory``.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        plan = look(by, to_id, codes=codes, giver_id=giver_id)
        if seen is not None and plan.seen != seen:
            raise EffectChanged
        if not plan.count:
            raise NothingToHandOver
        if not outside:
            owners.demand_inside(plan.to, plan.customers)
        return _carry_out(by, plan, reason.strip())


def let_go(
    by: User, person_id: int, successor_id: int | None, reason: str, *, seen: str | None = None,
    outside: bool = False,
) -> HandOver | None:  # fmt: skip
    """Somebody leaves: customers go to the successor, roles end; the hand-over, if there was one.

    Raises ``NoSuccessor`` where customers would be left without anybody, ``NotAllowed`` where one
    lies outside the right to assign.
    """
    demand(by, MANAGE_PEOPLE)
    made = None
    with transaction.atomic():
        held = Assignment.objects.filter(user=person_id, until=None)
        if held.filter(duty=OWNER).exists():
            if successor_id is None or successor_id == person_id:
                raise NoSuccessor
            made = give(by, successor_id, reason, giver_id=person_id, seen=seen, outside=outside)
            if held.filter(duty=OWNER).exists():
                raise NotAllowed
        held.update(until=timezone.localdate())
        people.let_go(by, person_id)
    return made


def take_back(by: User, hand_over_id: int, reason: str) -> int:
    """Give what was handed over, and still stands, back to whose it was; how many customers.

    Raises ``NoSuchHandOver``, ``ReasonMissing``, ``HandedBack``, ``NobodyToComeBackTo``.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = _known(by, HandOver.objects.select_for_update().filter(pk=hand_over_id).first())
        if row.taken_back_at is not None:
            raise HandedBack
        standing = _begun(row).filter(until=None)
        before = Assignment.objects.filter(ended_in=row, customer__in=standing.values("customer"))
        gone = before.filter(duty=OWNER, user__is_active=False)
        back = list(standing.exclude(customer__in=gone.values("customer")).values_list("customer"))
        if not back:
            raise NobodyToComeBackTo
        customers = [pk for (pk,) in back]
        _restore(by, row, customers, reason.strip())
        row.taken_back_by, row.taken_back_at = by, timezone.now()
        row.taken_back_why, row.given_back = reason.strip(), len(customers)
        row.save()
        _record_back(by, row, customers)
    return len(customers)


def hand_over(by: User, hand_over_id: int) -> HandOverInfo:
    """One of them, for whoever may assign all its customers. Raises ``NoSuchHandOver``."""
    row = HandOver.objects.select_related("to", "by", "taken_back_by").filter(pk=hand_over_id)
    return _info(_known(by, row.first()))


def of_person(person_id: int, size: int = 5) -> list[HandOver]:
    """The latest in which somebody gave or got customers, newest first."""
    gave = Assignment.objects.filter(user=person_id, duty=OWNER).exclude(ended_in=None)
    rows = HandOver.objects.filter(Q(to=person_id) | Q(pk__in=gave.values("ended_in")))
    return list(rows.select_related("to", "by").order_by("-pk")[:size])


def _owned() -> QuerySet[Assignment]:
    return Assignment.objects.filter(duty=OWNER, until=None)


def _begun(row: HandOver) -> QuerySet[Assignment]:
    return Assignment.objects.filter(begun_in=row, duty=OWNER)


def _all_known(by: User, codes: Iterable[str]) -> None:
    named = set(codes)
    found = visible_to(by, ASSIGN).filter(codes__code__in=named).values_list("codes__code")
    for code in sorted(named - {code for (code,) in found}):
        raise CustomerUnknown(customer=code)


def _givers(going: Counter[int | None]) -> Iterable[Giver]:
    ids = [person for person in going if person is not None]
    called = names(ids)
    held = Assignment.objects.filter(user__in=ids, until=None)
    counts = {
        (person, duty): count
        for person, duty, count in held.values_list("user", "duty").annotate(Count("pk"))
    }
    for person, count in going.most_common():
        owned, teams = (counts.get((person, duty), 0) for duty in (OWNER, MEMBER))
        yield Giver(
            person, called.get(person, "") if person else "", count,
            owned - count if person else 0, teams if person else 0,
        )  # fmt: skip


def _carry_out(by: User, plan: Plan, reason: str) -> HandOver:
    customers = dict(plan.customers.values_list("pk", "code"))
    before = dict(
        _owned().filter(customer__in=plan.customers.values("pk")).values_list("customer", "user")
    )
    row = HandOver.objects.create(to=plan.to, customers=plan.count, reason=reason, by=by)
    owners.give(list(customers), plan.to, by, reason, row)
    audit(by, "customers.handed_over", f"hand_over:{row.pk}", reason=reason, to=plan.to.pk,
          customers=plan.count, outside=plan.outside)  # fmt: skip
    for giver in plan.givers:
        if giver.person is not None:
            audit(by, "customers.given_away", f"user:{giver.person}", reason=reason,
                  to=plan.to.pk, customers=giver.customers, hand_over=row.pk)  # fmt: skip
    told = [
        (f"customer:{code}", {"owner": plan.to.pk, "was_owner": before.get(pk)})
        for pk, code in customers.items()
    ]
    audit_each(by, "customer.owner", told, reason=reason)
    tell([plan.to], news.HANDED, "customers:mine", by=by, who=by.known_as(),
         customers=plan.count)  # fmt: skip
    for giver in plan.givers:
        tell(User.objects.filter(pk__in=[giver.person]), news.GONE, "customers:mine", by=by,
             who=by.known_as(), customers=giver.customers, to=plan.to.known_as(),
             reason=reason)  # fmt: skip
    return row


def _restore(by: User, row: HandOver, customers: list[int], reason: str) -> None:
    """Give the customers to whom somebody had decided, the others to whom the books name; and let
    the receiver be in the teams of before.
    """
    whose: dict[User, list[int]] = {}
    for start in range(0, len(customers), owners.CHUNK):
        some = customers[start : start + owners.CHUNK]
        ended = Assignment.objects.filter(ended_in=row, customer__in=some)
        for one in ended.filter(duty=OWNER, source=HAND).select_related("user"):
            whose.setdefault(one.user, []).append(one.customer_id)
        _begun(row).filter(customer__in=some, until=None).update(until=timezone.localdate())
    facts = {"who": by.known_as(), "reason": reason}
    tell([row.to], news.BACK, "customers:mine", by=by, came=0, went=len(customers), **facts)
    for person, theirs in whose.items():
        owners.give(theirs, person, by, reason)
        tell([person], news.BACK, "customers:mine", by=by, came=len(theirs), went=0, **facts)
    owners.follow_books()
    again = set(
        Assignment.objects.filter(ended_in=row, duty=MEMBER).values_list("customer", flat=True)
    )
    for pk in again.intersection(customers):
        Assignment.objects.get_or_create(
            customer_id=pk, user=row.to, duty=MEMBER, until=None,
            defaults={"source": HAND, "since": timezone.localdate(), "by": by, "reason": reason},
        )  # fmt: skip


def _record_back(by: User, row: HandOver, customers: list[int]) -> None:
    audit(by, "customers.taken_back", f"hand_over:{row.pk}", reason=row.taken_back_why,
          to=row.to_id, customers=len(customers))  # fmt: skip
    codes = Customer.objects.filter(pk__in=_begun(row).values("customer"))
    now = dict(_owned().filter(customer__in=codes.values("pk")).values_list("customer", "user"))
    back = set(customers)
    told = [
        (f"customer:{code}", {"owner": now.get(pk), "was_owner": row.to_id})
        for pk, code in codes.values_list("pk", "code") if pk in back
    ]  # fmt: skip
    audit_each(by, "customer.owner", told, reason=row.taken_back_why)


def _known(by: User, row: HandOver | None) -> HandOver:
    if row is None:
        raise NoSuchHandOver
    within = visible_to(by, ASSIGN).values("pk")
    if _begun(row).exclude(customer__in=within).exists():
        raise NoSuchHandOver
    return row


def _info(row: HandOver) -> HandOverInfo:
    ended = Assignment.objects.filter(ended_in=row, duty=OWNER)
    given = Counter(dict(ended.values_list("user").annotate(Count("pk"))))
    called = names(given)
    givers = [(called[person], count) for person, count in given.most_common()]
    if free := row.customers - given.total():
        givers.append(("", free))
    return HandOverInfo(
        row.pk, row.to.known_as(), row.by.known_as(), row.customers, tuple(givers), row.reason,
        row, _begun(row).filter(until=None).count(),
    )  # fmt: skip
