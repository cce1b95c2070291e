"""Story: big customers that have become a burden, and small ones on whom too much is spent (B3).

The demo company's files are read as an ERP writes them. By sales the burdens are among the best
customers, and each brings a gross profit; what is left after discounts, visits, training, promotion
money, freight and complaints is less than nothing. Costs are worked out once more from the rows of
the files in plain Python. The waterfall's bars tie to the cent for everybody.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.activities import activities
from mainstay_engine.portfolio.waterfall import waterfall
from mainstay_engine.synth import demo

START, END = date(2025, 7, 1), date(2026, 6, 30)
NAMES = ["list_sales", "discounts", "net_sales", "cost", "gross_profit", "rebates", "effort_cost",
         "financing", "cost_to_serve", "profit_after_service", "discount_rate", "effort_hours",
         *(f"effort_cost_{one.name}" for one in activities())]  # fmt: skip
Figures = dict[str, dict[str, float]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    demo().write(folder)
    return folder


@pytest.fixture(scope="module")
def figures(files: Path) -> Figures:
    facts = me.read_facts(
        files / "lines.csv", files / "receipts.csv", files / "customers.csv",
        efforts=files / "efforts.csv", effort_rates=files / "effort_rates.csv",
    )  # fmt: skip
    table = me.compute_metrics(facts, NAMES, as_of=END, window="12m")
    return {row["customer_id"]: row for row in table.to_pylist()}


@pytest.fixture(scope="module")
def story(files: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows(files / "truth.csv"):
        found[row["埋设事实"]].add(row["客户编码"])
    return found


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def by_hand(files: Path, code: str) -> Decimal:
    """What the efforts for a customer cost in the window, in yuan, from the files' rows."""
    rates = rows(files / "effort_rates.csv")
    whole = Decimal(0)
    for row in rows(files / "efforts.csv"):
        day = row["日期"]
        if row["客户编码"] != code or not START.isoformat() <= day <= END.isoformat():
            continue
        if row["金额"]:
            whole += Decimal(row["金额"])
            continue
        fitting = [r for r in rates if r["活动"] == row["活动"] and r["生效日期"] <= day]
        rate = max(fitting, key=lambda r: r["生效日期"])
        cost = (
            Decimal(row["工时"]) * Decimal(rate["每小时"])
            if row["工时"] and rate["每小时"]
            else Decimal(row["次数"] or 1) * Decimal(rate["每次"])
        )
        whole += cost.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return whole


def test_burdens_look_like_the_best_and_leave_nothing(
    figures: Figures, story: dict[str, set[str]]
) -> None:
    by_sales = sorted(figures, key=lambda c: -figures[c]["net_sales"])
    usual = sorted(row["discount_rate"] for row in figures.values() if row["discount_rate"])
    for code in story["burden"]:
        burden = figures[code]
        assert by_sales.index(code) < len(by_sales) / 20
        assert burden["gross_profit"] > 0 > burden["profit_after_service"]
        assert burden["discount_rate"] > usual[len(usual) // 2]
    others = set(by_sales[:20]) - set().union(*story.values())
    assert len(others) > 10
    assert all(figures[code]["profit_after_service"] > 0 for code in others)


def test_over_served_customers_are_small_and_cost_more_than_they_bring(
    figures: Figures, story: dict[str, set[str]]
) -> None:
    by_hours = sorted(figures, key=lambda c: -figures[c]["effort_hours"])
    assert story["over_served"] | story["burden"] == set(by_hours[:5])
    sales = sorted(row["net_sales"] for row in figures.values())
    for code in story["over_served"]:
        assert figures[code]["net_sales"] < sales[len(sales) // 2]
        assert figures[code]["gross_profit"] > 0 > figures[code]["profit_after_service"]


def test_costs_of_effort_are_those_of_the_files_rows(
    figures: Figures, files: Path, story: dict[str, set[str]]
) -> None:
    for code in sorted(story["burden"] | story["over_served"] | story["slow_payer"]):
        assert figures[code]["effort_cost"] == 100 * by_hand(files, code), code


def test_every_waterfall_leads_to_the_cent_from_list_price_to_what_is_left(
    figures: Figures,
) -> None:
    seen = 0
    for code, row in figures.items():
        steps = waterfall({name: row[name] for name in NAMES if not name.endswith("_rate")})
        assert steps.whole, (code, steps.lacking)
        taken = sum(step.amount for step in steps.steps if not step.level)
        assert steps.steps[0].amount - taken == row["profit_after_service"]
        left = None
        for step in steps.steps:
            left = step.amount if left is None else left if step.level else left - step.amount
            assert step.left == left, (code, step)
        seen += len(steps.steps) > 5
    assert seen > 400


def test_slow_payers_cost_more_money_than_prompt_ones_of_their_size(
    figures: Figures, story: dict[str, set[str]]
) -> None:
    def per_sale(codes: set[str]) -> float:
        chosen = [figures[code] for code in codes if figures[code]["net_sales"] > 0]
        return sum(r["financing"] for r in chosen) / sum(r["net_sales"] for r in chosen)

    everybody = set(figures) - story["slow_payer"] - story["stretcher"]
    assert per_sale(story["slow_payer"]) > 2 * per_sale(everybody)


def test_without_efforts_nothing_is_told_in_their_place(files: Path) -> None:
    facts = me.read_facts(files / "lines.csv", files / "receipts.csv")
    with pytest.raises(me.NoData) as caught:
        me.compute_metrics(facts, ["profit_after_service"], as_of=END)
    assert "efforts" in caught.value.facts["needs"]
    bare = me.compute_metrics(facts, ["profit_after_service"], as_of=END, missing="null")
    assert bare["profit_after_service"].null_count == len(bare)
