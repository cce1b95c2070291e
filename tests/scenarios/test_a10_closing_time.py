"""A10: A to E by when the next deal closes, as salespeople judge, until the judgement ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements, paying

CLOSES = {"C00": 5, "C01": 4, "C02": 3, "C03": 2, "C04": 1}


def test_each_level_has_its_class_and_its_rhythm_of_tracking(tmp_path: Path) -> None:
    given = judgements({name: {"closes": level} for name, level in CLOSES.items()})
    result = me.grade(paying(tmp_path), "closing_time", as_of=DAY, judgements=given)
    assert [result.explain(name).class_id for name in CLOSES] == list("ABCDE")
    assert result.explain("C05").class_id == "n/a"
    plays = [klass.play.en for klass in result.definition.classes if klass.play]
    assert plays == [
        "Contact daily.", "Contact weekly.", "Contact every 15 days.", "Contact every 30 days.",
        "Contact once a year.",
    ]  # fmt: skip
    assert "next deal closes 3 (within half a year)" in result.explain("C02").data["reason"]["en"]


def test_a_judgement_that_has_run_out_counts_no_more(tmp_path: Path) -> None:
    given = judgements({"C00": {"closes": 5}, "C01": {"closes": 4}})
    ends = pa.array([date(2024, 12, 1), DAY])
    result = me.grade(
        paying(tmp_path), "closing_time", as_of=DAY,
        judgements=given.append_column("valid_until", ends),
    )  # fmt: skip
    assert [result.explain(name).class_id for name in ("C00", "C01")] == ["n/a", "B"]


def test_before_anybody_judged_there_is_no_data(tmp_path: Path) -> None:
    with pytest.raises(me.NoData) as caught:
        me.grade(paying(tmp_path), "closing_time", as_of=DAY)
    assert "Record judgements of next deal closes" in caught.value.text("en")
