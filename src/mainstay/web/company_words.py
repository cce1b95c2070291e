"""The company's settings in words: what each is called, and what it is set to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from mainstay.foundation.calendar import CHINA
from mainstay.web.formatting import mark, month_name, weekday

A_MONDAY = dt.date(2024, 1, 1)


def setting_words() -> dict[str, str]:
    """What each of the company's settings is called, as on its page."""
    return {
        "name": _("Name"), "currency": _("Company's currency"), "language": _("Language"),
        "week_starts": _("First day of the week"), "fiscal_month": _("Fiscal year begins in"),
        "weekend": _("Weekend"), "holidays": _("Official days"),
    }  # fmt: skip


def language_words() -> dict[str, str]:
    """The languages of the company; empty: none is chosen."""
    return {"": _("none chosen"), **{code: str(name) for code, name in settings.LANGUAGES}}


def week_start_words() -> dict[int, str]:
    """The days on which a week may begin, by their number from Monday."""
    return {0: _("Monday"), 6: _("Sunday")}


def holiday_words() -> dict[str, str]:
    """Where the official days come from; empty: there are none."""
    return {CHINA: _("China, as the State Council announces them"), "": _("none")}


def set_to(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Values of one setting, before and after, as its page says them; absent stays absent."""
    said: dict[str, Callable[[Any], str]] = {
        "language": lambda v: language_words().get(v, v),
        "week_starts": lambda v: week_start_words().get(v, str(v)),
        "fiscal_month": month_name,
        "weekend": lambda v: mark(",").join(weekday(A_MONDAY + dt.timedelta(n)) for n in v),
        "holidays": lambda v: holiday_words().get(v, v),
    }
    words = said.get(name)
    return {
        key: words(value) if words and value is not None else value for key, value in facts.items()
    }
