"""What currencies are, as the engine knows them. Heavy parts load on first use."""

from __future__ import annotations


def places_of(currency: str) -> int:
    """Decimal places of a currency's minor unit by ISO 4217."""
    from mainstay_engine.reader.options import exponent_of

    return exponent_of(currency)


def odd_places() -> dict[int, frozenset[str]]:
    """Currencies whose minor unit is not a hundredth, by its decimal places."""
    from mainstay_engine.reader.options import NO_MINOR_UNIT, THREE_DECIMALS

    return {0: NO_MINOR_UNIT, 3: THREE_DECIMALS}


def is_currency(code: str) -> bool:
    """Whether the code is one of ISO 4217."""
    from mainstay_engine.reader.currencies import known_currencies

    return code in known_currencies()
