"""What a customer owes on any day: openings + invoices − credits − receipts, each figure apart.

What a line owes is its gross amount; without one net plus tax; without tax, net. Credit notes and
dishonoured bills are stored as negative amounts, so that the balance is Σ documents − Σ receipts. A
bill clears the invoice on its own day; until its maturity it stays a risk, told beside the balance.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Case, Count, F, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from mainstay.foundation.models import User
from mainstay.ledger.models import Document, DocumentLine, Receipt
from mainstay.ledger.records import Balance, Part
from mainstay.ledger.rules import bills_at_risk, places_of
from mainstay.ledger.selectors.currencies import books_currency
from mainstay.ledger.selectors.paging import booked, counting
from mainstay.parties.selectors import of_code

OWED = Coalesce(F("gross"), F("net") + F("tax"), F("net"))
"""What one line owes, in minor units."""
NONE = Part(0, 0)
_BILLS = (Receipt.Kind.BILL, Receipt.Kind.DISHONOUR)
_COLUMNS = (
    "paid", "kind", "code", "customer_id", "bill_no", "day", "maturity", "owes", "count",
)  # fmt: skip
"""What the balance is asked for by: documents and receipts in one answer."""


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
    # Documents and receipts share the name of one kind: what was there before the books.
    paid: dict[str, dict[str, Part]] = {}
    bills: dict[str, list[dict[str, Any]]] = {}
    for row in _owed(documents).union(_paid(receipts), all=True):
        code = row["code"] or company
        if not row["paid"]:
            _add(parts, code, row["kind"], row["owes"], row["count"])
            continue
        _add(paid, code, row["kind"], -row["owes"], row["count"])
        if row["kind"] in _BILLS:
            bill = {name: row[name] for name in ("customer_id", "kind", "bill_no", "maturity")}
            bills.setdefault(code, []).append(bill | {"date": row["day"], "amount": row["owes"]})
    return tuple(
        _balance(
            as_of, parts.get(code, {}), paid.get(code, {}),
            bills_at_risk(bills.get(code, []), as_of), code,
            exponent if code == company else places_of(code),
        )
        for code in sorted({*parts, *paid}, key=lambda code: (code != company, code))
    )  # fmt: skip


def _owed(documents: QuerySet[Any]) -> QuerySet[Any]:
    """What the documents owe, by kind and currency, in the columns of ``_paid``."""
    found: QuerySet[Any] = (
        DocumentLine.objects.filter(document__in=documents.values("pk"))
        .annotate(
            paid=Value(False), kind=F("document__kind"), code=F("document__currency"),
            customer_id=_none(models.BigIntegerField()), bill_no=_none(models.CharField()),
            day=_none(models.DateField()), maturity=_none(models.DateField()),
        )
        .values("paid", "kind", "code", "customer_id", "bill_no", "day", "maturity")
        .annotate(owes=Sum(OWED), count=Count("document", distinct=True))
        .order_by()
        .values(*_COLUMNS)
    )  # fmt: skip
    return found


def _paid(receipts: QuerySet[Any]) -> QuerySet[Any]:
    """The receipts by kind and currency, each bill and each dishonour of one by itself."""

    def of_bill(column: str) -> Case:
        return Case(When(kind__in=_BILLS, then=F(column)))

    found: QuerySet[Any] = (
        receipts.annotate(
            paid=Value(True), code=F("currency"), one=of_bill("pk"), whose=of_bill("customer_id"),
            numbered=of_bill("bill_no"), day=of_bill("date"), due=of_bill("maturity"),
        )
        .values("paid", "kind", "code", "one", "whose", "numbered", "day", "due")
        .annotate(owes=Sum("amount"), count=Count("pk"))
        .order_by()
        .values(
            "paid", "kind", "code", "whose", "numbered", "day", "due", "owes", "count"
        )
    )  # fmt: skip
    return found


def _none(field: models.Field[Any, Any]) -> Value:
    return Value(None, output_field=field)


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
