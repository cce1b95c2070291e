"""The identity of the books, by two executions: SQL sums, and the engine's replay of settlement.

Of each customer, at any date: Σ open debits − Σ unallocated credits = openings + invoices − credit
notes − receipts − write-offs + dishonoured bills. Both look at documents, whose sums the ledger's
own check holds against their lines. Each currency is looked at by itself, in its minor units, where
exchange differences do not come into it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import connection

from mainstay.insights import facts_out, measuring
from mainstay.insights.errors import NothingToGrade
from mainstay.kernel.errors import words
from mainstay.ledger.check import NAMED, BookFault
from mainstay.ledger.proofs import COUNTS, HEAD_OWED
from mainstay.ledger.selectors import books_currency, foreign_currencies

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

MONTHS = 24
"""Month ends looked at when all dates are asked for."""
MESSAGE = words(
    "Settlement leaves another balance open than the sums, {count} times: {first} (minor units).",
    "核销结果与合计不符，共 {count} 处：{first}（最小货币单位）。",
)
_SUMS = (
    f"SELECT c.code, sum(x.amount) FROM (SELECT d.customer_id, {HEAD_OWED} AS amount "  # noqa: S608  our names
    f"FROM ledger_document d WHERE {COUNTS} AND d.customer_id IS NOT NULL AND d.doc_date <= %s "
    "{documents} UNION ALL SELECT r.customer_id, -r.amount FROM ledger_receipt r "
    "WHERE r.current AND r.customer_id IS NOT NULL AND r.date <= %s {receipts}) x "
    "JOIN parties_customer c ON c.id = x.customer_id GROUP BY c.code HAVING sum(x.amount) <> 0"
)
"""``documents`` and ``receipts``: what narrows them to a currency."""
_SPAN = (
    "SELECT min(x.first), max(x.last) FROM ("  # noqa: S608  our names
    "SELECT min(d.doc_date) AS first, max(d.doc_date) AS last "
    f"FROM ledger_document d WHERE {COUNTS} AND d.customer_id IS NOT NULL "
    "UNION ALL SELECT NULL, max(date) FROM ledger_receipt WHERE current) x"
)
"""First document, and last document or receipt."""


def faults(*, every_month: bool = False) -> tuple[BookFault, ...]:
    """Customers whose replayed balance differs from their sums; nothing where receipts are missing.

    As of the latest day of the books; with ``every_month`` also at the last 24 month ends before.
    """
    company, others = books_currency()[0], foreign_currencies()
    codes = (company, *others) if others else (None,)
    found = [each for code in codes for each in _of(code, company, MONTHS if every_month else 0)]
    if not found:
        return ()
    return (BookFault("identity", MESSAGE, len(found), tuple(found[:NAMED])),)


def _of(currency: str | None, company: str, months: int) -> list[str]:
    """What differs among the rows in one currency; among all rows without one."""
    try:
        facts = facts_out.owed_by_documents(currency)
    except NothingToGrade:
        return []
    narrow = {"documents": "", "receipts": ""}
    if currency is not None:
        narrow = {
            "documents": f"AND {facts_out.in_currency('d', currency, company)}",
            "receipts": f"AND {facts_out.in_currency('r', currency, company)}",
        }
    sums = _SUMS.format(**narrow)
    unit = f" {currency}" if currency else ""
    return [
        f"{code} {day}: {replayed} ≠ {summed}{unit}"
        for day in _days(months)
        for code, replayed, summed in _differing(facts, day, sums)
    ]


def _differing(facts: Facts, day: date, sums: str) -> list[tuple[str, int, int]]:
    """Customer, balance left open by the replay, balance by the query ``sums``."""
    from mainstay_engine import compute_metrics

    table = compute_metrics(facts, ["open_balance"], as_of=day, window=measuring.WINDOW)
    pairs = zip(table["customer_id"].to_pylist(), table["open_balance"].to_pylist(), strict=True)
    replayed: dict[str, int] = {str(code): amount for code, amount in pairs if amount}
    with connection.cursor() as cursor:
        cursor.execute(sums, [day, day])
        summed = {str(code): int(amount) for code, amount in cursor.fetchall()}
    if replayed == summed:
        return []
    return [
        (code, replayed.get(code, 0), summed.get(code, 0))
        for code in sorted(replayed.keys() | summed.keys())
        if replayed.get(code, 0) != summed.get(code, 0)
    ]


def _days(months: int) -> list[date]:
    """The last day of the books, and before it that many month ends since the first document."""
    with connection.cursor() as cursor:
        cursor.execute(_SPAN)
        first, last = (
            day if isinstance(day, date) else date.fromisoformat(day) for day in cursor.fetchone()
        )
    days = [last]
    for _ in range(months):
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return [day for day in reversed(days) if day >= first]
