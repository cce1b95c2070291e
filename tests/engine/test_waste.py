"""Waste by group: the practitioners' worked case, and properties of shares and of the shift."""

from __future__ import annotations

from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay_engine.portfolio.waste import shares, waste


def table(rows: list[tuple[str, int, int]], **more: list[int | None]) -> pa.Table:
    """Rows of (group, revenue, hours in ten-thousandths); customers are numbered."""
    columns = {
        "customer_id": pa.array([f"C{i:03}" for i in range(len(rows))]),
        "group": pa.array([row[0] for row in rows], pa.string()),
        "revenue": pa.array([row[1] for row in rows], pa.int64()),
        "hours": pa.array([row[2] for row in rows], pa.int64()),
    }
    return pa.table(columns | {n: pa.array(v, pa.int64()) for n, v in more.items()})


def worked_case() -> pa.Table:
    """A 70 % of revenue, 10 % of customers, 15 % of effort; B 20/20/25; C 10/70/60."""
    rows = [("A", 7_000, 15_000)] * 10 + [("B", 1_000, 12_500)] * 20
    rows += [("C", 10_000 // 70, 600_000 // 70)] * 70
    left, hours = 10_000 - 70 * (10_000 // 70), 600_000 - 70 * (600_000 // 70)
    rows[-1] = ("C", 10_000 // 70 + left, 600_000 // 70 + hours)
    return table(rows)


def test_the_worked_case_reproduces() -> None:
    found = waste(worked_case(), ["A", "B", "C"], most=1_000)
    told = {p.group: (p.revenue_share, p.customers_share, p.hours_share) for p in found.parts}
    assert told == {
        "A": (7_000, 1_000, 1_500), "B": (2_000, 2_000, 2_500), "C": (1_000, 7_000, 6_000),
    }  # fmt: skip
    assert found.misplaced == 0.55
    assert {p.group: p.surplus for p in found.parts} == {
        "A": -550_000, "B": 50_000, "C": 500_000,
    }  # fmt: skip
    assert found.to_move == sum(move.hours for move in found.moves) == 550_000
    assert {move.taker_group for move in found.moves} == {"A"}
    assert found.left == 0


def test_the_shift_takes_from_those_furthest_above_their_due() -> None:
    found = waste(table([("A", 900, 10_000), ("C", 50, 60_000), ("C", 50, 30_000)]), most=1)
    (move,) = found.moves
    assert (move.giver, move.taker, move.giver_before) == ("C001", "C000", 60_000)
    # All hours 10; A is due 9 and has 1; each of C is due 0.5.
    assert move.hours == 55_000
    assert found.misplaced == pytest.approx(0.8) and found.left == pytest.approx(0.25)


def test_what_is_not_known_has_no_share() -> None:
    rows = [("A", 10, 10), ("B", 10, 10)]
    found = waste(table(rows, profit=[5, None], cost=[3, 1]))
    assert [p.profit for p in found.parts] == [5, None]
    assert [p.profit_share for p in found.parts] == [None, None]
    assert [p.cost_share for p in found.parts] == [7_500, 2_500]
    assert found.hour == 4 * 10_000 // 20
    bare = waste(table([("A", 10, 0), ("B", 10, 0)]))
    assert bare.misplaced is None and bare.moves == () and bare.hour is None


def test_losses_have_shares_below_nothing() -> None:
    assert shares([150, -50]) == [15_000, -5_000]
    assert shares([1, 1, 1]) == [3_334, 3_333, 3_333]
    assert shares([5, -5]) == [None, None]


ROWS = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.integers(-100, 10**9), st.integers(0, 10**7)),
    min_size=1, max_size=40,
)  # fmt: skip


@given(rows=ROWS)
def test_shares_add_up_and_the_shift_mends(rows: list[tuple[str, int, int]]) -> None:
    found = waste(table(rows), most=10_000)
    for name in ("customers_share", "revenue_share", "hours_share"):
        told = [getattr(part, name) for part in found.parts]
        assert told[0] is None or sum(told) == 10_000
    revenue, hours = sum(max(r[1], 0) for r in rows), sum(r[2] for r in rows)
    if found.misplaced is None:
        assert revenue == 0 or hours == 0
        return
    by_group = {g: [r for r in rows if r[0] == g] for g in {r[0] for r in rows}}
    exact = Fraction(0)
    for of in by_group.values():
        sold = Fraction(sum(max(r[1], 0) for r in of), revenue)
        exact += abs(Fraction(sum(r[2] for r in of), hours) - sold) / 2
    rounding = 2 * len(rows) / hours  # fair hours are whole ten-thousandths
    assert found.misplaced == pytest.approx(float(exact), abs=rounding)
    assert found.left == 0
    assert sum(move.hours for move in found.moves) == found.to_move
    given_away: dict[str, int] = {}
    for move in found.moves:
        assert move.giver_group != move.taker_group and move.hours > 0
        given_away[move.giver] = given_away.get(move.giver, 0) + move.hours
    for who, much in given_away.items():
        assert much <= rows[int(who[1:])][2]
