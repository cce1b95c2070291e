"""A later day: everybody's classes by then with what is known now, and how often gradings come."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING

from django.utils import timezone

from mainstay.insights import facts_out, measuring, reasons
from mainstay.insights.models import Run, Snapshot
from mainstay.insights.records import RunInfo
from mainstay.insights.schemes.given import given
from mainstay.insights.selectors.runs import info
from mainstay_engine.periods import add_months

if TYPE_CHECKING:
    import pyarrow as pa

    from mainstay_engine.path import Rhythm
    from mainstay_engine.schemes import Result

MONTHS = 24
"""How far ahead may be asked (own): what has left a window of two years says nothing more."""
RECENT, FEWEST = 13, 4
"""Days of gradings that say how often they come, and how many it takes (own)."""


def last(run: RunInfo) -> date:
    """The latest day that may be asked about."""
    return add_months(run.as_of, MONTHS)


def graded(run: RunInfo, day: date) -> tuple[Result, pa.Table]:
    """Everybody by the scheme of the run as of a later day, with what was known when the run was
    made, and the metrics they were graded from. Kept for the next question of the same day.
    """
    return _graded(run.id, run.finished_at, day, facts_out.fingerprint())


@lru_cache(maxsize=2)
def _graded(
    run: int, finished_at: datetime | None, day: date, fingerprint: str
) -> tuple[Result, pa.Table]:
    del fingerprint  # tells these books from what they were before
    from mainstay_engine.path import graded_by

    made = Run.objects.select_related("snapshot", "snapshot__previous").get(pk=run)
    snapshot, scheme = made.snapshot, reasons.scheme_of(info(made))
    facts = facts_out.facts_of_books()
    known = timezone.localdate(finished_at) if finished_at else snapshot.as_of
    return graded_by(
        facts, scheme, snapshot.as_of, day, known_as_of=max(known, snapshot.as_of),
        withheld=measuring.withheld(facts, day, scheme.window), rhythm=rhythm(),
        **given(snapshot, scheme),
    )  # fmt: skip


def rhythm() -> Rhythm:
    """How often gradings of a new day came of late; month ends where there are too few to say."""
    from mainstay_engine.path import MONTHLY, Rhythm

    done = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    days = list(done.order_by("-as_of").values_list("as_of", flat=True).distinct()[:RECENT])
    if len(days) < FEWEST:
        return MONTHLY
    gaps = [(later - earlier).days for later, earlier in pairwise(days)]
    return Rhythm(median_low(gaps))
