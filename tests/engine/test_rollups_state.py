"""A state grown piece by piece answers as the facts do; documents in parts stay one order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay_engine.errors import NoData
from mainstay_engine.metrics import (
    company_totals,
    compute_metrics,
    latest_document_date,
    metrics,
    monthly_sales,
)
from mainstay_engine.replays import Replay
from mainstay_engine.rollups import State
from tests.engine.metrics_worlds import World, world

NAMES = [one.name for one in metrics() if not one.fitted]
AS_OF = date(2024, 12, 31)


def split(whole: World, cuts: list[int]) -> list[World]:
    """The lines in slices, documents cut apart; everything else in the first piece."""
    bounds = [0, *sorted(cuts), len(whole.lines)]
    parts = [whole.lines[a:b] for a, b in pairwise(bounds)]
    first = replace(whole, lines=parts[0])
    return [first, *(World(lines, [], [], []) for lines in parts[1:] if lines)]


def facts_of(piece: World):
    facts = piece.facts()
    return facts if piece.receipts else replace(
        facts, receipts=None, customers=None, allocations=None, efforts=None, effort_rates=None
    )  # fmt: skip


@settings(max_examples=12)
@given(seed=st.integers(0, 30), cuts=st.lists(st.integers(1, 100), max_size=3), known=st.booleans())
def test_appended_state_equals_full_computation(seed: int, cuts: list[int], known: bool) -> None:
    whole = world(seed, known=known)
    cuts = [cut for cut in cuts if cut < len(whole.lines)]
    first, *rest = split(whole, cuts)
    state = State.build(first.facts())
    for piece in rest:
        state.append(facts_of(piece))
    facts = whole.facts()
    assert compute_metrics(None, NAMES, as_of=AS_OF, state=state).equals(
        compute_metrics(facts, NAMES, as_of=AS_OF)
    )
    assert company_totals(None, as_of=AS_OF, state=state) == company_totals(facts, as_of=AS_OF)
    assert monthly_sales(None, as_of=AS_OF, state=state).equals(monthly_sales(facts, as_of=AS_OF))
    assert latest_document_date(None, state=state) == latest_document_date(facts)


def test_state_answers_as_things_were_known() -> None:
    whole = world(5, known=True)
    facts = whole.facts()
    state = State.build(facts)
    for known in [date(2024, 11, 1), date(2024, 12, 20), AS_OF]:
        asked = {"as_of": AS_OF, "known_as_of": known}
        assert compute_metrics(facts, NAMES, **asked, state=state).equals(
            compute_metrics(facts, NAMES, **asked)
        )


@settings(max_examples=12)
@given(seed=st.integers(0, 30), known=st.booleans(), back=st.integers(0, 500))
def test_a_state_to_be_replayed_answers_every_past_day(seed: int, known: bool, back: int) -> None:
    facts = world(seed, known=known).facts()
    state = Replay(facts)
    for day in (AS_OF, AS_OF - timedelta(days=back)):
        for asked in ({}, {"known_as_of": day}, {"window": "2024-02-10..2024-09-20"}):
            if day < date(2024, 2, 10) and "window" in asked:
                continue
            expected = compute_metrics(facts, NAMES, as_of=day, **asked)
            answer = compute_metrics(None, NAMES, as_of=day, state=state, **asked)
            assert answer.drop_columns("customer_name").equals(
                expected.drop_columns("customer_name")
            )


def test_saved_state_grows_in_its_folder(tmp_path: Path) -> None:
    whole = world(7)
    first, second, third = split(whole, [40, 41])
    state = State.build(first.facts())
    state.save(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    state.append(facts_of(second))
    state.save(tmp_path)
    again = State.load(tmp_path)
    again.append(facts_of(third))
    again.save(tmp_path)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in before.items())
    wanted = compute_metrics(whole.facts(), NAMES, as_of=AS_OF)
    loaded = State.load(tmp_path)
    assert compute_metrics(None, NAMES, as_of=AS_OF, state=loaded).equals(wanted)
    loaded.save(tmp_path, compact=True)
    assert len(list(tmp_path.glob("part-*"))) == 1
    assert compute_metrics(None, NAMES, as_of=AS_OF, state=State.load(tmp_path)).equals(wanted)


def test_earlier_dates_rescan_items_and_say_so_without_facts() -> None:
    whole = world(9)
    state, earlier = State.build(whole.facts()), date(2024, 3, 31)
    names = [name for name in NAMES if name not in ("items", "categories")]
    facts = whole.facts()
    assert compute_metrics(None, names, as_of=earlier, state=state).equals(
        compute_metrics(facts, names, as_of=earlier)
    )
    assert compute_metrics(facts, NAMES, as_of=earlier, state=state).equals(
        compute_metrics(facts, NAMES, as_of=earlier)
    )
    with pytest.raises(NoData, match="items"):
        compute_metrics(None, ["items"], as_of=earlier, state=state)


def test_appending_lines_without_a_kept_column_is_refused() -> None:
    facts = world(2).facts()
    state = State.build(facts)
    with pytest.raises(NoData, match="cost"):
        state.append(replace(facts, lines=facts.lines.drop("cost")))


def test_a_folder_without_a_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="no saved state"):
        State.load(tmp_path)
