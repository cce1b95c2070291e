"""Nouns: audit entries as people read them, how far they are sealed, the last verification."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import AuditEntry, Job, User
from mainstay.foundation.permissions import READ_AUDIT, demand_company, reach
from mainstay.foundation.trail import sealing
from mainstay.kernel import cursor as cursors

VERIFY = "audit.verify"
"""Kind of the job that proves the trail."""


@dataclass(frozen=True, slots=True)
class EntryInfo:
    """One decision."""

    id: int
    at: dt.datetime
    actor: str
    """Name; empty: the system itself."""
    action: str
    subject: str
    """``kind:id``."""
    reason: str
    facts: dict[str, Any]
    sequence: int | None
    """Of its seal."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries, the newest first, and where the next page begins."""

    rows: tuple[EntryInfo, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries; empty and ``None`` ask for all."""

    actor: int | None = None
    """0: the system itself."""
    actions: Collection[str] = ()
    subjects: Collection[str] = ()
    """``kind:id``, or ``kind:`` for all of a kind."""
    since: dt.date | None = None
    until: dt.date | None = None
    """The last day, local."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """How far the trail is sealed."""

    sequence: int
    sealed_at: dt.datetime | None
    unsealed_since: dt.datetime | None
    """Of the oldest entry that waits; ``None``: all is sealed."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The job that proves the trail, as it ended or stands."""

    job: uuid.UUID
    state: str
    report: dict[str, Any]
    error: dict[str, Any] | None
    at: dt.datetime

    @property
    def faults(self) -> Sequence[dict[str, Any]]:
        found: Sequence[dict[str, Any]] = self.report.get("faults", ())
        return found


def may_read(user: User) -> bool:
    """Whether the trail, which is of the whole company, is open to the user."""
    return reach(user, READ_AUDIT).company


def entries(
    user: User, asked: Asked | None = None, after: str | None = None, size: int = 50
) -> EntryPage:
    """Entries newest first. Raises ``NotAllowed`` and ``BadCursor``."""
    demand_company(user, READ_AUDIT)
    return _page(asked or Asked(), after, size)


def history(*subjects: str, after: str | None = None, size: int = 50) -> EntryPage:
    """Entries of one record, which may go by several names, newest first.

    It is open to whoever may see the record: ask for that first. Raises ``BadCursor``.
    """
    return _page(Asked(subjects=subjects), after, size)


def sealing_state(user: User) -> Sealing:
    """How far the trail is sealed. Raises ``NotAllowed``."""
    demand_company(user, READ_AUDIT)
    end, waiting = sealing.newest(), sealing.unsealed().first()
    return Sealing(
        sequence=end.sequence if end else 0, sealed_at=end.sealed_at if end else None,
        unsealed_since=waiting.at if waiting else None,
    )  # fmt: skip


def last_verification(user: User) -> Verification | None:
    """The latest proof of the trail, or the one under way. Raises ``NotAllowed``."""
    demand_company(user, READ_AUDIT)
    return _verification(Job.objects.filter(kind=VERIFY))


def standing_faults(user: User) -> Verification | None:
    """The latest proof that ended, where it found faults or failed; for whoever reads the trail."""
    if not may_read(user):
        return None
    ended = Job.objects.filter(kind=VERIFY, state__in=(Job.State.DONE, Job.State.FAILED))
    found = _verification(ended)
    stands = found is not None and (found.state == Job.State.FAILED or bool(found.faults))
    return found if stands else None


def names(ids: Collection[int]) -> dict[int, str]:
    """What people are called, by id."""
    rows = User.objects.filter(pk__in=set(ids)) if ids else ()
    return {row.pk: row.known_as() for row in rows}


def backups(since: dt.datetime, size: int = 50) -> list[tuple[str, dt.datetime]]:
    """Names and times of the backups made since a moment, the newest first."""
    rows = AuditEntry.objects.filter(action="backup.made", at__gte=since).order_by("-pk")
    return [(row.subject.partition(":")[2], row.at) for row in rows[:size]]


def actors() -> list[tuple[int, str]]:
    """Everybody who ever could sign in, by name."""
    rows = User.objects.order_by("username")
    return [(row.pk, row.known_as()) for row in rows]


def _page(asked: Asked, after: str | None, size: int) -> EntryPage:
    rows = page_after(_asked(asked), "id", descending=True, cursor=after)
    if asked.subjects and not any(
        one.endswith(":") for one in asked.subjects
    ):  # by the index on them: an order by the bare id may read the whole trail
        rows = rows.order_by((F("id") + 0).desc())
    found = list(rows[: size + 1])
    further = cursors.encode(found[size - 1].pk, found[size - 1].pk) if len(found) > size else None
    return EntryPage(tuple(_info(row) for row in found[:size]), further)


def _asked(asked: Asked) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.select_related("actor", "seal")
    if asked.actor is not None:
        rows = rows.filter(actor=asked.actor or None)
    wanted = Q()
    if asked.actions:
        wanted &= Q(action__in=asked.actions)
    if asked.subjects:
        of = Q(subject__in=asked.subjects)
        for kind in asked.subjects:
            if kind.endswith(":"):
                of |= Q(subject__startswith=kind)
        wanted &= of
    if asked.since is not None:
        wanted &= Q(at__gte=_midnight(asked.since))
    if asked.until is not None:
        wanted &= Q(at__lt=_midnight(asked.until + dt.timedelta(days=1)))
    return rows.filter(wanted)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _info(row: AuditEntry) -> EntryInfo:
    seal = getattr(row, "seal", None)
    return EntryInfo(
        id=row.pk, at=row.at, subject=row.subject, action=row.action, reason=row.reason,
        actor=row.actor.known_as() if row.actor else "",
        facts=row.facts, sequence=seal.sequence if seal else None,
    )  # fmt: skip


def _verification(rows: QuerySet[Job]) -> Verification | None:
    row = rows.order_by("-created_at").first()
    if row is None:
        return None
    return Verification(
        job=row.pk, state=row.state, report=row.report or {}, error=row.error,
        at=row.finished_at or row.created_at,
    )  # fmt: skip
