"""Open items: what of each document is not settled on a day, as the engine replays settlement.

Of one customer it is replayed each time it is asked for. Of all, it is replayed once for a day and
the books as they are, and kept: a page then only picks its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as _compute
from django.db.models import QuerySet

from mainstay.foundation.models import User
from mainstay.insights import facts_out
from mainstay.insights.records import CustomerHead
from mainstay.kernel import cursor as cursors
from mainstay.ledger import selectors as ledger
from mainstay.ledger.models import Allocation, Document, Receipt
from mainstay.ledger.records import DocumentPage, DocumentRow, OpenSum
from mainstay.ledger.rules import places_of
from mainstay.ledger.selectors.documents import NEWEST
from mainstay.ledger.selectors.paging import Order, booked, counting
from mainstay.ledger.selectors.reach import Change
from mainstay.parties.models import Customer
from mainstay.parties.selectors import of_code, sees_everything, visible_to

pc: Any = _compute
KEPT = 4
"""Days, or states of the books, whose open items are kept at a time."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What is open on a day, in minor units of ``currency``; nothing that is settled."""

    documents: pa.Table
    """``id, customer, kind, currency, day, due, open``"""
    receipts: pa.Table
    """``customer, currency, open``; negative: settles nothing yet."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of documents is narrowed to, and its order."""

    start: date | None = None
    end: date | None = None
    kind: str | None = None
    state: str = ""
    """``open`` · ``overdue`` · empty: all"""
    order: Order = NEWEST
    """``open``, ``due`` only for those that are open."""
    known_at: datetime | None = None
    """Of one customer only."""
    counted: bool = True
    """With sums over all that match."""


def documents(
    user: User,
    customer_code: str | None,
    wanted: Wanted,
    as_of: date,
    after: str | None = None,
    size: int = 50,
    *,
    head: CustomerHead | None = None,
) -> DocumentPage:
    """Documents of a customer, or without a code of all one may see, each with what is open on a
    day. ``head``: the customer's, which the user was given. Raises ``BadCursor``.
    """
    settled = _settled_of(user, customer_code, as_of, wanted.known_at, head)
    cost = head.cost if head else None
    if not wanted.state:
        page = ledger.documents(
            user, customer_code, wanted.start, wanted.end, wanted.kind, after, size,
            order=wanted.order, known_at=wanted.known_at, counted=wanted.counted, cost=cost,
        )  # fmt: skip
        return replace(page, rows=tuple(_with_open(page.rows, settled, as_of)))
    matching = _matching(settled.documents, wanted, as_of)
    ids, further = _page(matching, wanted.order, after, size)
    rows = ledger.documents_of(user, ids, customer_code, cost=cost)
    alone = wanted.start is None and wanted.kind is None and wanted.state == "open"
    return DocumentPage(
        rows=tuple(_with_open(rows, settled, as_of)), next_cursor=further, total=len(matching),
        open=tuple(_sums(matching, settled.receipts if alone else None, as_of)),
    )  # fmt: skip


def _settled_of(
    user: User, customer_code: str | None, as_of: date, known_at: datetime | None,
    head: CustomerHead | None,
) -> Settled:  # fmt: skip
    """What is open of a customer, or of all the user may see."""
    if head is not None:
        return _settle(as_of, replace(_narrow(head.id, known_at), terms=_terms(head)))
    if customer_code is not None:
        customer = of_code(user, customer_code).values_list("pk", flat=True).first()
        return _settle(as_of, _narrow(customer or 0, known_at))
    last = min(as_of, ledger.reach() or as_of)
    everything = _of_all(last, facts_out.fingerprint(provided=False), ledger.last_change())
    if sees_everything(user):
        return everything
    return _of_customers(everything, visible_to(user))


@lru_cache(maxsize=KEPT)
def _of_all(as_of: date, fingerprint: str, change: Change) -> Settled:
    """Of all customers. Kept as long as the books are as ``fingerprint`` and ``change`` say."""
    del fingerprint, change
    return _settle(as_of, facts_out.Narrow())


def _of_customers(settled: Settled, customers: QuerySet[Customer]) -> Settled:
    ids = pa.array(customers.values_list("pk", flat=True), pa.int64())
    return Settled(*(
        rows.filter(pc.is_in(rows["customer"], ids))
        for rows in (settled.documents, settled.receipts)
    ))  # fmt: skip


def _narrow(customer: int, known_at: datetime | None) -> facts_out.Narrow:
    """One customer's rows, as they count now or counted at a moment."""
    whose = f" AND c.id = {customer}"
    if known_at is None:
        now = facts_out.Narrow()
        paid = f"SELECT number FROM ledger_receipt WHERE current AND customer_id = {customer}"  # noqa: S608  a whole number
        return facts_out.Narrow(
            now.documents + whose, now.receipts + whose,
            f"{now.allocations} AND a.receipt_no IN ({paid})", whose,
        )  # fmt: skip
    receipts = counting(Receipt, known_at).filter(customer=customer)
    numbers = receipts.exclude(number="").values("number")
    return facts_out.Narrow(
        documents=_among("d", booked(known_at).filter(customer=customer)),
        receipts=_among("r", receipts),
        allocations=_among("a", counting(Allocation, known_at).filter(receipt_no__in=numbers)),
        customers=whose,
    )


def _terms(head: CustomerHead) -> pa.Table:
    """The customer's terms as ``open_items`` takes them; of a list they came in only."""
    said = [(head.code, head.terms_days, head.terms or None)] if head.on_file else []
    columns = {"customer_id": pa.string(), "terms_days": pa.int32(), "terms": pa.string()}
    return pa.table({
        name: pa.array([row[at] for row in said], kind)
        for at, (name, kind) in enumerate(columns.items())
    })  # fmt: skip


def _among(row: str, wanted: QuerySet[Any]) -> str:
    ids = ", ".join(str(int(pk)) for pk in wanted.values_list("pk", flat=True))
    return f"{row}.id IN ({ids or 'NULL'})"


def _settle(as_of: date, only: facts_out.Narrow) -> Settled:
    from mainstay_engine.metrics.items import open_items

    owed, paid, parts, customers = facts_out.items_of(as_of, only)
    invoice: Any = pc.equal(owed["kind"], Document.Kind.INVOICE)
    left = open_items(owed.append_column("invoice", invoice), paid, parts, customers)
    of_documents = owed.select(["id", "customer", "kind", "currency", "day"])
    of_documents = of_documents.append_column("due", left.due)
    of_documents = of_documents.append_column("open", pa.array(left.documents))
    of_receipts = paid.select(["customer", "currency"])
    of_receipts = of_receipts.append_column("open", pa.array(left.receipts))
    return Settled(*(
        rows.filter(pc.not_equal(rows["open"], 0)) for rows in (of_documents, of_receipts)
    ))  # fmt: skip


def _matching(rows: pa.Table, wanted: Wanted, as_of: date) -> pa.Table:
    if wanted.start:
        rows = rows.filter(pc.greater_equal(rows["day"], pa.scalar(wanted.start)))
    if wanted.end:
        rows = rows.filter(pc.less_equal(rows["day"], pa.scalar(wanted.end)))
    if wanted.kind:
        rows = rows.filter(pc.equal(rows["kind"], wanted.kind))
    if wanted.state == "overdue":
        rows = rows.filter(_overdue(rows, as_of))
    return rows


def _overdue(rows: pa.Table, as_of: date) -> Any:
    late = pc.fill_null(pc.less(rows["due"], pa.scalar(as_of)), False)
    return pc.and_(late, pc.greater(rows["open"], 0))


def _page(
    rows: pa.Table, order: Order, after: str | None, size: int
) -> tuple[list[int], str | None]:
    """The ids of a page, and the cursor behind it. Nulls last, then by id."""
    column = {"doc_date": "day"}.get(order.column, order.column)
    way = "descending" if order.descending else "ascending"
    values = rows[column]
    if pa.types.is_date(values.type):
        values = values.cast(pa.int32())
    rows = pa.table({"id": rows["id"], "value": values.cast(pa.int64())})
    if after is not None:
        rows = rows.filter(_beyond(rows, *cursors.decode(after), descending=order.descending))
    at = pc.sort_indices(rows, sort_keys=[("value", way), ("id", "ascending")])
    page = rows.take(at[: size + 1]).to_pylist()
    shown = [row["id"] for row in page[:size]]
    if len(page) <= size:
        return shown, None
    last = page[size - 1]
    return shown, cursors.encode(last["value"], last["id"])


def _beyond(rows: pa.Table, value: Any, row_id: int, *, descending: bool) -> Any:
    """The rows behind a place of the order."""
    if value is not None and not isinstance(value, int):
        raise cursors.BadCursor
    later, empty = pc.greater(rows["id"], row_id), pc.is_null(rows["value"])
    if value is None:
        return pc.and_(empty, later)
    beyond = (pc.less if descending else pc.greater)(rows["value"], value)
    same = pc.and_(pc.equal(rows["value"], value), later)
    return pc.or_(empty, pc.fill_null(pc.or_(beyond, same), False))


def _sums(rows: pa.Table, receipts: pa.Table | None, as_of: date) -> Iterator[OpenSum]:
    """By currency, the company's first."""
    company, exponent = ledger.books_currency()
    late = rows.filter(_overdue(rows, as_of))
    whole, overdue, paid = (
        _by_currency(each) if each is not None else {} for each in (rows, late, receipts)
    )
    codes = {company, *whole, *paid}
    for code in sorted(codes, key=lambda code: (code != company, code)):
        yield OpenSum(
            code, exponent if code == company else places_of(code), whole.get(code, 0),
            overdue.get(code, 0), paid.get(code, 0),
        )  # fmt: skip


def _by_currency(rows: pa.Table) -> dict[str, int]:
    added = rows.group_by("currency").aggregate([("open", "sum")])
    return {str(row["currency"]): int(row["open_sum"]) for row in added.to_pylist()}


def _with_open(
    rows: tuple[DocumentRow, ...] | list[DocumentRow], settled: Settled, as_of: date
) -> Iterator[DocumentRow]:
    """The rows with what is open of each, and how late it is."""
    ids = pa.array([row.id for row in rows], pa.int64())
    shown = settled.documents.filter(pc.is_in(settled.documents["id"], ids))
    left = {row["id"]: (row["open"], row["due"]) for row in shown.to_pylist()}
    for row in rows:
        owes = row.kind in Document.BOOKED and row.doc_date <= as_of and row.customer_code
        amount, due = left.get(row.id, (0 if owes else None, None))
        late = (as_of - due).days if amount and amount > 0 and due and due < as_of else None
        yield replace(row, open=amount, days_late=late)
