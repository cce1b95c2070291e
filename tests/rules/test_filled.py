"""Words with figures in them."""

from __future__ import annotations

from mainstay.kernel.errors import filled


def test_a_word_goes_with_its_number() -> None:
    text = "{n:,} {n:fault|faults} in {name}"
    assert filled(text, n=1, name="a|b") == "1 fault in a|b"
    assert filled(text, n=0, name="x") == "0 faults in x"
    assert filled(text, n=1_234, name="x") == "1,234 faults in x"
