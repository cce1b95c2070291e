"""Positions in a list survive the address bar, and nothing else passes for one."""

from __future__ import annotations

import pytest

from mainstay.kernel.cursor import BadCursor, decode, encode


@pytest.mark.parametrize("value", ["苏州", 0.1 + 0.2, -12, None, ""])
def test_a_cursor_comes_back_as_it_was(value: str | float | None) -> None:
    assert decode(encode(value, 42)) == (value, 42)


@pytest.mark.parametrize("text", ["", "x", "bnVsbA", "WzFd", "W1tdLDFd", "é"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        decode(text)


@pytest.mark.parametrize("value", [True, float("nan"), float("inf"), 10**30])
def test_values_no_column_holds_are_refused(value: float) -> None:
    with pytest.raises(BadCursor):
        decode(encode(value, 1))


def test_ids_no_row_has_are_refused() -> None:
    for row_id in (-1, 10**30):
        with pytest.raises(BadCursor):
            decode(encode("x", row_id))
