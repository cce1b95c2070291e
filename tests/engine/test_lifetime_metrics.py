"""Lifetime metrics: what they are made of, what they may see, and when they cost anything."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

import mainstay_engine as me
from mainstay_engine.errors import NoData, NoFit
from mainstay_engine.lifetime import Histories, fit_orders, fit_spend
from mainstay_engine.metrics import available_metrics, compute_metrics, metrics
from mainstay_engine.rollups import State
from tests.engine.buying_worlds import AS_OF, buyers
from tests.engine.metrics_worlds import World, world

NAMES = [one.name for one in metrics() if one.family == "lifetime"]


def measured(given: World, as_of: date = AS_OF, **asked: Any) -> dict[str, dict[str, Any]]:
    rows = compute_metrics(given.facts(), NAMES, as_of=as_of, **asked).to_pylist()
    return {row["customer_id"]: row for row in rows}


def by_hand(given: World, as_of: date = AS_OF) -> dict[str, tuple[list[date], int, int | None]]:
    """Order days, net and profit of each customer up to a day."""
    found: dict[str, tuple[list[date], int, int | None]] = {}
    for row in given.lines:
        if row["doc_date"] > as_of:
            continue
        days, net, profit = found.get(row["customer_id"], ([], 0, 0))
        lost = profit is None or row["cost"] is None
        found[row["customer_id"]] = (
            sorted({*days, row["doc_date"]}), net + row["net"],
            None if lost else profit + row["net"] - row["cost"],
        )  # fmt: skip
    return found


def test_figures_are_those_of_the_models_on_own_order_days() -> None:
    given = buyers(1, without_cost=frozenset({"K0007"}))
    found, hand = measured(given), by_hand(given)
    assert list(found) == sorted(hand)
    days = [hand[who][0] for who in found]
    x = np.array([len(d) - 1 for d in days])
    t = np.array([(d[-1] - d[0]).days for d in days])
    age = np.array([(AS_OF - d[0]).days for d in days])
    alone = Histories.of(x, t / 7, age / 7)
    fit = fit_orders(Histories.from_days(x, t, age)[0])
    net = np.array([hand[who][1] for who in found])
    known = np.array([hand[who][2] is not None for who in found])
    profit = np.array([hand[who][2] or 0 for who in found])
    worth = fit_spend(x + 1, net / (x + 1)).expected(x + 1, net / (x + 1))
    own = (profit / (x + 1))[known]
    gain = np.zeros(len(x))
    gain[known] = fit_spend((x + 1)[known], own).expected((x + 1)[known], own)
    year = fit.expected(alone, 365 / 7)
    life = fit.expected(alone, 1826 / 7, discount=np.log(1.1) * 7 / 365.25)
    rows = list(found.values())

    def column(name: str) -> np.ndarray:
        return np.array([row[name] if row[name] is not None else np.nan for row in rows])

    assert column("p_alive") == pytest.approx(fit.alive(alone), abs=1e-12)
    assert column("expected_orders_12m") == pytest.approx(year, abs=6e-5)
    for name, exact in [
        ("expected_order_sales", worth), ("expected_sales_12m", year * worth),
        ("clv_sales", life * worth), ("expected_order_profit", np.where(known, gain, np.nan)),
        ("expected_profit_12m", np.where(known, year * gain, np.nan)),
        ("clv", np.where(known, life * gain, np.nan)),
    ]:  # fmt: skip
        assert column(name) == pytest.approx(exact, abs=0.51, nan_ok=True), name
    assert {who for who, row in found.items() if row["clv"] is None} == {"K0007"}
    assert 0.05 < np.nanmean(column("p_alive")) < 0.95  # some have left


def test_who_never_ordered_has_no_figure() -> None:
    given = buyers(2)
    given = replace(given, customers=[{"customer_id": "A-new", "customer_name": "new"}])
    row = measured(given)["A-new"]
    assert all(row[name] is None for name in NAMES)


@pytest.mark.parametrize("as_of", [AS_OF, date(2024, 6, 30)])
def test_later_facts_are_not_seen(as_of: date) -> None:
    given = buyers(3)
    past = replace(given, lines=[row for row in given.lines if row["doc_date"] <= as_of])
    assert len(past.lines) < len(given.lines)
    assert measured(given, as_of) == measured(past, as_of)
    late = [
        row | {"known_since": row["doc_date"] + timedelta(days=90 * (k % 3 == 0))}
        for k, row in enumerate(past.lines)
    ]
    told = [row for row in late if row["known_since"] <= date(2024, 6, 30)]
    seen = measured(replace(given, lines=late), as_of, known_as_of=date(2024, 6, 30))
    known = measured(replace(given, lines=told), as_of)
    assert {who: row["clv"] for who, row in seen.items()} == {
        who: row["clv"] for who, row in known.items()
    }


def test_a_state_has_the_same_figures() -> None:
    facts = buyers(4).facts()
    state = State.build(facts)
    table = compute_metrics(None, NAMES, as_of=AS_OF, state=state)
    assert table.equals(compute_metrics(facts, NAMES, as_of=AS_OF))


def test_several_orders_on_a_day_are_one_and_the_window_does_not_matter() -> None:
    given = buyers(5)
    half = [row | {"net": row["net"] // 2, "cost": 0, "doc_no": row["doc_no"] + "b"}
            for row in given.lines]  # fmt: skip
    rest = [row | {"net": row["net"] - row["net"] // 2} for row in given.lines]
    assert measured(replace(given, lines=half + rest), window="30d") == measured(given)


def test_too_few_customers_are_told_or_left_without_a_figure() -> None:
    facts = world(1).facts()
    with pytest.raises(NoFit, match="bought on more than one day"):
        compute_metrics(facts, ["p_alive"], as_of=AS_OF)
    table = compute_metrics(facts, ["net_sales", *NAMES], as_of=AS_OF, missing="null")
    assert all(table[name].null_count == len(table) for name in NAMES)
    assert table["net_sales"].null_count == 0
    bare = replace(facts, lines=facts.lines.drop("cost"))
    with pytest.raises(NoData, match="no facts for these metrics") as caught:
        compute_metrics(bare, ["clv"], as_of=AS_OF)
    assert caught.value.facts["needs"] == ["lines.cost"]


def test_a_scheme_can_grade_by_them() -> None:
    result = me.grade(buyers(6).facts(), {
        "name": "future", "version": 1, "title": {"en": "Future", "zh": "未来"},
        "classes": [{"id": name, "title": {"en": name, "zh": name}} for name in "ABN"],
        "cuts": {"by": "cumulative_share", "of": "clv", "rest": "B",
                 "steps": [{"class": "A", "up_to": 0.8}]},
        "rules": [{"class": "N", "when": [{"metric": "p_alive", "op": "<", "value": 0.1}],
                   "why": {"en": "has left", "zh": "已流失"}}],
        "unranked": "N", "show": ["expected_orders_12m", "expected_profit_12m"],
    }, as_of=AS_OF)  # fmt: skip
    counts = {row["class"]: row["customers"] for row in result.counts()}
    assert counts["N"] > 0 and 0 < counts["A"] < counts["B"]


def test_a_scheme_says_why_no_model_fits() -> None:
    with pytest.raises(NoFit) as caught:
        me.grade(world(1).facts(), {
            "name": "future", "version": 1, "title": {"en": "Future", "zh": "未来"},
            "classes": [{"id": name, "title": {"en": name, "zh": name}} for name in "AB"],
            "cuts": {"by": "thresholds", "of": "p_alive", "rest": "B",
                     "steps": [{"class": "A", "at_least": 0.5}]},
            "unranked": "B", "weigh": "net_sales",
        }, as_of=AS_OF)  # fmt: skip
    assert caught.value.text("en").startswith("Future (future v1): nobody was graded. 8 customers")
    assert "Import" not in caught.value.text("en") and "导入" not in caught.value.text("zh")


def test_ordinary_runs_fit_nothing() -> None:
    given = buyers(7).facts()
    assert not {one.name for one in available_metrics(given)} & set(NAMES)
    assert all(one.fitted for one in metrics() if one.name in NAMES)
    code = (
        "import sys, mainstay_engine.metrics as m; m.metrics(); import mainstay_engine.schemes;"
        "print([n for n in sys.modules if n.startswith('mainstay_engine.lifetime')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_silence_lowers_what_a_customer_is_worth() -> None:
    given = buyers(8)
    regular = [
        {**given.lines[0], "doc_no": f"R{k}", "customer_id": "regular",
         "doc_date": AS_OF - timedelta(days=300 - 20 * k)}
        for k in range(11)
    ]  # fmt: skip
    silent = [row | {"customer_id": "silent", "doc_no": f"Q{k}",
                     "doc_date": row["doc_date"] - timedelta(days=300)}
              for k, row in enumerate(regular)]  # fmt: skip
    found = measured(replace(given, lines=[*given.lines, *regular, *silent]))
    for name in ("p_alive", "expected_orders_12m", "expected_sales_12m", "clv"):
        assert found["silent"][name] < found["regular"][name], name
    assert found["silent"]["expected_order_sales"] == found["regular"]["expected_order_sales"]
