"""The sums of what counts now, one pass over each table, and whether lines make their documents.

Lines are added up document by document, in the order of their index, and held against the document
in the same statement: the documents, not the lines, are then looked up. What is added up follows
from the figures that documents carry: a sum where all do; where none does, only whether a line has
the figure all the same. Where some do, or anything is odd, each figure is summed and counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from mainstay.ledger.proofs import (
    BY_DOCUMENT,
    COUNTS,
    DIFFERS,
    OPTIONAL,
    OWED,
    STEP,
    TAX,
    UNSUMMED,
)
from mainstay.ledger.rules import places_of
from mainstay.ledger.selectors.currencies import books_currency
from mainstay.ledger.shaping import literal


@dataclass(slots=True)
class Rows:
    """Rows of one import: those that count, and all."""

    current: int = 0
    every: int = 0


@dataclass(slots=True)
class Heads:
    """Of documents that count, orders and deliveries apart: counts, minor units, and how many carry
    each optional figure. Of all there are: where they are from, and what is odd.
    """

    step: int
    """From a code's number to its customer's, as most codes have it: ``proofs.STEP``."""
    documents: int = 0
    not_empty: int = 0
    """Documents that say they have lines or an amount."""
    unassigned_lines: int = 0
    customers: int = 0
    net: int = 0
    untied: int = 0
    """Net and tax do not make gross."""
    foreign: int = 0
    """In another currency than the company's."""
    carry: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OPTIONAL, 0))
    orders: int = 0
    deliveries: int = 0
    astray: int = 0
    """Rows, counting or not, whose customer may be another than their code leads to."""
    batches: dict[int, Rows] = field(default_factory=lambda: defaultdict(Rows))
    brought: Counter[tuple[int, str]] = field(default_factory=Counter)
    """By import: its ``documents``, ``orders``, ``deliveries``, and ``lines`` of the first."""


@dataclass(slots=True)
class Receipts:
    """Of receipts: their sum, and as of ``Heads``."""

    paid: int = 0
    foreign: int = 0
    astray: int = 0
    batches: dict[int, Rows] = field(default_factory=lambda: defaultdict(Rows))


@dataclass(frozen=True, slots=True)
class Lines:
    """Of lines: how many, what they owe, and whether they make their documents."""

    lines: int
    owed: int
    tie: bool


def of_documents() -> Heads:
    """The documents' own sums: one pass over those that count, one over the others if any are."""
    made = Heads(step=row(f"SELECT {STEP}")[0])
    carried = ", ".join(f"count(d.{name})" for name in OPTIONAL)
    for batch, count, lines, filled, alone, net, untied, foreign, astray, *carry in rows(
        "SELECT d.batch_id, count(*), sum(d.line_count), "  # noqa: S608  our names
        "count(CASE WHEN d.line_count > 0 OR d.net <> 0 THEN 1 END), "
        "coalesce(sum(CASE WHEN d.customer_id IS NULL THEN d.line_count END), 0), sum(d.net), "
        f"count(CASE WHEN {TAX} THEN 1 END), {_foreign('d')}, {_astray('d', made.step)}, {carried} "
        f"FROM ledger_document d WHERE {COUNTS} GROUP BY d.batch_id"
    ):
        made.documents += count
        made.not_empty += filled
        made.unassigned_lines += alone
        made.net += net
        made.untied += untied
        made.foreign += foreign
        made.astray += astray
        made.carry = {name: made.carry[name] + n for name, n in zip(OPTIONAL, carry, strict=True)}
        made.batches[batch] = Rows(count, count)
        made.brought[batch, "documents"], made.brought[batch, "lines"] = count, lines
    (every,) = row("SELECT count(*) FROM ledger_document")
    others = every > made.documents
    for batch, kind, current, every, lines, astray in _others(made.step) if others else ():
        made.batches[batch].current += current
        made.batches[batch].every += every
        made.astray += astray
        made.brought[batch, ("documents", "orders", "deliveries")[kind]] += every
        made.brought[batch, "lines"] += 0 if kind else lines
        made.orders += current if kind == 1 else 0
        made.deliveries += current if kind == 2 else 0
    # Where every document counts, the index of customers tells which have one.
    (made.customers,) = row(
        "SELECT count(*) FROM parties_customer c WHERE EXISTS "  # noqa: S608  our names
        "(SELECT 1 FROM ledger_document d WHERE d.customer_id = c.id"
        f"{f' AND {COUNTS}' if others else ''})"
    )
    return made


def _others(step: int) -> list[tuple[Any, ...]]:
    """Of documents that are not part of the sums, by import and kind."""
    return rows(
        "SELECT d.batch_id, CASE d.kind WHEN 'order' THEN 1 WHEN 'delivery' THEN 2 ELSE 0 END, "  # noqa: S608  our names
        f"count(CASE WHEN d.current THEN 1 END), count(*), sum(d.line_count), {_astray('d', step)} "
        f"FROM ledger_document d WHERE NOT ({COUNTS}) GROUP BY 1, 2"
    )


def _foreign(table: str) -> str:
    home = f"('', {literal(books_currency()[0])})"
    return f"count(CASE WHEN {table}.current AND {table}.currency NOT IN {home} THEN 1 END)"


def _astray(table: str, step: int) -> str:
    """SQL of how many rows do not have their customer where most have it: at the usual distance
    from the code. None of them, and none of the codes (``odd_codes``): all have the right one.
    """
    return f"count(CASE WHEN {table}.customer_id - {table}.customer_code_id <> {step} THEN 1 END)"


def odd_codes(step: int) -> int:
    """How many codes lead to a customer at another distance than most."""
    count: int = row(
        f"SELECT count(*) FROM parties_customercode WHERE customer_id - id <> {step}"  # noqa: S608  our names
    )[0]
    return count


def of_lines(heads: Heads) -> Lines:
    """The lines' sums, held against the documents."""
    with _alone():
        return _of_lines(heads)


def _of_lines(heads: Heads) -> Lines:
    if set(heads.carry.values()) <= {0, heads.documents}:
        lines, owed, held, odd = row(_even(heads))
        if not odd and held == heads.not_empty:
            return Lines(lines, owed, tie=True)
    lines, owed, held, odd = row(_UNEVEN)
    return Lines(lines, owed, tie=not odd and held == heads.not_empty)


@contextmanager
def _alone() -> Iterator[None]:
    """PostgreSQL does without further workers: handing the sums of every document from them to one
    costs twice what adding them up does.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET max_parallel_workers_per_gather")


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


def of_receipts(step: int) -> Receipts:
    """The sum of receipts, in one pass over all there are."""
    made = Receipts()
    for batch, paid, current, every, foreign, astray in rows(
        "SELECT r.batch_id, coalesce(sum(CASE WHEN r.current THEN r.amount END), 0), "  # noqa: S608  our names
        f"count(CASE WHEN r.current THEN 1 END), count(*), {_foreign('r')}, {_astray('r', step)} "
        "FROM ledger_receipt r GROUP BY r.batch_id"
    ):
        made.paid += paid
        made.foreign += foreign
        made.astray += astray
        made.batches[batch] = Rows(current, every)
    return made


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
    (found,) = rows(query)
    return found


def rows(query: str) -> list[tuple[Any, ...]]:
    """The whole numbers of a query's rows."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [tuple(int(value) for value in found) for found in cursor.fetchall()]
