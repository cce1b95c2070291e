"""Kinds of notices, each declared by the room whose news it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mainstay.foundation.notices.models import Way
from mainstay.kernel.errors import Words, filled


@dataclass(frozen=True, slots=True)
class Kind:
    """Something people are told of."""

    name: str
    title: Words
    """What one chooses the way for: «Customers given to you»."""
    text: Words
    """What a notice says, with the ``{names}`` of its facts."""
    way: Way
    """How people are told until they choose."""

    def said(self, facts: Mapping[str, object], lang: str) -> str:
        """The text in one language. A fact that is words itself is said in that language."""
        given = {
            name: value[lang] if isinstance(value, dict) and lang in value else value
            for name, value in facts.items()
        }
        return " ".join(filled(self.text[lang], **given).split())


_KINDS: dict[str, Kind] = {}


def declare(name: str, title: Words, text: Words, way: Way = Way.DIGEST) -> str:
    """Make a kind known; returns its name."""
    _KINDS[name] = Kind(name, title, text, way)
    return name


def kinds() -> list[Kind]:
    """Every kind there is, in the order of their names."""
    return [_KINDS[name] for name in sorted(_KINDS)]


def kind(name: str) -> Kind:
    """One of them; raises ``KeyError``."""
    return _KINDS[name]
