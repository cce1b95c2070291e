"""The Jinja2 environment of the pages."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from django.templatetags.static import static
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext
from jinja2 import Environment, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from mainstay.foundation.models import User
from mainstay.foundation.permissions import may
from mainstay.web import formatting
from mainstay.web.addresses import url
from mainstay.web.charts.sparkline import sparkline
from mainstay.web.devices import device_words
from mainstay.web.keys import KEYS, under_list
from mainstay.web.places import region_words
from mainstay.web.terms import terms_words

_EVERYWHERE = {"icon": ("icon", "logo"), "forms": ("pick",), "table": ("more",)}
"""Macros by component that no template imports: an import asks each time what the page has else."""


def environment(**options: Any) -> Environment:
    """Django calls this once. An undefined name is an error, never an empty string."""
    options.setdefault("undefined", StrictUndefined)
    env = Environment(  # noqa: S701  Django sets autoescape
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"], **options
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.globals["_"] = translated
    env.filters["pair"] = lambda value: (value, value)
    env.filters["localtime"] = localtime
    env.filters["sentence"] = sentence
    env.filters["region_words"] = region_words
    env.globals.update(
        static=cache(static),
        url=url,
        said=formatting.said,
        mark=formatting.mark,
        quoted=formatting.quoted,
        not_shown=formatting.not_shown,
        dialled=formatting.dialled,
        money=formatting.money,
        money_exact=formatting.money_exact,
        money_change=formatting.money_change,
        percent=formatting.percent,
        percent_change=formatting.percent_change,
        number=formatting.number,
        quantity=formatting.quantity,
        metric=formatting.metric,
        day=formatting.day,
        month=formatting.month,
        short_day=formatting.short_day,
        weekday=formatting.weekday,
        month_name=formatting.month_name,
        terms_words=terms_words,
        iso=formatting.iso,
        moment=formatting.moment,
        device_words=device_words,
        currency_words=formatting.currency_words,
        sparkline=sparkline,
        keys=KEYS,
        keys_under_list=under_list,
        may=may_here,
        region_words=region_words,
    )
    for component, macros in _EVERYWHERE.items():
        module = env.get_template(f"components/{component}.html").module
        env.globals.update({name: getattr(module, name) for name in macros})
    return env


def translated(text: str, **values: Any) -> Markup:
    """A text of ours in the reader's language, the values put in escaped: ``_`` in templates.

    As Jinja2's own, which formats also where there is nothing to put in: a page has dozens.
    """
    found = _translated(text, get_language())
    return found % values if values or "%" in found else found


@lru_cache(maxsize=10_000)
def _translated(text: str, language: str | None) -> Markup:
    del language  # tells the words of one language from those of another
    return Markup(gettext(text))  # noqa: S704  texts of ours


@pass_context
def may_here(context: Context, right: str) -> bool:
    """Whether the reader of the page holds a right."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return isinstance(user, User) and may(user, right)


def sentence(text: str) -> str:
    """The engine's words as a sentence: a capital first letter and a full stop."""
    if not text:
        return ""
    text = text.replace("。 ", "。")  # folded lines of a scheme's file
    stop = "" if text[-1] in ".。!?！？" else "。" if formatting.language() == "zh" else "."
    return text[0].upper() + text[1:] + stop
