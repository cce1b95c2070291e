"""The room's daily work."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mainstay.foundation.jobs import Progress, Report, job
from mainstay.foundation.notices.telling import tell
from mainstay.foundation.schedule import daily
from mainstay.parties.models import Customer
from mainstay.retention import news
from mainstay.retention.models import WinBack


@daily("07:40")
@job("losses.due")
def tell_due(progress: Progress) -> Report:
    """Tell each owner once of a win-back whose day has come."""
    rows = WinBack.objects.filter(
        result="", reminded=False, due__lte=timezone.localdate(), loss__void=False
    )
    found = list(rows.select_related("owner").annotate(now=F("loss__customer__own_code__customer")))
    told = 0
    for number, row in enumerate(found):
        progress(number, len(found), "Telling of win-backs that are due", "正在提醒到期的挽回任务")
        customer = Customer.objects.get(pk=row.now)
        with transaction.atomic():
            if WinBack.objects.filter(pk=row.pk, reminded=False).update(reminded=True):
                told += tell(
                    [row.owner], news.DUE, f"loss:{customer.code}", due=row.due.isoformat(),
                    customer=customer.name or customer.code, what=row.what,
                )  # fmt: skip
    return {"told": told}
