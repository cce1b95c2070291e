"""The rows of the customer list, written straight as HTML: a page of fifty is asked for often.

A template would look up, test and escape some thirty things a row; here a cell is one function of
the row, chosen once for the page. Texts of the books are escaped where they are put in.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

from django.template import engines
from django.utils.translation import gettext as _
from markupsafe import Markup

from mainstay.insights.records import CustomerRow, RunInfo
from mainstay.web.charts.sparkline import sparkline
from mainstay.web.columns import terms_said
from mainstay.web.formatting import (
    NOT_APPLICABLE,
    NOTHING,
    language,
    money,
    number,
    percent,
    percent_change,
)
from mainstay.web.grades import Badge, Badges
from mainstay.web.places import region_in_english

Cell = Callable[[CustomerRow], str]
FELL = -0.1
"""Growth from which a row is marked."""


def lines(
    rows: Iterable[CustomerRow], run: RunInfo, badges: Badges, shown: Container[str]
) -> Markup:
    """The rows of a page, with the columns that are shown."""
    cash = _cash(run)
    cells = [cell for name, cell in _cells(shown, cash).items() if name in shown]
    lang, grade, place = language(), _grade(badges), _place()
    overdue = _("%(amount)s overdue") % {"amount": "%s"}
    parts: list[str] = []
    for row in rows:
        code = row.code
        name = _escaped(((row.name_en or row.name) if lang == "en" else row.name) or code)
        tongue = ' lang="zh"' if lang == "en" and not row.name_en else ""
        below, region = _escaped(row.owner or row.salesperson), _escaped(place(row.region))
        if region:
            below = f"{below} · {region}" if below else region
        if row.overdue_balance and row.overdue_balance > 0:
            owed = overdue % cash(row.overdue_balance)
            below += f'{" · " if below else ""}<span class="bad">{owed}</span>'
        parts.append(
            '<tr><td class="tick"><input type="checkbox" name="code" '
            f'value="{_escaped(code)}" aria-label="{name}" data-tick></td>'
            f'<td class="gr">{grade(row)}</td>\n<td class="nm">'
            f'<a href="/customers/{_quoted(code)}" title="{name}"{tongue}>{name}</a>'
            f'<span class="narrow q xs">{below}</span></td>\n'
        )
        parts += [cell(row) for cell in cells]
        parts.append("</tr>\n")
    return Markup("".join(parts))  # noqa: S704  every text of the books is escaped


def _cash(run: RunInfo) -> Callable[[int | None], str]:
    """How money is written; what is owed stands twice in a row."""
    lang, currency, exponent = language(), escape(run.currency), run.exponent
    known: dict[int | None, str] = {}

    def cash(minor: int | None) -> str:
        if minor not in known:
            known[minor] = money(minor, currency, exponent, lang)
        return known[minor]

    return cash


def _place() -> Callable[[str], str]:
    """How regions are written: the reader's language is asked for once."""
    return str if language() == "zh" else region_in_english


def _cells(shown: Container[str], cash: Callable[[int | None], str]) -> dict[str, Cell]:
    """How each column after class and name is written, in their order."""
    lang, place = language(), _place()
    days = _("%(days)s d") % {"days": "%s"}
    by_books = escape(_("as the books name it"))
    on_phone = _spark_again if "months" in shown else _spark

    def owner(row: CustomerRow) -> str:
        if row.owner:
            return f'<td class="wide q2 own">{_escaped(row.owner)}</td>'
        named = f'<span class="q" title="{by_books}">{_text(row.salesperson)}</span>'
        return f'<td class="wide q2 own">{named}</td>'

    def owing(minor: int | None) -> str:
        return NOT_APPLICABLE if minor is None else cash(minor) if minor else NOTHING

    def recency(row: CustomerRow) -> str:
        silent = NOTHING if row.recency is None else days % number(row.recency)
        return f'<td class="n wide q2">{silent}</td>'

    return {
        "owner": owner,
        "salesperson": lambda row: f'<td class="wide q2 own">{_text(row.salesperson)}</td>',
        "region": lambda row: _plain(place(row.region)),
        "net_sales": lambda row: (
            f'<td class="n">{cash(row.net_sales)}<span class="narrow">{on_phone(row)}</span></td>\n'
        ),
        "months": lambda row: f'<td class="wide trend">{_spark(row)}</td>\n',
        "growth": lambda row: _figure(
            percent_change(row.growth), bad=row.growth is not None and row.growth <= FELL
        ),
        "gross_profit": lambda row: _figure(cash(row.gross_profit), bad=_below(row.gross_profit)),
        "margin": lambda row: _figure(percent(row.margin, 1), bad=_below(row.margin)),
        "collection_rate": lambda row: _figure(percent(row.collection_rate)),
        "open_balance": lambda row: _figure(owing(row.open_balance)),
        "overdue_balance": lambda row: _figure(owing(row.overdue_balance)),
        "credit_limit": lambda row: _figure(cash(row.credit_limit)),
        "terms": lambda row: _plain(terms_said(row.terms_text, row.terms_days, lang)),
        "tax_no": lambda row: _plain(row.tax_no),
        "recency": recency,
    }


def _quoted(code: str) -> str:
    return code if code.isascii() and code.isalnum() else quote(code)


def _grade(badges: Badges) -> Cell:
    """The cell of the class: in a page only a few differ."""
    lang = language()
    known: dict[tuple[str, str | None, bool], str] = {}

    def written(row: CustomerRow) -> str:
        key = (row.klass, row.previous_class, row.overridden)
        if key not in known:
            moved = badges.moved(row.klass, row.previous_class)
            before = badges(row.previous_class).text
            drawn = _drawn(badges(row.klass), badges.scheme, moved, before, lang)
            set_by = _SET.format(_("set by a person")) if row.overridden else ""
            known[key] = drawn + set_by
        return known[key]

    return written


_SET = ' <span class="tag" title="{0}" role="img" aria-label="{0}">✎</span>'
"""Beside a class that a person set."""


def _plain(text: str) -> str:
    return f'<td class="wide q2 nw">{_text(text)}</td>\n'


def _text(text: str) -> str:
    return _escaped(text) or NOTHING


def _escaped(text: str) -> str:
    """Letters and digits alone, as most names are, hold nothing to escape."""
    return text if text.isalnum() else escape(text)


def _figure(text: str, *, bad: bool = False) -> str:
    return f'<td class="n wide{" bad" if bad else ""}">{text}</td>\n'


def _below(figure: float | None) -> bool:
    return figure is not None and figure < 0


@lru_cache(maxsize=500)
def _drawn(badge: Badge, scheme: str, moved: str, before: str, lang: str) -> str:
    """Badge and move, as the component draws them: in few ways, so each is drawn once."""
    del lang  # tells what is drawn in one language from the same in another
    environment: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    parts = environment.get_template("components/grade.html").module
    return f"{parts.grade(badge, scheme)}{parts.move(moved, before)}"


def _spark(row: CustomerRow) -> str:
    """The twelve months; the phone draws the same once more (``_spark_again``)."""
    line = sparkline(row.monthly)
    if line is None:
        return ""
    return (
        f'<svg width="{line.width}" height="{line.height}" viewBox="0 0 {line.width} '
        f'{line.height}" aria-hidden="true"><g id="m{row.id}"><path class="spark" '
        f'd="{line.path}"/><circle class="last" cx="{line.x}" cy="{line.y}" r="1.9"/></g></svg>'
    )


def _spark_again(row: CustomerRow) -> str:
    if len(row.monthly) < 2:
        return ""
    return f'<svg width="72" height="20" aria-hidden="true"><use href="#m{row.id}"/></svg>'
