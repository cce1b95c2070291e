"""The terms of the trade, from ``glossary.yaml``: the help page shows them, the docs are written
from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("glossary.yaml")


@dataclass(frozen=True, slots=True)
class Term:
    """One term in both languages."""

    id: str
    zh: str
    en: str
    means: dict[str, str]
    page: str = ""
    """Route of the page that shows it."""
    doc: str = ""
    """Page of the docs with more."""
    metrics: tuple[str, ...] = ()
    see: tuple[str, ...] = ()

    @property
    def title(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}

    @property
    def other(self) -> dict[str, str]:
        """The term in the language one does not read in."""
        return {"en": self.zh, "zh": self.en}


@dataclass(frozen=True, slots=True)
class Group:
    """Terms that belong together."""

    id: str
    title: dict[str, str]
    terms: tuple[Term, ...]


@cache
def groups() -> tuple[Group, ...]:
    """The whole glossary, in its order."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        Group(group["id"], group["title"], tuple(_term(**one) for one in group["terms"]))
        for group in data["groups"]
    )


@cache
def terms() -> dict[str, Term]:
    """Every term by its id."""
    return {term.id: term for group in groups() for term in group.terms}


def _term(*, metrics: tuple[str, ...] = (), see: tuple[str, ...] = (), **rest: object) -> Term:
    return Term(metrics=tuple(metrics), see=tuple(see), **rest)  # type: ignore[arg-type]
