"""What a customer owes on any day: openings + invoices − credits − receipts, each figure apart.

What a line owes is its gross amount; without one net plus tax; without tax, net. Credit notes and
dishonoured bills are stored as negative amounts, so that the balance is Σ documents − Σ receipts. A
bill clears the invoice on its own day; until its maturity it stays a risk, told beside the balance.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Count, F, Sum
from django.db.models.functions import Coalesce

from mainstay.foundation.models import User
from mainstay.ledger.models import Document, DocumentLine, ImportBatch, Receipt
from mainstay.ledger.records import Balance, Part
from mainstay.ledger.rules import BILL, bills_at_risk
from mainstay.ledger.selectors.paging import booked, counting
from mainstay.parties.selectors import of_code

OWED = Coalesce(F("gross"), F("net") + F("tax"), F("net"))
"""What one line owes, in minor units."""


def balance(
    user: User, customer_code: str, as_of: date, known_at: datetime | None = None
) -> Balance:
    """A customer's balance on a day inclusive, by kind of document and receipt.

    ``known_at``: as it was known at that moment. A customer without documents owes 0.
    """
    own = of_code(user, customer_code)
    documents = booked(known_at).filter(customer__in=own, doc_date__lte=as_of)
    receipts = counting(Receipt, known_at).filter(customer__in=own, date__lte=as_of)
    owed = {
        row["document__kind"]: Part(row["amount"], row["count"])
        for row in DocumentLine.objects.filter(document__in=documents.values("pk"))
        .values("document__kind")
        .annotate(amount=Sum(OWED), count=Count("document", distinct=True))
    }
    paid = {
        row["kind"]: Part(-row["sum"], row["count"])
        for row in receipts.values("kind").annotate(sum=Sum("amount"), count=Count("pk"))
    }
    bills = receipts.filter(kind__in=[Receipt.Kind.BILL, Receipt.Kind.DISHONOUR])
    none = Part(0, 0)
    books = books_currency()
    return Balance(
        as_of=as_of,
        openings=owed.get(Document.Kind.OPENING, none),
        invoices=owed.get(Document.Kind.INVOICE, none),
        credit_notes=owed.get(Document.Kind.CREDIT_NOTE, none),
        money=paid.get(Receipt.Kind.MONEY, none),
        bills=paid.get(Receipt.Kind.BILL, none),
        write_offs=paid.get(Receipt.Kind.WRITE_OFF, none),
        rebates=paid.get(Receipt.Kind.REBATE, none),
        dishonoured=paid.get(Receipt.Kind.DISHONOUR, none),
        advances=paid.get(Receipt.Kind.OPENING, none),
        bills_not_due=bills_at_risk(bills.values(*BILL), as_of),
        currency=books[0],
        exponent=books[1],
    )


def books_currency() -> tuple[str, int]:
    """Currency and decimals the books are kept in; ``('', 2)`` while they are empty."""
    rows = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk")
    return rows.values_list("currency", "exponent").first() or ("", 2)
