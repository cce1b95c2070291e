"""Finding by name in both languages, by pinyin and initials too, as the search box does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from mainstay.parties import words


def named(texts: Iterable[str], asked: Sequence[str]) -> bool:
    """Whether each word asked for (``words.wanted``) begins a word of the names."""
    known = _tokens(tuple(texts))
    return all(any(token.startswith(word) for token in known) for word in asked)


@lru_cache(maxsize=1024)
def _tokens(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words.tokens((), texts, ""))
