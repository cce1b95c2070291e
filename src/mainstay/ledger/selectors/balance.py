"""What a customer owes on any day: openings + invoices − credits − receipts, each figure apart.

What a line owes is its gross amount; without one net plus tax; without tax, net. Credit notes and
dishonoured bills are stored as negative amounts, so that the balance is Σ documents − Σ receipts. A
bill clears the invoice on its own day; until its maturity it stays a risk, told beside the balance.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from mainstay.foundation.models import User
from mainstay.ledger.models import Document, DocumentLine, Receipt
from mainstay.ledger.records import Balance, Part
from mainstay.ledger.rules import BILL, bills_at_risk, places_of
from mainstay.ledger.selectors.currencies import books_currency
from mainstay.ledger.selectors.paging import booked, counting
from mainstay.parties.selectors import of_code

OWED = Coalesce(F("gross"), F("net") + F("tax"), F("net"))
"""What one line owes, in minor units."""
NONE = Part(0, 0)


def balance(
    user: User, customer_code: str, as_of: date, known_at: datetime | None = None
) -> Balance:
    """A customer's balance on a day inclusive in the company's currency's own rows alone.

    ``known_at``: as it was known at that moment. A customer without documents owes 0.
    """
    return balances(user, customer_code, as_of, known_at)[0]


def balances(
    user: User, customer_code: str, as_of: date, known_at: datetime | None = None
) -> tuple[Balance, ...]:
    """The same in every currency the customer has documents or receipts in, each in its own minor
    units: the company's first, then by code.
    """
    own = of_code(user, customer_code)
    documents = booked(known_at).filter(customer__in=own, doc_date__lte=as_of)
    receipts = counting(Receipt, known_at).filter(customer__in=own, date__lte=as_of)
    company, exponent = books_currency()
    parts: dict[str, dict[str, Part]] = {company: {}}
    owed = DocumentLine.objects.filter(document__in=documents.values("pk"))
    for row in owed.values("document__kind", "document__currency").annotate(
        amount=Sum(OWED), count=Count("document", distinct=True)
    ):
        _add(parts, row["document__currency"] or company, row["document__kind"], row["amount"],
             row["count"])  # fmt: skip
    # Documents and receipts share the name of one kind: what was there before the books.
    paid: dict[str, dict[str, Part]] = {}
    for row in receipts.values("kind", "currency").annotate(sum=Sum("amount"), count=Count("pk")):
        _add(paid, row["currency"] or company, row["kind"], -row["sum"], row["count"])
    bills: dict[str, list[dict[str, Any]]] = {}
    held = receipts.filter(kind__in=[Receipt.Kind.BILL, Receipt.Kind.DISHONOUR])
    for bill in held.values(*BILL, "currency"):
        bills.setdefault(bill["currency"] or company, []).append(bill)
    return tuple(
        _balance(
            as_of, parts.get(code, {}), paid.get(code, {}),
            bills_at_risk(bills.get(code, []), as_of), code,
            exponent if code == company else places_of(code),
        )
        for code in sorted({*parts, *paid}, key=lambda code: (code != company, code))
    )  # fmt: skip


def _add(parts: dict[str, dict[str, Part]], code: str, kind: str, amount: int, count: int) -> None:
    of = parts.setdefault(code, {})
    before = of.get(kind, NONE)
    of[kind] = Part(before.amount + amount, before.count + count)


def _balance(
    as_of: date, owed: dict[str, Part], paid: dict[str, Part], at_risk: int, currency: str,
    exponent: int,
) -> Balance:  # fmt: skip
    return Balance(
        as_of=as_of,
        openings=owed.get(Document.Kind.OPENING, NONE),
        invoices=owed.get(Document.Kind.INVOICE, NONE),
        credit_notes=owed.get(Document.Kind.CREDIT_NOTE, NONE),
        money=paid.get(Receipt.Kind.MONEY, NONE),
        bills=paid.get(Receipt.Kind.BILL, NONE),
        write_offs=paid.get(Receipt.Kind.WRITE_OFF, NONE),
        rebates=paid.get(Receipt.Kind.REBATE, NONE),
        dishonoured=paid.get(Receipt.Kind.DISHONOUR, NONE),
        advances=paid.get(Receipt.Kind.OPENING, NONE),
        bills_not_due=at_risk,
        currency=currency,
        exponent=exponent,
    )
