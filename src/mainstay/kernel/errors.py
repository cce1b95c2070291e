"""The base of every error the application raises on purpose."""

from __future__ import annotations

import string
from typing import Any, ClassVar

Words = dict[str, str]
"""The same text in each language of the product: keys ``en`` and ``zh``."""


def words(en: str, zh: str) -> Words:
    """A text in both languages."""
    return {"en": en, "zh": zh}


class _Sentence(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        one, apart, many = format_spec.partition("|")
        if not apart:
            return str(super().format_field(value, format_spec))
        return one if value == 1 else many


def filled(text: str, /, **facts: object) -> str:
    """A text with its facts. ``{n:fault|faults}`` is the word that goes with so many."""
    return _Sentence().format(text, **facts)


class MainstayError(Exception):
    """Something a person can act on. ``code`` is stable; ``facts`` hold what the words speak of.

    ``message`` says what happened, ``remedy`` what to do. A class states both once; facts fill in
    the ``{names}`` they hold.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[Words] = words("Something went wrong.", "出现错误。")
    remedy: ClassVar[Words] = words("", "")

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.text("en"))

    def text(self, lang: str = "en") -> str:
        """Message and remedy in one language."""
        return " ".join(self.parts(lang)).strip()

    def parts(self, lang: str = "en") -> tuple[str, str]:
        """The same apart: what happened, and what to do (or nothing)."""
        return filled(self.message[lang], **self.facts), filled(self.remedy[lang], **self.facts)

    def words(self) -> dict[str, object]:
        """Code and text as data, for a job's record or a page."""
        return {"code": self.code, "en": self.text("en"), "zh": self.text("zh")}
