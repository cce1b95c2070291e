"""Customers by points, laid out."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mainstay.web.charts.histogram import BINS, FOOT, HEAD, histogram

CUTS = {"A": 75.0, "B": 45.0}
STEPS = {"A": "A", "B": "B", "C": "C"}
NAMES = [("A", "A", "1"), ("B", "B", "2"), ("C", "C", "3")]
CUSTOMERS = st.lists(
    st.floats(0, 100).map(
        lambda value: ("A" if value >= 75 else "B" if value >= 45 else "C", value)
    ),
    min_size=1, max_size=60,
)  # fmt: skip


@given(CUSTOMERS, CUSTOMERS)
def test_bars_are_as_high_as_they_hold_customers(
    after: list[tuple[str, float]], before: list[tuple[str, float]]
) -> None:
    drawn = histogram(after, before, CUTS, STEPS, NAMES, 100.0)
    assert drawn is not None

    def bins(rows: list[tuple[str, float]]) -> Counter[int]:
        return Counter(min(int(value / 100 * BINS), BINS - 1) for _klass, value in rows)

    now, was = bins(after), bins(before)
    assert len(drawn.bars) == len(now)
    one = (drawn.height - FOOT - HEAD) / max(*now.values(), *was.values())
    for bar, (_place, count) in zip(drawn.bars, sorted(now.items()), strict=True):
        assert abs(bar.height - one * count) < 0.06
        assert abs(bar.y + bar.height - drawn.base) < 0.11
        assert bar.x + bar.width <= drawn.width
    assert [cut.x for cut in drawn.cuts] == [570.0, 342.0]
    assert [head.step for head in drawn.heads] == ["A", "B", "C"]


def test_nobody_with_points_is_no_picture() -> None:
    assert histogram([], [], CUTS, STEPS, NAMES, 100.0) is None
    assert histogram([("A", 1.0)], [], CUTS, STEPS, NAMES, 0.0) is None
