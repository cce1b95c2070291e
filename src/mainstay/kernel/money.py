"""Money: integer minor units inside, ``Decimal`` at the edges, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal


def to_minor(amount: Decimal, exponent: int) -> int:
    """The amount in minor units, rounded half-even."""
    return int(amount.scaleb(exponent).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
