"""The keys of the keyboard, as the list and the help page tell them (``assets/js`` obeys them)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Key:
    """Keys that do one thing: in a word under the list, in full on the help page."""

    keys: tuple[str, ...]
    text: Promise | str
    word: Promise | str = ""


TICK = "X"
KEYS = (
    Key(("↑", "↓"), _("go through the rows of a list"), _("move")),
    Key(("Enter",), _("open the row"), _("open")),
    Key(("/",), _("search everything, from any page"), _("search")),
    Key(("Ctrl K",), _("the same, while writing too")),
    Key(("F",), _("filter the list of customers"), _("filter")),
    Key((TICK,), _("tick the row"), _("tick")),
    Key(("Shift",), _("with a click: tick all rows from the last one ticked")),
    Key(("Esc",), _("leave the field")),
    Key(("?",), _("open help about this page")),
)


def under_list(*, ticks: bool = True) -> Markup:
    """The keys that a list obeys, each with its word; without ``ticks`` its rows have none."""
    return _under_list(get_language() or "", ticks)


@lru_cache(maxsize=8)
def _under_list(language: str, ticks: bool) -> Markup:
    del language  # tells the words of one language from those of another
    return Markup("").join(
        Markup("<span>{}{}</span>").format(
            Markup("").join(Markup("<kbd>{}</kbd> ").format(one) for one in key.keys), key.word
        )
        for key in KEYS
        if key.word and (ticks or TICK not in key.keys)
    )
