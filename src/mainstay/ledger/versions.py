"""Versions of facts: what an import brings that is new, the same or changed, and what then counts.

Facts of one ``key`` are compared together: a document with all its parts, a receipt number with all
its receipts. The same content confirms what is there; other content supersedes it, whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Exists, OuterRef, Subquery

from mainstay.foundation import bulk
from mainstay.ledger.models import (
    Allocation,
    Confirmation,
    Document,
    ImportBatch,
    Rate,
    Receipt,
    Version,
)

if TYPE_CHECKING:
    import duckdb

TABLES: dict[str, type[Version]] = {
    "document": Document,
    "receipt": Receipt,
    "allocation": Allocation,
    "rate": Rate,
}
PLACE = {Document: "part", Receipt: "copy", Allocation: "copy", Rate: "copy"}
"""The column that tells rows of one key apart."""
CHUNK = 500
"""Ids named in one statement."""
CURRENT = 20_000
"""Versions read at a time."""


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
    recast: list[str]
    """Keys of new documents whose number counts as another kind, which the file does not bring."""

    @property
    def is_change(self) -> pa.ChunkedArray[pa.BooleanScalar]:
        return self.rows["is_change"]

    def new(self) -> pa.Table:
        """Rows of facts that are not there yet."""
        return self.rows.filter(pc.invert(self.is_change))

    def changed(self) -> pa.Table:
        """Rows of facts that are there with other content."""
        return self.rows.filter(self.is_change)

    def mark(self) -> str:
        """Of what is written, in which order, and what it is compared with."""
        digest = hashlib.sha256(repr((self.identical, self.superseded)).encode())
        place = next(name for name in PLACE.values() if name in self.rows.column_names)
        rows = self.rows.select(["key", place, "digest", "is_change"])
        for part in rows.to_batches(max_chunksize=CURRENT):
            digest.update(repr(list(part.to_pydict().values())).encode())
        return digest.hexdigest()


def compare(model: type[Version], rows: pa.Table) -> Compared:
    """The rows (``key, digest`` and ``part`` or ``copy``) against the versions that count now."""
    known = _current(model)
    if not known.num_rows:
        nothing = pa.array([False] * rows.num_rows, pa.bool_())
        return Compared(rows.append_column("is_change", nothing), [], [], [], [])
    with _duckdb() as db:
        place = pa.array(range(rows.num_rows), pa.int64())
        given = rows.select(["key", PLACE[model], "digest"])
        db.register(
            "given", given.rename_columns(["key", "part", "digest"]).append_column("row", place)
        )
        db.register("known", known)
        db.execute(_STATES)
        kept = db.sql(
            "SELECT row, state = 'changed' AS is_change FROM given JOIN key_state USING (key) "
            "WHERE state <> 'same' ORDER BY row"
        ).to_arrow_table()
        ids = {
            state: db.sql(
                "SELECT pk FROM known JOIN key_state USING (key) WHERE state = $1 ORDER BY pk",
                params=[state],
            ).to_arrow_table()["pk"].to_pylist()
            for state in ("same", "changed")
        }  # fmt: skip
        keys = db.sql("SELECT key FROM key_state WHERE state = 'changed' ORDER BY key")
        changed: list[Any] = keys.to_arrow_table()["key"].to_pylist()
        recast: list[Any] = []
        if model is Document:
            recast = db.sql(_RECAST).to_arrow_table()["key"].to_pylist()
    return Compared(
        rows=rows.take(kept["row"]).append_column("is_change", kept["is_change"]),
        identical=ids["same"],
        superseded=ids["changed"],
        changed_keys=changed,
        recast=recast,
    )


_STATES = """
    CREATE TABLE key_state AS
    WITH g AS (SELECT key, count(*) AS n FROM given GROUP BY key),
         k AS (SELECT key, count(*) AS n FROM known GROUP BY key),
         shared AS (SELECT key, count(*) AS n FROM given JOIN known USING (key, part, digest)
                  GROUP BY key)
    SELECT g.key, CASE WHEN k.n IS NULL THEN 'new'
                       WHEN k.n = g.n AND shared.n = g.n THEN 'same' ELSE 'changed' END AS state
    FROM g LEFT JOIN k USING (key) LEFT JOIN shared ON shared.key = g.key
"""
"""Whether each key brought is new, the same with all its rows, or changed."""


_RECAST = """
    WITH number_of AS (
        SELECT key, substr(key, position(':' IN key) + 1) AS number FROM known
        WHERE split_part(key, ':', 1) IN ('invoice', 'credit_note', 'opening')
          AND key NOT IN (SELECT key FROM given))
    SELECT DISTINCT key FROM key_state WHERE state = 'new'
      AND split_part(key, ':', 1) IN ('invoice', 'credit_note', 'opening')
      AND substr(key, position(':' IN key) + 1) IN (SELECT number FROM number_of)
    ORDER BY key
"""


def _current(model: type[Version]) -> pa.Table:
    """``key, part, digest, pk`` of the versions that count now."""
    columns: dict[str, pa.DataType] = {
        "key": pa.string(), "part": pa.int32(), "digest": pa.string(), "pk": pa.int64()
    }  # fmt: skip
    rows = model.objects.visible().values_list("key", PLACE[model], "digest", "pk")
    schema = pa.schema(columns)
    batches = []
    found = rows.iterator(chunk_size=CURRENT)
    while part := list(islice(found, CURRENT)):
        arrays = [
            pa.array(c, t) for c, t in zip(zip(*part, strict=True), schema.types, strict=True)
        ]
        batches.append(pa.record_batch(arrays, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def _duckdb() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(":memory:", config={"memory_limit": "256MB"})


def confirm(batch: ImportBatch, table: str, ids: list[int]) -> None:
    """Note that the batch brought these versions again. Shows nothing; may run in chunks."""
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
