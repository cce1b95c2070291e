"""The company's currency, where no file says it: an administrator names it, for books to be or for
amounts that are there without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from mainstay.foundation.company import settings as firm
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand_company
from mainstay.ledger.errors import (
    CurrencyIsAnother,
    CurrencyIsFixed,
    DecimalsDiffer,
    NoSuchCurrency,
)
from mainstay.ledger.models import Document, ImportBatch, Rate, Receipt
from mainstay.ledger.rules import is_currency, places_of
from mainstay.ledger.services import is_empty


@dataclass(frozen=True, slots=True)
class Naming:
    """What the amounts without a currency come to in the one that is named. Minor units of it."""

    currency: str
    exponent: int
    documents: int
    """Sales and openings; orders and deliveries are named with them."""
    net: int
    receipts: int
    received: int


def is_fixed() -> bool:
    """Whether an import in force says the currency: then nobody names another."""
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)
    return applied.exclude(currency="").exists()


def naming(by: User, code: str) -> Naming | None:
    """What naming the currency would mean for the books; ``None``: they are empty. Changes nothing.

    Raises as ``set_currency``.
    """
    demand_company(by, firm.MANAGE)
    code = _checked(code)
    if is_empty():
        return None
    bare: Any = {"currency": ""}
    sold = Document.objects.visible().booked().filter(**bare)
    paid = Receipt.objects.visible().filter(**bare)
    documents = sold.aggregate(count=Count("pk"), sum=Coalesce(Sum("net"), 0))
    receipts = paid.aggregate(count=Count("pk"), sum=Coalesce(Sum("amount"), 0))
    return Naming(
        code, places_of(code), documents["count"], documents["sum"], receipts["count"],
        receipts["sum"],
    )  # fmt: skip


def set_currency(by: User, code: str) -> None:
    """Say what the books are kept in; empty: as the first import finds it.

    Amounts that are there without a currency are in it from then on; nothing of them is rewritten.
    Raises ``NotAllowed``, ``NoSuchCurrency``, ``CurrencyIsFixed``, and where what is there cannot
    be in it ``DecimalsDiffer`` and ``CurrencyIsAnother``.
    """
    with one_at_a_time("books", _busy):
        firm.change(by, "currency", _checked(code))


def _checked(code: str) -> str:
    code = code.strip().upper()
    if code and not is_currency(code):
        raise NoSuchCurrency(currency=code)
    if is_fixed():
        raise CurrencyIsFixed
    applied = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED)
    kept = set(applied.values_list("exponent", flat=True))
    if kept and code and kept != {places_of(code)}:
        raise DecimalsDiffer(currency=code, decimals=places_of(code), kept=max(kept))
    if code and Rate.objects.visible().filter(currency=code).exists():
        raise CurrencyIsAnother(currency=code)
    return code


def _busy() -> NoReturn:
    raise CurrencyIsFixed
