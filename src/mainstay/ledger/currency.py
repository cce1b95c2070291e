"""The currency of books to be: an administrator names it before the first import."""

from __future__ import annotations

from typing import NoReturn

from mainstay.foundation.company import settings as firm
from mainstay.foundation.lock import one_at_a_time
from mainstay.foundation.models import User
from mainstay.ledger.errors import CurrencyIsFixed, NoSuchCurrency
from mainstay.ledger.rules import is_currency
from mainstay.ledger.services import is_empty


def set_currency(by: User, code: str) -> None:
    """Say what empty books are to be kept in; empty: as the first import finds it.

    Raises ``NotAllowed``, ``NoSuchCurrency`` and ``CurrencyIsFixed``.
    """
    code = code.strip().upper()
    if code and not is_currency(code):
        raise NoSuchCurrency(currency=code)
    with one_at_a_time("books", _busy):
        if not is_empty():
            raise CurrencyIsFixed
        firm.change(by, "currency", code)


def _busy() -> NoReturn:
    raise CurrencyIsFixed
