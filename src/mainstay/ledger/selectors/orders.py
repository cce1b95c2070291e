"""A customer's orders and how far they are, his deliveries, and what belongs to one document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Value, When

from mainstay.foundation.keyset import after as page_after
from mainstay.foundation.models import User
from mainstay.kernel import cursor as cursors
from mainstay.ledger.models import Document, DocumentLine
from mainstay.ledger.records import (
    DeliveryPage,
    DeliveryRow,
    LinkedDocument,
    OrderPage,
    OrderRow,
)
from mainstay.ledger.rules import Fulfilled, Ordered, Progress, progress
from mainstay.ledger.selectors.currencies import books_currency, home, home_sum, in_own
from mainstay.ledger.selectors.paging import as_date, counting, in_span, page_of
from mainstay.parties.selectors import of_code, sees_everything, visible_to

CHUNK = 500
"""Orders worked on at a time."""
_ROW = ("id", "number", "doc_date", "net", "code", "places", "line_count")
_ORDER = (*_ROW, "customer_id", "currency", "organisation", "home")
_COVERS = (Document.Kind.DELIVERY, Document.Kind.INVOICE, Document.Kind.CREDIT_NOTE)
"""Kinds of documents that can fulfil an order."""


class _Head(NamedTuple):
    """By what deliveries and invoices belong to an order."""

    number: str
    customer: int | None
    currency: str
    """Empty: the company's."""
    organisation: str


def with_promises(customers: QuerySet[Any]) -> QuerySet[Any]:
    """With ``promises``: whether the books hold or held any of a customer's orders, deliveries."""
    kinds = (Document.Kind.ORDER, Document.Kind.DELIVERY)
    of_row = Document.objects.filter(customer=OuterRef("pk"), kind__in=kinds)
    found: QuerySet[Any] = customers.annotate(promises=Exists(of_row))
    return found


def orders(
    user: User,
    customer_code: str,
    start: date | None = None,
    end: date | None = None,
    after: str | None = None,
    size: int = 50,
    *,
    known_at: datetime | None = None,
) -> OrderPage:
    """A customer's orders between two days inclusive, newest first, and how far each is.

    What fulfils them counts up to ``end``, as far as it is in the order's own currency. Sums are of
    those in the company's. ``known_at``: as they were known at that moment.
    """
    matching = _own(user, customer_code, Document.Kind.ORDER, start, end, known_at)
    of_home = Case(When(home(), then=Value(1)), default=Value(0))
    rated = matching.annotate(**in_own(), home=of_home).order_by("-doc_date", "pk")
    every: list[Any] = list(rated.values_list(*_ORDER))
    at_home, page = [row for row in every if row[-1]], _behind(every, after)[: size + 1]
    heads = {row[0]: _Head(row[1], *row[7:10]) for row in (*at_home, *page)}
    how: dict[int, Progress] = {}
    for ids in _chunks(list(heads)):
        how |= _progress({pk: heads[pk] for pk in ids}, end, known_at)
    found = [OrderRow(*(*row[:7], how[row[0]])) for row in page]
    rows, further = page_of(found, size, lambda row: (row.doc_date, row.id))
    return OrderPage(
        rows=rows, next_cursor=further, total=len(every), foreign=len(every) - len(at_home),
        net=sum(row[3] for row in at_home), open=sum(how[row[0]].open for row in at_home),
    )  # fmt: skip


def _behind(rows: list[Any], cursor: str | None) -> list[Any]:
    """Of rows in the list's order those behind a cursor. Raises ``BadCursor``."""
    if as_date(cursor) is None:
        return rows
    value, row_id = cursors.decode(str(cursor))
    day = date.fromisoformat(str(value))
    return [row for row in rows if row[2] < day or (row[2] == day and row[0] > row_id)]


def deliveries(
    user: User,
    customer_code: str,
    start: date | None = None,
    end: date | None = None,
    after: str | None = None,
    size: int = 50,
    *,
    known_at: datetime | None = None,
) -> DeliveryPage:
    """A customer's deliveries between two days inclusive, newest first, with their orders.

    The sum is of those in the company's currency.
    """
    matching = _own(user, customer_code, Document.Kind.DELIVERY, start, end, known_at)
    sums = matching.aggregate(
        total=Count("pk"), net=home_sum("net"), foreign=Count("pk", filter=~home())
    )
    if not sums["total"]:
        return DeliveryPage(rows=(), next_cursor=None, **sums)
    rated = matching.annotate(**in_own())
    page = page_after(rated, "doc_date", descending=True, cursor=as_date(after))
    heads: list[Any] = list(page.values_list(*_ROW)[: size + 1])
    named = _orders_named([head[0] for head in heads])
    found = [DeliveryRow(*(*head, named[head[0]])) for head in heads]
    rows, further = page_of(found, size, lambda row: (row.doc_date, row.id))
    return DeliveryPage(rows=rows, next_cursor=further, **sums)


def order_progress(document_id: int) -> Progress:
    """How far one order is now."""
    told = Document.objects.values_list("number", "customer_id", "currency", "organisation")
    return _progress({document_id: _Head(*told.get(pk=document_id))}, None, None)[document_id]


def linked(user: User, document_id: int, kind: str, number: str) -> tuple[LinkedDocument, ...]:
    """The documents that belong to one by the order's number, as they count now; oldest first.

    Of an order: the deliveries and invoices that name it. Of another: the orders it names, and
    what else names them. Only of customers the user may see.
    """
    if kind == Document.Kind.ORDER:
        numbers: Sequence[str] = [number]
    else:
        numbers = _orders_named([document_id])[document_id]
    if not numbers:
        return ()
    named = DocumentLine.objects.filter(order_no__gt="", order_no__in=numbers)
    found = Document.objects.visible().filter(pk__in=named.values("document"))
    found |= Document.objects.visible().filter(kind=Document.Kind.ORDER, number__in=numbers)
    if not sees_everything(user):
        found = found.filter(customer__in=visible_to(user))
    rows = (
        found.exclude(pk=document_id)
        .annotate(**in_own())
        .order_by("doc_date", "pk")
        .values_list("id", "number", "kind", "doc_date", "net", "code", "places")
    )
    return tuple(LinkedDocument(*row) for row in rows)


def _own(
    user: User, code: str, kind: str, start: date | None, end: date | None, known: datetime | None
) -> QuerySet[Any]:
    mine = of_code(user, code)
    return in_span(
        counting(Document, known).filter(kind=kind, customer__in=mine), "doc_date", start, end
    )


def _progress(
    heads: Mapping[int, _Head], end: date | None, known_at: datetime | None
) -> dict[int, Progress]:
    """How far each of these orders is, by what is in its own currency. A number that several share
    is told apart by customer and organisation.
    """
    company = books_currency()[0]
    bearing: dict[str, list[int]] = defaultdict(list)
    for pk, head in heads.items():
        bearing[head.number].append(pk)
    bearers = Document.objects.filter(kind=Document.Kind.ORDER, number__in=list(bearing))
    several = Q(of_parts__gt=1) | Q(organisations__gt=1)
    shared = set(
        bearers.values("number")
        .annotate(of_parts=Max("part"), organisations=Count("organisation", distinct=True))
        .filter(several)
        .values_list("number", flat=True)
    )
    lines: dict[int, list[Ordered]] = defaultdict(list)
    for pk, item, net, promised, state in DocumentLine.objects.filter(
        document__in=list(heads)
    ).values_list("document_id", "item", "net", "promised", "order_state"):
        lines[pk].append(Ordered(item, net, promised, state))
    covers = in_span(counting(Document, known_at).filter(kind__in=_COVERS), "doc_date", None, end)
    done: dict[int, list[Fulfilled]] = defaultdict(list)
    naming = DocumentLine.objects.filter(
        order_no__gt="", order_no__in=list(bearing), document__in=covers.values("pk")
    )
    for number, kind, customer, currency, said, item, net in naming.values_list(
        "order_no",
        "document__kind",
        "document__customer_id",
        "document__currency",
        "document__organisation",
        "item",
        "net",
    ):
        for pk in bearing[number]:
            head = heads[pk]
            other = head.customer != customer or _differ(head.organisation, said)
            if number in shared and other:
                continue
            if (head.currency or company) == (currency or company):
                done[pk].append(Fulfilled(item, net, kind == Document.Kind.DELIVERY))
    return {pk: progress(lines[pk], done[pk]) for pk in heads}


def _orders_named(documents: Sequence[int]) -> dict[int, list[str]]:
    """The numbers of orders that the lines of each document name, in order."""
    found: dict[int, list[str]] = {pk: [] for pk in documents}
    rows = DocumentLine.objects.filter(document__in=documents).exclude(order_no="")
    for pk, number in rows.values_list("document_id", "order_no").distinct().order_by("order_no"):
        found[pk].append(number)
    return found


def _differ(one: str, other: str) -> bool:
    """Whether both name an organisation, and not the same."""
    return bool(one and other) and one != other


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
