"""Sign-in slows down after wrong passwords: for the name that was tried, and for the address.

Counts stand in the store, so that they hold for all workers. A name that nobody has waits as long
as one that somebody has: neither the wait nor the message tells which names exist.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from mainstay.foundation.errors import TooManyAttempts
from mainstay.foundation.models import SignInFailures
from mainstay.foundation.services import audit

FREE = {"name": 5, "address": 30}
"""Wrong attempts that cost nothing; a firm may share one address."""
LONGEST = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)
"""After which quiet time a count begins anew."""


def keys(name: str, address: str) -> list[str]:
    """What an attempt is counted under."""
    return [f"name:{name.strip().casefold()[:150]}", f"address:{address[:60]}"]


def check(name: str, address: str) -> None:
    """Raise ``TooManyAttempts`` while the name or the address must wait."""
    now = timezone.now()
    rows = SignInFailures.objects.filter(key__in=keys(name, address), until__gt=now)
    if waits := [row.until - now for row in rows if row.until]:
        raise TooManyAttempts(seconds=int(max(waits).total_seconds()) + 1)


def failed(name: str, address: str) -> None:
    """Count a wrong attempt; from a certain number on each doubles the wait."""
    now = timezone.now()
    for key in keys(name, address):
        with transaction.atomic():
            row, _ = SignInFailures.objects.select_for_update().get_or_create(
                key=key, defaults={"last": now}
            )
            row.count = row.count + 1 if now - row.last < FORGOTTEN else 1
            row.last = now
            over = row.count - FREE[key.partition(":")[0]]
            if over >= 0:
                row.until = now + min(timedelta(seconds=2 ** min(over, 12)), LONGEST)
                if over == 0:
                    audit(None, "sign_in.slowed", key[:80], count=row.count)
            row.save()


def succeeded(name: str) -> None:
    """Forget the wrong attempts at a name; the address keeps its own."""
    SignInFailures.objects.filter(key=keys(name, "")[0]).delete()
