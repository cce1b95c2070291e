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
from mainstay_engine.portfolio.lost import limit, lost, recovered

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


def test_recovered_counts_from_the_day_after_the_start_to_the_as_of_date() -> None:
    sales = [("a", 0, 1), ("a", 10, 20), ("a", 11, 300), ("a", 20, 4_000), ("b", 15, -7)]
    books, start = facts(sales), FIRST + 10 * DAY

    def sums(as_of: int) -> list[tuple[bool, int]]:
        found = recovered(books, {"a": start, "b": start, "no": start}, as_of=FIRST + as_of * DAY)
        return [(each.came_back, each.net_sales) for each in found]

    assert sums(10) == [(False, 0), (False, 0), (False, 0)]
    assert sums(11) == [(True, 300), (False, 0), (False, 0)]
    assert sums(20) == [(True, 4_300), (False, -7), (False, 0)]


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
@given(SALES, st.integers(0, 400), st.integers(0, 400))
def test_recovered_is_a_sum_of_later_sales_only(sales: list[Sale], start: int, as_of: int) -> None:
    starts = dict.fromkeys("abc", FIRST + start * DAY)
    for each in recovered(facts(sales), starts, as_of=FIRST + as_of * DAY):
        later = [n for w, d, n in sales if w == each.customer_id and start < d <= as_of]
        assert (each.net_sales, each.came_back) == (sum(later), any(n > 0 for n in later))
