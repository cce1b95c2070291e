"""Options of a select, written once for what they say: a company has hundreds of some."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markupsafe import Markup


def options(texts: Sequence[str], chosen: str, nothing: str) -> Markup:
    """One option for each text, that text being its value too, after ``nothing`` without one."""
    return _written((("", nothing), *((text, text) for text in texts)), chosen)


def pairs(values: Sequence[tuple[str, str]], chosen: str) -> Markup:
    """One option for each value and its text."""
    return _written(tuple(values), chosen)


@lru_cache(maxsize=200)
def _written(values: tuple[tuple[str, str], ...], chosen: str) -> Markup:
    return Markup("".join(  # noqa: S704  both are escaped
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(text)}</option>"
        for value, text in values
    ))  # fmt: skip
