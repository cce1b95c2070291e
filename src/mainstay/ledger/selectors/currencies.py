"""The company's currency, the others in the books, and what the rows are in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from mainstay.ledger.models import Document, Rate, Receipt
from mainstay.ledger.rules import odd_places, places_of
from mainstay.ledger.selectors.reach import books


def books_currency() -> tuple[str, int]:
    """The company's currency and its decimals; ``('', 2)`` while nobody named one.

    Every import states it, where its files do; the first one in force that does decides. Where none
    does, the company's settings may name it. A request reads it once.
    """
    said = books()
    known = said.exponent
    return said.currency, places_of(said.currency) if known is None else known


def foreign_currencies(
    customer_code: str | None = None, *, commitments: bool = False
) -> tuple[str, ...]:
    """Currencies other than the company's that current booked documents or receipts are in, by
    code; of one customer or of all. With ``commitments`` also those of orders and deliveries.
    """
    company = books_currency()[0]
    of = {} if customer_code is None else {"customer__code": customer_code}
    every = Document.objects.visible()
    documents, receipts = (
        rows.filter(**of)
        .exclude(currency__in=["", company])
        .order_by()
        .values_list("currency", flat=True)
        for rows in (every if commitments else every.booked(), Receipt.objects.visible())
    )
    return tuple(sorted(documents.union(receipts)))


def places() -> Case:
    """SQL of the decimal places of a row's amounts: the import's for the company's currency, else
    the currency's own.
    """
    odd = [
        When(currency__in=sorted(codes), then=Value(count)) for count, codes in odd_places().items()
    ]
    return Case(When(home(), then=F("batch__exponent")), *odd, default=Value(2))


def in_own() -> dict[str, Case]:
    """SQL of a row's own currency, ``code``, and its decimal ``places``: the company's, where the
    row names none.
    """
    code = Case(When(currency="", then=Value(books_currency()[0])), default=F("currency"))
    return {"code": code, "places": places()}


def home(prefix: str = "") -> Q:
    """SQL condition: the row is in the company's currency. ``prefix``: the way to it."""
    batch = f"{prefix}batch__currency"
    return Q(**{f"{prefix}currency": ""}) | Q(**{f"{prefix}currency": F(batch)}) | Q(**{batch: ""})


def home_sum(column: str, prefix: str = "") -> Coalesce:
    """Sum over the rows in the company's currency: the others' amounts are other units."""
    return Coalesce(Sum(column, filter=home(prefix)), 0)


def unrated(
    brought: Mapping[str, date] | None = None, replaced: Collection[Collection[int]] = ((), ())
) -> list[tuple[str, date, int]]:
    """Currencies that current rows are in without a rate: code, first day lacking, rows.

    As they would be with an import: ``brought`` are the first days of its rates by currency,
    ``replaced`` the ids of the documents and of the receipts that it supersedes.

    A row's own rate counts; else there must be one dated on or before the row. Orders and
    deliveries need none: they are part of no sum.
    """
    company = books_currency()[0]
    known = Rate.objects.visible().order_by("-date")
    first: dict[str, date] = dict(known.values_list("currency", "date"))  # the earliest comes last
    for code, day in (brought or {}).items():
        first[code] = min(day, first.get(code, day))
    lacking: dict[str, tuple[date, int]] = {}
    booked, paid = Document.objects.visible().booked(), Receipt.objects.visible()
    gone, dated = [set(ids) for ids in replaced], ((booked, "doc_date"), (paid, "date"))
    for (counted, on), without_these in zip(dated, gone, strict=True):
        rows: QuerySet[Any] = counted.filter(rate=None).exclude(currency__in=["", company])
        for code in rows.order_by().values_list("currency", flat=True).distinct():
            without = rows.filter(currency=code)
            if code in first:
                without = without.filter(**{f"{on}__lt": first[code]})
            found = without.order_by(on).values_list("pk", on)
            days = [day for pk, day in found if pk not in without_these]
            if days:
                before = lacking.get(code)
                earliest = min(days[0], before[0]) if before else days[0]
                lacking[code] = (earliest, len(days) + (before[1] if before else 0))
    return [(code, *lacking[code]) for code in sorted(lacking)]


def standing_rates() -> list[tuple[str, date, object]]:
    """Every rate that counts now: currency, date, rate."""
    rows = Rate.objects.visible().order_by("currency", "date")
    return list(rows.values_list("currency", "date", "rate"))
