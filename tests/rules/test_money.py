"""Minor units, exactly."""

from __future__ import annotations

from decimal import Decimal

from mainstay.kernel.money import exponent_of, to_decimal, to_minor


def test_amounts_go_to_minor_units_and_back_exactly() -> None:
    assert to_decimal(974774793, 2) == Decimal("9747747.93")
    assert to_minor(Decimal("9747747.93"), 2) == 974774793
    assert to_decimal(-5, 2) == Decimal("-0.05")


def test_halves_round_to_even() -> None:
    assert [to_minor(Decimal(text), 2) for text in ("0.125", "0.135", "-0.125")] == [12, 14, -12]


def test_currencies_without_cents_have_none() -> None:
    assert [exponent_of(code) for code in ("CNY", "JPY", "KWD", None)] == [2, 0, 3, 2]
