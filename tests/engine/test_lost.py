"""Lost customers: small books by figures anybody can check, a plain count of days, properties."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.facts import Facts
from mainstay_engine.portfolio.lost import Back, back, limit, lost

FIRST = date(2023, 1, 1)
DAY = timedelta(days=1)
Sale = tuple[str, int, int]
"""Customer, days after ``FIRST``, net."""
KINDS = {"doc_no": pa.string(), "line_no": pa.int64(), "kind": pa.string(),
         "customer_id": pa.string(), "doc_date": pa.date32(), "net": pa.int64(),
         "tax": pa.int64(), "gross": pa.int64()}  # fmt: skip


def facts(sales: list[Sale]) -> Facts:
    rows: list[dict[str, Any]] = [
        {"doc_no": f"D{i}", "line_no": 1, "kind": "invoice" if net > 0 else "credit_note",
         "customer_id": who, "doc_date": FIRST + day * DAY, "net": net, "tax": 0, "gross": net}
        for i, (who, day, net) in enumerate(sales)
    ]  # fmt: skip
    table = pa.table({name: pa.array([r[name] for r in rows], k) for name, k in KINDS.items()})
    backend = on_duckdb(open_duckdb(threads=1))
    backend.con.register("given", table)
    backend.con.execute("CREATE TABLE lines AS SELECT * FROM given")
    return Facts(backend, backend.table("lines"), currency="CNY")


def by_hand(sales: list[Sale], as_of: int) -> dict[str, tuple[int, int]]:
    """Customer → (first day lost, net of the year before): walks day by day from the last order."""
    found = {}
    for who in {sale[0] for sale in sales}:
        days = sorted({d for w, d, net in sales if w == who and d <= as_of and net > 0})
        if len(days) < 3:
            continue
        gaps = [b - a for a, b in pairwise(days)]
        usual = median(gaps)
        spread = median(abs(gap - usual) for gap in gaps)
        for day in range(days[-1] + 1, as_of + 1):
            silence = day - days[-1]
            if silence > 90 and silence > 4 * (usual + spread):
                last = FIRST + days[-1] * DAY
                year = last.replace(year=last.year - 1)
                found[who] = (day, sum(n for w, d, n in sales
                                       if w == who and year < FIRST + d * DAY <= last))  # fmt: skip
                break
    return found


def told(sales: list[Sale], as_of: int) -> dict[str, tuple[int, int]]:
    return {each.customer_id: ((each.lost_on - FIRST).days, each.went)
            for each in lost(facts(sales), as_of=FIRST + as_of * DAY)}  # fmt: skip


def test_a_rhythm_and_its_spread_by_figures() -> None:
    # Gaps 30, 30, 30: 120 days are allowed. Gaps 20, 30, 50: median 30, spread 10: 160 days.
    sales = [("even", day, 100) for day in (0, 30, 60, 90)]
    sales += [("uneven", day, 100) for day in (-10, 10, 40, 90)]
    assert told(sales, 90 + 120) == {}
    assert told(sales, 90 + 121) == {"even": (211, 400)}
    assert told(sales, 90 + 160) == {"even": (211, 400)}
    assert told(sales, 90 + 161) == {"even": (211, 400), "uneven": (251, 400)}


def test_the_limit_is_exact_for_every_rhythm() -> None:
    for halves in range(1, 800):
        for quarters in range(0, 200, 7):
            gap, spread = halves / 2, quarters / 4
            assert limit(gap, spread / gap) == max(90, 2 * halves + quarters)


def test_weekly_buyers_are_given_ninety_days_and_two_orders_are_no_rhythm() -> None:
    sales = [("weekly", day, 5) for day in (0, 7, 14)] + [("twice", day, 5) for day in (0, 7)]
    assert told(sales, 14 + 90) == {}
    assert told(sales, 14 + 91) == {"weekly": (105, 15)}
    assert "twice" not in told(sales, 2_000)


def test_it_came_back_with_its_first_order_and_recovered_counts_from_that_day() -> None:
    sales = [("a", day, net) for day, net in ((0, 1), (10, -2), (11, 30), (12, -5), (20, 400))]
    sales.append(("b", 15, -7))
    books, last = facts(sales), FIRST

    def seen(as_of: int) -> list[tuple[int | None, int]]:
        found = back(books, [(who, last) for who in ("a", "b", "no")], as_of=FIRST + as_of * DAY)
        assert [each.customer_id for each in found] == ["a", "b", "no"]
        return [(_day(each), each.recovered) for each in found]

    assert seen(10) == [(None, 0)] * 3  # goods sent back are no order
    assert seen(11) == [(11, 30), (None, 0), (None, 0)]
    assert seen(19) == [(11, 25), (None, 0), (None, 0)]
    assert seen(20) == [(11, 425), (None, 0), (None, 0)]


def test_of_two_silences_each_recovers_its_own() -> None:
    books = facts([("a", 0, 1), ("a", 200, 20), ("a", 210, 300), ("a", 400, -5), ("a", 500, 7_000)])
    silences = [("a", FIRST + 210 * DAY), ("a", FIRST)]
    first, second = back(books, silences, as_of=FIRST + 600 * DAY)
    assert (_day(first), first.recovered) == (200, 315)
    assert (_day(second), second.recovered) == (500, 7_000)
    first, second = back(books, silences, as_of=FIRST + 499 * DAY)
    assert (first.recovered, _day(second), second.recovered) == (315, None, 0)


def test_the_twelve_months_of_a_leap_day_and_nobody_at_all() -> None:
    leap = (date(2024, 2, 29) - FIRST).days
    sales = [("a", leap - day, 10**n) for n, day in enumerate((366, 365, 20, 0))]
    # 366 days before the 29th of February 2024 is the 28th of February 2023: not in the year.
    assert told(sales, leap + 5_000)["a"][1] == 1110
    assert lost(facts([("a", 0, 5)]), as_of=FIRST + 9_000 * DAY) == ()
    assert back(facts([("a", 0, 5)]), [], as_of=FIRST) == ()


def _day(each: Back) -> int | None:
    return None if each.back_on is None else (each.back_on - FIRST).days


SALES = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 400), st.sampled_from([-30, 10, 200])),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(SALES, st.integers(0, 700))
def test_whatever_the_books_hold(sales: list[Sale], as_of: int) -> None:
    found = told(sales, as_of)
    assert found == by_hand(sales, as_of)
    past = [sale for sale in sales if sale[1] <= as_of]
    assert found == (told(past, as_of) if past else {})  # the future is never seen
    for each in lost(facts(sales), as_of=FIRST + as_of * DAY):
        assert each.silence > each.usual_gap and each.last_purchase < each.lost_on


@settings(max_examples=25, deadline=None)
@given(SALES, st.sets(st.integers(0, 400), min_size=1, max_size=3), st.integers(0, 400))
def test_what_silences_recovered_is_all_that_was_sold_since(
    sales: list[Sale], lasts: set[int], as_of: int
) -> None:
    silences = [(who, FIRST + last * DAY) for who in "abc" for last in lasts]
    found = back(facts(sales), silences, as_of=FIRST + as_of * DAY)
    for who in "abc":
        own = [each for each in found if each.customer_id == who]
        ordered = sorted(d for w, d, n in sales if w == who and n > 0 and min(lasts) < d <= as_of)
        for each in own:
            later = [d for d in ordered if FIRST + d * DAY > each.last_purchase]
            assert _day(each) == (later[0] if later else None)
        since = sum(n for w, d, n in sales if w == who and ordered and ordered[0] <= d <= as_of)
        assert sum(each.recovered for each in own) == since
