"""Mail that goes by the clock."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from mainstay.foundation.company.days import working_calendar
from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.models import Job
from mainstay.foundation.notices.mailing import send, waiting
from mainstay.foundation.notices.models import Notice, Way
from mainstay.foundation.schedule import daily, every

AT_ONCE = "notices.mail"
AFTER_FAILURE = timedelta(minutes=10)
"""How long a mail server that took nothing is left alone."""


def _is_due() -> bool:
    since = timezone.now() - AFTER_FAILURE
    failed = Job.objects.filter(kind=AT_ONCE, state=Job.State.FAILED, finished_at__gte=since)
    return waiting(Way.MAIL) and not failed.exists()


@every(60, is_due=_is_due)
@job(AT_ONCE, quick=True)
def mail(progress: Progress) -> Report:
    """What is to be told at once."""
    del progress
    return send(Way.MAIL)


@daily("08:00", again=600)
@job("notices.digest", quick=True)
def digest(progress: Progress) -> Report:
    """The mail of the day; on a day without work it waits for the next."""
    del progress
    if not waiting(Way.DIGEST) or not working_calendar().is_working_day(timezone.localdate()):
        return {}
    return send(Way.DIGEST)


KEPT, UNREAD_KEPT = timedelta(days=180), timedelta(days=400)
"""How long a notice stays that was read, and one that was not."""


@daily("03:10")
@job("notices.prune", quick=True)
def prune(progress: Progress) -> Report:
    """Old notices go."""
    del progress
    now = timezone.now()
    old = Q(read_at__lt=now - KEPT) | Q(at__lt=now - UNREAD_KEPT)
    return {"notices": Notice.objects.filter(old).delete()[0]}
