"""The portfolio's arithmetic on figures small enough to add up by hand."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

from mainstay.insights import structure

TEN = [500, 200, 100, 50, 50, 40, 30, 20, 10, 0]


def sums(values: list[int]) -> dict[int, int]:
    """Down to each place, largest first."""
    return dict(enumerate(accumulate(sorted(values, reverse=True)), start=1))


def test_the_pareto_curve_starts_at_nothing_and_ends_at_everything() -> None:
    points = structure.pareto(sums([*TEN, -70]), 9)
    assert points[0] == (0.0, 0.0)
    assert points[1] == (1 / 9, 0.5)
    assert points[3] == (3 / 9, 0.8)
    assert points[-1] == (1.0, 1.0)
    assert len(points) == 10  # nine with a positive value, and the origin
    assert structure.pareto({}, 0) == ()


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    places = structure.places(5_000)
    assert len(places) == 199
    assert (places[0], places[-1]) == (25, 5_000)
    assert {after - before for before, after in pairwise(places)} == {25, 26}
    points = structure.pareto(sums(list(range(1, 5_001))), 5_000)
    assert len(points) == 200
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 1.0)
    assert list(points) == sorted(points)
    assert structure.places(3) == [1, 2, 3]


def graded(klass: str, *values: int, region: str = "", before: str = "") -> dict[str, Any]:
    """A row of customers of one class."""
    sold = [value for value in values if value > 0]
    return {"klass": klass, "previous_class": before, "region": region, "net": sum(values),
            "customers": len(values), "sold": len(sold), "sold_net": sum(sold) or None}  # fmt: skip


def test_cuts_stand_where_each_class_ends() -> None:
    rows = [graded("B", 150), graded("C", 50, 0, -10), graded("A", 500), graded("A", 300)]
    cuts = structure.cuts([*rows, graded("D", 0, -5)], ["A", "B", "C", "D"])
    assert [(cut.klass, cut.customers, cut.share_value) for cut in cuts] == [
        ("A", 2, 0.8), ("B", 3, 0.95), ("C", 4, 1.0),
    ]  # fmt: skip
    assert [cut.share_customers for cut in cuts] == [0.5, 0.75, 1.0]


def test_moves_count_whoever_went_from_a_class_to_another() -> None:
    rows = [graded("A", 1, 2, before="B"), graded("A", 3, before="B", region="浙江"),
            graded("B", 1, before="A"), graded("A", 9)]  # fmt: skip
    assert structure.moves(rows) == {"": {"A": 1}, "A": {"B": 1}, "B": {"A": 3}}


def test_the_pyramid_holds_the_classes_that_earn_in_their_order() -> None:
    titles = [(name, {"en": name, "zh": name}) for name in ("key", "general", "invalid")]
    earning = [
        {"klass": "general", "customers": 2, "profit": 40},
        {"klass": "key", "customers": 1, "profit": 60},
    ]
    rows = structure.pyramid(earning, titles)
    assert [(row.klass, row.customers, row.profit, row.profit_share) for row in rows] == [
        ("key", 1, 60, 0.6), ("general", 2, 40, 0.4),
    ]  # fmt: skip
    assert [row.customer_share for row in rows] == [1 / 3, 2 / 3]


def test_loss_makers_and_the_silent_of_all_regions_stand_apart() -> None:
    apart = structure.apart([
        {"losing": 1, "losing_profit": -40, "silent": 0, "silent_profit": None},
        {"losing": 1, "losing_profit": 0, "silent": 2, "silent_profit": -7},
    ])  # fmt: skip
    assert (apart.loss_makers, apart.loss_makers_profit) == (2, -40)
    assert (apart.silent, apart.silent_profit) == (2, -7)


def test_regions_add_up_and_the_core_is_the_first_two_classes() -> None:
    rows = structure.regions(
        [{"region": "浙江", "customers": 2, "net": 100},
         {"region": "江苏", "customers": 2, "net": 300},
         {"region": "", "customers": 1, "net": None}],
        [graded("A", 60, region="浙江"), graded("C", 30, region="浙江", before="B"),
         graded("C", 10, region="浙江"), graded("B", 300, region="江苏")],
        ["A", "B", "C"],
    )  # fmt: skip
    assert [(row.region, row.customers, row.net_sales, row.core_share) for row in rows] == [
        ("江苏", 2, 300, 1.0), ("浙江", 2, 100, 0.6), ("", 1, 0, None),
    ]  # fmt: skip
    assert rows[1].by_class == {"A": 60, "C": 40}


def test_top_shares_and_concentration() -> None:
    assert structure.top_shares(sums(TEN), 1_000) == {1: 0.5, 5: 0.9, 10: 1.0, 50: 1.0}
    assert structure.top_shares({}, 0) == {}
    half = {"sold_net": 50, "squares": 2_500.0}
    assert structure.hhi([half, half]) == 5_000
    assert structure.hhi([{"sold_net": 7, "squares": 49.0}]) == 10_000
    assert structure.hhi([{"sold_net": None, "squares": None}]) is None
