"""Money: integer minor units inside, ``Decimal`` at the edges, never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal


def to_minor(amount: Decimal, exponent: int) -> int:
    """The amount in minor units, rounded half-even."""
    return int(amount.scaleb(exponent).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def written(minor: int, exponent: int) -> str:
    """Minor units as people write them: 123456 with exponent 2 is 1,234.56."""
    whole, rest = divmod(abs(minor), 10**exponent)
    return f"{'-' if minor < 0 else ''}{whole:,}" + (f".{rest:0{exponent}}" if exponent else "")
