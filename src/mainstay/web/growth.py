"""The bridge of sales in words: periods and the choice of them, steps, and what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext as _

from mainstay.foundation.calendar import fiscal_bounds, fiscal_year_of
from mainstay.foundation.company.settings import company
from mainstay.insights.portfolio.periods import (
    Periods,
    Span,
    fiscal_years,
    just_before,
    period,
    stretches,
    whole_months,
    year_before,
)
from mainstay.insights.selectors import growth as selectors
from mainstay.insights.selectors.growth import Growth, StepTotal
from mainstay.web.formatting import (
    day,
    fiscal_name,
    language,
    mark,
    money,
    money_change,
    month,
    percent,
    percent_change,
    said,
)

YEAR_BEFORE, JUST_BEFORE = "year", "before"
"""Earlier periods that follow from the later one."""
MONTHS, QUARTERS, YEARS = 36, 12, 10
"""Offered at most."""


def step_words() -> dict[str, str]:
    """What each step is called."""
    return {name: said(title) for name, title in selectors.TITLES.items()}


def step_meanings() -> dict[str, str]:
    """What each step holds, in a line."""
    return {name: said(meaning) for name, meaning in selectors.MEANINGS.items()}


def strategy_words() -> dict[str, str]:
    """What each strategy is called."""
    return {name: said(title) for name, title in selectors.STRATEGY_TITLES.items()}


def strategy_meanings() -> dict[str, str]:
    """What each strategy holds, in a line."""
    return {name: said(meaning) for name, meaning in selectors.STRATEGY_MEANINGS.items()}


def kind_words() -> dict[str, str]:
    """How a customer stands between the periods."""
    return {name: said(title) for name, title in selectors.KIND_WORDS.items()}


def finding(data: Growth) -> str:
    """«Sales rose by ¥3.2M (+1.8%), most by mix, +¥3.2M; against it lost customers, −¥1.0M.»"""
    run, titles = data.run, step_words()

    def told(step: StepTotal) -> dict[str, str]:
        return {
            "step": _small(titles, step),
            "amount": money_change(step.amount, run.currency, run.exponent),
        }

    amount = money_change(data.change, run.currency, run.exponent)
    share = percent_change(data.change / data.before, 1) if data.before > 0 else ""
    changed = f"{amount} ({share})" if share else amount
    told_first = {
        1: _("Sales rose: %(amount)s"), -1: _("Sales fell: %(amount)s"),
        0: _("Sales stood still: %(amount)s"),
    }[(data.change > 0) - (data.change < 0)] % {"amount": changed}  # fmt: skip
    ups = [s for s in data.steps if s.amount > 0]
    downs = [s for s in data.steps if s.amount < 0]
    best = max(ups, key=lambda step: step.amount, default=None)
    worst = min(downs, key=lambda step: step.amount, default=None)
    first, second = (worst, best) if data.change < 0 else (best, worst)
    parts = [told_first]
    if first:
        parts.append(_("most by %(step)s, %(amount)s") % told(first))
    if second:
        parts.append(_("against it %(step)s, %(amount)s") % told(second))
    return mark(";").join(parts)


def strategies_finding(data: Growth) -> str:
    """«83.0% of sales are loyalty; extension brings ¥1.2M.»: the largest, and the largest but
    loyalty.
    """
    run, titles = data.run, strategy_words()
    told = [each for each in data.strategies if each.name != "unnamed"]
    ranked = sorted(told, key=lambda each: -each.amount)
    if not ranked or data.after <= 0 or ranked[0].amount <= 0:
        return _("Four strategies")
    parts = [_("%(share)s of sales are %(strategy)s") % {
        "share": percent(ranked[0].amount / data.after, 1), "strategy": _small(titles, ranked[0]),
    }]  # fmt: skip
    second = next(each for each in ranked[1:] if each.name != "loyalty")
    if second.amount > 0:
        parts.append(_("%(strategy)s brings %(amount)s") % {
            "strategy": _small(titles, second),
            "amount": money(second.amount, run.currency, run.exponent),
        })  # fmt: skip
    return mark(";").join(parts)


def _small(titles: Mapping[str, str], step: StepTotal) -> str:
    """Its name within a sentence."""
    name = titles[step.name]
    return name if language() == "zh" else name[0].lower() + name[1:]


def span_words(span: Span) -> str:
    """A period as people call it: ``Jul 2025``, ``2025 Q3``, ``FY2025``, or its two days."""
    first = company().fiscal_month
    year = fiscal_year_of(span.start, first)
    if (span.start, span.end) == fiscal_bounds(year, first):
        return fiscal_name(year)
    months = whole_months(span)
    if months == 1:
        return month(span.start)
    if months == 3 and span.start.month % 3 == 1:
        return f"{span.start.year} Q{span.start.month // 3 + 1}"
    name = month if months else day
    return _("%(start)s to %(end)s") % {"start": name(span.start), "end": name(span.end)}


def choices(as_of: dt.date, books_from: dt.date) -> list[tuple[str, list[tuple[str, str]]]]:
    """Periods that are offered, by kind, newest first: heading, then address and words of each."""
    first = company().fiscal_month
    kinds = [
        (_("Twelve months"), [Periods.usual(as_of).later]),
        (_("Fiscal years"), fiscal_years(as_of, books_from, first, YEARS)),
        (_("Quarters"), stretches(as_of, books_from, 3, QUARTERS)),
        (_("Months"), stretches(as_of, books_from, 1, MONTHS)),
    ]
    offered = [
        (title, [(span.text, span_words(span)) for span in spans]) for title, spans in kinds
    ]  # fmt: skip
    return [(title, spans) for title, spans in offered if spans]


def chosen(values: Mapping[str, str], usual: Periods) -> Periods:
    """The periods that an address or a form names. Raises ``PeriodNotValid``."""
    later = period(values["later"]) if values.get("later") else usual.later
    earlier = values.get("earlier") or YEAR_BEFORE
    if earlier == YEAR_BEFORE:
        return Periods(year_before(later), later)
    if earlier == JUST_BEFORE:
        return Periods(just_before(later), later)
    return Periods(period(earlier), later)
