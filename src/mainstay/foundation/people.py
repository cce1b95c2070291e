"""Verbs: take people in, appoint them to roles, let them go; change roles and territories."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from mainstay.foundation import permissions, roles, sessions, tokens
from mainstay.foundation.approvals import deciding
from mainstay.foundation.company.settings import company
from mainstay.foundation.errors import (
    LastAdministrator,
    NameTaken,
    NoSuchAppointment,
    NoSuchPerson,
    NoSuchRole,
    NoSuchTerritory,
    NotOneself,
    PersonNotValid,
    RegionTaken,
    TerritoryInUse,
    UnknownRight,
)
from mainstay.foundation.models import Appointment, Role, Territory, User
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.foundation.services import audit

FIRST = ("administrator", "finance", "sales_director")
"""What the first person of a new system holds: a firm of one needs all of it, a greater one parts
the roles among its people."""


def first_administrator() -> tuple[User, str] | None:
    """Create the first person of an empty system: the account and its one-time password.

    ``None`` when somebody exists already. The password must be changed at the first sign-in.
    """
    with transaction.atomic():
        if User.objects.exists():
            return None
        password = secrets.token_urlsafe(16)
        user = User.objects.create_user("admin", password=password, must_change_password=True)
        for name in FIRST:
            Appointment.objects.create(user=user, role=_role(name), since=timezone.localdate())
        audit(None, "administrator.created", f"user:{user.pk}")
    return user, password


def add_person(
    by: User, username: str, *, full_name: str = "", email: str = "", books_name: str = "",
    language: str = "", role: str = "", territory_id: int | None = None,
) -> tuple[User, str]:  # fmt: skip
    """Take somebody in, with a role from today on or without any; the account and its one-time
    password.

    ``books_name``: how the books write the name as a salesperson's. ``language``: empty for the
    company's. Raises ``NotAllowed``, ``NameTaken``, ``PersonNotValid``, and what ``appoint`` does.
    """
    demand(by, MANAGE_PEOPLE)
    password = secrets.token_urlsafe(16)
    person = User(
        username=username.strip(), must_change_password=True,
        language=language or company().language,
    )  # fmt: skip
    _describe(person, full_name, email, books_name)
    person.set_password(password)
    with transaction.atomic():
        _save(person)
        audit(by, "person.added", f"user:{person.pk}", name=person.username)
        if role:
            appoint(by, person.pk, role, territory_id=territory_id)
    return person, password


def describe(by: User, person_id: int, *, full_name: str, email: str, books_name: str) -> User:
    """Change name, mail address and the name in the books."""
    demand(by, MANAGE_PEOPLE)
    with transaction.atomic():
        person = _person(person_id)
        name, mail, in_books = person.get_full_name(), person.email, person.books_name
        _describe(person, full_name, email, books_name)
        _save(person)
        audit(
            by, "person.changed", f"user:{person.pk}", name=person.get_full_name(), was_name=name,
            books_name=person.books_name, was_books_name=in_books,
            mail_changed=person.email != mail,
        )  # fmt: skip
    return person


def new_password(by: User, person_id: int) -> str:
    """Give somebody a new one-time password; every session and token of theirs ends."""
    demand(by, MANAGE_PEOPLE)
    password = secrets.token_urlsafe(16)
    with transaction.atomic():
        person = _person(person_id)
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        tokens.revoke_all(by, person)
        sessions.forget_all(person)
        audit(by, "password.reset", f"user:{person.pk}")
    return password


def appoint(
    by: User,
    person_id: int,
    role: str,
    *,
    territory_id: int | None = None,
    since: date | None = None,
) -> Appointment:
    """Give somebody a role, from a day on (default: today). Never oneself."""
    demand(by, MANAGE_PEOPLE)
    with transaction.atomic():
        person = _person(person_id)
        if person.pk == by.pk:
            raise NotOneself
        since = since or timezone.localdate()
        territory = None if territory_id is None else _territory(territory_id)
        held = Appointment.objects.filter(
            user=person, role__name=role, territory=territory, until=None
        ).first()
        if held is not None:
            return held
        row = Appointment.objects.create(
            user=person, role=_role(role), territory=territory, since=since, by=by
        )
        audit(
            by, "role.given", f"user:{person.pk}", role=role, since=since.isoformat(),
            territory=territory.name if territory else "",
        )  # fmt: skip
    return row


def end_appointment(by: User, appointment_id: int) -> None:
    """Take a role from somebody, from today on. The last who manages people keeps it."""
    demand(by, MANAGE_PEOPLE)
    with transaction.atomic():
        row = Appointment.objects.filter(pk=appointment_id, until=None).first()
        if row is None:
            raise NoSuchAppointment
        _end([row], by)
        audit(by, "role.taken", f"user:{row.user_id}", role=row.role.name)


def let_go(by: User, person_id: int) -> User:
    """Somebody leaves: roles end today, and nobody signs in by that account any more."""
    demand(by, MANAGE_PEOPLE)
    with transaction.atomic():
        person = _person(person_id)
        if person.pk == by.pk:
            raise NotOneself
        person.is_active = False
        person.save(update_fields=["is_active"])
        tokens.revoke_all(by, person)
        sessions.forget_all(person)
        _end(Appointment.objects.filter(user=person, until=None), by)
        deciding.withdraw_all(by, person, "left")
        audit(by, "person.left", f"user:{person.pk}")
    return person


def take_back_in(by: User, person_id: int) -> User:
    """Somebody who left comes again, without a role."""
    demand(by, MANAGE_PEOPLE)
    with transaction.atomic():
        person = _person(person_id)
        person.is_active = True
        person.save(update_fields=["is_active"])
        audit(by, "person.returned", f"user:{person.pk}")
    return person


def change_role(
    by: User, name: str, *, reach: str, rights: Iterable[str], second_step: bool = False
) -> Role:
    """Say what a role may do, how far, and whether it asks for a second step at sign-in. The last
    who manages people keeps that right.

    Raises ``NotOneself`` for more rights, another reach or no second step any more of a role one
    holds, unless nobody else manages people.
    """
    demand(by, MANAGE_PEOPLE)
    wanted = sorted(set(rights))
    declared = {right.name for right in permissions.rights()}
    for right in wanted:
        if right not in declared:
            raise UnknownRight(right=right)
    with transaction.atomic():
        row = _role(name)
        before = roles.of(row)
        wider = (
            set(wanted) - set(before.rights)
            or reach != before.reach
            or (before.second_step and not second_step)
        )
        if wider and permissions.standing().filter(user=by, role=row).exists():
            _only_manager(by)
        row.reach, row.rights = Role.Reach(reach).value, wanted
        row.second_step = second_step
        shipped = roles.shipped().get(name)
        if shipped and (shipped.reach, list(shipped.rights)) == (row.reach, wanted):
            row.reach, row.rights = "", None
        row.save(update_fields=["reach", "rights", "second_step"])
        _still_managed(by)
        audit(
            by, "role.changed", f"role:{name}", reach=reach, was_reach=before.reach,
            given=sorted(set(wanted) - set(before.rights)),
            taken=sorted(set(before.rights) - set(wanted)), second_step=second_step,
            was_second_step=before.second_step,
        )  # fmt: skip
    return row


def save_territory(
    by: User,
    territory_id: int | None,
    *,
    name: str,
    regions: Iterable[str],
    parent_id: int | None = None,
) -> Territory:
    """Make a territory or change one. A region belongs to one territory."""
    demand(by, MANAGE_PEOPLE)
    name, wanted = name.strip(), sorted({region.strip() for region in regions} - {""})
    with transaction.atomic():
        others = Territory.objects.all()
        if territory_id is not None:
            others = others.exclude(pk=territory_id)
        if not name or others.filter(name=name).exists():
            raise NameTaken(name=name)
        for other in others:
            if both := sorted(set(other.regions) & set(wanted)):
                raise RegionTaken(region=both[0], territory=other.name)
        row = Territory() if territory_id is None else _territory(territory_id)
        if row.pk is not None and parent_id in permissions.below([row.pk]):
            raise TerritoryInUse(name=name)
        before = {
            "was_name": row.name, "was_regions": row.regions,
            "was_parent": row.parent.name if row.parent else "",
        } if row.pk else {}  # fmt: skip
        row.name, row.regions, row.parent_id = name, wanted, parent_id
        row.save()
        audit(
            by, "territory.saved", f"territory:{row.pk}", name=name, regions=wanted,
            parent=row.parent.name if row.parent else "", **before,
        )  # fmt: skip
    return row


def drop_territory(by: User, territory_id: int) -> None:
    """Remove a territory that has no parts and that nobody was ever appointed to."""
    demand(by, MANAGE_PEOPLE)
    with transaction.atomic():
        row = _territory(territory_id)
        if row.parts.exists() or row.appointments.exists():
            raise TerritoryInUse(name=row.name)
        row.delete()
        audit(by, "territory.dropped", f"territory:{territory_id}", name=row.name)


def _only_manager(by: User) -> None:
    """Raise ``NotOneself`` where another could be asked."""
    if permissions.holders(MANAGE_PEOPLE).exclude(pk=by.pk).exists():
        raise NotOneself


def _role(name: str) -> Role:
    if name not in roles.known():
        raise NoSuchRole(role=name)
    return Role.objects.get_or_create(name=name)[0]


def person_of(person_id: int) -> User:
    """One account. Raises ``NoSuchPerson``."""
    person = User.objects.filter(pk=person_id).first()
    if person is None:
        raise NoSuchPerson
    return person


def _person(person_id: int) -> User:
    person = User.objects.select_for_update().filter(pk=person_id).first()
    if person is None:
        raise NoSuchPerson
    return person


def _territory(territory_id: int) -> Territory:
    row = Territory.objects.filter(pk=territory_id).first()
    if row is None:
        raise NoSuchTerritory
    return row


def _describe(person: User, full_name: str, email: str, books_name: str) -> None:
    person.first_name, person.last_name = full_name.strip(), ""
    person.email, person.books_name = email.strip(), books_name.strip()


def _save(person: User) -> None:
    taken = User.objects.exclude(pk=person.pk)
    if taken.filter(username__iexact=person.username).exists():
        raise NameTaken(name=person.username)
    if person.books_name and taken.filter(books_name=person.books_name).exists():
        raise NameTaken(name=person.books_name)
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as error:
        raise PersonNotValid(why=" ".join(error.messages)) from None
    person.save()


def _end(held: Iterable[Appointment], by: User) -> None:
    today = timezone.localdate()
    for row in held:
        row.until, row.ended_by = max(today, row.since), by
        row.save(update_fields=["until", "ended_by"])
    _still_managed(by)


def _still_managed(by: User) -> None:
    permissions.forget(by)
    if not permissions.holders(MANAGE_PEOPLE).exists():
        raise LastAdministrator
