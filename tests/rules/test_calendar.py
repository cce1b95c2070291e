"""Working days against the State Council's notices; the arithmetic by its properties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.foundation.calendar import (
    Special,
    WorkingCalendar,
    fiscal_bounds,
    fiscal_year_of,
    official_days,
)

ONE = timedelta(days=1)
# Spans off and weekends worked, as the General Office of the State Council published them:
# 国务院办公厅关于2024年部分节假日安排的通知, 国办发明电〔2023〕7号, 2023-10-25;
# … 2025年 …, 国办发明电〔2024〕12号, 2024-11-12; … 2026年 …, 国办发明电〔2025〕7号, 2025-11-04.
NOTICES = {
    2024: (
        ["01-01/01-01", "02-10/02-17", "04-04/04-06", "05-01/05-05", "06-10/06-10", "09-15/09-17",
         "10-01/10-07"],
        ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    ),
    2025: (
        ["01-01/01-01", "01-28/02-04", "04-04/04-06", "05-01/05-05", "05-31/06-02", "10-01/10-08"],
        ["01-26", "02-08", "04-27", "09-28", "10-11"],
    ),
    2026: (
        ["01-01/01-03", "02-15/02-23", "04-04/04-06", "05-01/05-05", "06-19/06-21", "09-25/09-27",
         "10-01/10-07"],
        ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
    ),
}  # fmt: skip


def days(first: date, last: date) -> list[date]:
    return [first + ONE * n for n in range((last - first).days + 1)]


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_of_the_year_is_as_the_notice_says(year: int) -> None:
    spans, made_up = NOTICES[year]
    off = {
        day
        for span in spans
        for day in days(*(date.fromisoformat(f"{year}-{end}") for end in span.split("/")))
    }
    worked = {date.fromisoformat(f"{year}-{day}") for day in made_up}
    calendar = WorkingCalendar()
    for day in days(date(year, 1, 1), date(year, 12, 31)):
        expected = day in worked or (day not in off and day.weekday() < 5)
        assert calendar.is_working_day(day) == expected, day
    named = {day for day, one in (official_days(year) or {}).items() if not one.working}
    assert {day for day in off if day.weekday() < 5} <= named <= off


def test_days_are_named_in_both_languages() -> None:
    special = WorkingCalendar().special(date(2026, 2, 14))
    assert special == Special(True, {"en": "Spring Festival", "zh": "春节"})


def test_a_year_before_its_notice_has_weekends_only_and_says_so() -> None:
    calendar = WorkingCalendar()
    assert calendar.is_announced(2026)
    assert not calendar.is_announced(2099)
    assert calendar.is_working_day(date(2099, 10, 1)) == (date(2099, 10, 1).weekday() < 5)
    assert WorkingCalendar(holidays="").is_announced(2099)


def test_the_firms_own_word_comes_before_the_official_one() -> None:
    national_day = date(2026, 10, 1)
    own = {national_day: Special(True, {"en": "stocktaking", "zh": "盘点"}, own=True)}
    assert not WorkingCalendar().is_working_day(national_day)
    assert WorkingCalendar(own=own).is_working_day(national_day)
    assert WorkingCalendar(holidays="").is_working_day(national_day)


def test_over_the_spring_festival_of_2026() -> None:
    calendar = WorkingCalendar()
    assert calendar.next_working_day(date(2026, 2, 13)) == date(2026, 2, 14)  # a Saturday, worked
    assert calendar.next_working_day(date(2026, 2, 14)) == date(2026, 2, 24)
    assert calendar.add_working_days(date(2026, 2, 24), -2) == date(2026, 2, 13)
    assert calendar.working_days_between(date(2026, 2, 13), date(2026, 2, 28)) == 6


DAYS = st.dates(date(2023, 1, 1), date(2028, 12, 31))
OWN = st.dictionaries(DAYS, st.booleans(), max_size=20)
CALENDARS = st.builds(
    lambda weekend, holidays, own: WorkingCalendar(
        weekend, holidays, {day: Special(working, {}, own=True) for day, working in own.items()}
    ),
    st.frozensets(st.integers(0, 6), max_size=6), st.sampled_from(["CN", ""]), OWN,
)  # fmt: skip
COUNTS = st.integers(-60, 60)


@given(CALENDARS, DAYS, COUNTS)
def test_adding_and_counting_are_inverse(calendar: WorkingCalendar, day: date, n: int) -> None:
    there = calendar.add_working_days(day, n)
    assert calendar.working_days_between(day, there) == n
    assert n == 0 or calendar.is_working_day(there)
    if calendar.is_working_day(day):
        assert calendar.add_working_days(there, -n) == day


@given(CALENDARS, DAYS, COUNTS, COUNTS)
def test_more_days_lead_further(calendar: WorkingCalendar, day: date, n: int, m: int) -> None:
    one, other = calendar.add_working_days(day, n), calendar.add_working_days(day, m)
    assert (n < m) == (one < other)


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_counts_of_spans_in_a_row_add_up(
    calendar: WorkingCalendar, a: date, b: date, c: date
) -> None:
    a, b, c = sorted((a, b, c))
    between = calendar.working_days_between
    assert between(a, b) + between(b, c) == between(a, c)
    assert between(a, b) <= between(a, c)
    assert between(c, b) + between(b, a) == between(c, a)


@given(DAYS, st.integers(1, 12))
def test_every_day_is_in_one_fiscal_year(day: date, first_month: int) -> None:
    year = fiscal_year_of(day, first_month)
    first, last = fiscal_bounds(year, first_month)
    assert first <= day <= last
    assert fiscal_bounds(year + 1, first_month)[0] == last + ONE
    assert (first.year, first.month, first.day) == (year, first_month, 1)


def test_a_fiscal_year_from_april() -> None:
    assert fiscal_year_of(date(2027, 3, 31), 4) == 2026
    assert fiscal_bounds(2026, 4) == (date(2026, 4, 1), date(2027, 3, 31))
    assert fiscal_bounds(2026) == (date(2026, 1, 1), date(2026, 12, 31))
