"""A3: loyalty has a type: how regularly a customer buys against how attached it is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import mainstay_engine as me
from tests.scenarios.judging import DAY, judgements

CASES = {
    "Trusting": (30, 4, 0, "trusting"), "Lazy": (30, 2, 0, "lazy"), "Bound": (30, 1, 1, "bound"),
    "Latent": (300, 4, 0, "latent"), "Neither": (300, 1, 0, "none"),
    "Friend": (30, 3, 1, "trusting"),
}  # fmt: skip
"""Days between orders, attachment, stays for a benefit; the type by hand."""


@pytest.fixture
def facts(tmp_path: Path) -> me.Facts:
    rows = ["单据编号,单据日期,客户编码,金额"]
    for customer, (gap, *_) in CASES.items():
        rows += [
            f"{customer}{n},{DAY - timedelta(days=3 + gap * n)},{customer},100" for n in range(40)
        ]
    (tmp_path / "sales.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    return me.read_facts(tmp_path / "sales.csv")


def test_each_type_is_told_from_the_others(facts: me.Facts) -> None:
    given = judgements({
        name: {"attachment": attachment, "benefit": benefit}
        for name, (_, attachment, benefit, _) in CASES.items()
    })  # fmt: skip
    result = me.grade(facts, "loyalty_type", as_of=DAY, judgements=given)
    assert {name: result.explain(name).class_id for name in CASES} == {
        name: case[3] for name, case in CASES.items()
    }


def test_loyalty_adds_what_people_know_to_how_it_buys(facts: me.Facts) -> None:
    """Bought for more than three years, like clockwork, three days ago; no items in these books.

    Of 45 points: 45. Judged as sending us customers and keeping agreements, but with a trifle of
    its wallet: 45 of 45, 10 of 10, 10 of 10, 0 of 15: 65 of 80, scaled up to 100: 81.25.
    """
    ones = {"wallet": 1, "referrals": 3, "agreements": 3}
    result = me.grade(facts, "loyalty", as_of=DAY, judgements=judgements({"Lazy": ones}))
    assert result.explain("Lazy").data["value"] == "81.25"
    assert result.explain("Lazy").class_id == "loyal"
    bare = result.explain("Bound").data
    assert (bare["class"], bare["value"]) == ("n/a", None)  # 45 of 100 is not enough to judge by
    groups = {group["name"]: group for group in result.explain("Lazy").data["groups"]}
    assert (groups["known"]["weight"], groups["known"]["known"]) == ("40", "35")
