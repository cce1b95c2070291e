"""Verbs of the books: take an import in, whole or not at all, and take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import models, transaction
from django.db.models import Sum
from django.utils import timezone

from mainstay.catalogue import services as catalogue
from mainstay.foundation import bulk, memory
from mainstay.foundation.company import once
from mainstay.foundation.jobs import JobTaken
from mainstay.foundation.lock import Waiting, one_at_a_time
from mainstay.foundation.lock import keep_waiting as patient
from mainstay.foundation.models import User
from mainstay.foundation.notices import telling
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.services import audit, audit_each
from mainstay.ledger import demo, handover, identity, items, news, resume, versions
from mainstay.ledger.demo import holds_demo
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
from mainstay.ledger.permissions import TAKE_BACK
from mainstay.ledger.plan import Books, Plan, plan, total
from mainstay.ledger.selectors.currencies import unrated
from mainstay.parties import cards, codes, keeping, listed
from mainstay.parties.codes import Decisions, Matching, Whose
from mainstay.parties.models import Customer

__all__ = [
    "TEXT_LIMITS",
    "Books",
    "Decisions",
    "discard",
    "holds_demo",
    "is_empty",
    "open_batch",
    "reopened",
    "take_in",
    "undo",
]  # fmt: skip

_UNFINISHED = (ImportBatch.State.LOADING, ImportBatch.State.FAILED)
_REMOVED = 500
"""Documents removed in one transaction, with their lines."""

Tell = Callable[[int, int], None]
"""Told how many rows of how many went in."""


def nothing_more() -> None:
    """What belongs to the switch besides the books: nothing."""


def _limits(model: type[models.Model], **columns: str) -> dict[str, int]:
    """Characters that fit into the model's fields, by column of the fact table."""
    return {
        column: limit
        for column, field in columns.items()
        if (limit := getattr(model._meta.get_field(field), "max_length", None)) is not None
    }


_PARTY = _limits(Customer, customer_id="code", customer_name="name")
_HEAD = _limits(Document, doc_no="number", salesperson="salesperson", region="region",
                organisation="organisation")  # fmt: skip
_LINE = _limits(DocumentLine, item="item", item_name="item_name", category="category",
                order_no="order_no")  # fmt: skip
_RECEIPT = _limits(
    Receipt, receipt_no="number", method="method", bill_no="bill_no", applied_to="applied_to",
    organisation="organisation",
)  # fmt: skip
_PART = _limits(Allocation, receipt_no="receipt_no", doc_no="doc_no", organisation="organisation")
_BUYER = _limits(Customer, tax_no="tax_no")
TEXT_LIMITS = {
    "lines": _PARTY | _BUYER | _HEAD | _LINE, "receipts": _PARTY | _RECEIPT, "allocations": _PART,
}  # fmt: skip
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


def reopened(batch_id: int | None) -> ImportBatch | None:
    """The batch of an import that was killed, to go on with; ``None`` where it must begin afresh.

    Batches are numbered as they come into force, so only the newest goes on. Call under the lock.
    """
    if batch_id is None:
        return None
    batch = ImportBatch.objects.filter(pk=batch_id, state=ImportBatch.State.LOADING).first()
    if batch is None or ImportBatch.objects.filter(pk__gt=batch.pk).exists():
        return None
    return batch


def take_in(
    batch: ImportBatch,
    books: Books,
    tell: Tell,
    *,
    rejected: int = 0,
    waiting: Waiting = patient,
    afresh: bool = False,
    switching: Callable[[], None] = nothing_more,
    also: Callable[[], Mapping[str, int]] = dict,
) -> dict[str, Any]:
    """Bring the books' content in under the batch and make it visible in one step.

    Facts that are there already with the same content are counted and left alone; with other
    content they are superseded. ``OtherCurrency`` and sums that do not tie (``SumsDiffer``) stop
    it; after an error nothing of the batch shows. Imports take turns. What a killed process had
    written of the very same plan under this batch stays (``ledger.resume``). Returns the batch's
    counts; amounts in minor units.

    ``afresh``: the demo company is in the books and goes in that one step (``ledger.demo``);
    ``switching`` is called at its beginning: what it writes holds with the import or not at all,
    and where it raises, the import does not come into force. ``also`` brings in what rooms above
    keep, once the customers are there, and says how many of what.
    """
    try:
        with one_at_a_time("books", waiting):
            _discard_the_dead(batch)
            return _take_in(batch, books, tell, rejected, afresh, switching, also)
    except JobTaken:
        raise  # another worker goes on with it
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
    """Call under the lock."""
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=_UNFINISHED).exists():
        return
    _remove_rows(batch)
    _give_up(batch)


def _remove_rows(batch: ImportBatch) -> None:
    """In short transactions, so that other writers get their turn. Call under the lock."""
    while ids := list(Document.objects.filter(batch=batch).values_list("pk", flat=True)[:_REMOVED]):
        with transaction.atomic():
            DocumentLine.objects.filter(document__in=ids)._raw_delete("default")
            Document.objects.filter(pk__in=ids)._raw_delete("default")
    for model in (Receipt, Allocation, Rate, Confirmation):
        while ids := list(
            model.objects.filter(batch=batch).values_list("pk", flat=True)[:_REMOVED]
        ):
            model.objects.filter(pk__in=ids)._raw_delete("default")


def _give_up(batch: ImportBatch) -> None:
    loading = ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.LOADING)
    loading.update(state=ImportBatch.State.FAILED)
    once.forget()


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
    if user is not None:
        demand_company(user, TAKE_BACK)
    with one_at_a_time("books"), transaction.atomic():
        batch = ImportBatch.objects.select_for_update().filter(pk=batch_id).first()
        if batch is None:
            raise BatchNotFound
        if batch.state != ImportBatch.State.APPLIED:
            raise NotInForce(batch=batch.pk)
        batch.state, batch.undone_at = ImportBatch.State.UNDONE, timezone.now()
        batch.undone_by, batch.undo_reason = user, reason
        batch.save(update_fields=["state", "undone_at", "undone_by", "undo_reason"])
        once.forget()
        done: dict[str, int] = {}
        for table in versions.TABLES:
            handover.hand_over(batch, table)
            for what, count in versions.take_back(batch, table).items():
                done[f"{table}s_{what}"] = count
        _all_rated()
        done["cards_withdrawn"] = cards.withdraw_cards(batch.pk)
        done["contacts_gone"] = listed.withdraw_contacts(batch.pk)
        done["products_gone"] = items.restate(batch)
        done["codes_gone"] = identity.retire_codes()
        keeping.follow_books()
        audit(user, "import.undone", f"batch:{batch.pk}", reason=reason, **done)
        if user is not None:
            telling.tell(
                [batch.created_by], news.UNDONE, f"batch:{batch.pk}",
                by=user, batch=batch.pk, who=user.known_as(),
            )  # fmt: skip
    return done


def is_empty() -> bool:
    """Whether nothing was ever taken in."""
    return not ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).exists()


def _take_in(
    batch: ImportBatch,
    books: Books,
    tell: Tell,
    rejected: int,
    afresh: bool,
    switching: Callable[[], None],
    also: Callable[[], Mapping[str, int]],
) -> dict[str, Any]:
    made = plan(books, afresh=afresh)
    memory.give_back()
    stored = resume.begin(batch, made, rejected, _remove_rows)
    memory.give_back()
    counts: dict[str, Any] = dict(batch.begun["counts"])
    done, of_all = stored.count, made.rows

    def advance(count: int) -> None:
        nonlocal done
        done += count
        tell(done, of_all)

    tell(done, of_all)
    ids = codes.register(made.matching, batch.pk, batch.created_by)
    memory.give_back()
    _insert_documents(batch, made, stored, ids, advance)
    for table, model in versions.TABLES.items():
        if table in made.tables and table != "document":
            memory.give_back()
            for part in made.parts(table, stored.rows.get(table, 0)):
                rows = part.drop_columns(["place"])
                if table == "receipt":
                    rows = _of_customers(rows, ids)
                bulk.insert(model, _of_batch(rows, batch), after_chunk=advance)
    for table, compared in made.tables.items():
        versions.confirm(batch, table, compared.identical[stored.confirmed.get(table, 0) :])
    net = total(made.tables["document"].tally, "net")
    receipts = made.tables.get("receipt")
    _check_sums(batch, net, total(receipts.tally, "amount") if receipts else 0)
    memory.give_back()
    with transaction.atomic():
        switching()
        if afresh:
            demo.make_room(batch, ids.ids)
        before, items_before = codes.known(), catalogue.known()
        for table, compared in made.tables.items():
            versions.put_in_force(batch, table, compared)
        identity.move(codes.settle(made.matching, batch.pk, batch.created_by), batch)
        counts |= {**_file_customers(batch, made, before), **also()}
        keeping.follow_books()
        catalogue.register(made.items, made.heard)
        if books.products is not None:
            counts["products_changed"] = catalogue.file_cards(
                books.products, batch.pk, items_before
            )
        unfinished = ImportBatch.objects.filter(pk=batch.pk, state=ImportBatch.State.LOADING)
        in_force = unfinished.update(
            state=ImportBatch.State.APPLIED, applied_at=timezone.now(), counts=counts,
            currency=books.currency, exponent=books.exponent, begun={},
        )  # fmt: skip
        if not in_force:  # given up meanwhile for another worker, which begins afresh
            raise NotInForce(batch=batch.pk)
        once.forget()
        _all_rated()
        _audit_decisions(batch, made.matching)
        audit(batch.created_by, "import.applied", f"batch:{batch.pk}", **counts)
        telling.tell(
            [batch.created_by], news.APPLIED, f"batch:{batch.pk}", batch=batch.pk,
            new=counts["documents_new"], changed=counts["documents_changed"],
            same=counts["documents_identical"],
        )  # fmt: skip
    batch.refresh_from_db()
    return counts


def _file_customers(batch: ImportBatch, made: Plan, before: pa.Array[Any]) -> dict[str, int]:
    """Take over what the import says of customers; counts of the list, where there is one."""
    listing = made.books.customers
    changed = cards.file_cards(listing, made.matching.named, batch.pk, before)
    if listing is None:
        return {}
    found = {"customers_changed": changed}
    if listed.names_contacts(listing):
        found["contacts"] = listed.file_contacts(listing, batch.pk)
    return found


def _all_rated() -> None:
    """Whatever counts now in another currency has a rate. Call inside the switch."""
    lacking = unrated()
    if lacking:
        raise RatesMissing.of(lacking)


def _audit_decisions(batch: ImportBatch, made: Matching) -> None:
    """Who said with this import that a code is a customer's, or is not."""
    audit_each(batch.created_by, "customer.matched", (
        (f"customer:{old}", {"code": code, "evidence": evidence, "batch": batch.pk})
        for code, (old, evidence) in sorted(made.same.items())
    ))  # fmt: skip
    audit_each(batch.created_by, "customer.told_apart", (
        (f"customer:{old}", {"code": code, "batch": batch.pk})
        for code, old in sorted(made.refused)
    ))  # fmt: skip


def _insert_documents(
    batch: ImportBatch,
    made: Plan,
    stored: resume.Stored,
    whose: Whose,
    advance: Callable[[int], None],
) -> None:
    """The documents and lines of the plan, after those that are there."""
    places = made.tables["document"].places
    ids = resume.ids_for(stored, len(places))
    start = len(stored.documents)
    for documents in made.parts("document", start):
        rows = _of_customers(documents.drop_columns(["place"]), whose)
        rows = rows.append_column("id", ids.slice(start, rows.num_rows))
        bulk.insert(Document, _of_batch(rows, batch), after_chunk=advance)
        start += rows.num_rows
    memory.give_back()
    begun = stored.lines - stored.lines_of_whole
    ascending = places.to_numpy()
    for lines in resume.without_first(made.lines(stored.documents_whole), begun):
        at = np.searchsorted(ascending, lines["place"].to_numpy())
        owner = pc.take(ids, pa.array(at, pa.int64()))
        rows = lines.drop_columns(["place"]).append_column("document_id", owner)
        bulk.insert(DocumentLine, rows, after_chunk=advance)


def _of_customers(rows: pa.Table, whose: Whose) -> pa.Table:
    """With ``customer_id`` and ``customer_code_id`` instead of the code in ``customer_id``."""
    place = rows.column_names.index("customer_id")
    code_ids, customers = whose.of(rows["customer_id"])
    return rows.set_column(place, "customer_id", customers).append_column(
        "customer_code_id", code_ids
    )


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
