"""Nouns: a job as its owner sees it; people with their roles, and territories."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from mainstay.foundation import roles
from mainstay.foundation.errors import JobNotFound, NoSuchPerson
from mainstay.foundation.jobs import quick_kinds
from mainstay.foundation.keyset import before, moment
from mainstay.foundation.models import Appointment, Job, Territory, User
from mainstay.foundation.permissions import (
    MANAGE_JOBS,
    MANAGE_PEOPLE,
    SEE_ALL_JOBS,
    demand,
    may,
)
from mainstay.foundation.roles import RoleInfo


@dataclass(frozen=True, slots=True)
class JobInfo:
    """How far a job is and how it ended."""

    id: uuid.UUID
    kind: str
    state: str
    """queued · running · done · failed · cancelled"""
    done: int
    total: int
    """Steps in all; 0 while unknown."""
    message: dict[str, str]
    report: dict[str, Any] | None
    error: dict[str, Any] | None
    """``code``, ``en``, ``zh``."""
    created_at: datetime
    started_at: datetime | None
    stage_at: datetime | None
    """When the part of the work that ``total`` counts began."""
    stage_done: int
    """What was done of it then."""
    finished_at: datetime | None
    not_before: datetime | None
    """It waits until then."""
    owner: str
    """Name; empty: the system itself."""
    stopping: bool
    """Somebody asked it to stop."""
    may_cancel: bool
    own: bool
    """Whether the reader asked for it."""
    """Whether the reader may ask that now."""

    @property
    def finished(self) -> bool:
        return self.state in {"done", "failed", "cancelled"}

    @property
    def at_work(self) -> bool:
        """Whether it runs, or would if a worker had time: not while it waits for its hour."""
        is_due = self.not_before is None or self.not_before <= timezone.now()
        return self.state == "running" or (self.state == "queued" and is_due)


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some jobs, the newest first, and where the next page begins."""

    rows: tuple[JobInfo, ...]
    next_cursor: str | None


def job(user: User, job_id: uuid.UUID | str) -> JobInfo:
    """One job; its owner sees it, and who may see all. Raises ``JobNotFound``."""
    row = _seen_by(user).filter(pk=job_id).first()
    if row is None:
        raise JobNotFound
    return _job(row, user)


def jobs(
    user: User,
    after: str | None = None,
    size: int = 50,
    *,
    states: Collection[str] = (),
    kinds: Collection[str] = (),
    upkeep: bool = True,
) -> JobPage:
    """A page of one's own jobs, or of all for whoever may see them, newest first.

    Without ``upkeep``, the work of moments that the clock asks for is left out where it went well
    or is still to go. Raises ``BadCursor``.
    """
    rows = _seen_by(user).order_by("-created_at", "-pk")
    if states:
        rows = rows.filter(state__in=states)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if not upkeep:
        well = [*Job.OPEN, Job.State.DONE]
        rows = rows.exclude(owner=None, kind__in=quick_kinds(), state__in=well)
    if after is not None:
        rows = rows.filter(before(after, "created_at"))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    further = moment(last.created_at, last.pk) if last else None
    return JobPage(tuple(_job(row, user) for row in found[:size]), further)


def _seen_by(user: User) -> QuerySet[Job]:
    rows = Job.objects.select_related("owner")
    return rows if may(user, SEE_ALL_JOBS) else rows.filter(owner=user)


def _job(row: Job, user: User) -> JobInfo:
    is_open = row.state in Job.OPEN and not row.cancel_asked
    return JobInfo(
        id=row.pk, kind=row.kind, state=row.state, done=row.done, total=row.total,
        message=row.message, report=row.report, error=row.error, created_at=row.created_at,
        started_at=row.started_at, stage_at=row.stage_at,
        stage_done=row.stage_done, finished_at=row.finished_at, not_before=row.not_before,
        owner=(row.owner.get_full_name() or row.owner.username) if row.owner else "",
        stopping=row.state in Job.OPEN and row.cancel_asked, own=row.owner_id == user.pk,
        may_cancel=is_open and (row.owner_id == user.pk or may(user, MANAGE_JOBS)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Held:
    """A role somebody holds."""

    id: int
    role: RoleInfo
    territory: str
    """Empty: the role's own reach."""
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """Somebody who signs in, or did."""

    id: int
    username: str
    name: str
    email: str
    books_name: str
    active: bool
    last_sign_in: datetime | None
    held: tuple[Held, ...]
    """Roles, those in force first."""


def people(user: User) -> list[PersonInfo]:
    """Everybody, those who left last. Asks for ``MANAGE_PEOPLE``."""
    demand(user, MANAGE_PEOPLE)
    return [_person(row) for row in _people().order_by("-is_active", "username")]


def person(user: User, person_id: int) -> PersonInfo:
    """One of them. Raises ``NoSuchPerson``."""
    demand(user, MANAGE_PEOPLE)
    row = _people().filter(pk=person_id).first()
    if row is None:
        raise NoSuchPerson
    return _person(row)


def colleagues() -> list[tuple[int, str]]:
    """Who is here, by name: to choose somebody."""
    rows = User.objects.filter(is_active=True).order_by("username")
    return [(row.pk, row.known_as()) for row in rows]


@dataclass(frozen=True, slots=True)
class TerritoryInfo:
    """One territory, its place in the tree and its regions."""

    id: int
    name: str
    parent: int | None
    depth: int
    regions: tuple[str, ...]


def territories(user: User) -> list[TerritoryInfo]:
    """The tree, each followed by its parts. Asks for ``MANAGE_PEOPLE``."""
    demand(user, MANAGE_PEOPLE)
    parts: dict[int | None, list[Territory]] = {}
    for row in Territory.objects.order_by("name"):
        parts.setdefault(row.parent_id, []).append(row)

    def walk(parent: int | None, depth: int) -> Iterator[TerritoryInfo]:
        for row in parts.get(parent, ()):
            yield TerritoryInfo(row.pk, row.name, row.parent_id, depth, tuple(row.regions))
            yield from walk(row.pk, depth + 1)

    return list(walk(None, 0))


def _people() -> QuerySet[User]:
    held = Appointment.objects.select_related("role", "territory").order_by("until", "-since")
    return User.objects.prefetch_related(Prefetch("appointments", queryset=held))


def _person(row: User) -> PersonInfo:
    held = [
        Held(
            one.pk, roles.of(one.role), one.territory.name if one.territory else "",
            one.since, one.until,
        )
        for one in row.appointments.all()
    ]  # fmt: skip
    return PersonInfo(
        id=row.pk, username=row.username, name=row.get_full_name(), email=row.email,
        books_name=row.books_name, active=row.is_active, last_sign_in=row.last_login,
        held=tuple(sorted(held, key=lambda one: one.until is not None)),
    )  # fmt: skip
