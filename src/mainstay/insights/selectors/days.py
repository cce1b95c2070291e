"""The gradings of the past that the portfolio is shown by: one of each quarter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mainstay.insights.errors import NotGraded
from mainstay.insights.models import Snapshot

MOST = 12
"""Gradings that are shown beside each other."""


def spread() -> tuple[Snapshot, ...]:
    """The newest grading, and the newest of each quarter before, at most ``MOST``; the oldest
    first. Those in another currency than the newest are left out.
    """
    done = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    found: dict[tuple[int, int], Snapshot] = {}
    for one in done.order_by("-as_of", "-pk").only(
        "pk", "as_of", "currency", "exponent", "finished_at"
    ):
        first = next(iter(found.values()), one)
        if (one.currency, one.exponent) == (first.currency, first.exponent):
            found.setdefault(_quarter(one.as_of), one)
        if len(found) == MOST:
            break
    return tuple(reversed(found.values()))


def of(days: Iterable[Snapshot], wanted: date | None) -> Snapshot:
    """The one of a day (default: the newest). Raises ``NotGraded`` where there is none."""
    newest_first = sorted(days, key=lambda one: one.as_of, reverse=True)
    for one in newest_first:
        if wanted in (None, one.as_of):
            return one
    raise NotGraded(scheme=f"{wanted:%Y-%m-%d}" if wanted else "")


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // 3
