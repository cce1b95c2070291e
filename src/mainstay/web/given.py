"""Numbers, days and reasons in what an address or a form gives: nothing where they are none that a
store and a calendar can look up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
"""The days of our times; a step further the calendar ends."""


def whole(text: str | None) -> int | None:
    """The number that a text holds, small enough for an id."""
    fits = text and len(text) < 19 and text.isascii() and text.isdigit()
    return int(text) if text and fits else None


def day(text: str | None) -> dt.date | None:
    """The day of our times that a text names."""
    try:
        found = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if FIRST <= found <= LAST else None


LONGEST_REASON = 2_000
"""Characters of a reason that are kept."""


def reason(form: Mapping[str, str]) -> str:
    """Why somebody decides, as the form's field ``reason`` says."""
    return form.get("reason", "").strip()[:LONGEST_REASON]
