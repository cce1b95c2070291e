"""Minor units, exactly."""

from __future__ import annotations

from decimal import Decimal

from mainstay.kernel.money import to_minor


def test_amounts_go_to_minor_units_exactly() -> None:
    assert to_minor(Decimal("9747747.93"), 2) == 974774793


def test_halves_round_to_even() -> None:
    assert [to_minor(Decimal(text), 2) for text in ("0.125", "0.135", "-0.125")] == [12, 14, -12]
