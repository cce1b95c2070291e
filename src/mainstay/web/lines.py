"""The rows of the customer list, every cell formatted once: a page of fifty is written often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.template import engines
from markupsafe import Markup

from mainstay.insights.records import CustomerRow, RunInfo
from mainstay.web.charts.sparkline import sparkline
from mainstay.web.formatting import language, money, number, percent, percent_change, said
from mainstay.web.grades import Badges

FELL = -0.1
"""Growth from which a row is marked."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: texts, drawings, and which figures are marked as bad."""

    code: str
    href: str
    name: str
    lang: str
    """Of the name, where it is not the page's."""
    below: str
    """Under the name on a phone."""
    grade: Markup
    spark: Markup
    owner: str
    region: str
    net_sales: str
    growth: str
    gross_profit: str
    margin: str
    collection_rate: str
    overdue: str
    recency: str
    bad: frozenset[str]


def lines(rows: Iterable[CustomerRow], run: RunInfo, badges: Badges, days: str) -> Iterator[Line]:
    """The lines of a page; ``days`` says a number of days, with ``%s`` for it."""
    lang, currency, exponent = language(), run.currency, run.exponent
    drawn: dict[tuple[str, str | None], Markup] = {}

    def cash(minor: int | None) -> str:
        return money(minor, currency, exponent, lang)

    for row in rows:
        key = (row.klass, row.previous_class)
        if key not in drawn:
            drawn[key] = _badge(row, badges)
        name = (row.name_en or row.name) if lang == "en" else row.name
        bad = {
            "growth": row.growth is not None and row.growth <= FELL,
            "gross_profit": row.gross_profit is not None and row.gross_profit < 0,
            "margin": row.margin is not None and row.margin < 0,
        }
        yield Line(
            code=row.code, href=f"/customers/{quote(row.code)}", name=name or row.code,
            lang="zh" if lang == "en" and not row.name_en else "",
            below=" · ".join(filter(None, (row.salesperson, row.region))),
            grade=drawn[key], spark=_spark(row.monthly),
            owner=row.salesperson or "–", region=row.region or "–",
            net_sales=cash(row.net_sales), growth=percent_change(row.growth),
            gross_profit=cash(row.gross_profit), margin=percent(row.margin, 1),
            collection_rate=percent(row.collection_rate),
            overdue="n/a" if row.overdue_balance is None
            else cash(row.overdue_balance) if row.overdue_balance else "–",
            recency="–" if row.recency is None else days % number(row.recency),
            bad=frozenset(figure for figure, is_bad in bad.items() if is_bad),
        )  # fmt: skip


def _badge(row: CustomerRow, badges: Badges) -> Markup:
    """Badge and move, as the component draws them."""
    environment: Any = engines["jinja2"].env  # type: ignore[attr-defined]
    parts = environment.get_template("components/grade.html").module
    badge = parts.grade(badges(row.klass, said(row.class_title)), badges.scheme)
    moved = badges.moved(row.klass, row.previous_class)
    return Markup(badge + parts.move(moved, badges(row.previous_class).text))  # noqa: S704  ours


def _spark(values: tuple[int, ...]) -> Markup:
    line = sparkline(values)
    if line is None:
        return Markup()
    return Markup(  # noqa: S704  numbers of ours
        f'<svg width="{line.width}" height="{line.height}" viewBox="0 0 {line.width} '
        f'{line.height}" aria-hidden="true"><path class="spark" d="{line.path}"/>'
        f'<circle class="last" cx="{line.x}" cy="{line.y}" r="1.9"/></svg>'
    )
