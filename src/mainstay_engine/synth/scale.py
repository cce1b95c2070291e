"""What is to be made up: the size, period and seed of an invented company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from mainstay_engine.periods import months_before

SEED = 20260630


@dataclass(frozen=True, slots=True)
class Profile:
    """Size and period of an invented distributor.

    ``customers`` and ``months`` count; ``end`` is the last day; ``annual_sales`` is the aim for the
    net sales of twelve months in yuan without VAT; ``lines`` the aim for the number of sales lines
    (both are met within a few per cent, since orders are drawn, not allotted).
    """

    seed: int = SEED
    customers: int = 450
    months: int = 24
    end: date = date(2026, 6, 30)
    annual_sales: float = 186_000_000.0
    lines: int = 60_000

    def __post_init__(self) -> None:
        if self.customers < 40:
            raise ValueError("An invented company needs at least 40 customers to plant truths in.")
        if self.months < 24:
            raise ValueError("An invented company needs at least 24 months to show its truths.")

    @property
    def start(self) -> date:
        """First day: ``months`` months before the end, plus a day."""
        return months_before(self.end, self.months) + timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def calendar_months(self) -> int:
        """Months of the calendar that the period touches, whole or in part."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
