"""What a customer can be found by: tokens of codes, names, pinyin and tax number.

Both stores index the same tokens (FTS5, GIN over a ``tsvector``), and a word of a query matches
every token it begins. So that parts are found too, a name in Chinese gives each pair of characters,
a code each of its ends, and pinyin each of its ends at a syllable. Trigrams would not do: most
Chinese words have two characters (ADR 38).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache

LONGEST = 18
"""Characters of a token; longer words are cut, in the index and in a query alike."""
PERSONAL = "\u01bf"
"""Begins the tokens of contacts: a letter that no query has, so that only ``personal`` asks for
them."""
FEWEST = 4
"""Digits by which a telephone number is found."""
AS_SAID = {"晟": "shèng"}
"""Characters of company names that people read otherwise than dictionaries put first."""
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[0-9a-z]+")
_NUMBERS = re.compile(r"[/,;、，；|]")
_DIALLED = re.compile(r"[\d\s+().-]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def tokens(codes: Iterable[str], names: Iterable[str], tax_no: str) -> set[str]:
    """Every token of one customer."""
    found: set[str] = set()
    for code in codes:
        found.update(_ends("".join(_runs(code)), least=2))
    for name in names:
        for run in _runs(name):
            found.update(_pairs(run) if _HAN.match(run) else {run[:LONGEST]})
        found.update(_spoken(name))
    found.update(run[:LONGEST] for run in _runs(tax_no))
    return found - {""}


def wanted(query: str) -> list[str]:
    """The beginnings of tokens that a query asks for, all of them; empty: nothing to look for."""
    found: list[str] = []
    for run in _runs(query):
        if _HAN.match(run):
            found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(run[:LONGEST])
    return list(dict.fromkeys(found))


def of_contacts(contacts: Iterable[tuple[str, ...]]) -> set[str]:
    """Tokens of contacts: of each the name, then its telephone numbers."""
    found: set[str] = set()
    for name, *numbers in contacts:
        found |= tokens((), [name], "")
        for number in (one for cell in numbers for one in _NUMBERS.split(cell)):
            digits = _digits(number)
            if len(digits) >= FEWEST:
                found.update(_ends(digits, least=FEWEST))
    return {PERSONAL + token for token in found}


def personal(word: str) -> str:
    """The beginning of a contact's token that a word asks for; empty: too few digits for one."""
    return "" if word.isdigit() and len(word) < FEWEST else PERSONAL + word


def dialled(query: str) -> str:
    """The same of a query that is one telephone number, however it is spaced; empty: it is none."""
    whole = unicodedata.normalize("NFKC", query)
    digits = _digits(whole) if _DIALLED.fullmatch(whole) else ""
    return PERSONAL + digits[:LONGEST] if len(digits) >= FEWEST else ""


def _digits(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(character for character in plain if "0" <= character <= "9")


def _runs(text: str) -> list[str]:
    """Runs of Chinese characters, and of letters and digits without accents, in small letters."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _RUN.findall("".join(c for c in plain if not unicodedata.combining(c)))


def _ends(text: str, least: int) -> Iterator[str]:
    for start in range(max(1, len(text) - least + 1)):
        yield text[start : start + LONGEST]


def _pairs(run: str) -> set[str]:
    """Each pair of characters, and the last by itself: what begins with any of them is found."""
    return {run[i : i + 2] for i in range(len(run))}


def _spoken(name: str) -> set[str]:
    """Pinyin and initials from each character on."""
    han = "".join(_HAN.findall(name))
    if not han:
        return set()
    spoken = _reader()(han)
    found: set[str] = set()
    for start in range(len(spoken)):
        found.add("".join(spoken[start:])[:LONGEST])
        found.add("".join(one[0] for one in spoken[start:])[:LONGEST])
    return found


@cache
def _reader() -> Callable[[str], list[str]]:
    """Syllables of a text, each character read as its neighbours ask; loaded on first use."""
    from pypinyin import lazy_pinyin, load_single_dict

    load_single_dict({ord(character): reading for character, reading in AS_SAID.items()})
    return lazy_pinyin
