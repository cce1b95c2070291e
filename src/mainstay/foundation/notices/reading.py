"""What the reader of notices sees and does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from mainstay.foundation.errors import NoSuchNotice
from mainstay.foundation.models import User
from mainstay.foundation.notices import kinds
from mainstay.foundation.notices.models import Notice, NoticeChoice, Way
from mainstay.kernel.errors import Words


@dataclass(frozen=True, slots=True)
class NoticeInfo:
    """One notice as its reader sees it."""

    id: int
    at: datetime
    text: Words | None
    """None: it is not theirs to read any more."""
    subject: str
    unread: bool


def with_unread(users: QuerySet[User]) -> QuerySet[User]:
    """People with the count of what they have not read as ``unread``, in the same query."""
    mine = Notice.objects.filter(user=OuterRef("pk"), read_at=None).order_by().values("user")
    count = mine.annotate(n=Count("pk")).values("n")
    return users.annotate(unread=Coalesce(Subquery(count, output_field=IntegerField()), 0))


def notices(user: User, after: int | None = None, size: int = 50) -> list[NoticeInfo]:
    """A page of one's notices, newest first, behind the one of that id."""
    rows = Notice.objects.filter(user=user).order_by("-pk")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[:size])
    texts = kinds.said(user, found)
    return [
        NoticeInfo(row.pk, row.at, texts.get(row.pk), row.subject, row.read_at is None)
        for row in found
    ]


def subject_of(user: User, notice_id: int) -> str:
    """What a notice of one's own is about; it is read thereby. Raises ``NoSuchNotice``."""
    row = Notice.objects.filter(user=user, pk=notice_id).first()
    if row is None:
        raise NoSuchNotice
    mark_read(user, [row.pk])
    return row.subject


def mark_read(user: User, ids: Iterable[int] | None = None) -> None:
    """Call these notices, or all, read; the mail of the day leaves them out."""
    rows = Notice.objects.filter(user=user, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    rows.update(read_at=timezone.now(), mail="")


def mark_subject_read(user: User, subject: str) -> None:
    """Call read whatever is about this: its reader saw the thing itself."""
    rows = Notice.objects.filter(user=user, read_at=None, subject=subject)
    rows.update(read_at=timezone.now(), mail="")


def settle(kind: str, subject: str) -> None:
    """Call read, by everybody, whatever of a kind is about this: it asks nobody any more. What has
    not been mailed is not.
    """
    rows = Notice.objects.filter(kind=kind, subject=subject, read_at=None)
    rows.update(read_at=timezone.now(), mail="")


def choices(user: User) -> list[tuple[kinds.Kind, Way]]:
    """Every kind, and how the user is told of it."""
    chosen = dict(NoticeChoice.objects.filter(user=user).values_list("kind", "way"))
    return [(kind, Way(chosen.get(kind.name, kind.way))) for kind in kinds.kinds()]


def choose(user: User, ways: dict[str, str]) -> None:
    """Keep how one wants to be told: way by kind. What the kind says itself is not kept."""
    with transaction.atomic():
        for kind in kinds.kinds():
            if kind.name not in ways:
                continue
            way = Way(ways[kind.name])
            mine = NoticeChoice.objects.filter(user=user, kind=kind.name)
            if way == kind.way:
                mine.delete()
            else:
                NoticeChoice.objects.update_or_create(
                    user=user, kind=kind.name, defaults={"way": way}
                )
