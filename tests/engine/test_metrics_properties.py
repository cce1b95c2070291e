"""Properties: order of rows, sums, scale, windows; and what is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.errors import MixedCurrencies, NoData, UnknownName
from mainstay_engine.facts import Facts
from mainstay_engine.metrics import (
    Window,
    available_metrics,
    company_totals,
    compute_metrics,
    customers_of,
    metric,
    metrics,
    monthly_sales,
)
from tests.engine.metrics_worlds import world

NAMES = [one.name for one in metrics() if not one.fitted]
AS_OF = date(2024, 12, 31)


@pytest.mark.parametrize("seed", range(3))
def test_row_order_does_not_matter(seed: int) -> None:
    given_world = world(seed)
    shuffled = {
        name: random.Random(seed).sample(rows, len(rows))
        for name, rows in vars(given_world).items() if name != "allocations"
    }  # fmt: skip
    assert compute_metrics(given_world.facts(), NAMES, as_of=AS_OF).equals(
        compute_metrics(given_world.facts(**shuffled), NAMES, as_of=AS_OF)
    )


@pytest.mark.parametrize("seed", range(3))
def test_customers_and_unassigned_lines_tie_with_the_company(seed: int) -> None:
    facts = world(seed).facts()
    table = compute_metrics(facts, ["net_sales", "gross_sales"], as_of=AS_OF)
    totals = company_totals(facts, as_of=AS_OF)
    assert sum(table["net_sales"].to_pylist()) + totals["unassigned_net"] == totals["net"]
    sales = [r for r in world(seed).lines if r["kind"] != "opening"]
    inside = [r for r in sales if date(2024, 1, 1) <= r["doc_date"] <= AS_OF]
    assert totals["lines"] == len(inside)
    assert totals["net"] == sum(r["net"] for r in inside)
    assert totals["documents"] == len({r["doc_no"] for r in inside})
    assert totals["unassigned_lines"] == sum(r["customer_id"] is None for r in inside)


@pytest.mark.parametrize("as_of", [date(2024, 12, 31), date(2024, 2, 29), date(2023, 5, 3)])
def test_months_add_up_to_the_window(as_of: date) -> None:
    facts = world(4).facts()
    months = monthly_sales(facts, as_of=as_of, months=12)
    table = compute_metrics(facts, ["net_sales"], as_of=as_of)
    assert months["customer_id"].equals(table["customer_id"])
    assert [sum(m) for m in months["monthly"].to_pylist()] == table["net_sales"].to_pylist()


@pytest.mark.parametrize("factor", [3, 100])
def test_scale_of_the_currency_changes_no_ratio(factor: int) -> None:
    whole = world(6)
    money = ("net", "tax", "gross", "cost", "discount")
    lines = [r | {m: r[m] * factor for m in money if r[m] is not None} for r in whole.lines]
    receipts = [r | {"amount": r["amount"] * factor} for r in whole.receipts]
    allocations = [r | {"amount": r["amount"] * factor} for r in whole.allocations]
    scaled = whole.facts(lines=lines, receipts=receipts, allocations=allocations)
    names = [m.name for m in metrics() if m.unit != "money" and not m.fitted]
    left = compute_metrics(whole.facts(), names, as_of=AS_OF)
    right = compute_metrics(scaled, names, as_of=AS_OF)
    for name in names:
        assert left[name].to_pylist() == pytest.approx(right[name].to_pylist()), name


@pytest.mark.parametrize(("text", "as_of", "start", "end", "before"), [
    ("12m", "2011-12-09", "2010-12-10", "2011-12-09", ("2009-12-10", "2010-12-09")),
    ("1m", "2024-03-31", "2024-03-01", "2024-03-31", ("2024-02-01", "2024-02-29")),
    ("12m", "2024-02-29", "2023-03-01", "2024-02-29", ("2022-03-01", "2023-02-28")),
    ("90d", "2024-03-31", "2024-01-02", "2024-03-31", ("2023-10-04", "2024-01-01")),
    ("2024-01-01..2024-12-31", "2025-03-01", "2024-01-01", "2024-12-31",
     ("2023-01-01", "2023-12-31")),
    ("2024-01-10..2024-01-19", "2025-03-01", "2024-01-10", "2024-01-19",
     ("2023-12-31", "2024-01-09")),
    ("2024-01-01..2024-12-31", "2024-06-30", "2024-01-01", "2024-06-30",
     ("2023-07-01", "2023-12-31")),
])  # fmt: skip
def test_windows(text: str, as_of: str, start: str, end: str, before: tuple[str, str]) -> None:
    found = Window.parse(text).resolve(date.fromisoformat(as_of))
    assert (found.start.isoformat(), found.end.isoformat()) == (start, end)
    assert found.previous == tuple(map(date.fromisoformat, before))


def test_all_has_no_window_before() -> None:
    table = compute_metrics(world(1).facts(), ["previous_net_sales", "growth"], as_of=AS_OF,
                            window="all")  # fmt: skip
    assert table["growth"].null_count == table["previous_net_sales"].null_count == len(table)


@pytest.mark.parametrize("text", ["", "12", "0m", "12y", "2024-13-01..2024-12-31", "2024-02-01.."])
def test_bad_windows_are_refused(text: str) -> None:
    with pytest.raises(UnknownName, match="not a window"):
        Window.parse(text)


def test_metrics_without_their_facts_are_refused_or_null() -> None:
    facts = replace(world(1).facts(), receipts=None, allocations=None)
    facts = replace(facts, lines=facts.lines.drop("cost"))
    with pytest.raises(NoData) as caught:
        compute_metrics(facts, ["margin", "receipts", "net_sales"], as_of=AS_OF)
    assert caught.value.facts["needs"] == ["lines.cost", "receipts"]
    table = compute_metrics(facts, ["margin", "net_sales"], as_of=AS_OF, missing="null")
    assert table["margin"].null_count == len(table)
    assert table["net_sales"].null_count == 0
    names = {one.name for one in available_metrics(facts)}
    assert "net_sales" in names
    assert not names & {"margin", "cost", "gross_profit", "receipts", "open_balance", "days_late"}


def test_unknown_metrics_are_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="no metric «sales_total»"):
        metric("sales_total")


def test_mixed_currencies_are_refused_with_their_counts() -> None:
    lines = world(1).arrow("lines")
    currency = pa.array(["CNY"] * (len(lines) - 2) + ["USD", "USD"])
    backend = on_duckdb(open_duckdb())
    backend.con.register("lines", lines.append_column("currency", currency))
    with pytest.raises(MixedCurrencies) as caught:
        compute_metrics(Facts(backend, backend.table("lines")), ["net_sales"], as_of=AS_OF)
    assert f"CNY ({len(lines) - 2}), USD (2)" in str(caught.value)


def test_gross_is_net_and_tax_or_net_where_the_input_has_none() -> None:
    facts = world(2).facts()
    facts = replace(facts, lines=facts.lines.filter(facts.lines.kind != "opening"))
    whole = compute_metrics(facts, ["open_balance"], as_of=AS_OF)
    bare = replace(facts, lines=facts.lines.drop("gross"))
    assert compute_metrics(bare, ["open_balance"], as_of=AS_OF).equals(whole)
    untaxed = replace(facts, lines=facts.lines.drop("gross", "tax"))
    assert not compute_metrics(untaxed, ["open_balance"], as_of=AS_OF).equals(whole)


def test_customers_are_those_seen_by_the_date() -> None:
    given_world = world(1)
    as_of = date(2023, 2, 1)
    seen = {r["customer_id"] for r in given_world.lines if r["doc_date"] <= as_of}
    seen |= {r["customer_id"] for r in given_world.receipts if r["date"] <= as_of}
    seen |= {r["customer_id"] for r in given_world.customers}
    seen |= {r["customer_id"] for r in given_world.efforts if r["date"] <= as_of}
    table = customers_of(given_world.facts(), as_of=as_of)
    assert table["customer_id"].to_pylist() == sorted(seen - {None}, key=str.encode)
    names = dict(zip(*table.to_pydict().values(), strict=True))
    assert names["K1"] == "客户 K1"  # the customers table comes first
    later = customers_of(given_world.facts(), as_of=AS_OF).to_pylist()
    assert {"customer_id": "零售", "customer_name": "Firm 零售"} in later


def test_every_metric_is_described_in_both_languages() -> None:
    for one in metrics():
        described = one.to_dict()
        assert one.en and one.zh and one.formula and one.source
        assert set(one.missing) == {"en", "zh"} and all(one.missing.values())
        assert described["unit"] in {"money", "ratio", "days", "count", "date", "number"}
