"""Verbs over somebody's way in: reset the second step, end sessions, forget the provider's link;
and the way back for an administrator who is locked out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction

from mainstay.foundation import second_step, sessions, throttle, tokens
from mainstay.foundation.errors import NoSuchPerson, NothingToReset, OwnAccount, ReasonMissing
from mainstay.foundation.models import ProviderAccount, SignInFailures, User
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand, needs_second_step
from mainstay.foundation.services import audit


@dataclass(frozen=True, slots=True)
class WayIn:
    """How somebody signs in, for whoever manages people."""

    second_step: bool
    needed: bool
    """Whether a role asks for a second step."""
    sessions: int
    linked: bool
    """Whether the provider's sign-in leads to this account."""


def way_in(by: User, person_id: int) -> WayIn:
    """How somebody signs in. Raises ``NotAllowed``, ``NoSuchPerson``."""
    demand(by, MANAGE_PEOPLE)
    person = _person(person_id)
    return WayIn(
        second_step.is_set_up(person), needs_second_step(person), sessions.count(person),
        ProviderAccount.objects.filter(user=person).exists(),
    )  # fmt: skip


def reset_second_step(by: User, person_id: int, reason: str) -> None:
    """Remove somebody's second step, for a telephone that is lost; every session of theirs ends.

    Never one's own, which asks for the password. Raises ``NotAllowed``, ``OwnAccount``,
    ``ReasonMissing``, ``NothingToReset``.
    """
    demand(by, MANAGE_PEOPLE)
    _not_own(by, person_id)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        person = _person(person_id)
        if not second_step.forget(person):
            raise NothingToReset
        sessions.forget_all(person)
        audit(by, "second_step.reset", f"user:{person.pk}", reason=reason.strip())


def end_sessions(by: User, person_id: int) -> int:
    """Sign somebody out everywhere; from how many browsers. Raises ``NotAllowed``,
    ``NoSuchPerson``, ``OwnAccount``.
    """
    demand(by, MANAGE_PEOPLE)
    _not_own(by, person_id)
    return sessions.end_others(by, _person(person_id))


def unlink(by: User, person_id: int, reason: str) -> None:
    """Let the provider's sign-in lead to this account no more until it matches anew.

    Raises ``NotAllowed``, ``ReasonMissing``, ``NothingToReset``.
    """
    demand(by, MANAGE_PEOPLE)
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        person = _person(person_id)
        if not ProviderAccount.objects.filter(user=person).delete()[0]:
            raise NothingToReset
        sessions.forget_all(person)
        audit(by, "provider.unlinked", f"user:{person.pk}", reason=reason.strip())


def recover(name: str) -> str:
    """Let somebody in again whom neither password nor codes let in: a one-time password, no second
    step, no session, no token, no wait.

    For the command line alone: whoever runs it owns the data folder. Raises ``NoSuchPerson``.
    """
    password = secrets.token_urlsafe(16)
    with transaction.atomic():
        person = User.objects.select_for_update().filter(username=name, is_active=True).first()
        if person is None:
            raise NoSuchPerson
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        second_step.forget(person)
        sessions.forget_all(person)
        tokens.revoke_all(None, person)
        for kind in ("name", "code"):
            SignInFailures.objects.filter(key=throttle.keys(name, "", kind)[0]).delete()
        audit(None, "account.recovered", f"user:{person.pk}")
    return password


def _not_own(by: User, person_id: int) -> None:
    if by.pk == person_id:
        raise OwnAccount


def _person(person_id: int) -> User:
    person = User.objects.filter(pk=person_id).first()
    if person is None:
        raise NoSuchPerson
    return person
