"""Subjects of the audit trail by words: what somebody types, and what is offered while they type.

Words are read in both languages, whatever the reader's: «Customer 苏州恒晟 (C001)»,
«客户 C001», «角色», a name in part. What is offered reads back as exactly itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import override

from mainstay.foundation import roles
from mainstay.foundation.models import Territory, User
from mainstay.foundation.permissions import may
from mainstay.foundation.trail.selectors import names
from mainstay.parties.permissions import SEE
from mainstay.parties.selectors import closest, codes_of, of_code
from mainstay.web.decisions import subject_words
from mainstay.web.formatting import said

OFFERED = 8
"""Things of a kind that are offered at most."""
NUMBERED = ("batch", "request", "hand_over", "token", "webhook", "view", "snapshot",
            "effort_rate")  # fmt: skip
"""Kinds whose things go by a number."""
_IN_BRACKETS = re.compile(r"\s*[(（]([^()（）]+)[)）]$")


@dataclass(frozen=True, slots=True)
class Read:
    """What a text was read as."""

    subjects: tuple[str, ...]
    """``kind:id``; of a kind alone, ``kind:``. None of it: the text names nothing."""
    shown: str
    """The text as the field shows it again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be picked."""

    subject: str
    words: str


def read(user: User, text: str) -> Read:
    """What a text of the filter names; a merged customer goes by every code."""
    text = text.strip()
    kind, sep, key = text.partition(":")
    if sep and kind in subject_words():
        return Read(_all_of(user, kind, key), _words_of(user, kind, key))
    kind, rest = _kind_of(text)
    if kind and not rest:
        return Read((f"{kind}:",), text)
    if kind and (found := _IN_BRACKETS.search(rest)):
        return Read(_all_of(user, kind, found[1]), text)
    if kind and kind not in _FINDERS:
        return Read((f"{kind}:{rest}",), text)
    offers = list(_found(user, kind, rest))
    subjects = [one for offer in offers for one in _all_of(user, *offer.subject.split(":", 1))]
    exact = [f"{one}:{rest}" for one in ([kind] if kind else subject_words())]
    return Read(tuple(dict.fromkeys([*exact, *subjects])), text)


def offers(user: User, text: str) -> list[Offer]:
    """What can be picked for a text so far: kinds, then things of them."""
    text = text.strip()
    if not text:
        return []
    kind, rest = _kind_of(text)
    kinds = [
        Offer(f"{name}:", title) for name, title in subject_words().items()
        if text.casefold() in {title.casefold(), *(t.casefold() for t in _titles(name))}
    ]  # fmt: skip
    return kinds + list(_found(user, kind, rest))


def _titles(kind: str) -> list[str]:
    """What a kind is called in each language."""
    return [title for name, title in _every_title() if name == kind]


def _every_title() -> Iterator[tuple[str, str]]:
    for language in ("en", "zh-hans"):
        with override(language):
            yield from subject_words().items()


def _kind_of(text: str) -> tuple[str, str]:
    """The kind that a text begins with, in either language, and the rest of it."""
    longest = sorted(_every_title(), key=lambda pair: -len(pair[1]))
    for kind, title in longest:
        if text.casefold().startswith(title.casefold()):
            rest = text[len(title) :]
            if not rest or not rest[0].isascii() or not rest[0].isalnum() or not title.isascii():
                return kind, rest.strip()
    return "", text


def _found(user: User, kind: str, text: str) -> Iterator[Offer]:
    wanted = [kind] if kind else [*_FINDERS, *NUMBERED]
    for one in wanted:
        if one in _FINDERS and text:
            for key, name in _FINDERS[one](user, text):
                yield Offer(f"{one}:{key}", f"{subject_words()[one]} {name} ({key})")
        elif one in NUMBERED and text.isascii() and text.isdigit():
            yield Offer(f"{one}:{text}", f"{subject_words()[one]} {text}")


def _customers(user: User, text: str) -> Iterable[tuple[str, str]]:
    if not may(user, SEE):
        return []
    return [(row.code, row.name or row.code) for row in closest(user, text, OFFERED)]


def _people(_user: User, text: str) -> Iterable[tuple[str, str]]:
    like = Q(username__icontains=text) | Q(first_name__icontains=text)
    return [(str(one.pk), one.known_as()) for one in User.objects.filter(like)[:OFFERED]]


def _roles(_user: User, text: str) -> Iterable[tuple[str, str]]:
    return [
        (role.name, said(role.title)) for role in roles.known().values()
        if any(text.casefold() in one.casefold() for one in (role.name, *role.title.values()))
    ][:OFFERED]  # fmt: skip


def _territories(_user: User, text: str) -> Iterable[tuple[str, str]]:
    rows = Territory.objects.filter(name__icontains=text).order_by("name")[:OFFERED]
    return [(str(row.pk), row.name) for row in rows]


_FINDERS: dict[str, Callable[[User, str], Iterable[tuple[str, str]]]] = {
    "customer": _customers, "user": _people, "role": _roles, "territory": _territories,
}  # fmt: skip


def _all_of(user: User, kind: str, key: str) -> tuple[str, ...]:
    """The subjects that a thing goes by: of a customer, every code."""
    if kind == "customer" and may(user, SEE):
        found = of_code(user, key).first()
        if found is not None:
            return tuple(f"customer:{row.code}" for row in codes_of(user, found.pk))
    return (f"{kind}:{key}",)


def _words_of(user: User, kind: str, key: str) -> str:
    """A subject as the field shows it."""
    title = subject_words()[kind]
    if kind == "user" and key.isdigit():
        name = names([int(key)]).get(int(key), "")
    elif kind == "role":
        name = said(roles.known()[key].title) if key in roles.known() else ""
    elif kind == "customer":
        row = of_code(user, key).first() if may(user, SEE) else None
        name = row.name if row else ""
    else:
        return f"{title} {key}".strip()
    return f"{title} {name or key} ({key})"
