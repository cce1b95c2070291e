"""When gradings are made, and so the first day on which a class that must last takes effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from mainstay_engine.periods import add_months


@dataclass(frozen=True)
class Rhythm:
    """Gradings at each month's end, or every so many ``days``."""

    days: int | None = None

    def after(self, day: date, runs: int) -> date:
        """The day of the grading so many ``runs`` after the one of ``day``."""
        if runs == 0:
            return day
        if self.days is not None:
            return day + timedelta(days=self.days * runs)
        ended = (day + timedelta(days=1)).day == 1
        return add_months(day.replace(day=1), runs + ended) - timedelta(days=1)

    def between(self, first: date, last: date) -> list[date]:
        """The days of gradings from ``first``, included, to before ``last``."""
        found = [first]
        while (following := self.after(found[-1], 1)) < last:
            found.append(following)
        return found

    @property
    def words(self) -> dict[str, str]:
        if self.days is None:
            return {"en": "graded at each month's end", "zh": "每月末分级一次"}
        many = "day" if self.days == 1 else f"{self.days} days"
        return {"en": f"graded every {many}", "zh": f"每 {self.days} 天分级一次"}


MONTHLY = Rhythm()
