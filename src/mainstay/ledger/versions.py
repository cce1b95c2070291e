"""Versions of facts: what an import brings that is new, the same or changed, and what then counts.

Facts of one ``key`` are compared together: a document with all its parts, a receipt number with all
its receipts. The same content confirms what is there; other content supersedes it, whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Exists, OuterRef, Subquery

from mainstay.foundation import bulk
from mainstay.ledger.models import Allocation, Confirmation, Document, ImportBatch, Receipt, Version

TABLES: dict[str, type[Version]] = {
    "document": Document,
    "receipt": Receipt,
    "allocation": Allocation,
}
PLACE = {Document: "part", Receipt: "copy", Allocation: "copy"}
"""The column that tells rows of one key apart."""
CHUNK = 500
"""Ids named in one statement."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows of one table against what counts now."""

    rows: pa.Table
    """New and changed rows, with ``is_change``; as given otherwise."""
    identical: list[int]
    """Ids of the versions that were brought again."""
    superseded: list[int]
    """Ids of the versions that changed rows replace."""
    changed_keys: list[str]

    @property
    def is_change(self) -> pa.ChunkedArray[pa.BooleanScalar]:
        return self.rows["is_change"]

    def new(self) -> pa.Table:
        """Rows of facts that are not there yet."""
        return self.rows.filter(pc.invert(self.is_change))

    def changed(self) -> pa.Table:
        """Rows of facts that are there with other content."""
        return self.rows.filter(self.is_change)


def compare(model: type[Version], rows: pa.Table) -> Compared:
    """The rows (``key, digest`` and ``part`` or ``copy``) against the versions that count now."""
    place = PLACE[model]
    known: dict[str, dict[tuple[int, str], int]] = {}
    current = model.objects.visible().values_list("key", place, "digest", "pk")
    for key, part, digest, pk in current.iterator(chunk_size=10_000):
        known.setdefault(key, {})[part, digest] = pk
    keys: list[Any] = rows["key"].to_pylist()
    content: list[Any] = list(zip(rows[place].to_pylist(), rows["digest"].to_pylist(), strict=True))
    given: dict[str, set[tuple[int, str]]] = {}
    for key, part in zip(keys, content, strict=True):
        given.setdefault(key, set()).add(part)
    same = {key for key, parts in given.items() if known.get(key, {}).keys() == parts}
    changed = {key for key in given if key in known and key not in same}
    kept = rows.filter(pa.array([key not in same for key in keys], pa.bool_()))
    is_change = pa.array([key in changed for key in kept["key"].to_pylist()], pa.bool_())
    return Compared(
        rows=kept.append_column("is_change", is_change),
        identical=[pk for key in given if key in same for pk in known[key].values()],
        superseded=[pk for key in given if key in changed for pk in known[key].values()],
        changed_keys=[key for key in given if key in changed],
    )


def confirm(batch: ImportBatch, table: str, compared: Compared) -> None:
    """Note that the batch brought these versions again. Shows nothing; may run in chunks."""
    ids = compared.identical
    bulk.insert(
        Confirmation,
        pa.table(
            {
                "batch_id": pa.array([batch.pk] * len(ids), pa.int64()),
                "table": pa.array([table] * len(ids), pa.string()),
                "fact": pa.array(ids, pa.int64()),
            }
        ),
    )


def put_in_force(batch: ImportBatch, table: str, compared: Compared) -> None:
    """Let the batch's rows count instead of those they supersede. Call inside the switch."""
    model = TABLES[table]
    for ids in _chunks(compared.superseded):
        model.objects.filter(pk__in=ids).update(current=False)
    model.objects.filter(batch=batch).update(current=True)


def take_back(batch: ImportBatch, table: str) -> dict[str, int]:
    """Let the batch's rows count no more, and again what they had superseded.

    The batch is marked undone already. What a later batch confirmed must first be handed over
    (``ledger.handover``). Returns how many rows went and how many came back.
    """
    model = TABLES[table]
    own = model.objects.filter(batch=batch)
    gone = own.visible().update(current=False)
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)
    same_key = model.objects.filter(key=OuterRef("key"))
    newest = same_key.filter(batch__in=applied).order_by("-batch").values("batch")[:1]
    back = model.objects.filter(
        Exists(own.filter(key=OuterRef("key"))),
        ~Exists(same_key.filter(current=True)),
        batch=Subquery(newest),
    )
    ids = list(back.values_list("pk", flat=True))
    for chunk in _chunks(ids):
        model.objects.filter(pk__in=chunk).update(current=True)
    return {"gone": gone, "back": len(ids)}


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    every = list(ids)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]
