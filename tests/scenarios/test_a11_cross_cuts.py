"""A11: cross-cuts as matrices: importance by urgency, deal state by need, and any other two."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements, paying


def test_importance_is_the_class_of_abc_and_urgency_is_judged(tmp_path: Path) -> None:
    facts = paying(tmp_path)
    given = judgements({f"C{n:02}": {"urgency": 4 - n % 4} for n in range(20)})
    result = me.grade(facts, "cross_urgency", as_of=DAY, judgements=given)
    abc = me.grade(facts, "abc", as_of=DAY)
    cells = [list(row) for row in result.definition.cuts.cells]
    for n in range(20):
        row = "ABC".index(abc.explain(f"C{n:02}").class_id)
        assert result.explain(f"C{n:02}").class_id == cells[row][n % 4]
    why = result.explain("C00").data["reason"]
    assert "importance high" in why["en"] and "紧急程度一周内" in why["zh"]


def test_every_deal_state_meets_every_need(tmp_path: Path) -> None:
    pairs = list(product((3, 2, 1), (3, 2, 1)))
    given = judgements({
        f"C{n:02}": {"deal_state": state, "need": need} for n, (state, need) in enumerate(pairs)
    })  # fmt: skip
    result = me.grade(paying(tmp_path), "cross_need", as_of=DAY, judgements=given)
    assert [result.explain(f"C{n:02}").class_id for n in range(9)] == [
        "serve", "keep", "leave", "close", "keep", "leave", "win", "sow", "leave",
    ]  # fmt: skip
    assert result.explain("C09").class_id == "n/a"


def test_any_two_cuts_make_a_matrix(tmp_path: Path) -> None:
    """Urgency from one preset against need from the other, as a scheme of the company's own."""
    need, urgency = (me.load_scheme(name).definition() for name in ("cross_need", "cross_urgency"))
    own = urgency | {
        "name": "own", "row": "", "own": [], "classed": [],
        "judged": [*urgency["judged"], need["judged"][1]],
    }  # fmt: skip
    own["cuts"] = urgency["cuts"] | {"rows": need["cuts"]["columns"]}
    given = judgements({"C00": {"urgency": 4, "need": 3}, "C01": {"urgency": 1, "need": 1}})
    result = me.grade(paying(tmp_path), own, as_of=DAY, judgements=given)
    assert [result.explain(name).class_id for name in ("C00", "C01")] == ["now", "watch"]
