"""A backtest sees what was known then and nothing else; its shares are those counted by hand."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

import mainstay_engine as me
from mainstay_engine.backtest import Backtest, backtest, following
from mainstay_engine.backtest.words import told
from mainstay_engine.synth import demo

SALES: dict[str, list[int]] = {
    "a": [90, 90, 10, 90, 90, 90], "b": [50, 10, 95, 10, 10, 10],
    "c": [10, 10, 10, 10, 10, 10], "d": [0, 0, 5, 5, 5, 5],
}  # fmt: skip
"""Net sales of the months from January 2024, in yuan."""
TITLE = {"en": "Trial", "zh": "试用"}
BIG: dict[str, Any] = {
    "name": "big", "version": 1, "title": TITLE, "window": "1m",
    "classes": [{"id": c, "title": TITLE} for c in "ABN"],
    "cuts": {"by": "thresholds", "of": "net_sales", "rest": "B",
             "steps": [{"class": "A", "at_least": 50}]},
    "unranked": "N",
}  # fmt: skip
"""A: fifty yuan and more in the month that ends on the day."""


def lines(*more: dict[str, Any]) -> me.Facts:
    rows: list[dict[str, Any]] = [
        {"doc_no": f"{customer}{month}", "kind": "invoice", "doc_date": date(2024, month + 1, 10),
         "customer_id": customer, "net": net * 100, "known_since": date(2024, month + 1, 10)}
        for customer, months in SALES.items() for month, net in enumerate(months) if net
    ]  # fmt: skip
    day = date(2024, 6, 30)
    end = {"doc_no": "end", "kind": "invoice", "doc_date": day, "customer_id": "c", "net": 1,
           "known_since": day}  # fmt: skip
    return me.facts_from_tables(pa.Table.from_pylist([*rows, end, *more]), currency="CNY")


def replayed(facts: me.Facts, **more: Any) -> Backtest:
    return backtest(facts, BIG, against=BIG | {"name": "same"}, periods=4, months=1, **more)


def test_days_shares_and_moves_are_those_counted_by_hand() -> None:
    found = replayed(lines())
    assert [(p.as_of, p.until) for p in found.points] == [
        (date(2024, 2, 29), date(2024, 3, 31)), (date(2024, 3, 31), date(2024, 4, 30)),
        (date(2024, 4, 30), date(2024, 5, 31)), (date(2024, 5, 31), date(2024, 6, 30)),
    ]  # fmt: skip
    # In A: a, then b, then a, a. What they brought after, of what all then known brought.
    first, second, third, fourth = (point.levels["sales"][0] for point in found.points)
    assert [one.customers for one in (first, second, third, fourth)] == [1, 1, 1, 1]
    assert first.share == pytest.approx(10 / 115)
    assert second.share == pytest.approx(10 / 115)
    assert third.share == pytest.approx(90 / 115)
    assert fourth.share == pytest.approx(90 / 115.01)
    assert first.chance == pytest.approx(1 / 3)  # d is not known yet
    assert second.chance == pytest.approx(1 / 4)
    # In March a and b change places, in April they change back, then nobody moves.
    assert [p.moved for p in found.points] == [None, 2, 2, 0]
    assert [p.back for p in found.points] == [None, None, 2, 0]
    assert found.moved == pytest.approx(4 / 11)
    assert found.moved_back == pytest.approx(2 / 4)
    assert found.assumed == 0


def test_against_itself_nothing_is_gained() -> None:
    found = replayed(lines())
    assert [(gain.mean, gain.low, gain.high) for gain in found.gains] == [(0, 0, 0)]
    for point in found.points:
        assert all(one.share == one.against for one in point.levels["sales"])


def test_a_fact_known_later_moves_no_number() -> None:
    """A credit note over all of a's February, dated in February, known in July only."""
    late = {"doc_no": "late", "kind": "credit_note", "doc_date": date(2024, 2, 11),
            "customer_id": "a", "net": -90_00, "known_since": date(2024, 7, 15)}  # fmt: skip
    until = date(2024, 6, 30)
    with_it, without = replayed(lines(late), until=until), replayed(lines(), until=until)
    assert with_it.to_dict() == without.to_dict()
    known = late | {"known_since": date(2024, 2, 12)}
    assert replayed(lines(known), until=until).to_dict() != without.to_dict()


def test_days_without_anybody_are_named_and_none_at_all_is_an_error() -> None:
    facts = lines()
    found = backtest(facts, BIG, against=BIG, periods=8, months=1)
    assert found.refused == (date(2023, 10, 31), date(2023, 11, 30), date(2023, 12, 31))
    assert len(found.points) == 5
    with pytest.raises(me.NoData):
        backtest(facts, BIG, periods=1, months=1, until=date(2023, 6, 30))


def test_on_the_demo_company_levels_rise_and_guards_tell_their_cases() -> None:
    made = demo(customers=80)
    facts = me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")
    found = backtest(facts, "composite", periods=4)
    assert [gain.figure for gain in found.gains] == ["sales", "profit", "overdue"]
    for point in found.points:
        assert sum(point.counts.values()) == point.customers
        for levels in point.levels.values():
            sizes = [one.customers for one in levels]
            assert sizes == sorted(sizes)
    for gain in found.gains:
        assert gain.low <= gain.mean <= gain.high
    assert {guard.name for guard in found.guards} >= {"one_off_bulk", "busy_without_profit"}
    assert sum(guard.cases for guard in found.guards)
    assert found.assumed == 1
    json.dumps(found.to_dict())
    for lang, word in (("en", "resamplings"), ("zh", "重抽样")):
        assert word in told(found, lang)


def test_of_many_customers_groups_are_resampled_and_tell_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = demo(customers=160)
    facts = me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")
    each = backtest(facts, "composite", periods=3).gains
    monkeypatch.setattr(following, "GROUPS", 80)
    grouped = backtest(facts, "composite", periods=3).gains
    for one, other in zip(each, grouped, strict=True):
        assert one.mean == pytest.approx(other.mean)
        assert other.low <= other.mean <= other.high
        width, wide = one.high - one.low, other.high - other.low
        assert wide == pytest.approx(width, rel=0.35)
