"""Everybody's figures, kept with the newest snapshot: a page that weighs one customer against all,
or tries another rule on everybody, reads them in one piece and measures nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from mainstay.insights import facts_out, measuring
from mainstay.insights.errors import BooksChanged, NoFigures
from mainstay.insights.models import Deciding, Snapshot
from mainstay.insights.pressed import press

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

FIRST = ("customer_id", "first_purchase")
"""Who it is, and whether ever a buyer."""


def keep(snapshot: Snapshot, tables: Mapping[str, pa.Table]) -> None:
    """Keep what was measured, by window: all of it, so that any scheme can be tried."""
    for window, table in tables.items():
        Deciding.objects.update_or_create(
            snapshot=snapshot, window=window, defaults={"table": _pressed(table)}
        )


def only(snapshot: Snapshot) -> None:
    """Drop what older snapshots kept."""
    Deciding.objects.exclude(snapshot=snapshot).delete()


def stored(snapshot: int, window: str) -> pa.Buffer | None:
    """What was kept of a window, pressed; ``None`` where a newer snapshot was made, or nothing was
    kept yet.
    """
    rows = Deciding.objects.filter(snapshot=snapshot, window=window)
    found = rows.values_list("table", flat=True).first()
    return None if found is None else pa.py_buffer(bytes(found))


def columns(pressed: pa.Buffer, names: Iterable[str]) -> pa.Table:
    """Those of the figures named that were measured."""
    there = pa.ipc.open_stream(pressed).schema.names
    wanted = [there.index(name) for name in dict.fromkeys(names) if name in there]
    options = pa.ipc.IpcReadOptions(included_fields=wanted)
    return pa.ipc.open_stream(pressed, options=options).read_all()


def at_hand(snapshot: Snapshot, scheme: Scheme) -> pa.Table:
    """What a scheme reads, as the snapshot measured it. What a grading measures only when it is
    asked for (another window, a fitted model) is measured the first time, and kept.

    Raises ``NoFigures`` where nobody has what the scheme cannot do without, ``BooksChanged`` where
    it would have to be measured anew, and the engine's ``NoData``.
    """
    names = [*FIRST, *scheme.metrics_used()]
    pressed = stored(snapshot.pk, scheme.window)
    table = None if pressed is None else columns(pressed, names)
    if table is None or set(names) & fitted() - set(table.column_names):
        table = _measured(snapshot, scheme, pressed)
    lacking = [name for name in scheme.metrics_needed() if name not in table.column_names]
    if lacking:
        titles = [scheme.entry(name).title for name in lacking]
        raise NoFigures(
            metrics=", ".join(title["en"] for title in titles),
            metrics_zh="、".join(title["zh"] for title in titles),
        )
    return table


def fitted() -> set[str]:
    """Metrics for which a model is fitted to all customers."""
    from mainstay_engine.metrics import metrics

    return {metric.name for metric in metrics() if metric.fitted}


def _measured(snapshot: Snapshot, scheme: Scheme, pressed: pa.Buffer | None) -> pa.Table:
    if facts_out.fingerprint() != snapshot.fingerprint:
        raise BooksChanged
    facts = facts_out.facts_of_books()
    if pressed is None:
        table = measuring.figures(facts, snapshot.as_of, scheme.window)
    else:
        table = pa.ipc.open_stream(pressed).read_all()
    table = measuring.whole(facts, snapshot.as_of, scheme, table)
    keep(snapshot, {scheme.window: table})
    return table


def _pressed(table: pa.Table) -> bytes:
    chosen = table.drop_columns([name for name in ("customer_name",) if name in table.column_names])
    return press(chosen)
