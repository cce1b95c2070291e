"""Documents: a customer's list, lists across the firm, one document with its lines and versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from mainstay.catalogue.selectors import categories_of
from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.ledger.errors import DocumentNotFound
from mainstay.ledger.models import Document, ImportBatch
from mainstay.ledger.records import (
    DocumentDetail,
    DocumentEntry,
    DocumentPage,
    DocumentRow,
    EntryPage,
    LineRow,
    VersionRow,
)
from mainstay.ledger.selectors.currencies import home, home_sum, in_own
from mainstay.ledger.selectors.orders import linked, order_progress
from mainstay.ledger.selectors.paging import (
    Order,
    as_date,
    booked,
    counting,
    file_of,
    in_span,
    page_of,
)
from mainstay.ledger.selectors.reach import books
from mainstay.parties.permissions import COST
from mainstay.parties.rules import due_date
from mainstay.parties.selectors import of_code, sees_cost, sees_cost_of, sees_everything, visible_to

_DOCUMENT = (
    "id", "number", "kind", "doc_date", "due_date", "net", "tax", "gross", "cost", "discount",
    "code", "places", "salesperson", "region", "organisation", "line_count",
)  # fmt: skip
_CUSTOMER = ("customer__code", "customer__name", "customer__name_en", "customer_name")
_TERMS = ("customer__terms", "customer__terms_days")
_ENTRY = (
    "id", "number", "kind", "doc_date", "customer__code", "customer__name", "customer__name_en",
    "customer_name", "net", "gross", "code", "places", "line_count", "organisation",
)  # fmt: skip
_LINE = (
    "line_no", "item", "item_name", "category", "quantity", "net", "tax", "gross", "cost",
    "discount", "source_row", "order_no", "promised", "order_state",
)  # fmt: skip
NEWEST = Order("doc_date", descending=True)
OWED = (Document.Kind.INVOICE, Document.Kind.OPENING)
"""Kinds that fall due."""
_STOOD = Q(batch__state__in=[ImportBatch.State.APPLIED, ImportBatch.State.UNDONE])
"""Versions that count or once counted."""


def documents(
    user: User,
    customer_code: str | None,
    start: date | None = None,
    end: date | None = None,
    kind: str | None = None,
    after: str | None = None,
    size: int = 50,
    *,
    order: Order = NEWEST,
    known_at: datetime | None = None,
    counted: bool = True,
    cost: bool | None = None,
) -> DocumentPage:
    """A customer's documents between two business dates inclusive, or without a code those of all
    customers one may see, which are not counted.

    Booked ones, unless ``kind`` names another. Sums are of those in the company's currency.
    ``known_at``: as they were known at that moment; without it, as they count now. ``counted``:
    with the sums; ``cost``: whether it may be seen, where the caller knows.
    """
    matching = counting(Document, known_at).filter(kind=kind) if kind else booked(known_at)
    if customer_code is not None:
        matching = matching.filter(customer__in=of_code(user, customer_code))
    elif not sees_everything(user):
        matching = matching.filter(customer__in=visible_to(user))
    matching = in_span(matching, "doc_date", start, end)
    sums: dict[str, Any] = {}
    if counted and customer_code is not None:
        sums = matching.aggregate(
            total=Count("pk"),
            net=home_sum("net"),
            gross=Sum("gross", filter=home()),
            cost=Sum("cost", filter=home()),
        )
    page = page_after(
        matching, order.column, descending=order.descending,
        cursor=as_date(after) if order.column == "doc_date" else after,
    )  # fmt: skip
    cost = _cost_shown(user, customer_code) if cost is None else cost
    if not cost:
        sums["cost"] = None
    found = _rows(page[: size + 1], cost=cost)
    rows, further = page_of(found, size, lambda row: (getattr(row, order.column), row.id))
    return DocumentPage(rows=rows, next_cursor=further, **sums)


def documents_of(
    user: User, ids: Sequence[int], customer_code: str | None, *, cost: bool | None = None
) -> list[DocumentRow]:
    """Documents in the order of their ids, of one customer or of several. The caller has narrowed
    the ids to what the user may see. ``cost`` as with ``documents``.
    """
    shown = _cost_shown(user, customer_code) if cost is None else cost
    rows = _rows(Document.objects.filter(pk__in=ids), cost=shown)
    found = {row.id: row for row in rows}
    return [found[one] for one in ids]


def _cost_shown(user: User, customer_code: str | None) -> bool:
    """Whether cost may be seen of the customer; without one, of all one sees."""
    return sees_cost(user) if customer_code is None else sees_cost_of(user, customer_code)


def _rows(page: QuerySet[Any], *, cost: bool) -> list[DocumentRow]:
    found = []
    for *row, code, name, name_en, own_name, terms, terms_days in page.annotate(
        **in_own()
    ).values_list(*_DOCUMENT, *_CUSTOMER, *_TERMS):
        whose = (code or "", name or own_name, name_en or "")
        plain = DocumentRow(*(*row, *whose))
        found.append(_due(plain if cost else replace(plain, cost=None), terms, terms_days))
    return found


def _due(row: DocumentRow, terms: str | None, terms_days: int | None) -> DocumentRow:
    """With the due date that the customer's terms give, where a debt has none of its own."""
    owed = row.net if row.gross is None else row.gross
    if row.due_date is not None or row.kind not in OWED or owed < 0:
        return row
    return replace(row, due_date=due_date(row.doc_date, terms or "", terms_days))


def names_organisations() -> bool:
    """Whether any document that counts now says which organisation's number it has."""
    return books().organisations


def find_documents(user: User, number: str, size: int) -> list[DocumentRow]:
    """Documents that count now whose number begins so, of customers the user may see; cost is not
    among what they say.
    """
    found = Document.objects.visible().filter(_begins(number) | _begins(number.upper()))
    if not sees_everything(user):
        found = found.filter(customer__in=visible_to(user))
    rows = found.annotate(**in_own()).order_by("number", "-doc_date", "pk")
    return [replace(DocumentRow(*row), cost=None) for row in rows.values_list(*_DOCUMENT)[:size]]


def _begins(number: str) -> Q:
    """By the index: LIKE on PostgreSQL, a range on SQLite, whose LIKE minds no capitals."""
    if connection.vendor == "postgresql":
        return Q(number__startswith=number)
    return Q(number__gte=number, number__lt=number + chr(0x10FFFF))


def entries(matching: QuerySet[Any], after: str | None, size: int) -> EntryPage:
    """A list across the firm, newest first, with sums of the company's currency.

    The caller has checked the rights. Rows annotated with ``net_before`` say it.
    """
    sums = matching.aggregate(
        total=Count("pk"), net=home_sum("net"), lines=Coalesce(Sum("line_count"), 0)
    )
    rows, further = _entry_rows(matching, after, size)
    return EntryPage(rows=rows, next_cursor=further, **sums)


def document_entries(
    user: User,
    *,
    customer_code: str = "",
    kind: str = "",
    start: date | None = None,
    end: date | None = None,
    after: str | None = None,
    size: int = 50,
) -> tuple[tuple[DocumentEntry, ...], str | None]:
    """A page of the documents of all customers one may see, or of one, newest first, and the next
    page's cursor; of every kind, or of one. Without sums, so that walking through them all is
    cheap. Raises ``BadCursor``.
    """
    matching = in_span(counting(Document), "doc_date", start, end)
    if customer_code:
        matching = matching.filter(customer__in=of_code(user, customer_code))
    elif not sees_everything(user):
        matching = matching.filter(customer__in=visible_to(user))
    if kind:
        matching = matching.filter(kind=kind)
    return _entry_rows(matching, after, size)


def _entry_rows(
    matching: QuerySet[Any], after: str | None, size: int
) -> tuple[tuple[DocumentEntry, ...], str | None]:
    before = ("net_before",) if "net_before" in matching.query.annotations else ()
    rated = matching.annotate(**in_own())
    page = page_after(rated, "doc_date", descending=True, cursor=as_date(after))
    found = [
        DocumentEntry(
            id=row[0], number=row[1], kind=row[2], doc_date=row[3], customer_code=row[4] or "",
            customer_name=row[5] or row[7], customer_name_en=row[6] or "", net=row[8],
            gross=row[9], currency=row[10], exponent=row[11], line_count=row[12],
            organisation=row[13], net_before=row[14] if before else None,
        )
        for row in page.values_list(*_ENTRY, *before)[: size + 1]
    ]  # fmt: skip
    return page_of(found, size, lambda row: (row.doc_date, row.id))


def document(user: User, document_id: int) -> DocumentDetail:
    """One version of a document with its lines, and the other versions it has or had.

    ``DocumentNotFound`` also for one the user may not see, and for imports that never finished.
    """
    row = (
        Document.objects.filter(_STOOD, pk=document_id)
        .annotate(**in_own())
        .values(
            *_DOCUMENT, "customer_id", "customer__code", "customer__name", "customer__name_en",
            "customer_name", "batch_id", "batch__files", "batch__applied_at", "key", "part",
            "current", *_TERMS,
        )
        .first()
    )  # fmt: skip
    if row is None:
        raise DocumentNotFound
    if row["customer_id"] is None:
        allowed = sees_everything(user)
        cost = sees_everything(user, COST)
    else:
        allowed = visible_to(user).filter(pk=row["customer_id"]).exists()
        cost = sees_cost(user, row["customer_id"])
    if not allowed:
        raise DocumentNotFound
    row["cost"] = row["cost"] if cost else None
    lines: list[Any] = list(
        Document(pk=document_id).lines.order_by("line_no", "pk").values_list(*_LINE)
    )
    categories = categories_of({line[1] for line in lines if line[1] and not line[3]})
    file = file_of(row["batch__files"], "lines")
    return DocumentDetail(
        document=_due(
            DocumentRow(*(row[name] for name in _DOCUMENT)),
            *(row[name] for name in _TERMS),
        ),
        due_by_terms=row["due_date"] is None,
        customer_code=row["customer__code"],
        customer_name=row["customer__name"] or row["customer_name"],
        customer_name_en=row["customer__name_en"] or "",
        lines=tuple(
            LineRow(*(*line[:3], line[3] or categories.get(line[1], ""), *line[4:]))
            for line in (lines if cost else map(_without_cost, lines))
        ),
        cost_shown=cost,
        batch_id=row["batch_id"],
        source_file=file.get("name", ""),
        source_sheet=file.get("sheet", ""),
        imported_at=row["batch__applied_at"],
        counts=row["current"],
        versions=tuple(_versions(user, row)),
        linked=linked(user, document_id, row["kind"], row["number"]),
        progress=order_progress(document_id) if row["kind"] == Document.Kind.ORDER else None,
    )


def _without_cost(line: tuple[Any, ...]) -> tuple[Any, ...]:
    at = _LINE.index("cost")
    return (*line[:at], None, *line[at + 1 :])


def _versions(user: User, row: dict[str, Any]) -> list[VersionRow]:
    """All versions of the same document, newest import first, each shown or not by the customer it
    belonged to: one that was corrected to another customer is no way into the first one's figures.
    """
    found = Document.objects.filter(_STOOD, key=row["key"], part=row["part"]).order_by("-batch")
    everything = sees_everything(user)
    seen = set(found.filter(customer__in=visible_to(user)).values_list("pk", flat=True))
    rows = found.annotate(**in_own()).values_list(
        "id", "net", "batch_id", "current", "batch__applied_at", "batch__undone_at", "code",
        "places",
    )  # fmt: skip
    versions = [VersionRow(*values) for values in rows]
    return [
        one if everything or one.id in seen
        else replace(one, net=None, currency="", exponent=0, shown=False)
        for one in versions
    ]  # fmt: skip
