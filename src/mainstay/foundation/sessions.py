"""Sessions: who is signed in where; the store Django keeps them in, and ending them.

A session ends when nobody used it for ``SESSION_IDLE``, ``SESSION_LONGEST`` after the sign-in
whatever happens, and when its row goes: at sign-out, with the password, by its owner, by an
administrator.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from mainstay.foundation.errors import NoSuchSession
from mainstay.foundation.models import Session, User
from mainstay.foundation.services import audit

SEEN = timedelta(minutes=1)
"""How exactly the last use is known."""
OF_NOBODY = timedelta(hours=1)
"""How long a session lasts in which nobody has signed in: time for the provider and the code."""
POLL, POLLING = "poll", {"job", "jobs"}
"""The parameter by which an open page asks again by itself, and the routes that do."""
PASSED = "second_step"
"""In a session: whether its owner proved more than a password."""
BY = "by"
"""In a session: ``password`` or ``provider``."""
_DEVICE = "device"


class SessionStore(Stored):
    """Django's store in the database, in our own table, which knows whose each session is."""

    row: Session | None = None
    is_polled = False
    """Whether a page left open asks, and nobody who uses it."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """The row, unless it has ended; it counts as seen now, if somebody asks."""
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        if row is not None and row.user_id is not None:
            now = timezone.now()
            if row.seen_at < now - settings.SESSION_IDLE:
                row.delete()
                self._session_key = row = None
            elif row.seen_at < now - SEEN and not self.is_polled:
                Session.objects.filter(pk=row.pk).update(seen_at=now)
        self.row = row
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)  # noqa: S101
        now, device = timezone.now(), data.get(_DEVICE, {})
        owner = data.get(SESSION_KEY)
        row.user_id = int(owner) if owner else None
        goes_on = self.row is not None and self.row.user_id == row.user_id
        row.begun_at = self.row.begun_at if self.row and goes_on else now
        row.expire_date = row.begun_at + (settings.SESSION_LONGEST if owner else OF_NOBODY)
        row.seen_at = now
        row.address, row.agent = device.get("address", ""), device.get("agent", "")
        return row


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """A session as its owner sees it; never its key."""

    handle: str
    """By which its owner may end it."""
    agent: str
    address: str
    begun_at: datetime
    seen_at: datetime
    here: bool
    """Whether it is the one that asks."""


def begin(request: HttpRequest, user: User, *, by: str, second_step: bool) -> None:
    """Let somebody in who has proved to be the user: by ``password`` or ``provider``, and with a
    second step or without one.
    """
    address = request.META.get("REMOTE_ADDR", "")[:60]
    device = {"address": address, "agent": request.headers.get("User-Agent", "")[:300]}
    with transaction.atomic():
        clear()
        login(request, user)
        request.session.update({BY: by, PASSED: second_step, _DEVICE: device})
        audit(
            user, "session.begun", f"user:{user.pk}", by=by, second_step=second_step,
            address=address,
        )  # fmt: skip


def of_user(user: User, key: str | None) -> list[SessionInfo]:
    """One's own sessions, the last used first; ``key`` is that of the one that asks."""
    return [
        SessionInfo(
            _handle(row), row.agent, row.address, row.begun_at, row.seen_at,
            here=row.session_key == key,
        )
        for row in _standing(user).order_by("-seen_at")
    ]  # fmt: skip


def count(user: User) -> int:
    """In how many browsers somebody is signed in."""
    return _standing(user).count()


def end(user: User, handle: str) -> None:
    """End one's own session. Raises ``NoSuchSession``."""
    with transaction.atomic():
        found = [row for row in _standing(user) if _handle(row) == handle]
        if not found:
            raise NoSuchSession
        found[0].delete()
        audit(user, "session.ended", f"user:{user.pk}", address=found[0].address)


def end_others(by: User, user: User, key: str | None = None) -> int:
    """End all sessions of somebody but the one with that key; how many."""
    with transaction.atomic():
        ended = forget_all(user, key)
        audit(by, "sessions.ended", f"user:{user.pk}", sessions=ended)
    return ended


def forget_all(user: User, but: str | None = None) -> int:
    """The same as part of another decision, which has an entry of its own."""
    ended, _ = Session.objects.filter(user=user).exclude(session_key=but or "").delete()
    return ended


def clear() -> int:
    """Drop the sessions that have ended by themselves; how many."""
    now = timezone.now()
    idle = Q(user__isnull=False, seen_at__lt=now - settings.SESSION_IDLE)
    return Session.objects.filter(idle | Q(expire_date__lt=now)).delete()[0]


def _standing(user: User) -> QuerySet[Session]:
    now = timezone.now()
    return Session.objects.filter(
        user=user, expire_date__gt=now, seen_at__gte=now - settings.SESSION_IDLE
    )


def _handle(row: Session) -> str:
    return hashlib.sha256(row.session_key.encode()).hexdigest()[:32]
