"""Money coming in: each customer pays invoices in payment runs, by transfer or acceptance bill."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from mainstay_engine.periods import add_months
from mainstay_engine.synth.customers import Customer
from mainstay_engine.synth.sales import due_date
from mainstay_engine.synth.seasons import Calendar, is_holiday

TRANSFER = "电汇"
BANK_BILL = "银行承兑汇票"
TRADE_BILL = "商业承兑汇票"
_BILL_FROM = 3_000_000
"""Minor units: smaller payments are never made in bills."""
_BILL_STEP = 100_000
"""Bills are made out in whole thousands of yuan; what is left waits for the next run."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a customer owes (invoice, positive gross) or is owed (credit note, negative)."""

    doc_no: str
    day: date
    gross: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """One payment; ``applied_to`` only where it settles one document exactly."""

    customer: Customer
    day: date
    amount: int
    method: str
    maturity: date | None
    applied_to: str | None


def pay(
    customer: Customer, documents: list[Document], calendar: Calendar, rng: np.random.Generator
) -> list[Receipt]:
    """What a customer pays up to the last day; later payments have not come yet.

    Invoices are paid around their due date by the customer's habit, on its payment days. Credit
    notes are taken off the next payment. Amounts in minor units including VAT.
    """
    last = calendar.day(len(calendar) - 1)
    runs: dict[date, list[Document]] = defaultdict(list)
    for document in documents:
        if document.gross > 0:
            runs[_payment_day(customer, document, calendar, rng)].append(document)
    returned = sorted((d for d in documents if d.gross < 0), key=lambda d: d.day)
    receipts = []
    carried = 0
    for day in sorted(runs):
        if day > last:
            break
        amount = carried + sum(d.gross for d in runs[day])
        single = runs[day][0].doc_no if len(runs[day]) == 1 and not carried else None
        while returned and returned[0].day <= day:
            amount += returned.pop(0).gross
            single = None
        method, maturity = _method(customer, day, amount, rng)
        paid = amount if method == TRANSFER else amount // _BILL_STEP * _BILL_STEP
        carried = amount - max(paid, 0)
        if paid > 0:
            receipts.append(Receipt(customer, day, paid, method, maturity, single))
    return receipts


def _payment_day(
    customer: Customer, document: Document, calendar: Calendar, rng: np.random.Generator
) -> date:
    """When one invoice is paid: due date + habit, moved to the customer's next payment day."""
    due = due_date(document.day, customer.terms)
    month = calendar.month[calendar.number(document.day)]
    late = rng.normal(customer.late + customer.late_path[month], customer.late_spread)
    if rng.random() < 0.004:  # disputed: paid only when cleared up
        late += rng.uniform(40.0, 120.0)
    wanted = max(due + timedelta(days=round(float(late))), document.day + timedelta(days=1))
    return _next_run(wanted, customer.pays_on)


def _next_run(day: date, pays_on: tuple[int, ...]) -> date:
    """The first payment day on or after a day; banks are shut at weekends and on holidays."""
    if pays_on:
        later = [number for number in pays_on if number >= day.day]
        if later:
            day = day.replace(day=later[0])
        else:
            day = add_months(day.replace(day=1), 1).replace(day=pays_on[0])
    while day.weekday() >= 5 or is_holiday(day):
        day += timedelta(days=1)
    return day


def _method(
    customer: Customer, day: date, amount: int, rng: np.random.Generator
) -> tuple[str, date | None]:
    """How a payment is made; bills mature in three or six months (six is the legal maximum)."""
    if amount < _BILL_FROM or rng.random() >= customer.bills:
        return TRANSFER, None
    maturity = add_months(day, int(rng.choice([3, 6])))
    return (BANK_BILL if rng.random() < 0.85 else TRADE_BILL), maturity
