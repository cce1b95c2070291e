"""Bridges of sales: worked out from the books, as a job or with a grading, and kept.

A page reads what was kept and adds up those whom its reader sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.db.models import QuerySet

from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import enqueue
from mainstay.insights import facts_out, measuring
from mainstay.insights.errors import BooksChanged, NotGraded, NothingToCompare, PeriodNotValid
from mainstay.insights.models import KeptBridge, Snapshot
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio.periods import Periods
from mainstay.insights.pressed import press
from mainstay.parties.models import Customer

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

KIND = "insights.bridge"
KEPT = 40
"""Bridges of a snapshot that are kept beside the usual one."""


def newest() -> Snapshot:
    """The snapshot that the pages show. Raises ``NotGraded``."""
    done = Snapshot.objects.filter(state=Snapshot.State.DONE, withdrawn_at=None)
    found = done.order_by("-as_of", "-pk").first()
    if found is None:
        raise NotGraded(scheme="")
    return found


def kept(snapshot: int, periods: Periods) -> QuerySet[KeptBridge]:
    """The bridge of a snapshot between two periods: at most one."""
    return KeptBridge.objects.filter(snapshot=snapshot, **periods.fields)


def ask(by: User, periods: Periods) -> Job | None:
    """Have a bridge worked out; ``None`` where it is there already.

    Raises ``NotAllowed``, ``NotGraded``, and ``PeriodNotValid`` for a period that begins after the
    day the pages are of.
    """
    demand(by, PORTFOLIO)
    snapshot = newest()
    for span in (periods.earlier, periods.later):
        if span.start > snapshot.as_of:
            raise PeriodNotValid(period=span.text)
    if kept(snapshot.pk, periods).exists():
        return None
    return enqueue(
        KIND, owner=by, earlier=periods.earlier.text, later=periods.later.text, user=by.pk
    )  # fmt: skip


def run(by: User, periods: Periods) -> KeptBridge:
    """Work a bridge out and keep it. Twice asked, it is found the second time.

    Raises ``NotAllowed``, ``NotGraded``, ``NothingToCompare``, and ``BooksChanged`` where the books
    are no longer those of the newest grading.
    """
    demand(by, PORTFOLIO)
    snapshot = newest()
    if (found := kept(snapshot.pk, periods).first()) is not None:
        return found
    if facts_out.fingerprint() != snapshot.fingerprint:
        raise BooksChanged
    codes = dict(Customer.objects.values_list("code", "pk").iterator())
    made = _make(snapshot, facts_out.facts_of_books(), periods, codes)
    _tidy(snapshot)
    return made


def keep_usual(snapshot: Snapshot, facts: Facts, codes: Mapping[str, int]) -> None:
    """Keep the usual bridge with a snapshot, where there are sales to compare."""
    try:
        _make(snapshot, facts, Periods.usual(snapshot.as_of), codes)
    except NothingToCompare:
        return  # the page says so to whoever opens it


def only(snapshot: Snapshot) -> None:
    """Drop what other snapshots kept."""
    KeptBridge.objects.exclude(snapshot=snapshot).delete()


def _make(
    snapshot: Snapshot, facts: Facts, periods: Periods, codes: Mapping[str, int]
) -> KeptBridge:
    from mainstay_engine import NoData
    from mainstay_engine.portfolio import bridge

    try:
        found = bridge(facts, periods.earlier, periods.later, as_of=snapshot.as_of)
    except NoData as error:
        raise NothingToCompare(
            earlier=periods.earlier.text, later=periods.later.text
        ) from error  # fmt: skip
    made, _new = KeptBridge.objects.get_or_create(
        snapshot=snapshot, **periods.fields,
        defaults={
            "told": list(found.told), "table": packed(found.table, codes),
            "books_from": measuring.first_day(facts),
        },
    )  # fmt: skip
    return made


def packed(table: pa.Table, codes: Mapping[str, int]) -> bytes:
    """The engine's rows as they are stored, customers by their ids."""
    named = table["customer_id"].to_pylist()
    ids: Any = [None if code is None else codes[code] for code in named]
    chosen = table.drop_columns(["customer_id"]).add_column(
        0, "customer", pa.array(ids, pa.int64())
    )  # fmt: skip
    return press(chosen)


def _tidy(snapshot: Snapshot) -> None:
    """Drop the oldest beyond those that are kept."""
    usual = kept(snapshot.pk, Periods.usual(snapshot.as_of)).values("pk")
    others = KeptBridge.objects.filter(snapshot=snapshot).exclude(pk__in=usual)
    stale = list(others.order_by("-made_at", "-pk").values_list("pk", flat=True)[KEPT:])
    KeptBridge.objects.filter(pk__in=stale).delete()
