"""White space: worked out from the books after each grading, or as a job, and kept.

A page reads what was kept of those whom its reader sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as _compute
from django.db.models import QuerySet

from mainstay.foundation.jobs import Progress
from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import enqueue
from mainstay.insights import facts_out
from mainstay.insights.errors import BooksChanged, NothingToSuggest
from mainstay.insights.models import KeptWhiteSpace, Snapshot
from mainstay.insights.permissions import PORTFOLIO
from mainstay.insights.portfolio.growth import newest
from mainstay.insights.pressed import press
from mainstay.parties.models import Customer

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.portfolio.white_space import By

pc: Any = _compute
KIND = "insights.white_space"
BY: tuple[By, ...] = ("item", "category")
"""What is suggested: products, or categories of them."""


def kept(snapshot: int, by: By) -> QuerySet[KeptWhiteSpace]:
    """What was kept of a snapshot: at most one."""
    return KeptWhiteSpace.objects.filter(snapshot=snapshot, by=by)


def ask(by: User) -> Job | None:
    """Have it worked out for the newest grading; ``None`` where it is there already.

    Raises ``NotAllowed`` and ``NotGraded``.
    """
    demand(by, PORTFOLIO)
    if KeptWhiteSpace.objects.filter(snapshot=newest().pk).exists():
        return None
    return enqueue(KIND, owner=by, user=by.pk)


def run(by: User) -> Snapshot:
    """Work it out and keep it, for the newest grading. Twice asked, it is found the second time.

    Raises ``NotAllowed``, ``NotGraded``, ``NothingToSuggest``, and ``BooksChanged`` where the books
    are no longer those of the newest grading.
    """
    demand(by, PORTFOLIO)
    snapshot = newest()
    if KeptWhiteSpace.objects.filter(snapshot=snapshot).exists():
        return snapshot
    if facts_out.fingerprint() != snapshot.fingerprint:
        raise BooksChanged
    if not keep(snapshot, facts_out.facts_of_books()):
        raise NothingToSuggest
    return snapshot


def follow(snapshot: Snapshot, facts: Facts, progress: Progress) -> None:
    """Keep it with the newest snapshot, where it is not there already."""
    if not KeptWhiteSpace.objects.filter(snapshot=snapshot).exists():
        progress(0, 1, "Finding what customers could buy", "正在测算客户的潜在需求产品")
        keep(snapshot, facts)


def keep(snapshot: Snapshot, facts: Facts) -> int:
    """Keep it with a snapshot, and drop what others kept; how many were made. By categories only
    where lines have some.
    """
    codes = dict(Customer.objects.values_list("code", "pk").iterator())
    made = sum(_make(snapshot, facts, by, codes) for by in BY)
    KeptWhiteSpace.objects.exclude(snapshot=snapshot).delete()
    return made


def _make(snapshot: Snapshot, facts: Facts, by: By, codes: Mapping[str, int]) -> bool:
    from mainstay_engine import NoData
    from mainstay_engine.portfolio.white_space import white_space

    try:
        found = white_space(facts, as_of=snapshot.as_of, by=by)
    except NoData:
        return False  # the page says so to whoever opens it
    KeptWhiteSpace.objects.update_or_create(
        snapshot=snapshot, by=by,
        defaults={
            "window_start": found.window.start, "window_end": found.window.end,
            "customers": found.customers, "products": found.products,
            "table": packed(found.table, codes),
        },
    )  # fmt: skip
    return True


def packed(table: pa.Table, codes: Mapping[str, int]) -> bytes:
    """The engine's rows as they are stored: customers by their ids, small numbers in few bytes."""
    ids = [codes[str(code)] for code in table["customer_id"].to_pylist()]
    columns: dict[str, Any] = {"customer": pa.array(ids, pa.int64())}
    for name in ("product", "because"):
        columns[name] = table[name].combine_chunks().dictionary_encode()
    for name, kind in (("score", pa.int64()), ("like", pa.int32()), ("buyers", pa.int32()),
                       ("typical", pa.int64())):  # fmt: skip
        columns[name] = table[name].cast(kind)
    chosen = pa.table(columns)
    places: Any = pc.sort_indices(
        chosen.append_column("place", pa.array(range(len(chosen)), pa.int64())),
        sort_keys=[("customer", "ascending"), ("place", "ascending")],
    )
    chosen = chosen.take(places).combine_chunks()
    return press(chosen)
