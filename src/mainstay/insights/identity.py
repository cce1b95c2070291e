"""The identity of the books, by two executions: SQL sums, and the engine's replay of settlement.

Σ open debits − Σ unallocated credits = openings + invoices − credit notes − receipts − write-offs
+ dishonoured bills, of all customers together, as of the latest document's day: in each currency
by itself, where exchange differences do not come into it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pyarrow.compute as pc
from django.db.models import Sum

from mainstay.insights import facts_out, measuring
from mainstay.insights.errors import NothingToGrade
from mainstay.kernel.errors import words
from mainstay.ledger.check import BookFault
from mainstay.ledger.models import DocumentLine, Receipt
from mainstay.ledger.selectors import books_currency, foreign_currencies
from mainstay.ledger.selectors.balance import OWED

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts

MESSAGE = words(
    "Settlement leaves {first} open where the sums say otherwise (minor units).",
    "核销结果与合计不符：{first}（最小货币单位）。",
)


def faults() -> tuple[BookFault, ...]:
    """Where the replayed open balance differs from the sums; nothing where receipts are missing."""
    company, others = books_currency()[0], foreign_currencies()
    if not others:
        return _of(facts_out.facts_of_books, None)
    return tuple(
        fault
        for code in (company, *others)
        for fault in _of(partial(facts_out.facts_in, code), code, home=code == company)
    )


def _of(
    read: Callable[[], Facts], currency: str | None, *, home: bool = True
) -> tuple[BookFault, ...]:
    """The same of the rows in one currency, in its minor units; of all rows without one."""
    from mainstay_engine import NoData, compute_metrics

    try:
        facts = read()
        day = measuring.latest_day(facts)
        table = compute_metrics(facts, ["open_balance"], as_of=day, window=measuring.WINDOW)
    except (NothingToGrade, NoData):
        return ()
    replayed = pc.sum(table["open_balance"]).as_py() or 0
    owed = DocumentLine.objects.filter(
        document__current=True, document__customer__isnull=False, document__doc_date__lte=day
    )
    paid = Receipt.objects.visible().filter(customer__isnull=False, date__lte=day)
    if currency is not None:
        codes = ["", currency] if home else [currency]
        owed, paid = owed.filter(document__currency__in=codes), paid.filter(currency__in=codes)
    debits = owed.aggregate(sum=Sum(OWED, default=0))["sum"]
    summed = debits - paid.aggregate(sum=Sum("amount", default=0))["sum"]
    if replayed == summed:
        return ()
    said = f"{replayed} ≠ {summed} {currency or ''}".rstrip()
    return (BookFault("identity", MESSAGE, 1, (said,)),)
