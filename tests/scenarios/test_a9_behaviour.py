"""A9: active, dormant or lost, against each customer's own rhythm, from a sales file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

import mainstay_engine as me

AS_OF = date(2024, 12, 31)

# Customer: days of silence and the gaps between its order days before that; the class by hand.
# Own rhythm 20 days: active up to 40, dormant up to max(80, 90), lost beyond. Own rhythm 60: 120
# and 240. Rhythm 5: the floors of 30 and 90. Fewer than three orders: the company's median rhythm,
# which is 20 (the rhythms are 5, 20 × 5, 60 × 5: the middle of eleven is 20): 40 and 90.
CASES = {
    "T-active": (40, (20, 20), "active"),
    "T-dormant": (41, (20, 20), "dormant"),
    "T-floor": (90, (20, 20), "dormant"),
    "T-lost": (91, (20, 20), "lost"),
    "S-active": (120, (60, 60), "active"),
    "S-dormant": (121, (60, 60), "dormant"),
    "S-edge": (240, (60, 60), "dormant"),
    "S-lost": (241, (60, 60), "lost"),
    "Q-active": (30, (5, 5), "active"),
    "F-active": (40, (100,), "active"),
    "F-dormant": (41, (), "dormant"),
    "F-lost": (91, (3,), "lost"),
    # Silent since 2021 and lost at the end of 2023; one of the two came back in 2024.
    "Back": (10, (1400, 20, 20), "active"),
    "Gone": (1410, (60, 60), "lost"),
}


@pytest.fixture
def facts(tmp_path: Path) -> me.Facts:
    rows = ["单据编号,单据日期,客户编码,金额"]
    for customer, (silence, gaps, _) in CASES.items():
        day = AS_OF - timedelta(days=silence)
        rows.append(f"XS-{customer}-0,{day},{customer},100.00")
        for number, gap in enumerate(gaps, start=1):
            day -= timedelta(days=gap)
            rows.append(f"XS-{customer}-{number},{day},{customer},100.00")
        # A return is no order: it ends nobody's silence.
        rows.append(f"TH-{customer},{AS_OF},{customer},-1.00")
    rows.append(f"TH-Never,{AS_OF},Never,-5.00")
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return me.read_facts(lines=path)


def test_silence_is_judged_by_each_customers_own_rhythm(facts: me.Facts) -> None:
    table = me.grade(facts, scheme="behaviour", as_of=AS_OF).to_arrow().to_pydict()
    found = dict(zip(table["customer_id"], table["class"], strict=True))
    expected = {customer: klass for customer, (_, _, klass) in CASES.items()}
    assert found == expected | {"Never": "n/a"}


def test_the_share_of_lost_customers_who_came_back_stands_beside(facts: me.Facts) -> None:
    result = me.grade(facts, scheme="behaviour", as_of=AS_OF)
    (came_back,) = result.measured
    assert came_back["as_of"] == "2023-12-31"
    assert (came_back["then"], came_back["of"], came_back["share"]) == (1, 2, 0.5)
    assert "Lost one window earlier who ordered since: 1 of 2 (50.0%)" in result.summary("en")


def test_without_earlier_history_the_share_is_not_made_up(facts: me.Facts) -> None:
    result = me.grade(facts, scheme="behaviour", as_of=AS_OF, window="all")
    assert result.measured[0]["share"] is None
    assert "n/a" in result.summary("en")


def test_the_reason_shows_the_rhythm_and_the_floor(facts: me.Facts) -> None:
    result = me.grade(facts, scheme="behaviour", as_of=AS_OF)
    assert "120 days (2 × 60 days)" in result.explain("S-active").text("en")
    assert "30 天（下限；2 × 5 天 更小）" in result.explain("Q-active").text("zh")
