"""A7: core customers proposed by growth first; influence counts."""

from __future__ import annotations

from pathlib import Path

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements


def test_core_is_proposed_by_growth_first_and_influence_counts(tmp_path: Path) -> None:
    rows = ["单据编号,单据日期,客户编码,无税金额,成本\n"]
    for number in range(10):
        grown = 1000 * (1 + 0.05 * number)
        for month in range(1, 13):
            rows.append(f"A{number}{month},2023-{month:02}-05,C{number},1000,800\n")
            rows.append(
                f"B{number}{month},2024-{month:02}-05,C{number},{grown:.0f},{grown * 0.8:.0f}\n"
            )
    path = tmp_path / "sales.csv"
    path.write_text("".join(rows), encoding="utf-8-sig")
    facts = me.read_facts(path)
    plain = me.grade(facts, "core_growth", as_of=DAY)
    assert [r["customer_id"] for r in plain.to_arrow().to_pylist() if r["class"] == "core"] == [
        "C9"
    ]
    middling = {f"C{number}": {"influence": 2, "market_share": 2} for number in range(9)}
    given = judgements(middling | {
        "C9": {"influence": 1, "market_share": 1}, "C6": {"influence": 3, "market_share": 3},
    })  # fmt: skip
    told = me.grade(facts, "core_growth", as_of=DAY, judgements=given)
    assert told.explain("C6").class_id == "core"
    assert told.explain("C9").class_id != "core"
