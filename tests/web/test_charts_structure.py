"""The pictures of structure: whole bars, lines at their shares, fields by what they hold."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstay.web.charts.heat import FIELD, HEAD, MOST, Field, fitting, heat
from mainstay.web.charts.lines import APART, LEFT, lines
from mainstay.web.charts.regions import label_width
from mainstay.web.charts.stack import GAP, stack

SHARES = st.lists(st.floats(0.01, 1), min_size=1, max_size=8)


@given(SHARES, st.sampled_from([358, 1180]))
def test_the_parts_of_a_bar_are_all_of_it(parts: list[float], width: int) -> None:
    whole = sum(parts)
    drawn = stack([("2025", [("A", f"p{n}", part, "/x") for n, part in enumerate(parts)])], width)
    (bar,) = drawn.bars
    start = bar.pieces[0].x
    assert bar.pieces[-1].x + bar.pieces[-1].width == pytest.approx(width - GAP, abs=0.2)
    for piece, part in zip(bar.pieces, parts, strict=True):
        assert piece.width == pytest.approx(max((width - start) * part / whole - GAP, 0.4), abs=0.2)
        assert not piece.label or label_width(piece.label) < piece.width
        assert piece.name


def test_nothing_and_less_than_nothing_are_no_part() -> None:
    drawn = stack([("a", [("A", "x", -0.2, ""), ("B", "y", 0.0, ""), ("C", "z", 0.5, "")]),
                   ("b", [])], 400)  # fmt: skip
    assert [piece.step for piece in drawn.bars[0].pieces] == ["C"]
    assert drawn.bars[1].pieces == ()


def test_lines_stand_at_their_shares_and_their_names_apart() -> None:
    places = ["2024", "2025", "2026"]
    drawn = lines(
        [("A", "core", [0.5, 0.4, 0.2]), ("B", "ten", [None, 0.2, 0.2]), ("C", "one", [None] * 3)],
        places, 600, 240,
    )  # fmt: skip
    core, ten, one = drawn.lines
    assert core.path.startswith("M") and core.path.count("L") == 2
    assert [x for x, _y in core.dots] == [LEFT, (LEFT + drawn.right) / 2, drawn.right]
    scale = {share: y for y, share in drawn.y_ticks}
    assert core.dots[0][1] == scale[0.5]
    assert core.dots[2][1] == ten.dots[1][1] == scale[0.2]
    assert (one.path, one.dots) == ("", ())
    heights = sorted(line.label_y for line in drawn.lines)
    assert all(b - a >= APART - 0.1 for a, b in pairwise(heights))
    assert [text for _x, text, _anchor in drawn.x_ticks] == places


def test_one_place_alone_is_a_dot() -> None:
    drawn = lines([("A", "core", [0.3])], ["2026"], 358, 200)
    assert len(drawn.lines[0].dots) == 1
    assert len(drawn.x_ticks) == 1


def test_many_places_are_named_as_far_as_they_fit() -> None:
    drawn = lines([("A", "x", [0.1] * 12)], [f"2025-{n:02}" for n in range(12)], 358, 200)
    shown = [x for x, _text, _anchor in drawn.x_ticks]
    assert shown[-1] == drawn.right
    assert 1 < len(shown) < 12


def test_a_field_is_the_darker_the_more_it_holds() -> None:
    rows: list[tuple[str, list[Field]]] = [
        ("one", [(1.0, "10", "¥1", "/x"), None]),
        ("two", [(0.5, "5", "¥2", ""), (0.0, "0", "¥0", "")]),
    ]
    drawn = heat(["a", "b"], rows, 358)
    full, half, empty = drawn.places
    assert full.opacity == MOST > half.opacity > empty.opacity > 0
    assert (full.y, half.y) == (HEAD, HEAD + FIELD)
    assert empty.x + drawn.field <= 358
    assert (full.href, half.href) == ("/x", "")


@given(st.text("abc中文 ", max_size=40), st.floats(0, 200))
def test_a_name_never_takes_more_than_its_room(name: str, room: float) -> None:
    assert label_width(fitting(name, room)) <= max(room, 0.0)
