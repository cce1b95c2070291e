"""While somebody is away, a deputy decides on requests with their authority."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mainstay.foundation.approvals import news
from mainstay.foundation.approvals.models import Absence
from mainstay.foundation.errors import AbsenceNotValid, NoSuchPerson
from mainstay.foundation.models import User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import MANAGE_PEOPLE, demand
from mainstay.foundation.services import audit

LONGEST = timedelta(days=92)
"""Of an absence: for longer, a role is given."""


def go_away(
    user: User, deputy_id: int, since: date | None, until: date | None, *, by: User | None = None
) -> Absence:
    """Name who decides for somebody on these days, both included; it replaces what stands.

    ``by``: an administrator, for somebody who cannot say so, and never as the deputy. Raises
    ``AbsenceNotValid``, ``NoSuchPerson``, ``NotAllowed``.
    """
    by = _may(user, by)
    deputy = User.objects.filter(pk=deputy_id, is_active=True).first()
    if deputy is None:
        raise NoSuchPerson
    if since is None or until is None or not _fits(since, until):
        raise AbsenceNotValid(days=LONGEST.days)
    if deputy.pk in (user.pk, by.pk):
        raise AbsenceNotValid(days=LONGEST.days)
    with transaction.atomic():
        come_back(user, by=by)
        row = Absence.objects.create(user=user, deputy=deputy, since=since, until=until)
        audit(
            by, "absence.begun", f"user:{user.pk}", deputy=deputy.pk,
            since=since.isoformat(), until=until.isoformat(),
        )  # fmt: skip
        tell(
            [deputy], news.DEPUTY, "inbox:mine", who=user.known_as(),
            since=since.isoformat(), until=until.isoformat(),
        )  # fmt: skip
    return row


def come_back(user: User, *, by: User | None = None) -> None:
    """End somebody's absence now, if there is one: their own, or an administrator does."""
    by = _may(user, by)
    with transaction.atomic():
        rows = Absence.objects.filter(user=user, ended_at=None, until__gte=timezone.localdate())
        if rows.update(ended_at=timezone.now()):
            audit(by, "absence.ended", f"user:{user.pk}")


def of(user: User) -> Absence | None:
    """One's own absence, now or to come."""
    rows = Absence.objects.filter(user=user, ended_at=None, until__gte=timezone.localdate())
    return rows.select_related("deputy").first()


def away_for(deputy: User) -> list[User]:
    """For whom somebody decides today."""
    rows = _today().filter(deputy=deputy, user__is_active=True).select_related("user")
    return [row.user for row in rows.order_by("user")]


def deputies_of(people: Iterable[User]) -> list[User]:
    """Who decides today for any of these."""
    rows = _today().filter(user__in=[one.pk for one in people], deputy__is_active=True)
    return [row.deputy for row in rows.select_related("deputy")]


def _fits(since: date, until: date) -> bool:
    return max(since, timezone.localdate()) <= until <= since + LONGEST


def _may(user: User, by: User | None) -> User:
    if by is None or by.pk == user.pk:
        return user
    demand(by, MANAGE_PEOPLE)
    return by


def _today() -> QuerySet[Absence]:
    today = timezone.localdate()
    return Absence.objects.filter(ended_at=None, since__lte=today, until__gte=today)
