"""Both languages are complete."""

from __future__ import annotations

from mainstay.web import translations


def test_every_text_is_translated_and_none_is_left_over() -> None:
    assert list(translations.faults()) == []
