"""Which of the two languages to speak: ``--lang``, else the environment's locale, else English."""

from __future__ import annotations

import os
from enum import StrEnum


class Lang(StrEnum):
    EN = "en"
    ZH = "zh"


def environment_language() -> Lang:
    """The locale's language by POSIX precedence: LC_ALL, LC_MESSAGES, LANG."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return Lang.ZH if value.lower().startswith("zh") else Lang.EN
    return Lang.EN


def chosen(lang: Lang | None) -> Lang:
    """The language asked for, else the environment's."""
    return lang or environment_language()


def help_text(en: str, zh: str) -> str:
    """Help in the environment's language (help is made before options are read)."""
    return zh if environment_language() is Lang.ZH else en
