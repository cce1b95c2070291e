"""Which customers look like one: by tax number, by name, by a name without its legal form.

It proposes and never decides. Texts are compared without width (NFKC), case, blanks and marks, so
that «百味（集团）有限责任公司» and «百味(集团) 有限公司» are alike; place words and «分公司» stay,
so that two branches of a company are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

TAX_NO, NAME, NEAR = "tax_no", "name", "near"
"""What speaks for it, strongest first: equal tax numbers, equal names, names that differ by their
legal form alone."""
LEAST_TAX_NO = 8
"""Characters of a tax number from which it is one and not a place-holder such as «0» or «无»."""
LEAST_NAME = 2
"""Characters of a name that is compared."""
_MARKS = re.compile(r"[\W_]+")
_FORMS = (
    ("股份有限责任公司", "股份有限公司"), ("有限责任公司", "有限公司"),
    ("companylimited", "coltd"), ("colimited", "coltd"), ("limited", "ltd"),
    ("incorporated", "inc"), ("corporation", "corp"),
)  # fmt: skip
"""Legal forms that mean the same, without blanks and marks."""
_ENDINGS = re.compile(r"(股份有限公司|有限公司|公司|coltd|ltd|inc|corp|gmbh|llc|plc)$")


@dataclass(frozen=True, slots=True)
class Card:
    """A customer as it is compared."""

    code: str
    name: str = ""
    tax_no: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A customer that a new code may be, and what speaks for it."""

    new: Card
    old: Card
    evidence: str
    """tax_no · name · near"""

    @property
    def strong(self) -> bool:
        """Whether it is likely the same where nobody else is like it: by its tax number, or by its
        name where the file knows it by that alone."""
        by_name = self.evidence == NAME and self.new.code == self.new.name
        return by_name or self.evidence == TAX_NO


def tax_number(text: str) -> str:
    """Letters and digits of a tax number in capitals; empty where it is none."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return plain if len(plain) >= LEAST_TAX_NO and len(set(plain)) > 2 else ""


def plain_name(text: str) -> str:
    """A name without width, case, blanks and marks, its legal form in one spelling."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    for form, same in _FORMS:
        if plain.endswith(form):
            plain = plain.removesuffix(form) + same
            break
    return plain if len(plain) >= LEAST_NAME else ""


def core_name(text: str) -> str:
    """A name without its legal form; of a branch (分公司) the whole: its place tells it."""
    plain = plain_name(text)
    if plain.endswith(("分公司", "分店", "branch")):
        return plain
    core = _ENDINGS.sub("", plain)
    return core if len(core) >= LEAST_NAME else ""


_KEYS: tuple[tuple[str, Callable[[Card], str]], ...] = (
    (TAX_NO, lambda card: tax_number(card.tax_no)),
    (NAME, lambda card: plain_name(card.name)),
    (NEAR, lambda card: core_name(card.name)),
)


def alike(
    new: Iterable[Card],
    old: Iterable[Card],
    refused: Collection[tuple[str, str]] = frozenset(),
) -> list[Likeness]:
    """For each new customer the old ones like it, each once by what speaks strongest.

    Two cards whose tax numbers are both given and differ are never alike: they are two taxpayers.
    ``refused``: pairs of codes (new, old) that somebody said are two customers.
    """
    known = list(old)
    by_key: dict[str, Mapping[str, list[Card]]] = {
        evidence: _grouped((key(card), card) for card in known) for evidence, key in _KEYS
    }
    found = []
    for card in new:
        seen: set[str] = set()
        for evidence, key in _KEYS:
            for other in by_key[evidence].get(key(card), ()):
                pair = (card.code, other.code)
                if other.code in seen or pair in refused or _two_taxpayers(card, other):
                    continue
                seen.add(other.code)
                found.append(Likeness(card, other, evidence))
    return found


def _grouped(pairs: Iterable[tuple[str, Card]]) -> dict[str, list[Card]]:
    groups: dict[str, list[Card]] = {}
    for key, card in pairs:
        if key:
            groups.setdefault(key, []).append(card)
    return groups


def _two_taxpayers(one: Card, other: Card) -> bool:
    first, second = tax_number(one.tax_no), tax_number(other.tax_no)
    return bool(first and second and first != second)
