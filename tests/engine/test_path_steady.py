"""Paths where classes are held: the class by the figures, and from when it takes effect, held
against regrading run after run.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path as File
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

import mainstay_engine as me
from mainstay_engine.path import Path, Rhythm, find_paths, paths_of, told
from tests.engine.test_path import CUMULATIVE, GUARDED, LEVELS, POINTS, changed, grain, worlds

DAY = "2024-12-31"
STABLE = [
    definition | {"stability": stability}
    for definition in (LEVELS, POINTS, CUMULATIVE, GUARDED)
    for stability in ({"runs": 3}, {"runs": 2, "margin": 0.1})
]


def result(definition: dict[str, Any], table: pa.Table, previous: pa.Table | None) -> me.Result:
    return me.grade(None, definition, as_of=DAY, metrics=table, previous=previous)


def class_of(graded: me.Result, row: int) -> str:
    return graded.explain(f"{row:02}").class_id


@settings(max_examples=60)
@given(worlds(), worlds(), st.sampled_from(STABLE), st.booleans(), st.data())
def test_a_class_takes_effect_with_the_run_that_is_told(
    table: pa.Table, earlier: pa.Table, definition: dict[str, Any], known: bool, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(table) - 1))
    note(f"{definition} {earlier.to_pydict()} {table.to_pydict()}")
    before = result(definition, earlier, None).snapshot() if known else None
    graded = result(definition, table, before)
    found = paths_of(graded, table, f"{row:02}")
    assert found.held == class_of(graded, row)
    assert found.class_id == class_of(result(definition, table, None), row)
    # Without a run before, the class as it is counts as the one held.
    previous = before if known else graded.snapshot()
    for path in (*found.up, *found.down):
        after = changed(table, row, grain(path))
        assert class_of(result(definition, after, None), row) == path.to_class
        held, reached = previous, []
        for _ in range(path.runs + 1):
            run = result(definition, after, held)
            reached.append(class_of(run, row))
            held = run.snapshot()
        assert reached[-1] == path.to_class
        assert path.to_class not in reached[:-1]


def thresholds(**more: Any) -> dict[str, Any]:
    return LEVELS | {"stability": {"runs": 3, "margin": 0.04}} | more


def world(*nets: int) -> pa.Table:
    ids = [f"{i:02}" for i in range(len(nets))]
    still = {name: pa.array([9] * len(nets)) for name in ("orders", "previous_net_sales")}
    return pa.table({"customer_id": ids, "net_sales": list(nets), **still})


@pytest.mark.parametrize(
    ("rhythm", "day", "effective"),
    [
        (Rhythm(), "2024-12-31", date(2025, 2, 28)),
        (Rhythm(), "2024-12-30", date(2025, 1, 31)),
        (Rhythm(7), "2024-12-31", date(2025, 1, 14)),
    ],
)
def test_the_day_follows_the_rhythm_of_runs(rhythm: Rhythm, day: str, effective: date) -> None:
    table = world(14)
    graded = me.grade(None, thresholds(), as_of=day, metrics=table)
    near, far = paths_of(graded, table, "00", rhythm=rhythm).up
    assert (near.to_class, near.runs, near.effective) == ("B", 2, effective)
    assert far.to_class == "A"
    assert far.to_dict() | {"raw_class": "A", "runs": far.runs} == far.to_dict()


def test_a_fall_within_the_margin_is_told_with_its_day() -> None:
    table = world(200)
    (down,) = paths_of(me.grade(None, thresholds(), as_of=DAY, metrics=table), table, "00").down
    assert (down.to_class, down.runs, down.effective) == ("B", 2, date(2025, 2, 28))
    said = told(paths_of(me.grade(None, thresholds(), as_of=DAY, metrics=table), table, "00"), "en")
    assert "takes effect on 2025-02-28 at the earliest: 2 more gradings" in said
    assert "graded at each month's end" in said


def test_who_is_held_is_told_both_classes() -> None:
    before = me.grade(None, thresholds(), as_of=DAY, metrics=world(31)).snapshot()
    table = world(29)
    found = paths_of(me.grade(None, thresholds(), as_of=DAY, metrics=table, previous=before),
                     table, "00")  # fmt: skip
    assert (found.class_id, found.held) == ("B", "A")
    assert [(path.to_class, path.runs) for path in found.up] == [("A", 0)]
    assert "the class that counts is still A" in told(found, "en")
    assert "目前有效的等级仍为 A" in told(found, "zh")


LINES = """doc_no,customer,date,net,tax,cost
1,K1,2024-03-01,0.40,0,0
2,K1,2024-11-01,0.20,0,0
3,K2,2024-11-01,0.40,0,0
"""


def test_runs_until_the_target_day_are_replayed(tmp_path: File) -> None:
    lines = tmp_path / "lines.csv"
    lines.write_text(LINES, "utf-8")
    book = me.read_facts(lines)
    # By the end of March the invoice of the first of March has left the window: B by the figures.
    # Of the two gradings that need see it only that of March does; with runs of a week, four.
    held: dict[str, Path | None] = {}
    definition = thresholds(stability={"runs": 2})
    for name, rhythm in (("monthly", Rhythm()), ("weekly", Rhythm(7))):
        found = find_paths(
            book, "K1", definition, as_of="2024-12-31", by="2025-03-31", rhythm=rhythm
        )
        assert found.class_id == "B"
        held[name] = found.held
    assert held == {"monthly": "A", "weekly": "B"}
