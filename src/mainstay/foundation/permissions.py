"""Rights: who may do or see what, and where.

A room declares its rights in its ``permissions.py``; roles hold them (``roles.yaml``), people hold
roles (``Appointment``). A right reaches as far as the role that gives it: the whole company, a
territory and the parts below it, or one's own customers. Services and selectors ask here, so that
pages, exports, search and commands agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from mainstay.foundation import roles
from mainstay.foundation.compiled import ask
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.models import Appointment, Role, Territory, User
from mainstay.kernel.errors import Words, words


@dataclass(frozen=True, slots=True)
class Right:
    """Something one may do or, of a field, see."""

    name: str
    title: Words
    field: bool = False


_RIGHTS: dict[str, Right] = {}


def declare(name: str, en: str, zh: str, *, field: bool = False) -> str:
    """Make a right known; returns its name."""
    _RIGHTS[name] = Right(name, words(en, zh), field)
    return name


def rights() -> list[Right]:
    """Every right there is, in the order of their names."""
    return [_RIGHTS[name] for name in sorted(_RIGHTS)]


MANAGE_PEOPLE = declare("people.manage", "Manage people and roles", "管理人员与角色")
READ_AUDIT = declare("audit.read", "Read the audit trail", "查看审计记录")
SEE_ALL_JOBS = declare("jobs.see_all", "See everybody's jobs", "查看所有人的任务")
MANAGE_JOBS = declare("jobs.manage", "Cancel anybody's jobs", "取消任何人的任务")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a right goes. All empty: it is not held."""

    company: bool = False
    territories: frozenset[int] = frozenset()
    own: bool = False

    def __bool__(self) -> bool:
        return self.company or bool(self.territories) or self.own

    def __or__(self, other: Reach) -> Reach:
        return Reach(
            self.company or other.company,
            self.territories | other.territories,
            self.own or other.own,
        )

    def covers(self, other: Reach) -> bool:
        """Whether it goes at least as far."""
        if self.company:
            return True
        inside = self.territories >= other.territories and (self.own or not other.own)
        return inside and not other.company


def may(user: User, right: str) -> bool:
    """Whether the user holds a right anywhere."""
    return bool(reach(user, right))


def demand(user: User, right: str) -> None:
    """Raise ``NotAllowed`` unless the user holds the right anywhere."""
    if not may(user, right):
        raise NotAllowed


def demand_company(user: User, right: str) -> None:
    """Raise ``NotAllowed`` unless the user holds the right for the whole company."""
    if not reach(user, right).company:
        raise NotAllowed


def reach(user: User, right: str) -> Reach:
    """How far the user's right goes today. Asked once per request and user object."""
    return _held(user).reaches.get(right, Reach())


def holders(right: str) -> QuerySet[User]:
    """The active people who hold a right somewhere today, first come first."""
    named = [name for name, role in roles.known().items() if right in role.rights]
    held = standing().filter(role__name__in=named)
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("pk")


def standing(day: date | None = None) -> QuerySet[Appointment]:
    """The appointments in force on a day (default: today)."""
    day = day or timezone.localdate()
    return Appointment.objects.filter(Q(until=None) | Q(until__gt=day), since__lte=day)


def needs_second_step(user: User) -> bool:
    """Whether a role of the user's asks for a second step at sign-in."""
    return _held(user).second_step


def roles_of(user: User) -> tuple[Words, ...]:
    """What the user's roles today are called, each once."""
    return _held(user).titles


def forget(user: User) -> None:
    """Ask anew next time: the user's appointments changed."""
    user.__dict__.pop("_held", None)


def below(territories: Iterable[int]) -> frozenset[int]:
    """Territories with all parts below them."""
    parts: dict[int | None, list[int]] = {}
    for pk, parent in Territory.objects.values_list("pk", "parent_id"):
        parts.setdefault(parent, []).append(pk)
    found: set[int] = set()
    open_ = list(territories)
    while open_:
        pk = open_.pop()
        if pk not in found:
            found.add(pk)
            open_ += parts.get(pk, ())
    return frozenset(found)


@dataclass(slots=True)
class _Held:
    """What the roles of somebody come to, asked once per user object."""

    reaches: dict[str, Reach] = field(default_factory=dict)
    second_step: bool = False
    titles: tuple[Words, ...] = ()


def _held(user: User) -> _Held:
    kept: _Held | None = user.__dict__.get("_held")
    if kept is None:
        kept = user.__dict__["_held"] = _measure(user) if user.is_active else _Held()
    return kept


def _measure(user: User) -> _Held:
    held = _Held()
    today = timezone.localdate().isoformat()
    for territory, *stored in ask("appointments", _appointments, user=user.pk, day=today):
        role = roles.of(Role(**dict(zip(_OF_ROLE, stored, strict=True))))
        held.second_step |= role.second_step
        if role.title not in held.titles:
            held.titles += (role.title,)
        one = _reach_of(role.reach, territory)
        for right in role.rights:
            if user.scopes is None or right in user.scopes:
                held.reaches[right] = held.reaches.get(right, Reach()) | one
    return held


_OF_ROLE = ("name", "title", "reach", "rights", "second_step")


def _appointments(user: Any, day: Any) -> QuerySet[Any, Any]:
    """Asked of whoever asks for a page: territory and role of each."""
    rows = standing(day).filter(user=user).order_by("pk")
    return rows.values_list("territory", *(f"role__{name}" for name in _OF_ROLE))


def _reach_of(kind: str, territory: int | None) -> Reach:
    if kind == Role.Reach.OWN:
        return Reach(own=True)
    if kind == Role.Reach.TERRITORY and territory is not None:
        return Reach(territories=below([territory]))
    return Reach(company=True)
