"""Tell people of something, each in the way they chose."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from mainstay.foundation.models import User
from mainstay.foundation.notices.kinds import kind as kind_of
from mainstay.foundation.notices.models import Notice, NoticeChoice, Way

_BY_MAIL = (Way.DIGEST, Way.MAIL)


def tell(
    people: Iterable[User | None],
    kind: str,
    subject: str,
    *,
    by: User | None = None,
    **facts: object,
) -> int:
    """Tell each active person once, but not whoever did it; how many were told.

    Call it in the transaction of what happened: told if it did, and only then. ``subject`` is
    ``kind:id``; ``facts`` are what the kind's text speaks of.
    """
    of = kind_of(kind)
    others = (one for one in people if one is not None and (by is None or one.pk != by.pk))
    readers = {one.pk: one for one in others if one.is_active}
    if not readers:
        return 0
    chosen = dict(
        NoticeChoice.objects.filter(kind=kind, user__in=readers).values_list("user_id", "way")
    )
    notices = [
        Notice(user=one, kind=kind, subject=subject, facts=facts, mail=_mail(one, way))
        for one in readers.values()
        if (way := chosen.get(one.pk, of.way)) != Way.OFF
    ]
    Notice.objects.bulk_create(notices)
    return len(notices)


def listening(people: QuerySet[User], kind: str) -> QuerySet[User]:
    """Those of them who did not switch a kind off: for news that are dear to make."""
    off = NoticeChoice.objects.filter(kind=kind, way=Way.OFF)
    return people.exclude(pk__in=off.values("user"))


def _mail(reader: User, way: str) -> str:
    return way if way in _BY_MAIL and reader.email and settings.MAIL_IS_SET_UP else ""
