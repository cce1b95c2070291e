"""The books' part of a customer's time line: documents and receipts that count now."""

from __future__ import annotations

from mainstay.foundation.models import User
from mainstay.ledger.models import Document, Receipt
from mainstay.ledger.selectors.currencies import in_own
from mainstay.parties.models import Customer
from mainstay.parties.timeline import Before, Event, source


@source("documents")
def documents(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """Orders, deliveries, invoices, credit notes and openings by their dates."""
    rows = Document.objects.visible().filter(before.q("doc_date"), customer=customer)
    columns = ("doc_date", "pk", "kind", "number", "net", "code", "places", "line_count")
    found = rows.annotate(**in_own()).order_by("-doc_date", "-pk").values_list(*columns)
    return [
        Event(day, pk, kind, {
            "number": number, "net": net, "currency": currency, "exponent": exponent,
            "lines": lines,
        })
        for day, pk, kind, number, net, currency, exponent, lines in found[:size]
    ]  # fmt: skip


@source("receipts")
def receipts(user: User, customer: Customer, before: Before, size: int) -> list[Event]:
    """Money, bills, write-offs and what else settles, by its date."""
    rows = Receipt.objects.filter(before.q("date"), current=True, customer=customer)
    columns = ("date", "pk", "kind", "number", "amount", "code", "places", "maturity")
    found = rows.annotate(**in_own()).order_by("-date", "-pk").values_list(*columns)
    return [
        Event(day, pk, f"receipt_{kind}", {
            "number": number, "amount": amount, "currency": currency, "exponent": exponent,
            "maturity": maturity,
        })
        for day, pk, kind, number, amount, currency, exponent, maturity in found[:size]
    ]  # fmt: skip
