"""Windows: «12m», «90d», «2024-01-01..2024-12-31», «all», and the window just before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from mainstay_engine.errors import UnknownName
from mainstay_engine.periods import BEGINNING, add_months

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A window as dates, both inclusive. ``previous`` is None where there is nothing before."""

    text: str
    start: date
    end: date
    previous: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class Window:
    """A window as asked for. One of ``months``, ``days``, ``start`` is set, or none: all."""

    text: str
    months: int | None = None
    days: int | None = None
    start: date | None = None
    end: date | None = None

    @classmethod
    def parse(cls, text: str | Window) -> Window:
        """Read «12m», «90d», «2024-01-01..2024-12-31» or «all»; else ``UnknownName``."""
        if isinstance(text, Window):
            return text
        plain = str(text).strip().lower()
        if plain == "all":
            return cls(plain)
        if found := re.fullmatch(r"([1-9]\d{0,3})([md])", plain):
            count = int(found[1])
            return cls(plain, months=count) if found[2] == "m" else cls(plain, days=count)
        if found := re.fullmatch(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)", plain):
            try:
                start, end = date.fromisoformat(found[1]), date.fromisoformat(found[2])
            except ValueError:
                start, end = date.max, date.min
            if start <= end:
                return cls(plain, start=start, end=end)
        raise UnknownName(
            {"en": f"«{text}» is not a window.", "zh": f"“{text}”不是有效的时间窗口。"},
            {"en": "Write 12m, 90d, 2024-01-01..2024-12-31 or all.",
             "zh": "请写成 12m、90d、2024-01-01..2024-12-31 或 all。"},
            window=text,
        )  # fmt: skip

    def resolve(self, as_of: date) -> Resolved:
        """The dates of the window as of a day.

        N months start N months earlier plus a day and end on the day itself; 31 March less one
        month is clipped to the end of February. A dated window ends on ``as_of`` at the latest.
        The window before has the same number of months or days (a dated window of whole calendar
        months counts as months); «all» has none before it.
        """
        if self.months is not None:
            middle = add_months(as_of, -self.months)
            before = add_months(as_of, -2 * self.months)
            return Resolved(self.text, middle + _DAY, as_of, (before + _DAY, middle))
        if self.days is not None:
            start = as_of - (self.days - 1) * _DAY
            return Resolved(self.text, start, as_of, (start - self.days * _DAY, start - _DAY))
        if self.start is None or self.end is None:
            return Resolved(self.text, BEGINNING, as_of, None)
        end = min(self.end, as_of)
        if end < self.start:
            raise UnknownName(
                {"en": f"The window {self.text} begins after {as_of}.",
                 "zh": f"窗口 {self.text} 的开始晚于截止日 {as_of}。"},
                {"en": "Choose a later as-of date or an earlier window.",
                 "zh": "请选择更晚的截止日或更早的窗口。"},
                window=self.text,
            )  # fmt: skip
        return Resolved(self.text, self.start, end, self._before(self.start, end))

    @staticmethod
    def _before(start: date, end: date) -> tuple[date, date]:
        if start.day == 1 and (end + _DAY).day == 1:
            following = end + _DAY
            months = (following.year - start.year) * 12 + following.month - start.month
            return add_months(start, -months), start - _DAY
        length = (end - start).days + 1
        return start - length * _DAY, start - _DAY
