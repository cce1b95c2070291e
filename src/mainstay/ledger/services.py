"""Verbs of the books: take an import in, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import models, transaction
from django.db.models import Sum
from django.utils import timezone

from mainstay.foundation import bulk
from mainstay.foundation.models import User
from mainstay.foundation.services import audit
from mainstay.ledger import shaping
from mainstay.ledger.errors import DocumentsDiffer, OtherCurrency, ReceiptsDiffer, SumsDiffer
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.parties import services as parties
from mainstay.parties.models import Customer

Tell = Callable[[int, int], None]
"""Told how many rows of how many went in."""
NAMED = 10
"""Documents that an error names; the rest it counts."""


def _limits(model: type[models.Model], **columns: str) -> dict[str, int]:
    """Characters that fit into the model's fields, by column of the fact table."""
    return {
        column: limit
        for column, field in columns.items()
        if (limit := getattr(model._meta.get_field(field), "max_length", None)) is not None
    }


_PARTY = _limits(Customer, customer_id="code", customer_name="name")
_HEAD = _limits(Document, doc_no="number", salesperson="salesperson", region="region")
_LINE = _limits(DocumentLine, item="item", item_name="item_name", category="category")
_RECEIPT = _limits(Receipt, receipt_no="number", method="method", applied_to="applied_to")
TEXT_LIMITS = {"lines": _PARTY | _HEAD | _LINE, "receipts": _PARTY | _RECEIPT}
"""Characters that fit into the books, by table and column of the fact tables."""


@dataclass(frozen=True, slots=True)
class Books:
    """Fact tables as the engine's reader gives them, in Arrow, with their currency."""

    lines: pa.Table
    receipts: pa.Table | None
    customers: pa.Table | None
    currency: str
    exponent: int


def open_batch(
    user: User | None,
    files: list[dict[str, Any]],
    mapping: dict[str, Any],
    *,
    is_demo: bool = False,
) -> ImportBatch:
    """A batch that nothing shows until ``take_in`` has finished."""
    return ImportBatch.objects.create(
        created_by=user, files=files, mapping=mapping, is_demo=is_demo
    )


def take_in(batch: ImportBatch, books: Books, tell: Tell, *, rejected: int = 0) -> dict[str, Any]:
    """Bring the books' content in under the batch and make it visible in one step.

    Documents that are there already with the same content are counted and left alone; with other
    content they stop the import (``DocumentsDiffer``), as do numbered receipts
    (``ReceiptsDiffer``), another currency (``OtherCurrency``) and sums that do not tie
    (``SumsDiffer``). After an error nothing of the batch remains. Returns the batch's counts;
    amounts in minor units.
    """
    try:
        return _take_in(batch, books, tell, rejected)
    except BaseException:
        discard(batch)
        raise


def discard(batch: ImportBatch) -> None:
    """Remove what an unfinished import left behind. An applied batch is never touched."""
    rows = ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.LOADING)
    if not rows.update(state=ImportBatch.State.FAILED):
        return
    DocumentLine.objects.filter(document__batch=batch)._raw_delete("default")
    for model in (Document, Receipt):
        model.objects.filter(batch=batch)._raw_delete("default")
    batch.refresh_from_db()


def holds_demo() -> bool:
    """Whether the demo company is in the books."""
    return ImportBatch.objects.filter(is_demo=True).exists()


def is_empty() -> bool:
    """Whether nothing was ever taken in."""
    return not ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).exists()


def clear() -> None:
    """Empty the books, customers among them. Only for the demo company, which is alone in them."""
    for rows in (DocumentLine, Document, Receipt, ImportBatch, Customer):
        rows.objects.all()._raw_delete("default")


def _take_in(batch: ImportBatch, books: Books, tell: Tell, rejected: int) -> dict[str, Any]:
    _same_currency(books)
    documents, lines = shaping.documents(books.lines)
    fresh, identical = _new_documents(documents)
    all_net = _total(documents, "net")
    documents = documents.filter(fresh)
    lines = _of_documents(lines, documents)
    receipts, receipts_identical = _new_receipts(books.receipts)
    rows = documents.num_rows + lines.num_rows + (receipts.num_rows if receipts else 0)
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        tell(done, rows)

    tell(0, rows)
    ids, customers_new = parties.register(
        shaping.customers(books.lines, books.receipts), books.customers
    )
    _insert_documents(batch, documents, lines, ids, advance)
    if receipts:
        _insert_receipts(batch, receipts, ids, advance)
    counts: dict[str, Any] = {
        "documents_new": documents.num_rows,
        "documents_identical": identical,
        "lines_new": lines.num_rows,
        "lines_identical": books.lines.num_rows - lines.num_rows,
        "receipts_new": receipts.num_rows if receipts else 0,
        "receipts_identical": receipts_identical,
        "customers_new": customers_new,
        "net_new": _total(documents, "net"),
        "net_identical": all_net - _total(documents, "net"),
        "receipts_amount_new": _total(receipts, "amount") if receipts else 0,
        "rejected": rejected,
    } | _unassigned(books.lines)
    _check_sums(batch, counts)
    with transaction.atomic():
        if books.customers is not None:
            counts["customers_changed"] = parties.update_cards(books.customers)
        ImportBatch.objects.filter(pk=batch.pk).update(
            state=ImportBatch.State.APPLIED, applied_at=timezone.now(), counts=counts,
            currency=books.currency, exponent=books.exponent,
        )  # fmt: skip
        audit(batch.created_by, "import.applied", f"batch:{batch.pk}", **counts)
    batch.refresh_from_db()
    return counts


def _same_currency(books: Books) -> None:
    kept = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk").first()
    if kept is None:
        return
    if kept.currency and books.currency and kept.currency != books.currency:
        raise OtherCurrency(books=kept.currency, file=books.currency)
    if kept.exponent != books.exponent:
        raise OtherCurrency(books=f"10^-{kept.exponent}", file=f"10^-{books.exponent}")


def _new_documents(documents: pa.Table) -> tuple[pa.BooleanArray, int]:
    """Which documents are not in the books yet, and how many are, unchanged."""
    known: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for number, kind, part, digest in (
        Document.objects.visible().values_list("number", "kind", "part", "digest").iterator()
    ):
        known.setdefault((number, kind), set()).add((part, digest))
    if not known:
        return pa.array([True] * documents.num_rows, pa.bool_()), 0
    names = list(zip(*(documents[c].to_pylist() for c in ("number", "kind")), strict=True))
    content = zip(*(documents[c].to_pylist() for c in ("part", "digest")), strict=True)
    given: dict[tuple[str, str], set[tuple[int, str]]] = {}
    for name, part in zip(names, content, strict=True):
        given.setdefault(name, set()).add(part)
    differ = sorted({number for (number, kind), parts in given.items()
                     if known.get((number, kind), parts) != parts})  # fmt: skip
    if differ:
        raise DocumentsDiffer(**_named(differ))
    fresh = [name not in known for name in names]
    return pa.array(fresh, pa.bool_()), fresh.count(False)


def _new_receipts(given: pa.Table | None) -> tuple[pa.Table | None, int]:
    """The receipts that are not in the books yet, and how many are, unchanged.

    A number may stand for several receipts; they are then the same only together.
    """
    if given is None:
        return None, 0
    shaped = shaping.receipts(given)
    known: dict[str, set[tuple[str, int]]] = {}
    for number, digest, copy in (
        Receipt.objects.visible().values_list("number", "digest", "copy").iterator()
    ):
        known.setdefault(number, set()).add((digest, copy))
    numbers: list[Any] = shaped["number"].to_pylist()
    keys: list[Any] = list(
        zip(shaped["digest"].to_pylist(), shaped["copy"].to_pylist(), strict=True)
    )
    brought: dict[str, set[tuple[str, int]]] = {}
    for number, key in zip(numbers, keys, strict=True):
        brought.setdefault(number, set()).add(key)
    differ = sorted(n for n, own in brought.items() if n and known.get(n, own) != own)
    if differ:
        raise ReceiptsDiffer(**_named(differ))
    there: set[tuple[str, int]] = set().union(*known.values())
    fresh = [key not in there for key in keys]
    return shaped.filter(pa.array(fresh, pa.bool_())), fresh.count(False)


def _named(numbers: list[str]) -> dict[str, object]:
    """What an error says of them: how many, and the first by name."""
    more = "…" if len(numbers) > NAMED else ""
    return {"count": len(numbers), "numbers": ", ".join(numbers[:NAMED]) + more}


def _of_documents(lines: pa.Table, documents: pa.Table) -> pa.Table:
    return lines.filter(pc.is_in(lines["place"], value_set=documents["place"].combine_chunks()))


def _insert_documents(
    batch: ImportBatch,
    documents: pa.Table,
    lines: pa.Table,
    customer_ids: dict[str, int],
    advance: Callable[[int], None],
) -> None:
    if not documents.num_rows:
        return
    ids = bulk.reserve_ids(Document, documents.num_rows)
    rows = (
        documents.append_column("id", ids)
        .append_column("customer_id ", _ids_of(documents["customer_id"], customer_ids))
        .append_column("batch_id", pa.array([batch.pk] * documents.num_rows, pa.int64()))
        .drop_columns(["customer_id", "place"])
    )
    rows = rows.rename_columns([name.strip() for name in rows.column_names])
    bulk.insert(Document, rows, after_chunk=advance)
    where = pc.index_in(lines["place"], value_set=documents["place"].combine_chunks())
    rows = lines.drop_columns(["place"]).append_column("document_id", pc.take(ids, where))
    bulk.insert(DocumentLine, rows, after_chunk=advance)


def _insert_receipts(
    batch: ImportBatch,
    receipts: pa.Table,
    customer_ids: dict[str, int],
    advance: Callable[[int], None],
) -> None:
    place = receipts.column_names.index("customer_id")
    rows = receipts.set_column(
        place, "customer_id", _ids_of(receipts["customer_id"], customer_ids)
    ).append_column("batch_id", pa.array([batch.pk] * receipts.num_rows, pa.int64()))
    bulk.insert(Receipt, rows, after_chunk=advance)


def _ids_of(codes: pa.ChunkedArray[Any], ids: dict[str, int]) -> pa.Array[Any]:
    encoded: Any = codes.combine_chunks().dictionary_encode()
    keys = pa.array([ids[code] for code in encoded.dictionary.to_pylist()], pa.int64())
    return pc.take(keys, encoded.indices)


def _total(table: pa.Table, column: str) -> int:
    return pc.sum(table[column]).as_py() or 0


def _unassigned(lines: pa.Table) -> dict[str, int]:
    alone = lines.filter(pc.is_null(lines["customer_id"]))
    return {"unassigned_lines": alone.num_rows, "unassigned_net": _total(alone, "net")}


def _check_sums(batch: ImportBatch, counts: dict[str, Any]) -> None:
    """What was stored is what was read, document by document sum and line by line sum."""
    heads = Document.objects.filter(batch=batch).aggregate(net=Sum("net"))["net"] or 0
    rows = DocumentLine.objects.filter(document__batch=batch).aggregate(net=Sum("net"))["net"] or 0
    paid = Receipt.objects.filter(batch=batch).aggregate(sum=Sum("amount"))["sum"] or 0
    for stored, read in (
        (heads, counts["net_new"]),
        (rows, counts["net_new"]),
        (paid, counts["receipts_amount_new"]),
    ):
        if stored != read:
            raise SumsDiffer(stored=stored, read=read)
