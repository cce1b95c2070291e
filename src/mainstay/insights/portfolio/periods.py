"""Periods that are compared: as people name them, those that follow from another, those offered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mainstay.foundation.calendar import fiscal_bounds, fiscal_year_of
from mainstay.insights.errors import PeriodNotValid
from mainstay_engine.periods import add_months, months_before
from mainstay_engine.portfolio.span import Span

__all__ = ["Periods", "Span", "fiscal_years", "just_before", "period", "stretches", "whole_months",
           "year_before"]  # fmt: skip

MONTHS = 12
"""Of the periods that are compared unless somebody chooses others."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Periods:
    """Two periods that are compared."""

    earlier: Span
    later: Span

    @classmethod
    def usual(cls, as_of: date) -> Periods:
        """The last twelve whole months up to a day, against the twelve before."""
        following = as_of + _DAY
        first = following if following.day == 1 else as_of.replace(day=1)
        middle = add_months(first, -MONTHS)
        return cls(Span(add_months(middle, -MONTHS), middle - _DAY), Span(middle, first - _DAY))

    @property
    def fields(self) -> dict[str, Any]:
        """As they are stored."""
        return {
            "earlier_start": self.earlier.start, "earlier_end": self.earlier.end,
            "later_start": self.later.start, "later_end": self.later.end,
        }  # fmt: skip


def period(text: str) -> Span:
    """A period as an address or a program names it. Raises ``PeriodNotValid``."""
    from mainstay_engine import UnknownName

    try:
        return Span.parse(text)
    except UnknownName as error:
        raise PeriodNotValid(period=text[:60]) from error


def year_before(span: Span) -> Span:
    """The same a year before. Raises ``PeriodNotValid`` where the calendar begins later."""
    if span.start.year <= 1:
        raise PeriodNotValid(period=span.text)
    return Span(add_months(span.start, -MONTHS), months_before(span.end, MONTHS))


def just_before(span: Span) -> Span:
    """The period that ends the day before: as many months where they are whole, else as many days.

    Raises ``PeriodNotValid`` where the calendar begins later.
    """
    if (span.start - date.min).days < span.days:
        raise PeriodNotValid(period=span.text)
    end, months = span.start - _DAY, whole_months(span)
    if months:
        return Span(add_months(span.start, -months), end)
    return Span(span.start - timedelta(days=span.days), end)


def whole_months(span: Span) -> int:
    """Of how many calendar months it is; 0 where of parts of some."""
    if span.start.day != 1 or span.end == date.max or (following := span.end + _DAY).day != 1:
        return 0
    return (following.year - span.start.year) * 12 + following.month - span.start.month


def fiscal_years(as_of: date, books_from: date, first_month: int, most: int) -> Iterator[Span]:
    """Fiscal years that the books reach, the latest first and only up to the day."""
    last = fiscal_year_of(as_of, first_month)
    for year in range(last, last - most, -1):
        start, end = fiscal_bounds(year, first_month)
        if end < books_from:
            return
        yield Span(start, min(end, as_of))


def stretches(as_of: date, books_from: date, months: int, most: int) -> Iterator[Span]:
    """Calendar months (or quarters: ``months`` 3) that ended by the day, the latest first."""
    following = as_of + _DAY
    start = following.replace(day=1, month=(following.month - 1) // months * months + 1)
    for _number in range(most):
        end, start = start - _DAY, add_months(start, -months)
        if end < books_from:
            return
        yield Span(start, end)
