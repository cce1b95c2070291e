"""Which heading means which canonical column: guesses from synonyms, overruled by the user's map.

A guess carries a confidence: 1.0 a heading that means this and nothing else, 0.8 a usual one that
other columns may bear too, below that a heading merely spelt like one (a prefix, a typing slip).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib import resources
from typing import Any

SURE, LIKELY, SPELLING = 1.0, 0.8, 0.6
_NEAR = 0.86
"""Least similarity (0..1) of a heading to a synonym for a guess by spelling."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One column of the file: ``canonical`` is ``None`` where nothing fits."""

    index: int
    heading: str
    canonical: str | None
    confidence: float


def squeeze(heading: str) -> str:
    """A heading as compared: half-width, lower case, no unit in brackets, no punctuation.

    «金额（元）» → «金额», «Invoice No.» → «invoiceno», «税率(%)» → «税率».
    """
    text = unicodedata.normalize("NFKC", heading).strip().lower()
    bare = re.sub(r"[(\[【][^)\]】]*[)\]】]", "", text)
    return re.sub(r"[^0-9a-z\u4e00-\u9fff%]", "", bare or text)


@cache
def synonyms(table: str) -> dict[str, dict[str, tuple[float, int]]]:
    """Squeezed synonym → canonical column → (confidence, place in the list) for one fact table."""
    import yaml

    text = resources.files(__package__).joinpath("synonyms.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: dict[str, dict[str, tuple[float, int]]] = {}
    loaded = yaml.load(text, Loader=loader)  # noqa: S506 (both are safe loaders)
    for canonical, lists in loaded[table].items():
        for level, confidence in (("sure", SURE), ("likely", LIKELY)):
            for place, word in enumerate(lists.get(level, ())):
                found.setdefault(squeeze(word), {}).setdefault(canonical, (confidence, place))
    return found


def candidates(table: str, heading: str) -> list[tuple[float, int, str]]:
    """(confidence, place, canonical) that a heading may stand for, best first."""
    words = synonyms(table)
    key = squeeze(heading)
    if not key:
        return []
    exact = words.get(key)
    if exact:
        return sorted(((c, p, name) for name, (c, p) in exact.items()), key=lambda t: (-t[0], t[1]))
    near: dict[str, tuple[float, int, str]] = {}
    for word, meanings in words.items():
        if len(word) < 4 and not (len(word) >= 2 and word > "\u4e00"):
            continue
        ratio = SequenceMatcher(None, key, word).ratio()
        if ratio >= _NEAR:
            for name, (confidence, place) in meanings.items():
                score = round(SPELLING * confidence * ratio, 2)
                if score > near.get(name, (0.0, 0, ""))[0]:
                    near[name] = (score, place, name)
    return sorted(near.values(), key=lambda t: (-t[0], t[1]))


def guess(
    table: str, headings: Sequence[str], mapping: Mapping[str, Any] | None = None
) -> list[Guess]:
    """One guess per heading; every canonical column is given to one heading at most.

    ``mapping`` (canonical → heading, or ``None`` for «not in this file») goes before any guess; its
    headings are compared exactly first, then squeezed.
    """
    taken: dict[int, tuple[str, float]] = {}
    barred: set[str] = set()
    known = {name for meanings in synonyms(table).values() for name in meanings}
    for canonical, heading in (mapping or {}).items():
        if canonical not in known:
            continue
        barred.add(canonical)
        index = find(headings, heading) if heading is not None else None
        if index is not None:
            taken[index] = (canonical, SURE)
    offers = [
        (-confidence, place, index, canonical)
        for index, heading in enumerate(headings)
        if index not in taken
        for confidence, place, canonical in candidates(table, heading)
    ]
    for confidence, _place, index, canonical in sorted(offers):
        if index not in taken and canonical not in barred:
            taken[index] = (canonical, -confidence)
            barred.add(canonical)
    return [Guess(i, heading, *taken.get(i, (None, 0.0))) for i, heading in enumerate(headings)]


def find(headings: Sequence[str], wanted: object) -> int | None:
    """The column a user means by a heading, or ``None``."""
    text = str(wanted)
    for compare in (str, str.strip, squeeze):
        for index, heading in enumerate(headings):
            if compare(heading) == compare(text):
                return index
    return None


def heading_score(table: str, cells: Sequence[str]) -> float:
    """How much a row looks like headings of ``table``: sum of its exact guesses' confidences."""
    words = synonyms(table)
    best: dict[str, float] = {}
    for cell in cells:
        for name, (confidence, _place) in words.get(squeeze(cell), {}).items():
            best[name] = max(best.get(name, 0.0), confidence)
    return sum(best.values())
