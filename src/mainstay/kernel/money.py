"""Money: integer minor units inside, ``Decimal`` at the edges, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

EXPONENTS = {
    "BHD": 3, "CLP": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "LYD": 3,
    "OMR": 3, "PYG": 0, "TND": 3, "UGX": 0, "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
"""Decimal places of the minor unit where they are not two (ISO 4217)."""


def exponent_of(currency: str | None) -> int:
    """Decimal places of the currency's minor unit; two where the currency is not known."""
    return EXPONENTS.get(currency or "", 2)


def to_decimal(minor: int, exponent: int) -> Decimal:
    """The amount in major units, exactly: ``to_decimal(1234, 2) == Decimal("12.34")``."""
    return Decimal(minor).scaleb(-exponent)


def to_minor(amount: Decimal, exponent: int) -> int:
    """The amount in minor units, rounded half-even."""
    return int(amount.scaleb(exponent).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
