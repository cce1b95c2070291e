"""Verbs of the books: take an import in, whole or not at all, and take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import models, transaction
from django.db.models import Sum
from django.utils import timezone

from mainstay.foundation import bulk
from mainstay.foundation.errors import NotAllowed
from mainstay.foundation.lock import Waiting, one_at_a_time
from mainstay.foundation.lock import keep_waiting as patient
from mainstay.foundation.models import User
from mainstay.foundation.services import audit
from mainstay.ledger import handover, versions
from mainstay.ledger.errors import BatchNotFound, NotInForce, RatesMissing, SumsDiffer
from mainstay.ledger.models import (
    Allocation,
    Confirmation,
    Document,
    DocumentLine,
    ImportBatch,
    Rate,
    Receipt,
)
from mainstay.ledger.plan import Books, Plan, plan, total
from mainstay.ledger.plan import counts as plan_counts
from mainstay.ledger.selectors.currencies import unrated
from mainstay.parties import services as parties
from mainstay.parties.models import Customer, CustomerCard
from mainstay.parties.selectors import sees_everything

__all__ = [
    "TEXT_LIMITS",
    "Books",
    "clear",
    "discard",
    "holds_demo",
    "is_empty",
    "open_batch",
    "take_in",
    "undo",
]  # fmt: skip

_UNFINISHED = (ImportBatch.State.LOADING, ImportBatch.State.FAILED)
_REMOVED = 500
"""Documents removed in one transaction, with their lines."""

Tell = Callable[[int, int], None]
"""Told how many rows of how many went in."""


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


def take_in(
    batch: ImportBatch, books: Books, tell: Tell, *, rejected: int = 0, waiting: Waiting = patient
) -> dict[str, Any]:
    """Bring the books' content in under the batch and make it visible in one step.

    Facts that are there already with the same content are counted and left alone; with other
    content they are superseded. ``OtherCurrency`` and sums that do not tie (``SumsDiffer``) stop
    it; after an error nothing of the batch shows. Imports take turns. Returns the batch's counts;
    amounts in minor units.
    """
    try:
        with one_at_a_time("books", waiting):
            _discard_the_dead(batch)
            return _take_in(batch, books, tell, rejected)
    except BaseException:
        discard(batch)
        raise


def discard(batch: ImportBatch) -> None:
    """Remove what an unfinished import left behind; killed on the way, it can be called again.

    A batch that is or was in force is never touched, and one that is being written is let finish.
    """
    if _has_rows(batch):
        with one_at_a_time("books"):
            _discard(batch)
    else:
        _give_up(batch)
    batch.refresh_from_db()


def _discard(batch: ImportBatch) -> None:
    """In short transactions, so that other writers get their turn. Call under the lock."""
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=_UNFINISHED).exists():
        return
    while ids := list(Document.objects.filter(batch=batch).values_list("pk", flat=True)[:_REMOVED]):
        with transaction.atomic():
            DocumentLine.objects.filter(document__in=ids)._raw_delete("default")
            Document.objects.filter(pk__in=ids)._raw_delete("default")
    for model in (Receipt, Allocation, Rate, Confirmation):
        while ids := list(
            model.objects.filter(batch=batch).values_list("pk", flat=True)[:_REMOVED]
        ):
            model.objects.filter(pk__in=ids)._raw_delete("default")
    _give_up(batch)


def _give_up(batch: ImportBatch) -> None:
    loading = ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.LOADING)
    loading.update(state=ImportBatch.State.FAILED)


def _has_rows(batch: ImportBatch) -> bool:
    return any(
        model.objects.filter(batch=batch).exists()
        for model in (Document, Receipt, Allocation, Rate, Confirmation)
    )


def _discard_the_dead(batch: ImportBatch) -> None:
    """Remove the rows of imports that nobody will finish. Call under the lock.

    Only its holder writes rows, so that rows of any other unfinished batch are a dead one's. One
    without rows may be waiting for its turn.
    """
    for other in ImportBatch.objects.filter(state__in=_UNFINISHED).exclude(pk=batch.pk):
        if _has_rows(other):
            _discard(other)


def applied_at(batch_id: int) -> datetime:
    """When an import came into force. Raises ``BatchNotFound``, ``NotInForce``."""
    batch = ImportBatch.objects.filter(pk=batch_id).first()
    if batch is None:
        raise BatchNotFound
    if batch.state != ImportBatch.State.APPLIED or batch.applied_at is None:
        raise NotInForce(batch=batch.pk)
    return batch.applied_at


def undo(user: User | None, batch_id: int, reason: str = "") -> dict[str, int]:
    """Take an applied import back: what counts now is as if it had never come.

    What it had superseded counts again; what a later import brought too stays, as that import's.
    Answers as of the time between keep it. Raises ``BatchNotFound``, ``NotInForce`` and
    ``NotAllowed``. Returns how many documents, receipts, allocations and cards went and came back.
    """
    if user is not None and not sees_everything(user):
        raise NotAllowed
    with one_at_a_time("books"), transaction.atomic():
        batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
        if batch is None:
            raise BatchNotFound
        if batch.state != ImportBatch.State.APPLIED:
            raise NotInForce(batch=batch.pk)
        batch.state, batch.undone_at = ImportBatch.State.UNDONE, timezone.now()
        batch.undone_by, batch.undo_reason = user, reason
        batch.save(update_fields=["state", "undone_at", "undone_by", "undo_reason"])
        done: dict[str, int] = {}
        for table in versions.TABLES:
            handover.hand_over(batch, table)
            for what, count in versions.take_back(batch, table).items():
                done[f"{table}s_{what}"] = count
        _all_rated()
        done["cards_withdrawn"] = parties.withdraw_cards(batch.pk)
        audit(user, "import.undone", f"batch:{batch.pk}", reason=reason, **done)
    return done


def holds_demo() -> bool:
    """Whether the demo company is in the books."""
    return ImportBatch.objects.filter(is_demo=True).exists()


def is_empty() -> bool:
    """Whether nothing was ever taken in."""
    return not ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).exists()


def clear() -> None:
    """Empty the books, customers among them. Only for the demo company, which is alone in them."""
    for rows in (
        DocumentLine, Confirmation, Document, Receipt, Allocation, Rate, ImportBatch, CustomerCard,
        Customer,
    ):  # fmt: skip
        rows.objects.all()._raw_delete("default")


def _take_in(batch: ImportBatch, books: Books, tell: Tell, rejected: int) -> dict[str, Any]:
    made = plan(books)
    counts = plan_counts(made) | {"rejected": rejected}
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        tell(done, made.rows)

    tell(0, made.rows)
    before = parties.known()
    ids = parties.register(made.seen)
    receipts = made.tables.get("receipt")
    _insert_documents(batch, made, ids, advance)
    if receipts:
        _insert_receipts(batch, receipts.rows, ids, advance)
    for table in ("allocation", "rate"):
        if table in made.tables:
            rows = _of_batch(made.tables[table].rows, batch)
            bulk.insert(versions.TABLES[table], rows, after_chunk=advance)
    for table, compared in made.tables.items():
        versions.confirm(batch, table, compared)
    net = total(made.tables["document"].rows, "net")
    _check_sums(batch, net, total(receipts.rows, "amount") if receipts else 0)
    with transaction.atomic():
        for table, compared in made.tables.items():
            versions.put_in_force(batch, table, compared)
        if books.customers is not None:
            counts["customers_changed"] = parties.file_cards(books.customers, batch.pk, before)
        unfinished = ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.LOADING)
        in_force = unfinished.update(
            state=ImportBatch.State.APPLIED, applied_at=timezone.now(), counts=counts,
            currency=books.currency, exponent=books.exponent,
        )  # fmt: skip
        if not in_force:  # given up meanwhile for another worker, which begins afresh
            raise NotInForce(batch=batch.pk)
        _all_rated()
        audit(batch.created_by, "import.applied", f"batch:{batch.pk}", **counts)
    batch.refresh_from_db()
    return counts


def _all_rated() -> None:
    """Whatever counts now in another currency has a rate. Call inside the switch."""
    lacking = unrated()
    if lacking:
        raise RatesMissing(lacking=", ".join(f"{code} {day}" for code, day, _rows in lacking))


def _insert_documents(
    batch: ImportBatch, made: Plan, customer_ids: dict[str, int], advance: Callable[[int], None]
) -> None:
    places = made.places
    ids = bulk.reserve_ids(Document, len(places))
    start = 0
    for documents in made.documents():
        customers = _ids_of(documents["customer_id"], customer_ids)
        rows = documents.drop_columns(["customer_id", "place"])
        rows = rows.append_column("id", ids.slice(start, rows.num_rows))
        rows = rows.append_column("customer_id", customers)
        bulk.insert(Document, _of_batch(rows, batch), after_chunk=advance)
        start += rows.num_rows
    for lines in made.lines():
        owner = pc.take(ids, pc.index_in(lines["place"], value_set=places))
        rows = lines.drop_columns(["place"]).append_column("document_id", owner)
        bulk.insert(DocumentLine, rows, after_chunk=advance)


def _insert_receipts(
    batch: ImportBatch,
    receipts: pa.Table,
    customer_ids: dict[str, int],
    advance: Callable[[int], None],
) -> None:
    place = receipts.column_names.index("customer_id")
    rows = receipts.set_column(place, "customer_id", _ids_of(receipts["customer_id"], customer_ids))
    bulk.insert(Receipt, _of_batch(rows, batch), after_chunk=advance)


def _ids_of(codes: pa.ChunkedArray[Any], ids: dict[str, int]) -> pa.Array[Any]:
    encoded: Any = codes.combine_chunks().dictionary_encode()
    keys = pa.array([ids[code] for code in encoded.dictionary.to_pylist()], pa.int64())
    return pc.take(keys, encoded.indices)


def _of_batch(rows: pa.Table, batch: ImportBatch) -> pa.Table:
    return rows.append_column("batch_id", pa.array([batch.pk] * rows.num_rows, pa.int64()))


def _check_sums(batch: ImportBatch, net: int, paid: int) -> None:
    """What was stored is what was read, document by document sum and line by line sum."""
    heads = Document.objects.filter(batch=batch).aggregate(net=Sum("net"))["net"] or 0
    rows = DocumentLine.objects.filter(document__batch=batch).aggregate(net=Sum("net"))["net"] or 0
    money = Receipt.objects.filter(batch=batch).aggregate(sum=Sum("amount"))["sum"] or 0
    for stored, read in ((heads, net), (rows, net), (money, paid)):
        if stored != read:
            raise SumsDiffer(stored=stored, read=read)
