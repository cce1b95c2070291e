"""Programs for tests: a token of somebody who holds a role, and a client that sends it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from mainstay.foundation import roles, tokens
from mainstay.foundation.models import ApiToken, Territory, User
from mainstay.foundation.permissions import forget
from mainstay.parties import owners
from tests.people import hold, person

NOBODY = "nobody"
EVERYBODY = sorted({*roles.shipped(), NOBODY})
INSIDE, OUTSIDE = "C003", "C001"
"""Customers of the territory and team of every role, and one outside."""
BASE = "/api/v1"


def having(right: str) -> frozenset[str]:
    """The shipped roles that hold a right."""
    return frozenset(name for name, role in roles.shipped().items() if right in role.rights)


def company_wide(role: str) -> bool:
    return role in roles.shipped() and roles.shipped()[role].reach == "company"


def token_of(user: User, *scopes: str, days: int = 30) -> str:
    """A token of somebody, with these scopes or all that may be had."""
    wanted = scopes or [right.name for right in tokens.scopes_for(user)]
    return tokens.make(user, "test", wanted, days)[1]


def client_with(secret: str, language: str = "en", **more: str) -> Client:
    """A client that sends a token."""
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": language, **more}
    return Client(headers=headers)


def caller(user: User, *scopes: str) -> Client:
    """A client of somebody."""
    return client_with(token_of(user, *scopes))


def caller_in(role: str, boss: User) -> Client:
    """A client of somebody in that role, whose customers are those of 浙江.

    «nobody» had a role when the token was made, and holds none now.
    """
    if role == NOBODY:
        user = person("was-here", "finance")
        secret = token_of(user)
        user.appointments.all().delete()
        forget(user)
        return client_with(secret)
    shipped = roles.shipped()[role]
    where = Territory.objects.get(name="浙江区")
    user = person(f"a-{role}")
    hold(user, role, territory=where if shipped.reach == "territory" else None)
    if shipped.reach == "own":
        owners.assign(boss, INSIDE, user.pk)
    return caller(user)


def expire(client_token: str) -> None:
    """Let a token's last day pass."""
    past = timezone.now() - dt.timedelta(seconds=1)
    ApiToken.objects.filter(prefix=client_token[:12]).update(expires_at=past)


def code_of(answer: Any) -> str:
    """The code of a refusal."""
    return str(answer.json()["code"])
