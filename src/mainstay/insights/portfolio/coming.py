"""Cohorts kept with the newest snapshot: who came when, and what everybody bought in each quarter
since, in one piece. A page adds up those whom its reader sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mainstay.insights import measuring
from mainstay.insights.models import KeptCohorts, Snapshot
from mainstay.insights.portfolio.growth import packed

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts


def keep(snapshot: Snapshot, facts: Facts, codes: Mapping[str, int]) -> None:
    """Keep the cohorts with a snapshot, where anything was sold by its day."""
    from mainstay_engine import NoData
    from mainstay_engine.portfolio import cohorts

    try:
        found = cohorts(facts, as_of=snapshot.as_of)
    except NoData:
        return  # the page says so to whoever opens it
    KeptCohorts.objects.update_or_create(
        snapshot=snapshot,
        defaults={
            "table": packed(found.table, codes), "books_from": measuring.first_day(facts),
        },
    )  # fmt: skip


def only(snapshot: Snapshot) -> None:
    """Drop what other snapshots kept."""
    KeptCohorts.objects.exclude(snapshot=snapshot).delete()
