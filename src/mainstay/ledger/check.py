"""The proof that the books tie: plain SQL sums over the whole store, and every fault by name.

Amounts are minor units, per currency. ``open`` is Σ what current documents owe − Σ current
receipts, write-offs among them; a dishonoured bill is a negative receipt. What a line owes is
``selectors.balance.OWED``, as for a customer's balance and in the engine (ADR 16).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Sum

from mainstay.kernel.errors import Words, words
from mainstay.ledger.models import Document, DocumentLine, Receipt
from mainstay.ledger.rules import places_of
from mainstay.ledger.selectors.balance import OWED
from mainstay.ledger.selectors.currencies import books_currency, unrated

NAMED = 10
"""Documents, receipts or keys that a fault names; the rest it counts."""
SUMS = ("net", "tax", "gross", "cost", "discount")


@dataclass(frozen=True, slots=True)
class BookFault:
    """Something that does not tie: how often, and the first ids or keys."""

    code: str
    message: Words
    count: int
    first: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As data; ``en`` and ``zh`` say it with its facts."""
        facts = {"count": self.count, "first": ", ".join(self.first)}
        said = {lang: text.format(**facts) for lang, text in self.message.items()}
        return {"code": self.code, "count": self.count, "first": list(self.first), **said}


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """Sums of what counts now in one currency, in its minor units."""

    currency: str
    exponent: int
    net: int
    gross: int
    receipts: int
    open: int


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Sums of what counts now, and what does not tie."""

    documents: int
    lines: int
    unassigned_lines: int
    customers: int
    net: int
    gross: int
    """What documents owe, with VAT where the books have it."""
    receipts: int
    open: int
    currency: str
    """The company's; amounts above are of its rows."""
    exponent: int
    currencies: tuple[CurrencySums, ...] = field(default=())
    """Of every currency, the company's first; empty where there is but one."""
    faults: tuple[BookFault, ...] = field(default=())

    def to_dict(self) -> dict[str, Any]:
        """As data for a job's report or JSON."""
        told = asdict(self) | {"faults": [fault.to_dict() for fault in self.faults]}
        if self.currencies:
            first, *rest = told["currencies"]
            counts = ("documents", "lines", "unassigned_lines", "customers")
            told["currencies"] = [first | {name: told[name] for name in counts}, *rest]
        else:
            del told["currencies"]
        return told


def check_books() -> CheckReport:
    """Add up everything that counts now and look for whatever does not tie."""
    documents, lines, unassigned, customers = _one(
        "SELECT count(*), coalesce(sum(d.line_count), 0), "
        "coalesce(sum(CASE WHEN d.customer_id IS NULL THEN d.line_count END), 0), "
        "count(DISTINCT d.customer_id) FROM ledger_document d WHERE d.current"
    )
    company, *others = _sums()
    return CheckReport(
        documents=documents, lines=lines, unassigned_lines=unassigned, customers=customers,
        net=company.net, gross=company.gross, receipts=company.receipts, open=company.open,
        currency=company.currency, exponent=company.exponent,
        currencies=(company, *others) if others else (), faults=tuple(_faults()),
    )  # fmt: skip


def _sums() -> list[CurrencySums]:
    """Sums by currency, the company's first."""
    company, exponent = books_currency()
    net, owed, paid = ({company: 0} for _ in range(3))
    lines = DocumentLine.objects.filter(document__current=True)
    receipts = Receipt.objects.filter(current=True)
    documents = Document.objects.filter(current=True)
    for found, rows, code, amount in (
        (net, documents, "currency", Sum("net")), (paid, receipts, "currency", Sum("amount")),
        (owed, lines, "document__currency", Sum(OWED)),
    ):  # fmt: skip
        for row in rows.order_by().values(code).annotate(sum=amount):
            found[row[code] or company] = found.get(row[code] or company, 0) + row["sum"]
    codes = sorted({*net, *owed, *paid}, key=lambda code: (code != company, code))
    return [
        CurrencySums(
            currency=code, exponent=exponent if code == company else places_of(code),
            net=net.get(code, 0), gross=owed.get(code, 0), receipts=paid.get(code, 0),
            open=owed.get(code, 0) - paid.get(code, 0),
        )
        for code in codes
    ]  # fmt: skip


def _faults() -> Iterator[BookFault]:
    for code, message, query in (*_document_checks(), *_version_checks(), _CONFIRMATIONS):
        found = _all(f"SELECT what, count(*) OVER () FROM ({query}) f ORDER BY what LIMIT {NAMED}")  # noqa: S608  our own queries
        if found:
            yield BookFault(code, message, int(found[0][1]), tuple(str(row[0]) for row in found))
    lacking = unrated()
    if lacking:
        said = tuple(f"{code} {day}" for code, day, _rows in lacking)
        yield BookFault("rate_missing", _UNRATED, sum(rows for *_, rows in lacking), said)


_UNRATED = words(
    "{count} documents and receipts have no rate of their currency: {first}.",
    "有 {count} 张单据或收款缺少汇率：{first}。",
)


Check = tuple[str, Words, str]
"""Code, words, and a query whose rows ``what`` are the faults."""


def _document_checks() -> Iterator[Check]:
    differs = " OR ".join(
        f"coalesce(l.{name}, 0) <> d.{name} OR (d.{name} IS NOT NULL AND l.{name}s < l.lines)"
        for name in SUMS
    )
    sums = ", ".join(f"sum({name}) AS {name}, count({name}) AS {name}s" for name in SUMS)
    yield (
        "lines_differ",
        words(
            "{count} documents do not equal the sum of their lines: {first}.",
            "有 {count} 张单据与其明细合计不符：{first}。",
        ),
        (
            "SELECT d.number AS what FROM ledger_document d LEFT JOIN ("  # noqa: S608  our names
            f"SELECT document_id, count(*) AS lines, {sums} FROM ledger_documentline "
            "GROUP BY document_id) l ON l.document_id = d.id "
            f"WHERE d.current AND (coalesce(l.lines, 0) <> d.line_count OR {differs})"
        ),
    )
    yield (
        "tax_differs",
        words(
            "In {count} documents net and tax do not make gross: {first}.",
            "有 {count} 张单据的不含税金额与税额之和不等于价税合计：{first}。",
        ),
        "SELECT number AS what FROM ledger_document WHERE current AND net + tax <> gross",
    )


def _version_checks() -> Iterator[Check]:
    for name in ("document", "receipt", "allocation", "rate"):
        table, place = f"ledger_{name}", "part" if name == "document" else "digest, copy"
        newest = (
            f"SELECT key, max(batch_id) AS batch_id FROM {table} WHERE batch_id IN "  # noqa: S608  our names
            "(SELECT id FROM ledger_importbatch WHERE state = 'applied') GROUP BY key"
        )
        yield (
            f"{name}_not_current",
            words(
                "{count} rows count that should not, or do not count that should: {first}.",
                "有 {count} 行不应计入而计入，或应计入而未计入：{first}。",
            ),
            (
                f"SELECT t.key AS what FROM {table} t LEFT JOIN ({newest}) n ON n.key = t.key "  # noqa: S608  our names
                "WHERE t.current <> coalesce(n.batch_id = t.batch_id, 1 = 0)"
            ),
        )
        yield (
            f"{name}_doubled",
            words("{count} facts count twice: {first}.", "有 {count} 项重复计入：{first}。"),
            (
                f"SELECT key AS what FROM {table} WHERE current GROUP BY key, {place} "  # noqa: S608  our names
                "HAVING count(*) > 1"
            ),
        )


_CONFIRMATIONS: Check = (
    "confirmation_lost",
    words(
        "{count} confirmations name facts that are not there: {first}.",
        "有 {count} 条确认记录所指的数据不存在：{first}。",
    ),
    " UNION ALL ".join(
        f"SELECT '{name} ' || c.fact AS what FROM ledger_confirmation c "  # noqa: S608  our names
        f"LEFT JOIN ledger_{name} t ON t.id = c.fact WHERE c.\"table\" = '{name}' AND t.id IS NULL"
        for name in ("document", "receipt", "allocation", "rate")
    ),
)


def _one(query: str) -> tuple[int, ...]:
    return tuple(int(value) for value in _all(query)[0])


def _all(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
