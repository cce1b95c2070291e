"""The sums of what counts now, one pass over each table, and whether lines make their documents.

Lines are added up document by document, in the order of their index, and held against the document
in the same statement: the documents, not the lines, are then looked up. What is added up follows
from the figures that documents carry: a sum where all do; where none does, only whether a line has
the figure all the same. Where some do, or anything is odd, each figure is summed and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from mainstay.ledger.proofs import BY_DOCUMENT, COUNTS, DIFFERS, OPTIONAL, OWED, TAX, UNSUMMED
from mainstay.ledger.rules import places_of
from mainstay.ledger.selectors.currencies import books_currency


@dataclass(frozen=True, slots=True)
class Heads:
    """Of documents: counts, minor units, and how many carry each optional figure."""

    documents: int
    not_empty: int
    """Documents that say they have lines or an amount."""
    unassigned_lines: int
    customers: int
    net: int
    untied: int
    """Net and tax do not make gross."""
    carry: dict[str, int]


@dataclass(frozen=True, slots=True)
class Lines:
    """Of lines: how many, what they owe, and whether they make their documents."""

    lines: int
    owed: int
    tie: bool


def of_documents() -> Heads:
    """The documents' own sums."""
    carried = ", ".join(f"count(d.{name})" for name in OPTIONAL)
    documents, filled, alone, customers, net, untied, *carry = row(
        "SELECT count(*), count(CASE WHEN d.line_count > 0 OR d.net <> 0 THEN 1 END), "  # noqa: S608  our names
        "coalesce(sum(CASE WHEN d.customer_id IS NULL THEN d.line_count END), 0), "
        "count(DISTINCT d.customer_id), coalesce(sum(d.net), 0), "
        f"count(CASE WHEN {TAX} THEN 1 END), {carried} FROM ledger_document d WHERE {COUNTS}"
    )
    return Heads(
        documents, filled, alone, customers, net, untied, dict(zip(OPTIONAL, carry, strict=True))
    )


def of_lines(heads: Heads) -> Lines:
    """The lines' sums, held against the documents."""
    if set(heads.carry.values()) <= {0, heads.documents}:
        lines, owed, held, odd = row(_even(heads))
        if not odd and held == heads.not_empty:
            return Lines(lines, owed, tie=True)
    lines, owed, held, odd = row(_UNEVEN)
    return Lines(lines, owed, tie=not odd and held == heads.not_empty)


def of_commitments() -> tuple[int, int]:
    """How many orders and deliveries there are; they are part of no sum."""
    orders, deliveries = row(
        "SELECT count(CASE WHEN kind = 'order' THEN 1 END), "
        "count(CASE WHEN kind = 'delivery' THEN 1 END) FROM ledger_document WHERE current"
    )
    return orders, deliveries


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """Sums of what counts now in one currency, in its minor units."""

    currency: str
    exponent: int
    net: int
    gross: int
    receipts: int
    open: int


def by_currency() -> list[CurrencySums]:
    """Of each currency, the company's first."""
    company, exponent = books_currency()
    found: dict[str, list[int]] = {company: [0, 0, 0]}
    for place, query in enumerate((_NET, _OWED, _PAID)):
        with connection.cursor() as cursor:
            cursor.execute(query)
            for code, amount in cursor.fetchall():
                found.setdefault(code or company, [0, 0, 0])[place] += int(amount)
    return [
        CurrencySums(
            currency=code, exponent=exponent if code == company else places_of(code),
            net=net, gross=owed, receipts=paid, open=owed - paid,
        )
        for code, (net, owed, paid) in sorted(
            found.items(), key=lambda each: (each[0] != company, each[0])
        )
    ]  # fmt: skip


_NET = f"SELECT d.currency, sum(d.net) FROM ledger_document d WHERE {COUNTS} GROUP BY d.currency"  # noqa: S608  our names
_OWED = (
    f"SELECT d.currency, sum({OWED}) FROM ledger_document d "  # noqa: S608  our names
    f"JOIN ledger_documentline l ON l.document_id = d.id WHERE {COUNTS} GROUP BY d.currency"
)
_PAID = "SELECT currency, sum(amount) FROM ledger_receipt WHERE current GROUP BY currency"


def of_receipts() -> int:
    """The sum of receipts."""
    paid: int = row("SELECT coalesce(sum(amount), 0) FROM ledger_receipt WHERE current")[0]
    return paid


def _even(heads: Heads) -> str:
    """Where of each figure all documents carry it or none does."""
    every = [name for name in OPTIONAL if heads.carry[name]]
    none = [name for name in OPTIONAL if not heads.carry[name]]
    added = ["count(*) AS lines", *(f"sum({name}) AS {name}" for name in ("net", *every))]
    odd = ["l.lines <> d.line_count", *(f"l.{name} <> d.{name}" for name in ("net", *every))]
    if every:
        lacking = " OR ".join(f"{name} IS NULL" for name in every)
        added.append(f"count(*) FILTER (WHERE {lacking}) AS lacking")
        odd.append("l.lacking > 0")
    if none:
        added.append(f"count(coalesce({', '.join([*none, 'NULL'])})) AS beyond")
        odd.append("l.beyond > 0")
    owed = "l.gross" if "gross" in every else "l.net + l.tax" if "tax" in every else "l.net"
    by_document = (
        f"SELECT document_id, {', '.join(added)} FROM ledger_documentline GROUP BY document_id"  # noqa: S608  our names
    )
    return _held(by_document, owed, " OR ".join(odd))


def _held(by_document: str, owed: str, odd: str) -> str:
    """Lines, what they owe, documents that have lines, and how many of those are odd."""
    return (
        "SELECT coalesce(sum(CASE WHEN d.id IS NOT NULL THEN l.lines END), 0), "  # noqa: S608  our names
        f"coalesce(sum(CASE WHEN d.id IS NOT NULL THEN {owed} END), 0), count(d.id), "
        f"count(CASE WHEN d.id IS NULL OR {odd} THEN 1 END) "
        f"FROM ({by_document}) l LEFT JOIN ledger_document d ON d.id = l.document_id "
        f"WHERE d.id IS NULL OR ({COUNTS})"
    )


_UNEVEN = _held(BY_DOCUMENT, "l.owed", f"{DIFFERS} OR {UNSUMMED}")


def row(query: str) -> tuple[Any, ...]:
    """The whole numbers of a query's one row."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(int(value) for value in cursor.fetchone())
