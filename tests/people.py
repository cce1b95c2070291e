"""People for tests: whoever holds roles."""

from __future__ import annotations

import datetime as dt
from typing import Any

from mainstay.foundation.approvals import inbox
from mainstay.foundation.approvals.models import Request
from mainstay.foundation.models import Appointment, Role, Territory, User
from mainstay.foundation.people import FIRST
from mainstay.foundation.permissions import forget

SINCE = dt.date(2020, 1, 1)


def hold(user: User, *roles: str, territory: Territory | None = None) -> User:
    """Give somebody roles."""
    for name in roles:
        role, _ = Role.objects.get_or_create(name=name)
        Appointment.objects.create(user=user, role=role, territory=territory, since=SINCE)
    forget(user)
    return user


def person(name: str, *roles: str, territory: Territory | None = None, **more: Any) -> User:
    """Somebody who holds roles, or none."""
    return hold(User.objects.create_user(name, **more), *roles, territory=territory)


def administrator(name: str, **more: Any) -> User:
    """Somebody who may do everything, as the first person of a system."""
    return person(name, *FIRST, **more)


def with_rights(user: User, *rights: str, reach: str = "company") -> User:
    """Leave somebody these rights alone, by a role of the firm's own."""
    name = "-".join((reach, *rights)).replace(".", "_")[:60]
    Role.objects.update_or_create(name=name, defaults={"reach": reach, "rights": list(rights)})
    return only(user, name)


def only(user: User, *roles: str) -> User:
    """Leave somebody these roles alone."""
    user.appointments.all().delete()
    return hold(user, *roles)


def seen(user: User, request: Request) -> str:
    """What whoever decides on it has seen of it."""
    return inbox.detail(user, request.pk).seen
