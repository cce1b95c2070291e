"""A3: one grade from seven things, loyalty among them, every weight to be seen and changed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import mainstay_engine as me

SIXTH = Decimal("0.000001")
HEAD = "单据编号,单据日期,到期日,客户编码,物料编码,数量,无税金额,税额,价税合计,成本\n"


def month_by_month(code: str, years: tuple[int, ...], net: int, cost: int, items: int) -> str:
    rows = []
    for year in years:
        for month in range(1, 13):
            rows += [
                f"{code}{year}{month:02},{year}-{month:02}-10,{year}-{month:02}-28,{code},"
                f"P{item},1,{net / items:.2f},0.00,{net / items:.2f},{cost / items:.2f}\n"
                for item in range(items)
            ]
    return "".join(rows)


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_text(
        HEAD
        + month_by_month("old", (2021, 2022, 2023, 2024), 1000, 750, 2)
        + month_by_month("new", (2024,), 1000, 750, 1),
        encoding="utf-8-sig",
    )
    return path


@pytest.fixture
def facts(sales: Path, tmp_path: Path) -> me.Facts:
    receipts = tmp_path / "receipts.csv"
    receipts.write_text(
        "收款单号,收款日期,客户编码,收款金额\nR1,2024-12-30,old,48000.00\nR2,2024-12-30,new,9000.00\n",
        encoding="utf-8-sig",
    )
    return me.read_facts(sales, receipts)


def test_the_points_of_a_loyal_customer_by_hand(facts: me.Facts) -> None:
    """Two customers who buy the same each month; one for four years, of twice as many items."""
    why = me.grade(facts, "composite", as_of="2024-12-31").explain("old").to_dict()
    earned = {each["metric"]: each["points"] for each in why["criteria"]}
    # No regions: the last criterion is left out, and the others' 95 are scaled up to 100.
    by_hand = {
        "net_sales": 10,  # as much as the other one: half of 20
        "order_days": 5,  # as often: half of 10
        "margin": 15,  # 25%: all
        "tenure": 5,  # more than three years: all
        # Of 47 gaps 27 are of 31 days, so that half of them at least are as the median is.
        "gap_unevenness": 5,
        "silence_ratio": 5,  # 21 days of silence, less than one gap: all
        "items": 5,  # the other one buys fewer: all
        "growth": 5,  # as much as the year before: half of 10
        "collection_rate_due": 15,  # all paid
        "return_rate": 5,  # nothing sent back
        "outside_region_share": None,
    }
    assert earned == {
        name: None if points is None else str((Decimal(points) * 100 / 95).quantize(SIXTH)
                                              .normalize())
        for name, points in by_hand.items()
    }  # fmt: skip
    (volume,) = (group for group in why["groups"] if group["name"] == "volume")
    assert (volume["points"], volume["max_points"]) == ("15.789474", "31.578948")


def test_the_weights_are_visible_and_one_changed_changes_the_points(facts: me.Facts) -> None:
    scheme = me.load_scheme("composite").definition()
    assert sum(Decimal(str(c["weight"])) for c in scheme["criteria"]) == 100
    loyal = sum(Decimal(str(c["weight"])) for c in scheme["criteria"] if c["group"] == "loyalty")
    assert loyal == 20

    def lead(definition: object) -> float:
        rows = me.grade(facts, definition, as_of="2024-12-31").to_arrow().to_pylist()  # type: ignore[arg-type]
        points = {row["customer_id"]: row["value"] for row in rows}
        return float(points["old"] - points["new"])

    for criterion in scheme["criteria"]:
        if criterion["metric"] == "tenure":
            criterion["weight"] = "25"
    assert lead(scheme) > lead("composite") > 0


def test_loyalty_stands_by_itself_with_its_points(facts: me.Facts) -> None:
    result = me.grade(facts, "composite", as_of="2024-12-31")
    groups = {c: {g["name"]: g for g in result.explain(c).data["groups"]} for c in ("old", "new")}
    old, new = (Decimal(groups[c]["loyalty"]["points"]) for c in ("old", "new"))
    assert old > new + 5, "longer, and more items"
    assert groups["old"]["loyalty"]["title"]["zh"] == "忠诚"


def test_sales_alone_are_graded_and_what_is_absent_is_named(sales: Path) -> None:
    result = me.grade(me.read_facts(sales), "composite", as_of="2024-12-31")
    assert {each["metric"] for each in result.absent} == {
        "collection_rate_due", "outside_region_share",
    }  # fmt: skip
    assert "the other weights are scaled up" in result.summary("en")
    assert {row["class"] for row in result.to_arrow().to_pylist()} <= {"A", "B", "C"}
