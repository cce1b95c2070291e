"""Verbs: say who looks after a customer, and hand customers over.

The books name a salesperson; somebody whose ``books_name`` that is owns the customer until the
books name another, or until somebody decides. What was decided stays whatever the books say.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from mainstay.foundation import people
from mainstay.foundation.errors import NoSuchPerson, NotAllowed
from mainstay.foundation.models import User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.foundation.services import audit, audit_each
from mainstay.parties import news
from mainstay.parties.errors import AlreadyOwner, CustomerUnknown, NoSuccessor
from mainstay.parties.models import Assignment, Customer
from mainstay.parties.permissions import ASSIGN
from mainstay.parties.selectors import of_code, visible_to

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
    ended = _end(stale)
    owned = standing.values("customer")
    free = Customer.objects.filter(salesperson__in=people_of).exclude(pk__in=owned)
    new = [
        Assignment(customer_id=pk, user_id=people_of[name], duty=OWNER, source=BOOKS, since=today)
        for pk, name in free.values_list("pk", "salesperson")
    ]
    Assignment.objects.bulk_create(new, batch_size=CHUNK)
    return max(ended, len(new))


def describe(by: User, person_id: int, *, full_name: str, email: str, books_name: str) -> User:
    """Change somebody's name, mail and name in the books; the customers so named follow."""
    with transaction.atomic():
        person = people.describe(
            by, person_id, full_name=full_name, email=email, books_name=books_name
        )
        follow_books()
    return person


def assign(by: User, code: str, person_id: int, reason: str = "") -> None:
    """Make somebody the owner of a customer; the books change that no more."""
    settle(by, _customer(by, code), person_id, reason)


def assign_all(by: User, codes: Iterable[str], person_id: int, reason: str = "") -> None:
    """Make somebody the owner of several customers: of all of them or, raising, of none."""
    with transaction.atomic():
        customers = [_customer(by, code) for code in codes]
        if len(customers) == 1:
            settle(by, customers[0], person_id, reason)
            return
        for customer in customers:
            _settle(by, customer, person_id, reason)
        _tell_of_many(by, _person(person_id), len(customers))


def settle(by: User, customer: Customer, person_id: int, reason: str) -> None:
    """As ``assign``, where the right was looked at already or a request was approved."""
    with transaction.atomic():
        person = _settle(by, customer, person_id, reason)
        tell([person], news.GIVEN, f"customer:{customer.code}", by=by, who=by.known_as(),
             customer=customer.name)  # fmt: skip


def _settle(by: User, customer: Customer, person_id: int, reason: str) -> User:
    person, before = _person(person_id), _owner(customer)
    _give([customer.pk], person, by, reason)
    audit(by, "customer.owner", f"customer:{customer.code}", reason=reason, owner=person.pk,
          was_owner=before)  # fmt: skip
    return person


def _tell_of_many(by: User, person: User, customers: int) -> None:
    if customers:
        tell([person], news.HANDED, "customers:mine", by=by, who=by.known_as(),
             customers=customers)  # fmt: skip


def leave_to_books(by: User, code: str, reason: str = "") -> None:
    """Take back what was decided on a customer's owner: the books name it again."""
    with transaction.atomic():
        customer = _customer(by, code)
        before = _owner(customer)
        _end(Assignment.objects.filter(customer=customer, until=None, duty=OWNER))
        follow_books()
        audit(by, "customer.owner_by_books", f"customer:{customer.code}", reason=reason,
              owner=_owner(customer), was_owner=before)  # fmt: skip


def join(by: User, code: str, person_id: int) -> None:
    """Take somebody into a customer's team."""
    with transaction.atomic():
        customer, person = _customer(by, code), _person(person_id)
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


def hand_over(by: User, codes: Iterable[str] | None, from_id: int, to_id: int, reason: str) -> int:
    """Give the named customers of one person, or all of them, to another; how many.

    Raises ``NotAllowed`` where a customer lies outside the right to assign: nothing is given then.
    """
    with transaction.atomic():
        to = _person(to_id)
        held = Assignment.objects.filter(user=from_id, until=None, duty=OWNER)
        if codes is not None:
            held = held.filter(customer__code__in=list(codes))
        wanted = dict(held.values_list("customer_id", "customer__code"))
        if visible_to(by, ASSIGN).filter(pk__in=list(wanted)).count() != len(wanted):
            raise NotAllowed
        _give(list(wanted), to, by, reason)
        if wanted:
            audit(by, "customers.handed_over", f"user:{from_id}", reason=reason, to=to.pk,
                  customers=len(wanted))  # fmt: skip
            facts = {"owner": to.pk, "was_owner": from_id}
            told = [(f"customer:{code}", facts) for code in wanted.values()]
            audit_each(by, "customer.owner", told, reason=reason)
            _tell_of_many(by, to, len(wanted))
    return len(wanted)


def let_go(by: User, person_id: int, successor_id: int | None, reason: str) -> int:
    """Somebody leaves: customers go to the successor, roles end; how many customers were given.

    Raises ``NoSuccessor`` where customers would be left without anybody.
    """
    demand(by, MANAGE_PEOPLE)
    with transaction.atomic():
        given = 0
        if Assignment.objects.filter(user=person_id, until=None, duty=OWNER).exists():
            if successor_id is None or successor_id == person_id:
                raise NoSuccessor
            given = hand_over(by, None, person_id, successor_id, reason)
        _end(Assignment.objects.filter(user=person_id, until=None))
        people.let_go(by, person_id)
    return given


def change_of(code: str, person_id: int) -> tuple[str, str]:
    """The name of a customer's owner now, and of who would be. Raises ``AlreadyOwner``."""
    person = _person(person_id)
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


def _person(person_id: int) -> User:
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        raise NoSuchPerson
    return person


def _give(customers: list[int], person: User, by: User, reason: str) -> None:
    today = timezone.localdate()
    for start in range(0, len(customers), CHUNK):
        some = customers[start : start + CHUNK]
        _end(Assignment.objects.filter(customer__in=some, until=None, duty=OWNER))
        _end(Assignment.objects.filter(customer__in=some, until=None, user=person))
        Assignment.objects.bulk_create(
            Assignment(customer_id=pk, user=person, duty=OWNER, source=HAND, since=today,
                       by=by, reason=reason)
            for pk in some
        )  # fmt: skip


def _end(rows: QuerySet[Assignment]) -> int:
    return rows.filter(until=None).update(until=timezone.localdate())
