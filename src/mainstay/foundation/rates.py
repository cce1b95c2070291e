"""So many requests of something in a span of time, over all processes that serve.

The store counts, but not each request: a process takes a part of what is left, and gives it out by
itself until it is used up. So all of them together never give out more than there is, and a busy
caller costs one small statement for every tenth of the limit. What a process took and did not use
is lost for the span.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from mainstay.foundation.errors import TooManyRequests
from mainstay.foundation.models import RateCount

MINUTE, HOUR = 60, 3_600
PARTS = 10
"""Parts that a limit is taken in."""
_TABLE = RateCount._meta.db_table
_TAKE = f"""
    INSERT INTO {_TABLE} (what, number, count, ends_at) VALUES (%s, %s, %s, %s)
    ON CONFLICT (what) DO UPDATE SET
        count = CASE WHEN {_TABLE}.number = excluded.number THEN {_TABLE}.count ELSE 0 END
            + excluded.count,
        number = excluded.number, ends_at = excluded.ends_at
    RETURNING count
"""  # noqa: S608  the table's name is the model's


def rate(what: str, most: int, span: int = MINUTE) -> None:
    """Count one more request of something in this span of seconds. Raises ``TooManyRequests``."""
    number, second = divmod(int(time.time()), span)
    here, full = f"rate-{what}-{number}", f"rate-full-{what}-{number}"
    if cache.get(full):
        raise TooManyRequests(rate=most, wait=span - second)
    cache.add(here, 0, span)
    try:
        if cache.decr(here) >= 0:
            return
        taken = _take(what, number, most, span)
        cache.incr(here, taken)
    except ValueError:  # the span ended, or the cache made room, in between
        return
    if not taken:
        cache.set(full, True, span)
        raise TooManyRequests(rate=most, wait=span - second)


def forget() -> int:
    """Drop the counts of spans that are over; how many."""
    return RateCount.objects.filter(ends_at__lt=timezone.now() - timedelta(hours=1)).delete()[0]


def _take(what: str, number: int, most: int, span: int) -> int:
    """A part of what is left of the span for this process; 0: nothing is left."""
    part = max(1, most // PARTS)
    moment = datetime.fromtimestamp((number + 1) * span, UTC)
    ends = connection.ops.adapt_datetimefield_value(moment)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [what[:200], number, part, ends])
        (count,) = cursor.fetchone()
    return int(max(0, min(part, most - (count - part))))
