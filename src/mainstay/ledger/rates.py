"""Rates of exchange: the list of them, and one entered by hand as an import of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa

from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.foundation.services import audit
from mainstay.ledger import services
from mainstay.ledger.errors import BadRate
from mainstay.ledger.models import ImportBatch, Rate
from mainstay.ledger.permissions import BOOKS, RATES
from mainstay.ledger.plan import Books
from mainstay.ledger.rules import is_currency
from mainstay.ledger.selectors.currencies import books_currency

FINEST = Decimal("0.0000000001")
"""Rates have ten decimals."""
LARGEST = Decimal(100_000)
"""So that a rate keeps every digit on both stores, which hold fifteen."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate that counts now, and the import that brought it."""

    id: int
    currency: str
    date: date
    rate: Decimal
    """Units of the company's currency for one unit of the currency."""
    batch_id: int
    since: datetime
    """When it came into force."""
    by: str

    @property
    def shown(self) -> str:
        """The rate without trailing zeros."""
        return f"{self.rate.normalize():f}"


def rates(user: User) -> tuple[RateRow, ...]:
    """Every rate that counts now, by currency, the latest first."""
    demand_company(user, BOOKS)
    rows = Rate.objects.visible().select_related("batch__created_by").order_by("currency", "-date")
    return tuple(
        RateRow(
            row.pk, row.currency, row.date, row.rate, row.batch_id, row.batch.applied_at,
            row.batch.created_by.known_as() if row.batch.created_by else "",
        )
        for row in rows
    )  # fmt: skip


def enter(user: User, currency: str, day: date, rate: Decimal) -> ImportBatch:
    """Bring in one rate under a batch of its own, so that it has versions and can be taken back.

    A rate of the same currency and day is superseded. Raises ``NotAllowed`` and
    ``BadRate``.
    """
    demand_company(user, RATES)
    company, exponent = books_currency()
    fits = rate.is_finite() and 0 < rate < LARGEST and rate == rate.quantize(FINEST)
    if not fits or not is_currency(currency) or currency == company:
        raise BadRate(currency=currency or "–", company=company or "–")
    told = f"{currency} {day:%Y-%m-%d} {rate.normalize():f}"
    content = told.encode()
    batch = services.open_batch(
        user,
        [{"name": told, "table": "rates", "sha256": hashlib.sha256(content).hexdigest(),
          "size": len(content), "sheet": ""}],
        {},
    )  # fmt: skip
    books = Books(
        lines=pa.table({"doc_no": pa.array([], pa.string())}), receipts=None, customers=None,
        currency=company, exponent=exponent,
        rates=pa.table({
            "currency": [currency], "date": pa.array([day], pa.date32()),
            "rate": pa.array([rate], pa.decimal128(20, 10)),
        }),
    )  # fmt: skip
    services.take_in(batch, books, lambda _done, _total: None)
    audit(user, "rate.entered", f"batch:{batch.pk}", currency=currency, date=f"{day:%Y-%m-%d}",
          rate=f"{rate:f}")  # fmt: skip
    return batch
