"""Calendar steps, against dates read off a calendar."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from mainstay_engine.periods import add_months, months_back, months_before


def test_month_steps_are_clipped_at_the_month_end() -> None:
    assert add_months(date(2025, 3, 31), -1) == date(2025, 2, 28)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert add_months(date(2025, 1, 15), -1) == date(2024, 12, 15)
    assert add_months(date(2025, 11, 30), 3) == date(2026, 2, 28)


def test_the_end_of_a_month_is_compared_with_the_end_of_a_month() -> None:
    assert months_before(date(2026, 6, 30), 6) == date(2025, 12, 31)
    assert months_before(date(2025, 12, 31), 6) == date(2025, 6, 30)
    assert months_before(date(2024, 8, 31), 6) == date(2024, 2, 29)
    assert months_before(date(2024, 2, 29), 6) == date(2023, 8, 31)
    assert months_before(date(2024, 2, 28), 6) == date(2023, 8, 28)
    assert months_before(date(2026, 6, 12), 6) == date(2025, 12, 12)


def test_months_back_has_neither_gap_nor_overlap_and_ends_on_the_day() -> None:
    months = months_back(date(2011, 12, 9), 12)
    assert months[0] == (date(2010, 12, 10), date(2011, 1, 9))
    assert months[-1] == (date(2011, 11, 10), date(2011, 12, 9))
    for (_, end), (start, _) in pairwise(months):
        assert (start - end).days == 1


def test_months_up_to_a_month_end_are_calendar_months() -> None:
    months = months_back(date(2026, 6, 30), 12)
    assert months[0] == (date(2025, 7, 1), date(2025, 7, 31))
    assert months[7] == (date(2026, 2, 1), date(2026, 2, 28))
    assert months[-1] == (date(2026, 6, 1), date(2026, 6, 30))
    assert months_back(date(2025, 2, 28), 12)[0] == (date(2024, 2, 29), date(2024, 3, 31))
