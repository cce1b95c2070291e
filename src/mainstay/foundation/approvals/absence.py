"""While somebody is away, a deputy decides on requests with their authority."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mainstay.foundation.approvals import news
from mainstay.foundation.approvals.models import Absence
from mainstay.foundation.errors import AbsenceNotValid, NoSuchPerson
from mainstay.foundation.models import User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.services import audit


def go_away(user: User, deputy_id: int, since: date, until: date) -> Absence:
    """Name who decides for oneself on these days, both included; it replaces what stands."""
    deputy = User.objects.filter(pk=deputy_id, is_active=True).first()
    if deputy is None:
        raise NoSuchPerson
    if deputy.pk == user.pk or until < since or until < timezone.localdate():
        raise AbsenceNotValid
    with transaction.atomic():
        come_back(user)
        row = Absence.objects.create(user=user, deputy=deputy, since=since, until=until)
        audit(
            user, "absence.begun", f"user:{user.pk}", deputy=deputy.pk,
            since=since.isoformat(), until=until.isoformat(),
        )  # fmt: skip
        tell(
            [deputy], news.DEPUTY, "inbox:mine", who=user.known_as(),
            since=since.isoformat(), until=until.isoformat(),
        )  # fmt: skip
    return row


def come_back(user: User) -> None:
    """End one's absence now, if there is one."""
    with transaction.atomic():
        rows = Absence.objects.filter(user=user, ended_at=None, until__gte=timezone.localdate())
        if rows.update(ended_at=timezone.now()):
            audit(user, "absence.ended", f"user:{user.pk}")


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


def _today() -> QuerySet[Absence]:
    today = timezone.localdate()
    return Absence.objects.filter(ended_at=None, since__lte=today, until__gte=today)
