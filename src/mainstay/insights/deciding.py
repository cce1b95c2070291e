"""Everybody's figures by which schemes decide, kept with the newest snapshot: a page that asks what
would lift one customer weighs it against all, and reads them in one piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from mainstay.insights.models import Deciding, Snapshot

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

_FIRST = ("customer_id", "first_purchase")
"""Who it is, and whether ever a buyer."""
_PRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


def keep(snapshot: Snapshot, schemes: Iterable[Scheme], tables: Mapping[str, pa.Table]) -> None:
    """Keep what these schemes, and paths under them, read of the tables (by window)."""
    from mainstay_engine.path import needed

    wanted: dict[str, dict[str, None]] = {}
    for scheme in schemes:
        names = wanted.setdefault(scheme.window, dict.fromkeys(_FIRST))
        names |= dict.fromkeys((*scheme.metrics_used(), *needed(scheme)))
    Deciding.objects.bulk_create(
        Deciding(snapshot=snapshot, window=window, table=_pressed(tables[window], names))
        for window, names in wanted.items()
        if window in tables
    )


def only(snapshot: Snapshot) -> None:
    """Drop what older snapshots kept."""
    Deciding.objects.exclude(snapshot=snapshot).delete()


def kept(snapshot: int, window: str) -> pa.Table | None:
    """The figures of a snapshot; ``None`` where a newer one was made, or none were kept yet."""
    rows = Deciding.objects.filter(snapshot=snapshot, window=window)
    found = rows.values_list("table", flat=True).first()
    return None if found is None else pa.ipc.open_stream(pa.py_buffer(bytes(found))).read_all()


def _pressed(table: pa.Table, names: Iterable[str]) -> bytes:
    chosen = table.select([name for name in names if name in table.column_names])
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, chosen.schema, options=_PRESSED) as writer:
        writer.write_table(chosen)
    return bytes(stream.getvalue())
