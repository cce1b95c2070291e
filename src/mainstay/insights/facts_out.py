"""The books as the engine's facts: out of the store by ADBC, straight into Arrow."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.catalogue.selectors import categories_of
from mainstay.insights import providing
from mainstay.insights.errors import NothingToGrade
from mainstay.insights.extracting import (
    COUNT,
    DATE,
    MONEY,
    TEXT,
    Extract,
    by_cursor,
    filled,
    narrowed,
    read,
)
from mainstay.ledger.models import ImportBatch
from mainstay.ledger.proofs import BOOKED, COUNTS, HEAD_OWED
from mainstay.ledger.rules import places_of
from mainstay.ledger.selectors import books_currency, foreign_currencies
from mainstay.ledger.shaping import APART
from mainstay.parties.models import Merge

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts


_OWN_NUMBER = (
    f"CASE WHEN r.organisation > '' AND r.number > '' THEN r.number || '{APART}' || r.organisation "
    "ELSE nullif(r.number, '') END"
)
"""What tells a receipt from another branch's of the same number; only allocations read it."""
_PAYING = (
    "CASE WHEN a.organisation > '' AND EXISTS ("  # noqa: S608  ours
    "SELECT 1 FROM ledger_receipt o WHERE o.current "
    f"AND o.key IN (a.receipt_no, a.receipt_no || '{APART}' || a.organisation) "
    "AND o.organisation = a.organisation) "
    f"THEN a.receipt_no || '{APART}' || a.organisation ELSE a.receipt_no END"
)
"""The same in an allocation; a credit note pays under its number."""
_LINES = Extract(
    {
        "doc_no": ("d.number", TEXT),
        "line_no": ("l.line_no", COUNT),
        "kind": ("d.kind", TEXT),
        "customer_id": ("c.code", TEXT),
        "customer_name": ("nullif(coalesce(c.name, d.customer_name), '')", TEXT),
        "doc_date": ("d.doc_date", DATE),
        "due_date": ("d.due_date", DATE),
        "item": ("nullif(l.item, '')", TEXT),
        "category": ("nullif(l.category, '')", TEXT),
        "quantity": ("l.quantity", pa.decimal128(18, 4)),
        "net": ("l.net", MONEY),
        "tax": ("l.tax", MONEY),
        "gross": ("l.gross", MONEY),
        "cost": ("l.cost", MONEY),
        "discount": ("l.discount", MONEY),
        "salesperson": ("nullif(d.salesperson, '')", TEXT),
        "region": ("nullif(d.region, '')", TEXT),
        "known_since": ("d.known_since", DATE),
    },
    "ledger_documentline l JOIN ledger_document d ON d.id = l.document_id "
    "LEFT JOIN parties_customer c ON c.id = d.customer_id "
    f"WHERE d.current AND d.kind IN ({BOOKED})",
    frozenset({"doc_no", "kind", "customer_id", "doc_date", "net"}),
)
_HEADS = Extract(
    {
        "doc_no": ("d.number", TEXT),
        "kind": ("d.kind", TEXT),
        "customer_id": ("c.code", TEXT),
        "doc_date": ("d.doc_date", DATE),
        "due_date": ("d.due_date", DATE),
        "net": (HEAD_OWED, MONEY),
    },
    f"ledger_document d JOIN parties_customer c ON c.id = d.customer_id WHERE {COUNTS}",
    frozenset({"doc_no", "kind", "customer_id", "doc_date", "net"}),
)
_RECEIPTS = Extract(
    {
        "receipt_no": (_OWN_NUMBER, TEXT),
        "customer_id": ("c.code", TEXT),
        "customer_name": ("nullif(c.name, '')", TEXT),
        "date": ("r.date", DATE),
        "amount": ("r.amount", MONEY),
        "kind": ("nullif(r.kind, 'money')", TEXT),
        "method": ("nullif(r.method, '')", TEXT),
        "bill_no": ("nullif(r.bill_no, '')", TEXT),
        "maturity": ("r.maturity", DATE),
        "applied_to": ("nullif(r.applied_to, '')", TEXT),
        "known_since": ("r.known_since", DATE),
    },
    "ledger_receipt r LEFT JOIN parties_customer c ON c.id = r.customer_id WHERE r.current",
    frozenset({"customer_id", "date", "amount"}),
)
_ALLOCATIONS = Extract(
    {
        "receipt_no": (_PAYING, TEXT),
        "doc_no": ("a.doc_no", TEXT),
        "amount": ("a.amount", MONEY),
        "known_since": ("a.known_since", DATE),
    },
    "ledger_allocation a WHERE a.current",
    frozenset({"receipt_no", "doc_no", "amount"}),
)
_CUSTOMERS = Extract(
    {
        "customer_id": ("c.code", TEXT),
        "customer_name": ("nullif(c.name, '')", TEXT),
        "name_en": ("nullif(c.name_en, '')", TEXT),
        "region": ("nullif(c.region, '')", TEXT),
        "trade": ("nullif(c.trade, '')", TEXT),
        "salesperson": ("nullif(c.salesperson, '')", TEXT),
        "terms_days": ("c.terms_days", COUNT),
        "terms": ("nullif(c.terms, '')", TEXT),
        "credit_limit": ("c.credit_limit", MONEY),
        "since": ("c.since", DATE),
    },
    "parties_customer c WHERE c.on_file AND c.id IN (SELECT customer_id FROM parties_customercode)",
    frozenset({"customer_id"}),
)


_OWED = Extract(
    {
        "id": ("d.id", MONEY),
        "customer": ("d.customer_id", MONEY),
        "customer_id": ("c.code", TEXT),
        "kind": ("d.kind", TEXT),
        "currency": ("d.currency", TEXT),
        "doc_no": ("d.number", TEXT),
        "day": ("d.doc_date", DATE),
        "due_date": ("d.due_date", DATE),
        "owed": (f"CAST(coalesce({HEAD_OWED}, 0) AS bigint)", MONEY),
    },
    "ledger_document d JOIN parties_customer c ON c.id = d.customer_id WHERE ",
    frozenset({"id", "customer", "customer_id", "kind", "currency", "doc_no", "day", "due_date",
               "owed"}),
)  # fmt: skip
_PAID = Extract(
    {
        "customer": ("r.customer_id", MONEY),
        "customer_id": ("c.code", TEXT),
        "currency": ("r.currency", TEXT),
        "receipt_no": (_OWN_NUMBER, TEXT),
        "date": ("r.date", DATE),
        "amount": ("r.amount", MONEY),
        "kind": ("r.kind", TEXT),
        "bill_no": ("nullif(r.bill_no, '')", TEXT),
        "applied_to": ("nullif(r.applied_to, '')", TEXT),
    },
    "ledger_receipt r JOIN parties_customer c ON c.id = r.customer_id WHERE ",
    frozenset({"customer", "customer_id", "currency", "receipt_no", "date", "amount", "kind",
               "bill_no", "applied_to"}),
)  # fmt: skip


_RATES = Extract(
    {
        "currency": ("r.currency", TEXT),
        "date": ("r.date", DATE),
        "rate": ("r.rate", pa.decimal128(20, 10)),
    },
    "ledger_rate r WHERE r.current",
    frozenset({"currency", "date", "rate"}),
)


def _in_own_currency(extract: Extract, row: str, only: str = "") -> Extract:
    """The extract with each row's own currency and stated rate; ``only``: SQL that narrows it."""
    columns = extract.columns | {
        "currency": (f"nullif({row}.currency, '')", TEXT),
        "exchange_rate": (f"{row}.rate", pa.decimal128(20, 10)),
    }
    return Extract(columns, extract.source + only, extract.required)


def facts_of_books() -> Facts:
    """Everything visible in the books, other currencies converted to the company's.

    Raises ``NothingToGrade`` when there is no line.
    A column without any value is left out, as if the files had never had it, so that a scheme
    that needs it says «no data».
    """
    from mainstay_engine import facts_from_tables

    rates = None
    beside = providing.extracts()
    if foreign_currencies():
        lines, receipts, customers, parts, rates, *provided = read(
            _in_own_currency(_LINES, "d"), _in_own_currency(_RECEIPTS, "r"), _CUSTOMERS,
            _ALLOCATIONS, _RATES, *beside,
        )  # fmt: skip
    else:
        lines, receipts, customers, parts, *provided = read(
            _LINES, _RECEIPTS, _CUSTOMERS, _ALLOCATIONS, *beside
        )
    if not lines.num_rows:
        raise NothingToGrade
    lines = _with_categories(lines)
    currency, exponent = books_currency()
    return facts_from_tables(
        lines,
        receipts if receipts.num_rows else None,
        customers if customers.num_rows else None,
        parts if parts.num_rows else None,
        rates,
        currency=currency or None,
        exponent=exponent,
        **providing.named(provided),
    )


def owed_by_documents(currency: str | None = None) -> Facts:
    """Documents as one line each, of what they owe, with receipts and allocations: to settle.

    As ``facts_of_books`` for the balances, at a tenth of the rows; of ``currency`` only, in its own
    minor units, where one is given. Raises ``NothingToGrade`` where documents or receipts are
    missing.
    """
    from mainstay_engine import facts_from_tables

    heads, receipts = _HEADS, _RECEIPTS
    company, exponent = books_currency()
    if currency is not None:
        heads = narrowed(_HEADS, f" AND {in_currency('d', currency, company)}")
        receipts = narrowed(_RECEIPTS, f" AND {in_currency('r', currency, company)}")
        if currency != company:
            exponent = places_of(currency)
    owed, paid, customers, parts = read(heads, receipts, _CUSTOMERS, _ALLOCATIONS)
    if not owed.num_rows or not paid.num_rows:
        raise NothingToGrade
    return facts_from_tables(
        owed,
        paid,
        customers if customers.num_rows else None,
        parts if parts.num_rows else None,
        currency=currency or company or None,
        exponent=exponent,
    )


def in_currency(row: str, currency: str, company: str) -> str:
    """SQL condition: the row is in the currency; one that names none is in the company's."""
    code = "'" + currency.replace("'", "''") + "'"
    codes = f"{code}, ''" if currency == company else code
    return f"{row}.currency IN ({codes})"


def facts_of_customer(customer: int) -> Facts:
    """One customer's lines and receipts, as ``facts_of_books`` has them, for a page.

    Raises ``NothingToGrade`` where there is no line.
    """
    from mainstay_engine import facts_from_tables

    own = f"customer_id = {int(customer)}"
    paid = f"SELECT number FROM ledger_receipt WHERE current AND {own}"  # noqa: S608  a whole number
    extracts = (
        _in_own_currency(_LINES, "d", f" AND d.{own}"),
        _in_own_currency(_RECEIPTS, "r", f" AND r.{own}"),
        narrowed(_CUSTOMERS, f" AND c.id = {int(customer)}"),
        narrowed(_ALLOCATIONS, f" AND a.receipt_no IN ({paid})"),
        _RATES,
        *providing.extracts(int(customer)),
    )
    tables = [filled(by_cursor(one), one) for one in extracts]
    lines, receipts, customers, parts, rates, *provided = tables
    if not lines.num_rows:
        raise NothingToGrade
    lines = _with_categories(lines)
    currency, exponent = books_currency()
    return facts_from_tables(
        lines, receipts, customers if customers.num_rows else None,
        parts if parts.num_rows else None, rates, currency=currency or None, exponent=exponent,
        **providing.named(provided),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Narrow:
    """SQL conditions that leave the documents, receipts and allocations to settle: ``d``, ``r`` and
    ``a`` name their rows, ``c`` the customer of the first two.
    """

    documents: str = COUNTS
    receipts: str = "r.current"
    allocations: str = "a.current"
    customers: str = ""
    """Empty: all of them, whose rows are read in bulk."""
    terms: pa.Table | None = None
    """The customers' terms, where they are at hand."""


def items_of(as_of: date, only: Narrow) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Documents, receipts up to a day, allocations and customers' terms, as ``open_items`` takes
    them, amounts in each row's own currency. Documents and receipts also say their customer's id.
    """
    day = as_of.isoformat()
    extracts = (
        narrowed(_OWED, f"{only.documents} AND d.doc_date <= '{day}'"),
        narrowed(_PAID, f"{only.receipts} AND r.date <= '{day}'"),
        Extract(
            _ALLOCATIONS.columns, f"ledger_allocation a WHERE {only.allocations}",
            _ALLOCATIONS.required,
        ),
        *([narrowed(_CUSTOMERS, only.customers)] if only.terms is None else []),
    )  # fmt: skip
    few = bool(only.customers)
    tables = [filled(by_cursor(one), one) for one in extracts] if few else read(*extracts)
    owed, paid, parts, *rest = tables
    customers = only.terms if only.terms is not None else rest[0]
    company = books_currency()[0]
    return _named(owed, company), _named(paid, company), parts, customers


def _named(rows: pa.Table, company: str) -> pa.Table:
    """With the company's currency where a row names none."""
    bare = pc.equal(rows["currency"], pa.scalar(""))
    at = rows.schema.get_field_index("currency")
    return rows.set_column(at, "currency", pc.if_else(bare, pa.scalar(company), rows["currency"]))


def fingerprint(*, provided: bool = True) -> str:
    """Of what is in the books: the content of every applied batch that changed them, in order, and
    the merges; and, ``provided``, what other rooms recorded by hand.

    A batch that brought nothing new is left out: nobody need be graded anew for it. One that may
    hold alone what an earlier batch had brought, for that was taken back since, is not.
    """
    batches = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk")
    undone = ImportBatch.objects.filter(state=ImportBatch.State.UNDONE)
    gone = list(undone.values_list("pk", "undone_at"))
    digest = hashlib.sha256()
    named = None
    for pk, at, files, mapping, counts, currency in batches.values_list(
        "pk", "applied_at", "files", "mapping", "counts", "currency"
    ):
        named = named or currency
        alone = any(other < pk and at and since and since > at for other, since in gone)
        if not alone and not _changed_books(counts):
            continue
        content = [[file["table"], file["sha256"]] for file in files]
        digest.update(json.dumps([content, mapping, counts], sort_keys=True).encode())
    merges = Merge.objects.filter(split_at=None).order_by("merged__code")
    if pairs := list(merges.values_list("merged__code", "into__code")):
        digest.update(json.dumps(pairs).encode())
    if named == "" and (code := books_currency()[0]):
        digest.update(code.encode())  # named by hand: everybody's figures say it from then on
    if provided and (marks := providing.marks()):
        digest.update(json.dumps(marks).encode())
    return digest.hexdigest()


def _changed_books(counts: dict[str, Any]) -> bool:
    """Whether a batch's counts tell of anything new or changed; without counts it may have."""
    told = [value for name, value in counts.items() if name.endswith(("_new", "_changed"))]
    return any(told) or not told


def _with_categories(lines: pa.Table) -> pa.Table:
    """A line without a category of its own takes its product's."""
    known = categories_of()
    if not known or "item" not in lines.column_names:
        return lines
    place = pc.index_in(lines["item"], value_set=pa.array(known, pa.string()))
    found = pc.take(pa.array(known.values(), pa.string()), place)
    own = lines.column_names
    if "category" in own:
        own_first: Any = pc.coalesce(lines["category"], found)
        return lines.set_column(own.index("category"), "category", own_first)
    if found.null_count == lines.num_rows:
        return lines
    return lines.append_column("category", found)
