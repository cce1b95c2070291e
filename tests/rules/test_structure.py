"""The portfolio's arithmetic on figures small enough to add up by hand."""

from __future__ import annotations

from mainstay.insights import structure

TEN = [500, 200, 100, 50, 50, 40, 30, 20, 10, 0]


def test_the_pareto_curve_starts_at_nothing_and_ends_at_everything() -> None:
    points = structure.pareto([*TEN, -70])
    assert points[0] == (0.0, 0.0)
    assert points[1] == (1 / 9, 0.5)
    assert points[3] == (3 / 9, 0.8)
    assert points[-1] == (1.0, 1.0)
    assert len(points) == 10  # nine with a positive value, and the origin


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    points = structure.pareto(list(range(1, 5_001)))
    assert len(points) == 200
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 1.0)
    assert list(points) == sorted(points)


def test_cuts_stand_where_each_class_ends() -> None:
    graded = [("A", 500), ("A", 300), ("B", 150), ("C", 50), ("C", 0), ("C", -10)]
    cuts = structure.cuts(graded, ["A", "B", "C"])
    assert [(cut.klass, cut.customers, cut.share_value) for cut in cuts] == [
        ("A", 2, 0.8), ("B", 3, 0.95), ("C", 4, 1.0),
    ]  # fmt: skip


def test_the_pyramid_leaves_out_whoever_makes_no_profit() -> None:
    titles = [(name, {"en": name, "zh": name}) for name in ("key", "general", "invalid")]
    rows = structure.pyramid(
        [("key", 60), ("general", 30), ("general", 10), ("invalid", -5), ("invalid", None)], titles
    )
    assert [(row.klass, row.customers, row.profit, row.profit_share) for row in rows] == [
        ("key", 1, 60, 0.6), ("general", 2, 40, 0.4),
    ]  # fmt: skip


def test_loss_makers_and_the_silent_stand_apart() -> None:
    apart = structure.apart([(100, 3), (0, 2), (-40, 1), (-7, 0), (None, None)])
    assert (apart.loss_makers, apart.loss_makers_profit) == (2, -40)
    assert (apart.silent, apart.silent_profit) == (2, -7)


def test_regions_add_up_and_the_core_is_the_first_two_classes() -> None:
    rows = structure.regions(
        [("浙江", "A", 60), ("浙江", "C", 40), ("江苏", "B", 300), ("江苏", None, 0)],
        ["A", "B", "C"],
    )
    assert [(row.region, row.customers, row.net_sales, row.core_share) for row in rows] == [
        ("江苏", 2, 300, 1.0), ("浙江", 2, 100, 0.6),
    ]  # fmt: skip
    assert rows[1].by_class == {"A": 60, "C": 40}


def test_top_shares_and_concentration() -> None:
    assert structure.top_shares(TEN) == {1: 0.5, 5: 0.9, 10: 1.0, 50: 1.0}
    assert structure.hhi([50, 50]) == 5_000
    assert structure.hhi([7]) == 10_000
    assert structure.hhi([0, -3]) is None
    assert structure.top_shares([]) == {}
