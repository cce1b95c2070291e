"""Sealing each minute and the nightly proof of the audit trail. Repeatable."""

from __future__ import annotations

from django.db import transaction

from mainstay.foundation import news
from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.models import Job, User
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.permissions import READ_AUDIT, demand_company, holders, reach
from mainstay.foundation.schedule import daily, every
from mainstay.foundation.services import audit, enqueue
from mainstay.foundation.trail import sealing
from mainstay.foundation.trail.selectors import VERIFY
from mainstay.foundation.trail.verifying import verify


@every(60, sealing.is_due)
@job("audit.seal", quick=True)
def seal(progress: Progress) -> Report:
    """Seal the entries written since."""
    progress(0, 1, "Sealing the audit trail", "正在封存审计记录")
    return {"sealed": sealing.seal()}


@daily("02:30")
@job(VERIFY)
def verify_trail(progress: Progress) -> Report:
    """Seal whatever may have been left, then prove the trail. Faults stand in report and trail."""
    progress(0, 1, "Verifying the audit trail", "正在核验审计记录")
    sealing.seal(thorough=True)
    report = verify().to_dict()
    if report["faults"]:
        readers = [one for one in holders(READ_AUDIT) if reach(one, READ_AUDIT).company]
        with transaction.atomic():
            audit(None, "audit.faults", "audit:all", faults=report["faults"])
            tell(readers, news.TRAIL_BROKEN, "audit:all", faults=len(report["faults"]))
    return report


def ask(user: User) -> Job:
    """Put a verification into the queue because somebody asks; the one under way, if any."""
    demand_company(user, READ_AUDIT)
    waiting = Job.objects.filter(kind=VERIFY, owner=user, state__in=Job.OPEN).first()
    return waiting or enqueue(VERIFY, owner=user)
