"""A3: loyalty has a type: how regularly a customer buys against how attached it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements

CASES = {
    "Trusting": (30, 4, 0, "trusting"), "Lazy": (30, 2, 0, "lazy"), "Bound": (30, 1, 1, "bound"),
    "Latent": (300, 4, 0, "latent"), "Neither": (300, 1, 0, "none"),
    "Friend": (30, 3, 1, "trusting"),
}  # fmt: skip
"""Days between orders, attachment, stays for a benefit; the type by hand."""


def test_each_type_is_told_from_the_others(tmp_path: Path) -> None:
    rows = ["单据编号,单据日期,客户编码,金额"]
    for customer, (gap, *_) in CASES.items():
        rows += [
            f"{customer}{n},{DAY - timedelta(days=3 + gap * n)},{customer},100" for n in range(40)
        ]
    (tmp_path / "sales.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    given = judgements({
        name: {"attachment": attachment, "benefit": benefit}
        for name, (_, attachment, benefit, _) in CASES.items()
    })  # fmt: skip
    result = me.grade(
        me.read_facts(tmp_path / "sales.csv"), "loyalty_type", as_of=DAY, judgements=given
    )
    assert {name: result.explain(name).class_id for name in CASES} == {
        name: case[3] for name, case in CASES.items()
    }
