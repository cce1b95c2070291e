"""Geometry of the pictures: ends, proportions, what stands apart."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest

from mainstay.web.charts.bridge import bridge
from mainstay.web.charts.flows import flows
from mainstay.web.charts.months import months
from mainstay.web.charts.pareto import pareto, value_at
from mainstay.web.charts.pyramid import pyramids
from mainstay.web.charts.regions import regions
from mainstay.web.charts.scale import scale
from mainstay.web.charts.sparkline import sparkline

CURVE = [(0.0, 0.0), (0.25, 0.7), (0.5, 0.9), (1.0, 1.0)]


def test_the_curve_is_read_between_its_points() -> None:
    assert value_at(CURVE, 0.25) == 0.7
    assert value_at(CURVE, 0.2) == pytest.approx(0.56)
    assert value_at(CURVE, 1.0) == 1.0


def test_the_pareto_curve_ends_in_the_corner_and_its_parts_add_up() -> None:
    classes = [("A", "A", 1, 0.25, 0.7), ("B", "B", 1, 0.5, 0.9), ("C", "C", 2, 1.0, 1.0)]
    chart = pareto(CURVE, classes, 683, 300)
    assert chart.curve.endswith(f"{chart.right}.0 {chart.top}.0")
    assert sum(part.share for part in chart.parts) == pytest.approx(1)
    assert [cut.share_value for cut in chart.cuts] == [0.7, 0.9]


def test_pyramids_differ_in_width_only() -> None:
    rows = [
        ("A", "A", "Key", 10, 900, "10", "10%", "9", "90%"),
        ("B", "B", "Major", 90, 100, "90", "90%", "1", "10%"),
    ]
    top, bottom = pyramids(rows, 476).levels
    assert bottom.left_width / top.left_width == pytest.approx(9, abs=0.05)
    assert top.right_width / bottom.right_width == pytest.approx(9, abs=0.05)
    assert bottom.y - top.y == 55


def test_a_region_s_bar_is_divided_by_class_and_negative_classes_are_not_drawn() -> None:
    rows = [
        ("浙江", [("A", "A", 300), ("B", "B", 100)], "400", ""),
        ("江苏", [("A", "A", 100), ("B", "B", -5)], "95", ""),
    ]
    first, second = regions(rows, 358).bars
    assert [piece.letter for piece in first.pieces] == ["A", "B"]
    assert [piece.letter for piece in second.pieces] == ["A"]
    assert first.pieces[0].width / second.pieces[0].width == pytest.approx(3, abs=0.05)


def test_a_sparkline_starts_at_zero_only_when_the_range_is_wide() -> None:
    wide, steady = sparkline([0, 100]), sparkline([90, 100])
    assert wide
    assert steady
    assert wide.path == steady.path == "M2.0 18.0L70.0 2.0"
    half = sparkline([60, 100, 30])
    assert half
    assert half.y == pytest.approx(18 - 0.3 * 16)
    assert sparkline([5]) is None


def test_a_month_of_returns_hangs_below_the_line() -> None:
    rows = [
        (dt.date(2026, 1, 1), dt.date(2026, 1, 31), 300),
        (dt.date(2026, 2, 1), dt.date(2026, 2, 28), -100),
    ]
    chart = months(rows)
    assert chart
    up, down = chart.columns
    assert up.y + up.height == pytest.approx(chart.zero, abs=0.1)
    assert down.y == chart.zero
    assert up.height / down.height == pytest.approx(3, abs=0.05)
    assert months([]) is None


def test_the_scale_marks_where_a_customer_stands() -> None:
    cut = {
        "by": "cumulative_share", "rest": "C", "better": "90", "whole": "100",
        "steps": [{"class": "A", "up_to": "0.8"}, {"class": "B", "up_to": "0.95"}],
    }  # fmt: skip
    chart = scale(cut, None, lambda s: f"{s:.0%}", str, width=100)
    assert chart
    assert (chart.mark, chart.label) == (90.0, "90%")
    assert [part.limit for part in chart.segments] == ["", "80%", "95%"]


def test_thresholds_put_the_best_class_on_the_right() -> None:
    cut = {
        "by": "thresholds", "direction": "higher", "rest": "C",
        "steps": [{"class": "A", "at_least": "0.9"}, {"class": "B", "at_least": "0.7"}],
    }  # fmt: skip
    chart = scale(cut, 0.8, str, lambda v: f"{v:.2f}")
    assert chart
    assert [part.klass for part in chart.segments] == ["C", "B", "A"]
    assert scale(cut, None, str, str) is None


def test_words_under_the_curve_stand_only_where_it_passes_above_them() -> None:
    steep = [(0.0, 0.0), (0.1, 0.45), (0.5, 0.9), (1.0, 1.0)]
    classes = [("A", "A", 1, 0.1, 0.45), ("B", "B", 4, 0.5, 0.9), ("C", "C", 5, 1.0, 1.0)]
    chart = pareto(steep, classes, 683, 300)
    assert chart.cuts[0].x - chart.left > 52
    assert [part.fits for part in chart.parts] == [False, True, True]


def test_each_step_of_a_bridge_begins_where_the_one_before_ended() -> None:
    steps = [("New", 300, "+3", "/new"), ("Lost", -500, "−5", ""), ("Price", 100, "+1", "")]
    chart = bridge(steps, ("Change", -100, "−1", ""), 358)
    new, lost, price, whole = chart.bars
    assert [bar.kind for bar in chart.bars] == ["up", "down", "up", "whole"]
    assert new.x == chart.zero == whole.joint + whole.width
    assert lost.x + lost.width == pytest.approx(new.joint, abs=0.1)
    assert price.x == lost.joint
    assert price.joint == whole.joint
    assert lost.width / new.width == pytest.approx(5 / 3, abs=0.02)
    assert all(bar.x > 0 and bar.x + bar.width <= chart.width for bar in chart.bars)
    still = bridge([], ("Change", 0, "±0", ""), 358)
    assert [bar.kind for bar in still.bars] == ["whole"]


def test_bands_fill_the_blocks_they_join_and_no_words_stand_on_each_other() -> None:
    left = [("A", "A", "A", 60, "60"), ("B", "B", "B", 39, "39"), ("C", "C", "C", 1, "1")]
    right = [("A", "A", "A", 50, "50"), ("B", "B", "B", 49, "49"), ("C", "C", "C", 1, "1")]
    moved = [
        ("B", "B", 38, "stayed", ""), ("A", "B", 10, "down", ""), ("A", "A", 50, "stayed", ""),
        ("B", "C", 1, "down", ""), ("C", "B", 1, "up", ""),
    ]  # fmt: skip
    chart = flows(left, right, moved, 760, 150)
    assert [band.way for band in chart.bands] == ["stayed", "down", "stayed", "down", "up"]
    whole = sum(block.height for block in chart.left)
    assert whole == pytest.approx(sum(block.height for block in chart.right), abs=0.2)
    assert chart.left[0].height / chart.left[1].height == pytest.approx(60 / 39, abs=0.01)
    for side in (chart.left, chart.right):
        for above, below in pairwise(side):
            assert below.y > above.y + above.height
            assert below.label_y - above.label_y >= 14.9
        assert side[-1].label_y <= chart.height
