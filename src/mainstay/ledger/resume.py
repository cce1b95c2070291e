"""Going on with an import whose process was killed: what of its plan stands in the store already.

The rows of a plan go in in its order, a whole chunk in each transaction, so that what is there is
the beginning of each table. The plan itself is made anew from the files; where its fingerprint is
the one the batch was begun with, and what is there is that beginning row by row, the rest is
written after it. Otherwise what is there is of no use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from django.db.models import Count, Sum

from mainstay.foundation import bulk
from mainstay.ledger.models import Confirmation, Document, DocumentLine, ImportBatch
from mainstay.ledger.plan import Plan
from mainstay.ledger.plan import counts as plan_counts
from mainstay.ledger.versions import TABLES

PART = 20_000
"""Rows compared at a time."""


def _no_ids() -> pa.Array[Any]:
    return pa.array([], pa.int64())


@dataclass(frozen=True, slots=True)
class Stored:
    """How much of a plan is there."""

    documents: pa.Array[Any] = field(default_factory=_no_ids)
    """Ids of the documents, in the plan's order."""
    documents_whole: int = 0
    """Of these, the first so many have all their lines."""
    lines: int = 0
    lines_of_whole: int = 0
    """Of the lines, those of whole documents; the others belong to the next document."""
    rows: dict[str, int] = field(default_factory=dict)
    """Receipts and allocations, by table."""
    confirmed: dict[str, int] = field(default_factory=dict)
    """Facts of each table noted as brought again."""

    @property
    def count(self) -> int:
        """Rows that need not be written, as ``Plan.rows`` counts them."""
        return len(self.documents) + self.lines + sum(self.rows.values())


def begin(
    batch: ImportBatch, made: Plan, rejected: int, remove: Callable[[ImportBatch], None]
) -> Stored:
    """What is there of the plan, once it is certain that it is of this plan; else ``remove`` it.

    ``batch.begun`` then tells the counts as they were before the first row (``rejected`` among
    them). Call under the lock that imports take turns by.
    """
    found = fingerprint(batch, made)
    if batch.begun.get("plan") == found and (stored := _stored(batch, made)) is not None:
        return stored
    remove(batch)
    counts = plan_counts(made) | {"rejected": rejected}
    batch.begun = {"plan": found, "counts": counts}
    batch.save(update_fields=["begun"])
    return Stored()


def fingerprint(batch: ImportBatch, made: Plan) -> str:
    """Of everything that decides which rows are written in which order: program, files, columns,
    and what each fact is compared with the books as they are."""
    digest = hashlib.sha256(version("mainstay").encode())
    files = [(file["table"], file["sha256"], file.get("sheet")) for file in batch.files]
    digest.update(repr((files, sorted(batch.mapping.items()), batch.is_demo)).encode())
    marks = sorted((table, compared.mark) for table, compared in made.tables.items())
    digest.update(repr((marks, sorted(made.matching.same.items()))).encode())
    return digest.hexdigest()


def ids_for(stored: Stored, count: int) -> pa.Array[Any]:
    """Ids of that many documents: those that are there, then new ones."""
    fresh = bulk.reserve_ids(Document, count - len(stored.documents))
    return pa.concat_arrays([stored.documents, fresh])


def without_first(parts: Iterable[pa.Table], count: int) -> Iterator[pa.Table]:
    """The tables without so many of their first rows."""
    for part in parts:
        rest = part.slice(min(count, part.num_rows))
        count -= part.num_rows - rest.num_rows
        if rest.num_rows:
            yield rest


def _stored(batch: ImportBatch, made: Plan) -> Stored | None:
    """What is there; ``None`` where it is not the beginning of the plan."""
    documents = _documents(batch, made)
    if documents is None:
        return None
    ids = documents["id"].combine_chunks()
    lines = _lines(batch, made, documents)
    if lines is None:
        return None
    rows = {
        table: TABLES[table].objects.filter(batch=batch).count()
        for table in made.tables
        if table != "document"
    }
    confirmed = {
        table: Confirmation.objects.filter(batch=batch, table=table).count()
        for table in made.tables
    }
    for table, compared in made.tables.items():
        if rows.get(table, 0) > compared.rows.num_rows:
            return None
        if confirmed[table] > len(compared.identical):
            return None
    whole, of_whole, count = lines
    return Stored(ids, whole, count, of_whole, rows, confirmed)


def _documents(batch: ImportBatch, made: Plan) -> pa.Table | None:
    """The documents there, each compared with its place in the plan: ``id``, and what the plan has
    of it, ``line_count, net``.
    """
    parts: list[pa.Table] = []
    rows = Document.objects.filter(batch=batch).order_by("pk")
    found = rows.values_list("pk", "key", "part", "digest").iterator(chunk_size=PART)
    for wanted in made.parts("document"):
        there = list(islice(found, wanted.num_rows))
        columns = [wanted[name].to_pylist()[: len(there)] for name in ("key", "part", "digest")]
        if [tuple(row[1:]) for row in there] != list(zip(*columns, strict=True)):
            return None
        ids = pa.array([row[0] for row in there], pa.int64())
        planned = wanted.select(["line_count", "net"]).slice(0, len(there))
        parts.append(planned.append_column("id", ids))
        if len(there) < wanted.num_rows:
            return pa.concat_tables(parts)
    return pa.concat_tables(parts) if next(found, None) is None else None


def _lines(batch: ImportBatch, made: Plan, documents: pa.Table) -> tuple[int, int, int] | None:
    """How many documents have all their lines, how many lines these have, and lines in all.

    All but the last document with lines must have as many as the plan, of the same net sum.
    """
    expected = np.asarray(documents["line_count"].to_numpy(), np.int64)
    nets, ids = documents["net"].to_numpy(), documents["id"].to_numpy()
    rows = DocumentLine.objects.filter(document__batch=batch).values("document_id")
    summed = rows.annotate(n=Count("pk"), total=Sum("net")).order_by("document_id")
    whole = of_whole = count = 0
    for place, (pk, n, total) in enumerate(
        summed.values_list("document_id", "n", "total").iterator(chunk_size=PART)
    ):
        if whole != place or pk != ids[place] or n > expected[place]:
            return None  # a document before this one lacks lines, or this one has too many
        count += n
        if n == expected[place]:
            if total != nets[place]:
                return None
            whole, of_whole = whole + 1, of_whole + n
    if count and documents.num_rows < made.tables["document"].rows.num_rows:
        return None  # lines come after the last document
    return whole, of_whole, count
