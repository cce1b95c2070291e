"""Pure decisions: what can be owed and how much, and what accrues of it by days.

A yearly number accrues evenly: value × days ÷ 365. Days count from the first on which somebody owed
it; the last is that of the grading. No float anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mainstay.kernel.errors import Words
from mainstay.policies.errors import BenefitNotValid, BenefitUnknown

TIMES, DAYS, RATIO, LEVEL, SAMPLE = "times", "days", "ratio", "level", "sample"
TERMS, LIMIT, REBATES = "terms", "limit", "rebates"
"""What shows a benefit beside the activities of efforts."""
YEAR = 365
_BOUNDS = {TIMES: (0, 366), DAYS: (0, 720), RATIO: (0, 1), LEVEL: (1, 9), SAMPLE: (0, 1)}
_HERE = Path(__file__)
Terms = Mapping[str, Mapping[str, str]]
"""Class → benefit → value as decimal text."""


@dataclass(frozen=True, slots=True)
class Benefit:
    """Something a class can be owed."""

    name: str
    title: Words
    unit: str
    """times (a year) · days · ratio (of net sales) · level (1 is the best) · sample (a share of the
    class, not owed to any one customer)"""
    shown: str
    """An activity of efforts, ``terms``, ``limit``, ``rebates``; empty: no recorded fact tells."""

    @property
    def counted(self) -> bool:
        """Whether it is owed by the day and given by recorded efforts."""
        return self.unit == TIMES and bool(self.shown)


@dataclass(frozen=True, slots=True)
class Start:
    """Terms from which a draft may begin, and what of them is our own."""

    terms: Terms
    own: Words


@cache
def benefits() -> Mapping[str, Benefit]:
    """Name → benefit, in the order of the pages."""
    rows = yaml.safe_load(_HERE.with_name("benefits.yaml").read_text(encoding="utf-8"))
    return {
        row["name"]: Benefit(row["name"], row["title"], row["unit"], row.get("shown", ""))
        for row in rows
    }


@cache
def starts() -> Mapping[str, Start]:
    """Scheme → terms to begin from."""
    rows = yaml.safe_load(_HERE.with_name("starts.yaml").read_text(encoding="utf-8"))
    return {name: Start(row["terms"], row["own"]) for name, row in rows.items()}


def benefit(name: str) -> Benefit:
    """One of them. Raises ``BenefitUnknown``."""
    found = benefits().get(name)
    if found is None:
        raise BenefitUnknown(benefit=name)
    return found


def value_of(name: str, text: Any) -> str:
    """A value as the store keeps it. Raises ``BenefitUnknown``, ``BenefitNotValid``."""
    of = benefit(name)
    least, most = _BOUNDS[of.unit]
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        found = Decimal("NaN")
    fits = found.is_finite() and least <= found <= most and found == round(found, 4)
    if of.unit in (DAYS, LEVEL):
        fits = fits and found == found.to_integral_value()
    if not fits:
        raise BenefitNotValid(
            value=text, title=of.title["en"], title_zh=of.title["zh"],
            least=_bound(of, least), most=_bound(of, most),
        )  # fmt: skip
    return f"{found.normalize():f}" if found else "0"


def percent(value: str) -> str:
    """A share as a percentage: 0.02 is 2%."""
    found = (Decimal(value) * 100).normalize()
    return f"{found:f}%"


def _bound(of: Benefit, value: int) -> str:
    return f"{value * 100}%" if of.unit in (RATIO, SAMPLE) else str(value)


@dataclass(frozen=True, slots=True)
class Span:
    """A value that was owed from a day to a day, both counted."""

    since: date
    until: date
    value: Fraction


@dataclass(frozen=True, slots=True)
class Accrued:
    """What is owed by the last day, and since when."""

    owed: Fraction
    since: date | None
    """The first day on which anything was owed, or else was said to be none; ``None``: no day."""


def year_before(day: date) -> date:
    """The first of the 365 days that end with a day."""
    return day - timedelta(days=YEAR - 1)


def spans(
    of_class: Iterable[Span], exceptions: Iterable[Span], held: date | None, end: date
) -> list[Span]:
    """What was owed day by day in the year to ``end``: an exception stands instead of what the
    class is owed; the class counts from ``held`` on (``None``: not at all). In order, none
    overlapping.
    """
    first = year_before(end)
    own = sorted(_within(exceptions, first, end), key=lambda one: one.since)
    found = list(own)
    if held is not None:
        for span in _within(of_class, max(first, held), end):
            found += _without(span, own)
    return sorted(found, key=lambda one: one.since)


def accrued(owed: Iterable[Span]) -> Accrued:
    """What comes together over spans that do not overlap."""
    rows = list(owed)
    total = sum((one.value * ((one.until - one.since).days + 1) for one in rows), Fraction(0))
    begun = [one.since for one in rows if one.value] or [one.since for one in rows]
    return Accrued(total / YEAR, min(begun, default=None))


def _within(rows: Iterable[Span], first: date, last: date) -> Iterable[Span]:
    for one in rows:
        since, until = max(one.since, first), min(one.until, last)
        if since <= until:
            yield Span(since, until, one.value)


def _without(span: Span, others: list[Span]) -> Iterable[Span]:
    """The days of a span that none of the others (in order) has."""
    since, day = span.since, timedelta(days=1)
    for other in others:
        if other.until < since or other.since > span.until:
            continue
        if other.since > since:
            yield Span(since, other.since - day, span.value)
        since = other.until + day
    if since <= span.until:
        yield Span(since, span.until, span.value)
