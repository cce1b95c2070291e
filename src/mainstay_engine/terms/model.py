"""One rule of payment and the due dates that follow from it.

Steps, in this order: the start event, the cut-off, days, months, the month's end, further days, the
day of payment. The order is what makes the two readings of 月结30天 different rules:
month-end, then 30 days (5 January → 31 January → 2 March 2026), and 30 days, then month-end
(5 January → 4 February → 28 February 2026).

Months are added before the month's end is taken, so that one month after the end of February is
31 March, not 28 March (OCA/account-payment#919, frappe/erpnext#22201).
"""

from __future__ import annotations

import calendar as gregorian
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]


class Start(StrEnum):
    """What the days count from."""

    INVOICE = "invoice"
    DELIVERY = "delivery"
    """Where the day of delivery is not known, the invoice's day stands in."""
    STATEMENT = "statement"
    """The close (对账) of the period the invoice falls in: cut-off day, else the month's end."""


@dataclass(frozen=True, slots=True)
class Terms:
    """When an invoice falls due. ``Terms(days=30)`` is thirty days net; ``Terms()`` is at once."""

    days: int = 0
    months: int = 0
    """Calendar months; the day is kept, or cut to the last day of a shorter month."""
    month_end: bool = False
    """Whether the day reached so far moves to the end of its month."""
    then_days: int = 0
    """Days added after the month's end."""
    pay_day: int | None = None
    """Day of the month on which is paid: the next one on or after the day reached so far."""
    cut_off: int | None = None
    """Last day of the month that counts for it; later invoices count for the next month."""
    start: Start = Start.INVOICE

    def __post_init__(self) -> None:
        if min(self.days, self.months, self.then_days) < 0:
            raise ValueError("days and months of terms are not negative")
        if self.then_days and not self.month_end:
            raise ValueError("days after the month's end need the month's end")
        if any(day is not None and not 1 <= day <= 31 for day in (self.pay_day, self.cut_off)):
            raise ValueError("a day of the month is 1 to 31")

    def due_date(self, invoiced: date, delivered: date | None = None) -> date:
        """The day an invoice of that day falls due."""
        known = delivered if delivered is not None and self.start is Start.DELIVERY else invoiced
        days = np.array([known], dtype="datetime64[D]").astype(np.int64)
        due: date = self.due_days(days).astype("datetime64[D]")[0].item()
        return due

    def due_days(self, day: Ints) -> Ints:
        """Day numbers (from 1970-01-01) of the due dates of many invoices at once."""
        on = day.astype("datetime64[D]")
        if self.start is Start.STATEMENT:
            on = _next(on, self.cut_off or 31)
        elif self.cut_off is not None:
            late = on > _day_of(_month(on), self.cut_off)
            on = np.where(late, _day_of(_month(on) + 1, 1), on)
        on = on + self.days
        if self.months:
            number = (on - _day_of(_month(on), 1)).astype(np.int64) + 1
            on = _day_of(_month(on) + self.months, number)
        if self.month_end:
            on = _day_of(_month(on), 31)
        on = on + self.then_days
        if self.pay_day is not None:
            on = _next(on, self.pay_day)
        return on.astype(np.int64)

    def __str__(self) -> str:
        """The notation: ``30``, ``EOM+30``, ``30+EOM``, ``EOM+1 pay 10``, ``from delivery 30``."""
        steps = [str(self.days)] if self.days else []
        steps += [f"{self.months}M"] if self.months else []
        steps += ["EOM"] if self.month_end else []
        steps += [str(self.then_days)] if self.then_days else []
        said = ["+".join(steps) or "0"]
        if self.start is not Start.INVOICE:
            said.insert(0, f"from {self.start}")
        if self.cut_off is not None:
            said.append(f"cut-off {self.cut_off}")
        if self.pay_day is not None:
            said.append(f"pay {self.pay_day}")
        return " ".join(said)


def _month(day: Dates) -> Dates:
    return day.astype("datetime64[M]")


def _day_of(month: Dates, number: int | Ints) -> Dates:
    """The day of that number in each month, or the last one of a shorter month."""
    last = (month + 1).astype("datetime64[D]") - 1
    wished: Dates = month.astype("datetime64[D]") + (np.asarray(number) - 1)
    met: Dates = np.minimum(wished, last)
    return met


def _next(day: Dates, number: int) -> Dates:
    """The next day of that number in a month, on or after each day."""
    here = _day_of(_month(day), number)
    there = _day_of(_month(day) + 1, number)
    met: Dates = np.where(day > here, there, here)
    return met


@dataclass(frozen=True, slots=True)
class Span:
    """Invoices from ``first`` to ``last`` fall due on ``due``."""

    first: date
    last: date
    due: date


def calendar(terms: Terms, month: date) -> list[Span]:
    """The invoice days of a month, joined where they fall due on the same day: the preview."""
    length = gregorian.monthrange(month.year, month.month)[1]
    first = month.replace(day=1)
    spans: list[Span] = []
    for offset in range(length):
        day = first + timedelta(days=offset)
        due = terms.due_date(day)
        if spans and spans[-1].due == due:
            spans[-1] = Span(spans[-1].first, day, due)
        else:
            spans.append(Span(day, day, due))
    return spans
