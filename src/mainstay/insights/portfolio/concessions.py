"""Concessions that crept: worked out with each grading and kept with its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mainstay.insights.models import KeptConcessions, Snapshot
from mainstay.insights.portfolio.growth import packed

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts


def keep(snapshot: Snapshot, facts: Facts, codes: Mapping[str, int]) -> None:
    """Keep them with a snapshot; nothing where nobody bought in the last half-year."""
    from mainstay_engine import NoData
    from mainstay_engine.portfolio.burden import burdens
    from mainstay_engine.portfolio.creep import creep

    try:
        found = creep(facts, as_of=snapshot.as_of)
    except NoData:
        return  # the page says so to whoever opens it
    big = [
        {"customer": codes[each.customer_id], "net_sales": each.net_sales, "profit": each.profit,
         "margin": each.margin, "peers": each.peers}
        for each in burdens(facts, as_of=snapshot.as_of)
    ]  # fmt: skip
    KeptConcessions.objects.create(
        snapshot=snapshot, told=list(found.told), burdens=big,
        spans=[[s.start.isoformat(), s.end.isoformat()] for s in found.spans],
        table=packed(found.table, codes),
    )  # fmt: skip


def only(snapshot: Snapshot) -> None:
    """Drop what other snapshots kept."""
    KeptConcessions.objects.exclude(snapshot=snapshot).delete()
