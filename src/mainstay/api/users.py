"""Users: everybody with their roles, and who the token acts for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ninja import Router, Schema
from pydantic import Field

from mainstay.api.auth import ApiRequest
from mainstay.api.shapes import Id, Words, answers, cached, of_one
from mainstay.foundation import selectors as foundation

router = Router(tags=["users"])


class Held(Schema):
    """A role somebody holds."""

    role: str
    title: Words
    territory: str = Field(description="Empty: the role's own reach.")
    since: dt.date
    until: dt.date | None


class Person(Schema):
    """Somebody who signs in, or did."""

    id: int
    username: str
    name: str
    email: str
    books_name: str = Field(description="The name as the books write the salesperson's.")
    active: bool
    roles: list[Held]


class People(Schema):
    """Everybody, those who left last."""

    rows: list[Person]


class Me(Schema):
    """Whom the token acts for, and with which rights."""

    username: str
    name: str
    token: str = Field(description="The token's name.")
    scopes: list[str]
    expires_at: dt.datetime


@router.get("/me", response=answers(Me), operation_id="get_me")
@cached
def get_me(request: ApiRequest) -> dict[str, Any]:
    """Whom the token acts for: a way to try it."""
    user, token = request.auth.user, request.auth.token
    return {
        "username": user.username, "name": user.get_full_name(), "token": token.name,
        "scopes": token.scopes, "expires_at": token.expires_at,
    }  # fmt: skip


@router.get("/users", response=answers(People), operation_id="list_users")
def list_users(request: ApiRequest) -> dict[str, Any]:
    """Everybody with their roles."""
    return {"rows": [_person(one) for one in foundation.people(request.auth.user)]}


@router.get("/users/{id}", response=of_one(Person), operation_id="get_user")
@cached
def get_user(request: ApiRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """One of them."""
    return _person(foundation.person(request.auth.user, id))


def _person(one: foundation.PersonInfo) -> dict[str, Any]:
    plain = ("id", "username", "name", "email", "books_name", "active")
    return {name: getattr(one, name) for name in plain} | {
        "roles": [
            {"role": held.role.name, "title": held.role.title, "territory": held.territory,
             "since": held.since, "until": held.until}
            for held in one.held
        ]
    }  # fmt: skip
