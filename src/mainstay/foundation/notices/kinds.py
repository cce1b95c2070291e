"""Kinds of notices, each declared by the room whose news it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mainstay.foundation.notices.models import Notice, Way
from mainstay.kernel.errors import Words, filled

if TYPE_CHECKING:
    from mainstay.foundation.models import User


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    content: bytes
    type: str
    """Of media, such as ``application/pdf``."""


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
    seen: Callable[[User, Sequence[str]], set[str]] | None = None
    """Of these subjects, those that the reader may still read of; asked when a notice is shown or
    sent. None: what was told is theirs."""
    attached: Callable[[User, str, str], Attached | None] | None = None
    """What goes with a mail: of reader, subject and language, as they are then."""

    def said(self, facts: Mapping[str, object], lang: str) -> str:
        """The text in one language. A fact that is words itself is said in that language."""
        given = {
            name: value[lang] if isinstance(value, dict) and lang in value else value
            for name, value in facts.items()
        }
        return " ".join(filled(self.text[lang], **given).split())


_KINDS: dict[str, Kind] = {}


def declare(
    name: str,
    title: Words,
    text: Words,
    way: Way = Way.DIGEST,
    seen: Callable[[User, Sequence[str]], set[str]] | None = None,
    attached: Callable[[User, str, str], Attached | None] | None = None,
) -> str:
    """Make a kind known; returns its name."""
    _KINDS[name] = Kind(name, title, text, way, seen, attached)
    return name


def kinds() -> list[Kind]:
    """Every kind there is, in the order of their names."""
    return [_KINDS[name] for name in sorted(_KINDS)]


def kind(name: str) -> Kind:
    """One of them; raises ``KeyError``."""
    return _KINDS[name]


def said(user: User, rows: Sequence[Notice]) -> dict[int, Words]:
    """What each notice says to its reader, by its id. Of what they may not read of any more, and of
    kinds that are no more, nothing.
    """
    by_kind: dict[str, list[Notice]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    texts = {}
    for name, some in by_kind.items():
        of = _KINDS.get(name)
        if of is None:
            continue
        open_ = of.seen(user, [row.subject for row in some]) if of.seen else None
        for row in some:
            if open_ is None or row.subject in open_:
                texts[row.pk] = {lang: of.said(row.facts, lang) for lang in ("en", "zh")}
    return texts


def attached(user: User, rows: Sequence[Notice], lang: str) -> list[Attached]:
    """What goes with a mail of these notices, in their order."""
    found = []
    for row in rows:
        of = _KINDS.get(row.kind)
        if of is not None and of.attached is not None:
            found.append(of.attached(user, row.subject, lang))
    return [one for one in found if one is not None]
