"""The proof that the books tie: sums over the whole store, and every fault by name.

Amounts are minor units, per currency. ``open`` is Σ what current documents owe − Σ current
receipts, write-offs among them; a dishonoured bill is a negative receipt. What a line owes is
``selectors.balance.OWED``, as for a customer's balance and in the engine (ADR 16).

Lines, which are many, are read once (``sums``). Only where that finds something are they read
again, to name it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from mainstay.foundation.models import Job, User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import enqueue
from mainstay.kernel.errors import Words, filled, words
from mainstay.ledger import batch_counts, proofs, sums
from mainstay.ledger.models import ImportBatch
from mainstay.ledger.permissions import CHECK_BOOKS
from mainstay.ledger.selectors.currencies import books_currency, unrated
from mainstay.ledger.selectors.quality import CHECK
from mainstay.ledger.sums import CurrencySums

NAMED = 10
"""Documents, receipts or keys that a fault names; the rest it counts."""
BATCHES = words(
    "The rows of imports are not what they counted: {first}.",
    "导入批次的行数与其报告不符：{first}。",
)
UNRATED = words(
    "{count} {count:document or receipt has|documents and receipts have} no rate "
    "of the currency: {first}.",
    "有 {count} 张单据或收款缺少汇率：{first}。",
)


def ask(user: User) -> Job:
    """Put a check of the books into the queue because somebody asks. Raises ``NotAllowed``."""
    demand(user, CHECK_BOOKS)
    return enqueue(CHECK, owner=user)


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
        said = {lang: filled(text, **facts) for lang, text in self.message.items()}
        return {"code": self.code, "count": self.count, "first": list(self.first), **said}


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Sums of what counts now, and what does not tie."""

    documents: int
    """Booked ones, as all sums are of: invoices, credit notes, openings."""
    lines: int
    unassigned_lines: int
    customers: int
    net: int
    gross: int
    """What documents owe, with VAT where the books have it."""
    receipts: int
    open: int
    orders: int
    deliveries: int
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
            counts = ("documents", "lines", "unassigned_lines", "customers", "orders", "deliveries")
            told["currencies"] = [first | {name: told[name] for name in counts}, *rest]
        else:
            del told["currencies"]
        return told


def check_books() -> CheckReport:
    """Add up everything that counts now and look for whatever does not tie."""
    heads = sums.of_documents()
    lines = sums.of_lines(heads)
    receipts = sums.of_receipts(heads.step)
    paid = receipts.paid
    currency, exponent = books_currency()
    several = tuple(sums.by_currency()) if heads.foreign + receipts.foreign else ()
    company = several[0] if several else CurrencySums(
        currency=currency, exponent=exponent, net=heads.net, gross=lines.owed, receipts=paid,
        open=lines.owed - paid,
    )  # fmt: skip
    return CheckReport(
        documents=heads.documents, lines=lines.lines, unassigned_lines=heads.unassigned_lines,
        customers=heads.customers, net=company.net, gross=company.gross, receipts=company.receipts,
        open=company.open, orders=heads.orders, deliveries=heads.deliveries, currency=currency,
        exponent=exponent, currencies=several,
        faults=tuple(_faults(heads, lines, receipts, several=bool(several))),
    )  # fmt: skip


def _faults(
    heads: sums.Heads, lines: sums.Lines, receipts: sums.Receipts, *, several: bool
) -> Iterator[BookFault]:
    if not lines.tie:
        yield from _named(proofs.LINES_DIFFER, proofs.SUM_MISSING, proofs.LINES_ALONE)
    if heads.orders + heads.deliveries:
        yield from _named(proofs.ORDERS_DIFFER)
    if heads.untied:
        yield from _named(proofs.TAX_DIFFERS)
    batches = {"document": heads.batches, "receipt": receipts.batches}
    for table, query in proofs.OF_BATCHES.items():
        batches[table] = {batch: sums.Rows(*counted) for batch, *counted in sums.rows(query)}
    for table, keys in proofs.KEYS.items():
        counting = sum(rows.current for rows in batches[table].values())
        if not _in_force(batches[table]) or sums.row(keys)[0] < counting:
            yield from _named(*proofs.VERSIONS[table])
    yield from _named(proofs.CONFIRMATIONS)
    if heads.astray + receipts.astray + sums.odd_codes(heads.step):
        yield from _named(proofs.CUSTOMERS)
    brought = heads.brought.copy()
    for table in ("receipt", "allocation", "rate"):
        for batch, rows in batches[table].items():
            brought[batch, f"{table}s"] = rows.every
    if differing := tuple(batch_counts.differing(brought)):
        yield BookFault("batch_differs", BATCHES, len(differing), differing[:NAMED])
    if several and (lacking := unrated()):
        said = tuple(f"{code} {day}" for code, day, _rows in lacking)
        yield BookFault("rate_missing", UNRATED, sum(rows for *_, rows in lacking), said[:NAMED])


def _in_force(batches: Mapping[int, sums.Rows]) -> bool:
    """Whether all rows of the imports in force count, and none of the others. Then, with no key of
    several rows, nothing is to be proved of versions.
    """
    applied = set(
        ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).values_list("pk", flat=True)
    )
    return all(
        rows.current == (rows.every if batch in applied else 0) for batch, rows in batches.items()
    )


def _named(*those: proofs.Proof) -> Iterator[BookFault]:
    for proof in those:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT what, count(*) OVER () FROM ({proof.query}) f ORDER BY what LIMIT {NAMED}"  # noqa: S608  our own queries
            )
            found = cursor.fetchall()
        if found:
            first = tuple(str(row[0]) for row in found)
            yield BookFault(proof.code, proof.message, int(found[0][1]), first)
