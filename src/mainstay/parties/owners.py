"""Verbs: say who looks after a customer.

The books name a salesperson; somebody whose ``books_name`` that is owns the customer until the
books name another, or until somebody decides. What was decided stays whatever the books say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from mainstay.foundation import people, roles
from mainstay.foundation.errors import NoSuchPerson
from mainstay.foundation.models import User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import below, holders, may, standing
from mainstay.foundation.services import audit
from mainstay.parties import news
from mainstay.parties.errors import (
    AlreadyOwner,
    CustomerUnknown,
    MayNotOwn,
    OutsideTerritory,
)
from mainstay.parties.models import Assignment, Customer, HandOver
from mainstay.parties.permissions import ASSIGN, OWN
from mainstay.parties.selectors import called, of_code, owned_today

OWNER, MEMBER = Assignment.Duty.OWNER, Assignment.Duty.MEMBER
BOOKS, HAND = Assignment.Source.BOOKS, Assignment.Source.HAND
CHUNK = 2_000


def follow_books() -> int:
    """Give the customers whose owner nobody decided to whom the books name; how many changed.

    Call in the transaction that changed customers or people's names in the books.
    """
    today = timezone.localdate()
    named = User.objects.filter(is_active=True).exclude(books_name="")
    people_of = dict(named.values_list("books_name", "pk"))
    standing = Assignment.objects.filter(until=None, duty=OWNER)
    stale = standing.filter(source=BOOKS).exclude(
        user__is_active=True, customer__salesperson=F("user__books_name")
    )
    went = Counter(stale.values_list("user", flat=True))
    ended = _end(stale)
    owned = standing.values("customer")
    free = Customer.objects.filter(salesperson__in=people_of).exclude(pk__in=owned)
    new = [
        Assignment(customer_id=pk, user_id=people_of[name], duty=OWNER, source=BOOKS, since=today)
        for pk, name in free.values_list("pk", "salesperson")
    ]
    Assignment.objects.bulk_create(new, batch_size=CHUNK)
    restate()
    came = Counter(row.user_id for row in new)
    for person in User.objects.filter(pk__in=came.keys() | went.keys()):
        tell([person], news.BY_BOOKS, "customers:mine", came=came[person.pk],
             went=went[person.pk])  # fmt: skip
    return max(ended, len(new))


def take_in(by: User, username: str, **said: Any) -> tuple[User, str]:
    """Take somebody in as ``people.add_person`` does; customers that the books so name follow."""
    with transaction.atomic():
        person, password = people.add_person(by, username, **said)
        if person.books_name:
            follow_books()
    return person, password


def describe(by: User, person_id: int, *, full_name: str, email: str, books_name: str) -> User:
    """Change somebody's name, mail and name in the books; the customers so named follow."""
    with transaction.atomic():
        person = people.describe(
            by, person_id, full_name=full_name, email=email, books_name=books_name
        )
        follow_books()
    return person


def assign(by: User, code: str, person_id: int, reason: str = "", *, outside: bool = False) -> None:
    """Make somebody the owner of a customer; the books change that no more.

    ``outside``: also outside that person's territory. Raises ``CustomerUnknown``,
    ``NoSuchPerson``, ``MayNotOwn``, ``OutsideTerritory``.
    """
    customer, person = _customer(by, code), who_may_own(person_id)
    if not outside:
        demand_inside(person, alone(customer))
    settle(by, customer, person_id, reason)


def settle(by: User, customer: Customer, person_id: int, reason: str) -> None:
    """As ``assign``, where the right was looked at already or a request was approved."""
    with transaction.atomic():
        person, before = who_may_own(person_id), _owner(customer)
        outside = outside_of(person, alone(customer)) > 0
        give([customer.pk], person, by, reason)
        audit(by, "customer.owner", f"customer:{customer.code}", reason=reason, owner=person.pk,
              was_owner=before, outside=outside)  # fmt: skip
        tell([person], news.GIVEN, f"customer:{customer.code}", by=by, who=by.known_as(),
             customer=customer.name)  # fmt: skip
        if before != person.pk:
            _tell_of_loss(by, before, customer, person.known_as(), reason)


def _tell_of_loss(
    by: User, person: int | None, customer: Customer, to: str, reason: str
) -> None:  # fmt: skip
    """Tell whoever owned a customer; it leads to the list, for the customer opens no more."""
    tell(User.objects.filter(pk__in=[person]), news.TAKEN, "customers:mine", by=by,
         who=by.known_as(), customer=customer.name or customer.code, to=to,
         reason=reason)  # fmt: skip


def leave_to_books(by: User, code: str, reason: str = "") -> None:
    """Take back what was decided on a customer's owner: the books name it again."""
    with transaction.atomic():
        customer = _customer(by, code)
        before = _owner(customer)
        _end(Assignment.objects.filter(customer=customer, until=None, duty=OWNER))
        follow_books()
        owner = _owner(customer)
        audit(by, "customer.owner_by_books", f"customer:{customer.code}", reason=reason,
              owner=owner, was_owner=before)  # fmt: skip
        if before != owner:
            to = "–" if owner is None else person_here(owner).known_as()
            _tell_of_loss(by, before, customer, to, reason)


def join(by: User, code: str, person_id: int) -> None:
    """Take somebody into a customer's team."""
    with transaction.atomic():
        customer, person = _customer(by, code), person_here(person_id)
        row = {"customer": customer, "user": person, "duty": MEMBER, "until": None}
        if not Assignment.objects.filter(**row).exists():
            Assignment.objects.create(**row, source=HAND, since=timezone.localdate(), by=by)
            audit(by, "customer.joined", f"customer:{customer.code}", person=person.pk)


def part(by: User, code: str, person_id: int) -> None:
    """Take somebody out of a customer's team."""
    with transaction.atomic():
        customer = _customer(by, code)
        if _end(customer.assignments.filter(user=person_id, duty=MEMBER, until=None)):
            audit(by, "customer.parted", f"customer:{customer.code}", person=person_id)


def change_of(code: str, person_id: int) -> tuple[str, str]:
    """The name of a customer's owner now, and of who would be. Raises ``AlreadyOwner``."""
    person = who_may_own(person_id)
    held = Assignment.objects.filter(customer=known(code), until=None, duty=OWNER)
    now = held.select_related("user").first()
    if now is not None and now.user_id == person.pk:
        raise AlreadyOwner(person=person.known_as())
    return (_apart(now.user) if now else "–"), _apart(person)


def _apart(person: User) -> str:
    """A person's name by which nobody else of that name is meant."""
    called = person.known_as()
    return called if called == person.username else f"{called} ({person.username})"


def known(code: str) -> Customer:
    """The customer a code leads to, whoever may see it. Raises ``CustomerUnknown``."""
    found = Customer.objects.filter(codes__code=code).first()
    if found is None:
        raise CustomerUnknown(customer=code)
    return found


def _customer(by: User, code: str) -> Customer:
    found = of_code(by, code, ASSIGN).first()
    if found is None:
        raise CustomerUnknown(customer=code)
    return found


def _owner(customer: Customer) -> int | None:
    held = customer.assignments.filter(until=None, duty=OWNER)
    return held.values_list("user_id", flat=True).first()


def choices() -> list[tuple[int, str]]:
    """Who may own customers, by name."""
    return [(one.pk, one.known_as()) for one in holders(OWN).order_by("username")]


def who_may_own(person_id: int) -> User:
    """Somebody who is here and may own customers. Raises ``NoSuchPerson``, ``MayNotOwn``."""
    person = person_here(person_id)
    if not may(person, OWN):
        raise MayNotOwn(person=person.known_as())
    return person


def outside_of(person: User, customers: QuerySet[Customer]) -> int:
    """How many of these customers lie outside the territories in which somebody may own them.

    A role that names no territory covers all.
    """
    roles_of = [name for name, role in roles.known().items() if OWN in role.rights]
    held = standing().filter(user=person, role__name__in=roles_of)
    places = set(held.values_list("territory", flat=True))
    if None in places:
        return 0
    inside = Customer.objects.filter(territory__in=below(pk for pk in places if pk is not None))
    return customers.exclude(pk__in=inside.values("pk")).count()


def alone(customer: Customer) -> QuerySet[Customer]:
    """One customer, for what is asked of several."""
    return Customer.objects.filter(pk=customer.pk)


def demand_inside(person: User, customers: QuerySet[Customer]) -> None:
    """Raise ``OutsideTerritory`` where a customer lies outside the person's territories."""
    if outside := outside_of(person, customers):
        raise OutsideTerritory(person=person.known_as(), customers=outside)


def person_here(person_id: int) -> User:
    """Somebody who is here. Raises ``NoSuchPerson``."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NoSuchPerson
    return person


def give(
    customers: list[int], person: User, by: User, reason: str, row: HandOver | None = None
) -> None:
    """Let somebody own these customers from today on; ``row``: as part of a hand-over. Without its
    audit, in the decision's transaction.
    """
    today = timezone.localdate()
    ordered = sorted(customers)  # two at once wait for each other, and not each for the other
    for start in range(0, len(ordered), CHUNK):
        some = ordered[start : start + CHUNK]
        held = Assignment.objects.filter(customer__in=some, until=None)
        held.filter(Q(duty=OWNER) | Q(user=person)).update(until=today, ended_in=row)
        Assignment.objects.bulk_create(
            Assignment(customer_id=pk, user=person, duty=OWNER, source=HAND, since=today,
                       by=by, reason=reason, begun_in=row)
            for pk in some
        )  # fmt: skip
        restate(some)


def restate(customers: Collection[int] | None = None) -> int:
    """Let these customers, or all, say who owns them as their assignments do; how many changed.

    Every verb that begins or ends one calls it after that, and so does what changes a person's
    name. What the books settle anew (``follow_books``) restates all, whatever was missed.
    """
    rows = Customer.objects.all()
    if customers is not None:
        rows = rows.filter(pk__in=customers)
    owner, name = _as_assigned()
    number = {"output_field": BigIntegerField()}
    stale = rows.alias(
        was=Coalesce("owner", Value(0), **number), now=Coalesce(owner, Value(0), **number),
        was_called=Coalesce("owner_name", Value("")), now_called=Coalesce(name, Value("")),
    ).exclude(was=F("now"), was_called=F("now_called"))  # fmt: skip
    found = list(stale.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(found), CHUNK):
        _state(found[start : start + CHUNK])
    return len(found)


def _state(customers: list[int]) -> None:
    """Held first, in one order, and read anew then: who decides at the same time waits, or has
    decided and is seen; a statement that waited for a row would still read the assignments of
    before.
    """
    rows = Customer.objects.filter(pk__in=customers)
    list(rows.order_by("pk").select_for_update().values_list("pk"))
    owner, name = _as_assigned()
    rows.update(owner=owner, owner_name=name)


def _as_assigned() -> tuple[Subquery, Subquery]:
    """Who owns a customer today, and how colleagues call them."""
    held = owned_today().filter(customer=OuterRef("pk"))
    return Subquery(held.values("user")[:1]), Subquery(held.values(name=called("user__"))[:1])


def _end(rows: QuerySet[Assignment]) -> int:
    return rows.filter(until=None).update(until=timezone.localdate())
