"""What people do here, step by step, from ``topics.yaml``; each for those who may do it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.urls import reverse
from django.utils.translation import gettext

from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.web.formatting import quoted, said

FILE = Path(__file__).with_name("topics.yaml")
_WORDS = re.compile(r"\{([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``{words}`` of its texts stand on the page ``at``."""

    texts: dict[str, str]
    at: str

    def spoken(self) -> str:
        """The step in the reader's language, the page's words in quotation marks."""
        return _WORDS.sub(lambda found: quoted(gettext(found[1])), said(self.texts))

    def words(self) -> set[str]:
        """The words of the page that it names, in either language."""
        return {word for text in self.texts.values() for word in _WORDS.findall(text)}


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to do."""

    id: str
    title: dict[str, str]
    page: str
    steps: tuple[Step, ...]
    right: str = ""
    unless: str = ""
    place: str = ""
    about: tuple[str, ...] = ()

    def address(self) -> str:
        """Where it is done."""
        return reverse(self.page) + (f"#{self.place}" if self.place else "")

    def shown_to(self, user: User) -> bool:
        """Whether the user may do it."""
        if self.unless and may(user, self.unless):
            return False
        return not self.right or may(user, self.right)


@cache
def every() -> tuple[Topic, ...]:
    """All topics, in their order."""
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(_topic(**one) for one in data["topics"])


def of(user: User) -> list[Topic]:
    """What the user may do."""
    return [topic for topic in every() if topic.shown_to(user)]


@cache
def routes() -> frozenset[str]:
    """The pages that some topic is about."""
    return frozenset(route for topic in every() for route in topic.about)


def _topic(
    *, page: str, steps: list[dict[str, str]], about: tuple[str, ...] = (), **rest: object
) -> Topic:
    told = tuple(Step({"en": one["en"], "zh": one["zh"]}, one.get("at", page)) for one in steps)
    return Topic(page=page, steps=told, about=tuple(about), **rest)  # type: ignore[arg-type]
