"""The identity of the books, by two executions: SQL sums, and the engine's replay of settlement.

Σ open debits − Σ unallocated credits = openings + invoices − credit notes − receipts − write-offs
+ dishonoured bills, of all customers together, as of the latest document's day.
"""

from __future__ import annotations

import pyarrow.compute as pc
from django.db.models import Sum

from mainstay.insights import facts_out, measuring
from mainstay.insights.errors import NothingToGrade
from mainstay.kernel.errors import words
from mainstay.ledger.check import BookFault
from mainstay.ledger.models import Document, DocumentLine, Receipt
from mainstay.ledger.selectors.balance import OWED

MESSAGE = words(
    "Settlement leaves {first} open where the sums say otherwise (minor units).",
    "核销结果与合计不符：{first}（最小货币单位）。",
)


def faults() -> tuple[BookFault, ...]:
    """Where the replayed open balance differs from the sums; nothing where receipts are missing."""
    from mainstay_engine import NoData, compute_metrics

    try:
        facts = facts_out.facts_of_books()
        day = measuring.latest_day(facts)
        table = compute_metrics(facts, ["open_balance"], as_of=day, window=measuring.WINDOW)
    except (NothingToGrade, NoData):
        return ()
    replayed = pc.sum(table["open_balance"]).as_py() or 0
    owed = DocumentLine.objects.filter(
        document__current=True, document__kind__in=Document.BOOKED,
        document__customer__isnull=False, document__doc_date__lte=day,
    )  # fmt: skip
    paid = Receipt.objects.visible().filter(customer__isnull=False, date__lte=day)
    debits = owed.aggregate(sum=Sum(OWED, default=0))["sum"]
    summed = debits - paid.aggregate(sum=Sum("amount", default=0))["sum"]
    if replayed == summed:
        return ()
    return (BookFault("identity", MESSAGE, 1, (f"{replayed} ≠ {summed}",)),)
