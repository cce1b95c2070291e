"""Where the page of a subject is: ``customer:C001`` → ``/customers/C001``.

Rooms name subjects, as in the audit trail and in notices; the pages say where each is shown.
"""

from __future__ import annotations

from collections.abc import Callable

from django.urls import NoReverseMatch

_PAGES: dict[str, Callable[[str], str]] = {}


def shown_at(kind: str, page: Callable[[str], str]) -> None:
    """Say where subjects of a kind are shown: a path from the id."""
    _PAGES[kind] = page


def path_of(subject: str) -> str | None:
    """The path of its page; ``None`` where it has none."""
    kind, _sep, key = subject.partition(":")
    page = _PAGES.get(kind)
    if page is None or not key:
        return None
    try:
        return page(key)
    except (NoReverseMatch, ValueError):
        return None
