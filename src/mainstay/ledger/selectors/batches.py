"""Imports: the list, one import with what it changed, and what taking it back would lose."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Concat, NullIf, Trim

from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.kernel import cursor as cursors
from mainstay.ledger.batch_records import BatchDetail, BatchRow, Loss
from mainstay.ledger.errors import BatchNotFound
from mainstay.ledger.models import Confirmation, Document, ImportBatch, Rate, Receipt, Version
from mainstay.ledger.permissions import BOOKS
from mainstay.ledger.records import EntryPage
from mainstay.ledger.selectors.currencies import books_currency, home_sum
from mainstay.ledger.selectors.documents import entries

CHANGES = ("new", "changed", "identical")
"""What an import can do with a booked document."""
COMMITMENTS = {"orders": Document.Kind.ORDER, "deliveries": Document.Kind.DELIVERY}
"""Lists of the other documents that an import brought."""


def batches(user: User, size: int | None = 50) -> tuple[BatchRow, ...]:
    """The latest imports, newest first; all of them without a ``size``."""
    demand_company(user, BOOKS)
    company = books_currency()[0]
    return tuple(_row(batch, company) for batch in _named().order_by("-pk")[:size])


def batch_page(
    user: User, after: str | None = None, size: int = 50
) -> tuple[tuple[BatchRow, ...], str | None]:
    """A page of the imports, newest first, and the next page's cursor. Raises ``BadCursor``."""
    demand_company(user, BOOKS)
    rows = list(page_after(_named(), "pk", descending=True, cursor=after)[: size + 1])
    company = books_currency()[0]
    shown = tuple(_row(row, company) for row in rows[:size])
    return shown, cursors.encode(shown[-1].id, shown[-1].id) if len(rows) > size else None


def batch(user: User, batch_id: int) -> BatchDetail:
    """One import: its files, mapping, counts, and what became of it. Raises ``BatchNotFound``."""
    demand_company(user, BOOKS)
    found = _named().filter(pk=batch_id).first()
    if found is None:
        raise BatchNotFound
    return BatchDetail(row=_row(found, books_currency()[0]), mapping=found.mapping)


def batch_documents(
    user: User, batch_id: int, change: str, after: str | None = None, size: int = 50
) -> EntryPage:
    """The documents an import brought: ``new``, ``changed``, or there already (``identical``), and
    apart from these its ``orders`` and ``deliveries``, new and changed.

    Changed ones say their net before. Also of an import taken back: what it had done.
    """
    taken = batch(user, batch_id).row
    return entries(_of_batch(taken, change), after, size)


def loss(user: User, batch_id: int) -> Loss:
    """What counts no more once the import is taken back; nothing is done.

    What a later import in force brought again stays, as that import's.
    """
    batch(user, batch_id)
    going = _going(Document, "document", batch_id).filter(kind__in=Document.BOOKED)
    sums = going.aggregate(
        new=Count("pk", filter=Q(is_change=False)), changed=Count("pk", filter=Q(is_change=True)),
        net=home_sum("net"), lines=Coalesce(Sum("line_count"), 0),
    )  # fmt: skip
    others = _going(Document, "document", batch_id).exclude(kind__in=Document.BOOKED)
    money = _going(Receipt, "receipt", batch_id).aggregate(
        count=Count("pk"), amount=home_sum("amount")
    )
    return Loss(
        documents_new=sums["new"], documents_changed=sums["changed"], net=sums["net"],
        lines=sums["lines"], receipts=money["count"], received=money["amount"],
        commitments=others.count(),
        rates=_going(Rate, "rate", batch_id).count(),
    )  # fmt: skip


def _of_batch(taken: BatchRow, change: str) -> QuerySet[Any]:
    if change in COMMITMENTS:
        return Document.objects.filter(batch=taken.id, kind=COMMITMENTS[change])
    if change == "identical":
        again = Confirmation.objects.filter(batch=taken.id, table="document")
        return Document.objects.booked().filter(pk__in=again.values("fact"))
    own = Document.objects.booked().filter(batch=taken.id)
    rows: QuerySet[Any] = own.filter(is_change=change == "changed")
    if change == "new" or taken.applied_at is None:
        return rows
    then = Document.objects.filter(key=OuterRef("key"), batch__lt=taken.id).filter(
        Q(batch__state=ImportBatch.State.APPLIED) | Q(batch__undone_at__gt=taken.applied_at)
    )
    found: QuerySet[Any] = rows.annotate(
        superseded=Subquery(then.order_by("-batch").values("batch")[:1]),
        net_before=Subquery(
            Document.objects.filter(
                key=OuterRef("key"), part=OuterRef("part"), batch=OuterRef("superseded")
            ).values("net")[:1]
        ),
    )
    return found


def _going(model: type[Version], table: str, batch_id: int) -> QuerySet[Any]:
    """What counts now by this import alone."""
    later = Confirmation.objects.filter(
        table=table, fact=OuterRef("pk"), batch__state=ImportBatch.State.APPLIED
    )
    own: QuerySet[Any] = model.objects.filter(batch=batch_id, current=True)
    return own.exclude(Exists(later))


def _known_as(person: str) -> Coalesce:
    """``User.known_as`` of the person there, in the query."""
    named = Trim(Concat(f"{person}__first_name", Value(" "), f"{person}__last_name"))
    return Coalesce(NullIf(named, Value("")), f"{person}__username")


def _named() -> QuerySet[ImportBatch]:
    return ImportBatch.objects.annotate(
        by=F("created_by__username"),
        by_name=_known_as("created_by"),
        taken_back_by=F("undone_by__username"),
        taken_back_by_name=_known_as("undone_by"),
    )


def _row(found: Any, company: str) -> BatchRow:
    return BatchRow(
        id=found.pk, state=found.state, created_at=found.created_at, applied_at=found.applied_at,
        created_by=found.by or "", created_by_name=found.by_name or "",
        files=tuple(found.files), counts=found.counts,
        currency=found.currency or company, exponent=found.exponent, is_demo=found.is_demo,
        undone_at=found.undone_at, undone_by=found.taken_back_by or "",
        undone_by_name=found.taken_back_by_name or "",
        undo_reason=found.undo_reason,
    )  # fmt: skip
