"""Calendar periods as people write them: a year, half, quarter, month, or two dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from mainstay_engine.errors import UnknownName
from mainstay_engine.periods import add_months

_PATTERNS = (
    (re.compile(r"(\d{4})"), 12),
    (re.compile(r"(\d{4})-?h([12])"), 6),
    (re.compile(r"(\d{4})-?q([1-4])"), 3),
    (re.compile(r"(\d{4})-(0[1-9]|1[0-2])"), 1),
)
"""What is written, and how many months that is."""
_DATES = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A period; both days belong to it."""

    start: date
    end: date

    @property
    def text(self) -> str:
        """As ``parse`` reads it."""
        return f"{self.start}..{self.end}"

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    @classmethod
    def parse(cls, text: str | Span) -> Span:
        """Read «2024», «2024-H1», «2024-Q3», «2024-07» or «2024-01-15..2024-02-14».

        Raises ``UnknownName`` for anything else, and where the end lies before the start.
        """
        if isinstance(text, Span):
            return text
        plain = str(text).strip().lower()
        try:
            for pattern, months in _PATTERNS:
                if found := pattern.fullmatch(plain):
                    number = int(found[2]) if pattern.groups == 2 else 1
                    start = date(int(found[1]), 1 + months * (number - 1), 1)
                    return cls(start, add_months(start, months) - timedelta(days=1))
            if found := _DATES.fullmatch(plain):
                start, end = date.fromisoformat(found[1]), date.fromisoformat(found[2])
                if start <= end:
                    return cls(start, end)
        except (ValueError, OverflowError):
            pass  # no such day: told below, as anything else that cannot be read
        raise UnknownName(
            {"en": f"«{text}» is not a period.", "zh": f"“{text}”不是有效的期间。"},
            {"en": "Write 2024, 2024-H1, 2024-Q3, 2024-07 or 2024-01-15..2024-02-14.",
             "zh": "请写成 2024、2024-H1、2024-Q3、2024-07 或 2024-01-15..2024-02-14。"},
            period=str(text),
        )  # fmt: skip
