"""Versions of facts: what an import brings that is new, the same or changed, and what then counts.

Facts of one ``key`` are compared together: a document with all its parts, a receipt number with all
its receipts. The same content confirms what is there; other content supersedes it, whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
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
    Versions,
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


LIGHT: dict[type[Version], tuple[tuple[str, ...], tuple[str, ...]]] = {
    Document: (("kind", "currency"), ("net", "line_count")),
    Receipt: (("currency",), ("amount",)),
}
"""Texts that a plan tells rows apart by, and figures it adds up; the rows stay in the workshop."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows of one table against what counts now."""

    rows: pa.Table
    """New and changed rows: ``place`` in the workshop, ascending, and ``is_change``."""
    tally: pa.Table
    """See ``tally``."""
    identical: pa.Array[Any]
    """Ids of the versions that were brought again."""
    superseded: pa.Array[Any]
    """Ids of the versions that changed rows replace."""
    changed_keys: list[str]
    recast: list[str]
    """Keys of new documents whose number counts as another kind, which the file does not bring."""
    mark: str
    """Of what is written, in which order, and what it is compared with."""

    @property
    def places(self) -> pa.Array[Any]:
        """The workshop's places of the rows to write, ascending."""
        return self.rows["place"].combine_chunks()

    @property
    def is_change(self) -> pa.ChunkedArray[pa.BooleanScalar]:
        return self.rows["is_change"]

    @property
    def changed(self) -> int:
        """Rows of facts that are there with other content."""
        found: int = pc.sum(self.is_change.cast(pa.int64())).as_py() or 0
        return found


def tally(model: type[Version], db: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.Table:
    """Rows that are alike in the ``LIGHT`` texts and ``is_change``, as one: sums of the figures
    and ``rows``, how many they are.
    """
    texts, figures = LIGHT.get(model, ((), ()))
    keys = ", ".join([*texts, "is_change"])
    sums = "".join(f", sum({name})::BIGINT AS {name}" for name in figures)
    db.register("written", rows)
    found: pa.Table = db.sql(
        f"SELECT {keys}, count(*) AS rows{sums} FROM {model._meta.model_name} "  # noqa: S608  our names
        f"JOIN written USING (place) GROUP BY {keys}"
    ).to_arrow_table()
    db.unregister("written")
    return found


def compare(
    model: type[Version], db: duckdb.DuckDBPyConnection, *, afresh: bool = False
) -> Compared:
    """The rows of the workshop's table (``place, key, digest`` and ``part`` or ``copy``) against
    the versions that count now; ``afresh``: against none.
    """
    table, part = model._meta.model_name, PLACE[model]
    _lay_out_current(model.objects.none() if afresh else model.objects.visible(), db)
    db.execute(_STATES.format(table=table, part=part))
    kept = f"FROM {table} JOIN key_state USING (key) WHERE state <> 'same'"
    row = f"concat_ws('|', place, key, {part}, digest, state)"
    (written,) = db.execute(
        f"SELECT count(*) || ':' || bit_xor(md5_number({row})) {kept}"
    ).fetchall()
    same, changed = (_ids(db, state) for state in ("same", "changed"))
    mark = hashlib.sha256(repr(written).encode() + same.to_numpy().tobytes() + b"|")
    mark.update(changed.to_numpy().tobytes())
    keys = db.sql("SELECT key FROM key_state WHERE state = 'changed' ORDER BY key")
    rows = db.sql(
        f"SELECT place, state = 'changed' AS is_change {kept} ORDER BY place"
    ).to_arrow_table()
    return Compared(
        rows=rows,
        tally=tally(model, db, rows),
        identical=same,
        superseded=changed,
        changed_keys=keys.to_arrow_table()["key"].to_pylist(),
        recast=(db.sql(_RECAST).to_arrow_table()["key"].to_pylist() if model is Document else []),
        mark=mark.hexdigest(),
    )


_STATES = """
    CREATE OR REPLACE TABLE key_state AS
    WITH g AS (SELECT key, count(*) AS n FROM {table} GROUP BY key),
         k AS (SELECT key, count(*) AS n FROM known GROUP BY key),
         shared AS (SELECT g.key, count(*) AS n FROM {table} g JOIN known k
                    ON k.key = g.key AND k.part = g.{part} AND k.digest = g.digest GROUP BY g.key)
    SELECT g.key, CASE WHEN k.n IS NULL THEN 'new'
                       WHEN k.n = g.n AND shared.n = g.n THEN 'same' ELSE 'changed' END AS state
    FROM g LEFT JOIN k USING (key) LEFT JOIN shared ON shared.key = g.key
"""
"""Whether each key brought is new, the same with all its rows, or changed."""


_RECAST = """
    WITH number_of AS (
        SELECT key, substr(key, position(':' IN key) + 1) AS number FROM known
        WHERE split_part(key, ':', 1) IN ('invoice', 'credit_note', 'opening')
          AND key NOT IN (SELECT key FROM document))
    SELECT DISTINCT key FROM key_state WHERE state = 'new'
      AND split_part(key, ':', 1) IN ('invoice', 'credit_note', 'opening')
      AND substr(key, position(':' IN key) + 1) IN (SELECT number FROM number_of)
    ORDER BY key
"""


def _ids(db: duckdb.DuckDBPyConnection, state: str) -> pa.Array[Any]:
    """Ids of the versions whose keys are in that state, ascending."""
    found: pa.Table = db.sql(
        "SELECT pk FROM known JOIN key_state USING (key) WHERE state = $1 ORDER BY pk",
        params=[state],
    ).to_arrow_table()
    return found["pk"].combine_chunks()


def _lay_out_current(current: Versions, db: duckdb.DuckDBPyConnection) -> None:
    """Make ``known``: ``key, part, digest, pk`` of these versions."""
    columns: dict[str, pa.DataType] = {
        "key": pa.string(), "part": pa.int32(), "digest": pa.string(), "pk": pa.int64()
    }  # fmt: skip
    rows = current.values_list("key", PLACE[current.model], "digest", "pk")
    db.execute(
        "CREATE OR REPLACE TABLE known (key VARCHAR, part INTEGER, digest VARCHAR, pk BIGINT)"
    )
    found = rows.iterator(chunk_size=CURRENT)
    while part := list(islice(found, CURRENT)):
        arrays = [
            pa.array(c, t) for c, t in zip(zip(*part, strict=True), columns.values(), strict=True)
        ]
        db.register("read", pa.table(arrays, names=list(columns)))
        db.execute("INSERT INTO known SELECT * FROM read")


def confirm(batch: ImportBatch, table: str, ids: pa.Array[Any]) -> None:
    """Note that the batch brought these versions again. Shows nothing; may run in chunks."""
    bulk.insert(
        Confirmation,
        pa.table(
            {
                "batch_id": pa.array([batch.pk] * len(ids), pa.int64()),
                "table": pa.array([table] * len(ids), pa.string()),
                "fact": ids,
            }
        ),
    )


def put_in_force(batch: ImportBatch, table: str, compared: Compared) -> None:
    """Let the batch's rows count instead of those they supersede. Call inside the switch."""
    model = TABLES[table]
    for ids in chunks(compared.superseded):
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
    ids = pa.array(back.values_list("pk", flat=True), pa.int64())
    for chunk in chunks(ids):
        model.objects.filter(pk__in=chunk).update(current=True)
    return {"gone": gone, "back": len(ids)}


def chunks(ids: pa.Array[Any]) -> Iterator[list[int]]:
    """The ids, some hundreds at a time."""
    for start in range(0, len(ids), CHUNK):
        part: list[int] = ids.slice(start, CHUNK).to_numpy().tolist()
        yield part
