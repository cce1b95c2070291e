"""Cohorts, against a plain loop over the lines, and what holds of any books."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay_engine.errors import NoData, UnknownName
from mainstay_engine.portfolio import cohorts
from mainstay_engine.portfolio.cohorts import MONTHS, NEVER, Cohorts, name, period_of
from mainstay_engine.portfolio.span import Span
from tests.engine.test_bridge import facts, line

Row = dict[str, Any]
BOOKS = [
    line("a", "2023-02-10", 1000, who="old"), line("b", "2023-05-01", 500, who="old"),
    line("c", "2024-02-01", 700, who="old"), line("c", "2024-02-01", 50, who="old"),
    line("d", "2023-03-31", 300, who="once"), line("e", "2023-04-01", -300, who="once", back=True),
    line("f", "2023-01-05", -80, who="late", back=True), line("g", "2023-09-30", 90, who="late"),
    line("h", "2023-08-01", -10, who="never", back=True), line("i", "2023-10-01", 0, who="gift"),
    line("j", "2023-06-30", 33, who=None),
]  # fmt: skip


def by_hand(rows: list[Row], months: int, as_of: date) -> tuple[Any, Any]:
    """Sizes, and (buying, net) by cohort and period; documents are added up first."""
    documents: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in rows:
        if row["doc_date"] <= as_of:
            key = (row["customer_id"], row["doc_date"], row["doc_no"], row["kind"] == "invoice")
            documents[key] += row["net"]
    first: dict[str, int] = {}
    for (who, day, _doc, invoice), net in sorted(documents.items(), key=lambda e: e[0][1]):
        if who is not None and invoice and net > 0:
            first.setdefault(who, (day.year * 12 + day.month - 1) // months)
    net_of: dict[tuple[int, int], int] = defaultdict(int)
    buyers: dict[tuple[int, int], set[str]] = defaultdict(set)
    for (who, day, _doc, invoice), net in documents.items():
        cell = (first.get(who, NEVER), (day.year * 12 + day.month - 1) // months)
        net_of[cell] += net
        if who is not None and invoice and net > 0:
            buyers[cell].add(who)
    sizes: dict[int, int] = defaultdict(int)
    for cohort in first.values():
        sizes[cohort] += 1
    return dict(sizes), {
        cell: (len(buyers[cell]), net) for cell, net in net_of.items() if net or buyers[cell]
    }


def told(found: Cohorts, months: int) -> tuple[Any, Any]:
    """The same of the engine; who never ordered is no cohort."""
    sizes = {cohort: n for cohort, n in found.sizes(months).items() if cohort != NEVER}
    return sizes, {
        (c.cohort, c.period): (c.buying, c.net) for c in found.cells(months) if c.net or c.buying
    }


def test_who_came_when_is_what_anybody_can_count() -> None:
    found = cohorts(facts(BOOKS))
    assert found.as_of == date(2024, 2, 1)
    assert {name(c, 3): n for c, n in found.sizes().items() if c != NEVER} == {
        "2023-Q1": 2, "2023-Q3": 1,
    }  # fmt: skip
    assert found.sizes()[NEVER] == 1  # the returns alone; a gift is no sale at all
    cells = {(name(c.cohort, 6), name(c.period, 6)): (c.buying, c.net)
             for c in found.cells(6) if c.cohort != NEVER}  # fmt: skip
    assert cells == {
        ("2023-H1", "2023-H1"): (2, 1500), ("2023-H1", "2024-H1"): (1, 750),
        ("2023-H2", "2023-H1"): (0, -80), ("2023-H2", "2023-H2"): (1, 90),
    }  # fmt: skip
    nobody = {name(c.period, 12): c.net for c in found.cells(12) if c.cohort == NEVER}
    assert nobody == {"2023": 33 - 10}


@pytest.mark.parametrize("months", MONTHS)
@pytest.mark.parametrize("as_of", ["2023-04-01", "2023-12-31", "2024-12-31"])
def test_any_length_and_day_is_what_a_loop_finds(months: int, as_of: str) -> None:
    found = cohorts(facts(BOOKS), as_of=as_of)
    assert told(found, months) == by_hand(BOOKS, months, date.fromisoformat(as_of))


days = st.integers(0, 1200).map(lambda n: date(2021, 11, 5) + timedelta(days=n))
lines = st.lists(
    st.tuples(days, st.sampled_from(["K", "L", "M", None]), st.integers(-500, 2000)),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(lines, days)
def test_all_of_it_adds_up_and_what_came_later_is_never_seen(
    drawn: list[tuple[date, str | None, int]], as_of: date
) -> None:
    rows = [line(f"d{at}", day.isoformat(), net, who=who, back=net < 0)
            for at, (day, who, net) in enumerate(drawn)]  # fmt: skip
    seen = [row for row in rows if row["doc_date"] <= as_of]
    if not any(row["net"] for row in seen):
        with pytest.raises(NoData):
            cohorts(facts(rows), as_of=as_of)
        return
    found = cohorts(facts(rows), as_of=as_of)
    assert found.table.equals(cohorts(facts(seen), as_of=as_of).table)
    for months in MONTHS:
        cells, sizes = found.cells(months), found.sizes(months)
        assert sum(c.net for c in cells) == sum(row["net"] for row in seen)
        assert told(found, months) == by_hand(rows, months, as_of)
        for c in cells:
            assert 0 <= c.buying <= (0 if c.cohort == NEVER else sizes[c.cohort])
            assert c.buying == sizes[c.cohort] if c.cohort == c.period else True
            assert c.period <= period_of(as_of, months)


def test_what_became_known_later_is_not_seen() -> None:
    rows = [line("a", "2023-02-10", 1000), line("b", "2022-12-01", 500,
            known_since=date(2023, 6, 1))]  # fmt: skip
    early = cohorts(facts(rows), known_as_of="2023-03-01")
    assert {name(c, 3) for c in early.sizes()} == {"2023-Q1"}
    assert {name(c, 3) for c in cohorts(facts(rows)).sizes()} == {"2022-Q4"}


def test_periods_are_named_as_they_are_read() -> None:
    for months in MONTHS:
        numbers = range(period_of(date(2022, 1, 1), months), period_of(date(2024, 12, 31), months))
        spans = [Span.parse(name(number, months)) for number in numbers]
        assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(spans))
        assert [period_of(span.end, months) for span in spans] == list(numbers)
    with pytest.raises(UnknownName):
        cohorts(facts(BOOKS)).cells(4)
