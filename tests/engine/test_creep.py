"""Concession creep: cases anybody can check, a plain loop beside, and what must never matter."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.errors import NoData
from mainstay_engine.facts import Facts
from mainstay_engine.portfolio.creep import COVERED, ORDERS, PEERS, creep
from mainstay_engine.portfolio.peers import median_of_others

Row = dict[str, Any]
DAY = date(2025, 12, 31)
HALVES = ((2024, 1), (2024, 7), (2025, 1), (2025, 7))
KINDS = {"doc_no": pa.string(), "kind": pa.string(), "customer_id": pa.string(),
         "doc_date": pa.date32(), "due_date": pa.date32(), "item": pa.string(),
         "quantity": pa.decimal128(18, 4), "net": pa.int64(), "discount": pa.int64()}  # fmt: skip


def facts(rows: list[Row]) -> Facts:
    named = [name for name in KINDS if any(name in row for row in rows)]
    table = pa.table({name: pa.array([r.get(name) for r in rows], KINDS[name]) for name in named})
    backend = on_duckdb(open_duckdb(threads=1))
    backend.con.register("given", table)
    backend.con.execute("CREATE TABLE lines AS SELECT * FROM given")
    return Facts(backend, backend.table("lines"), currency="CNY")


def sold(who: str, half: int, number: int, price: int, *, item: str = "a", quantity: int = 10,
         **more: Any) -> Row:  # fmt: skip
    year, month = HALVES[half]
    return {
        "doc_no": f"{who}{half}{number}", "kind": "invoice", "customer_id": who, "item": item,
        "doc_date": date(year, month + number, 5), "quantity": Decimal(quantity),
        "net": price * quantity, **more,
    }  # fmt: skip


def company(prices: Mapping[str, tuple[int, ...]]) -> list[Row]:
    """Three invoices of one item each half-year, at the price of each customer and half-year."""
    return [
        sold(who, half, number, price)
        for who, path in prices.items() for half, price in enumerate(path) for number in range(3)
    ]  # fmt: skip


STEADY: dict[str, tuple[int, ...]] = {f"P{n}": (1000, 1000, 1000, 1000) for n in range(4)}


def of(rows: list[Row], who: str = "K", measure: str = "price", **more: Any) -> Row:
    found = creep(facts(rows), as_of=more.pop("as_of", DAY)).table.to_pylist()
    return next(r for r in found if (r["customer_id"], r["measure"]) == (who, measure))


def test_a_price_that_falls_step_by_step_is_an_alarm_and_costs_what_it_costs() -> None:
    row = of(company(STEADY | {"K": (1000, 980, 960, 900)}))
    assert row["alarm"]
    assert row["level"] == pytest.approx([1, 0.98, 0.96, 0.90])
    assert row["drift"] == pytest.approx(0.10)
    # 30 × 960 + 30 × 900 = 55,800 sold in the last year; at nine tenths of the price.
    assert row["yearly"] == 6200


def test_what_everybody_gets_is_no_creep() -> None:
    path = (1000, 980, 960, 900)
    row = of(company({**dict.fromkeys(STEADY, path), "K": path}))
    assert not row["alarm"]
    assert row["drift"] == pytest.approx(0)


@pytest.mark.parametrize("who", ["K", *STEADY])
def test_constant_prices_have_no_creep(who: str) -> None:
    row = of(company(STEADY | {"K": (700, 700, 700, 700)}), who)
    assert row["drift"] == pytest.approx(0, abs=1e-12)
    assert (row["yearly"], row["alarm"]) == (0, False)


def test_one_fall_is_not_a_creep() -> None:
    assert not of(company(STEADY | {"K": (1000, 1000, 1000, 900)}))["alarm"]


def test_few_orders_or_few_peers_are_not_enough() -> None:
    rows = company(STEADY | {"K": (1000, 980, 960, 900)})
    thin = [r for r in rows if r["doc_no"] != "K11"]
    alone = [r for r in rows if r["customer_id"] not in ("P2", "P3")]
    for few in (thin, alone):
        row = of(few)
        assert (row["drift"], row["yearly"], row["alarm"]) == (None, None, False)


def test_terms_and_discounts_are_told_where_the_lines_tell_them() -> None:
    rows = company(STEADY | {"K": (1000, 1000, 1000, 1000)})
    for row in rows:
        half = HALVES.index((row["doc_date"].year, 1 if row["doc_date"].month < 7 else 7))
        grown = half if row["customer_id"] == "K" else 0
        row["due_date"] = date.fromordinal(row["doc_date"].toordinal() + 30 + 10 * grown)
        row["discount"] = row["net"] * grown // 10
    terms, given = of(rows, measure="terms"), of(rows, measure="discount")
    assert terms["level"] == pytest.approx([30, 40, 50, 60])
    assert terms["drift"] == pytest.approx(30)
    assert terms["yearly"] == round(60_000 * 30 * 0.06 / 365)
    assert given["level"] == pytest.approx([0, 1 / 11, 2 / 12, 3 / 13])
    assert given["yearly"] == round(3 / 13 * 60_000 / (1 - 3 / 13))  # list value of now × drift
    assert given["alarm"] and terms["alarm"]


def test_nobody_sees_the_future() -> None:
    rows = company(STEADY | {"K": (1000, 980, 960, 900)})
    later = [{**r, "doc_no": f"X{r['doc_no']}", "doc_date": date(2026, 1, 1), "net": 1}
             for r in rows]  # fmt: skip
    assert of(rows + later) == of(rows)


def test_no_sales_lately_is_said() -> None:
    with pytest.raises(NoData):
        creep(facts(company(STEADY)), as_of="2027-12-31")


def random_rows(seed: int) -> list[Row]:
    dice = random.Random(seed)
    return [
        sold(f"C{who}", half, number % 6, dice.randint(800, 1200), item=dice.choice("abc"),
             quantity=dice.randint(1, 9)) | {"doc_no": f"{who}-{half}-{number}"}
        for who in range(7) for half in range(4) for number in range(dice.randint(1, 8))
    ]  # fmt: skip


def by_hand(rows: list[Row], who: str) -> tuple[list[float | None], list[float | None]]:
    """Own and peers' steps of the prices, by loops."""
    halves: list[dict[tuple[str, str], list[float]]] = [{} for _ in HALVES]
    orders: list[set[str]] = [set() for _ in HALVES]
    net = [0] * 4
    for row in rows:
        half = HALVES.index((row["doc_date"].year, 1 if row["doc_date"].month < 7 else 7))
        cell = halves[half].setdefault((row["customer_id"], row["item"]), [0, 0])
        cell[0] += row["net"]
        cell[1] += float(row["quantity"])
        if row["customer_id"] == who:
            orders[half].add(row["doc_no"])
            net[half] += row["net"]
    own: list[float | None] = []
    peers: list[float | None] = []
    for then, now in ((0, 1), (1, 2), (2, 3)):
        paid = base = usual = 0.0
        for item in "abc":
            moved = {
                c: halves[now][c, i][0] / halves[now][c, i][1]
                / (halves[then][c, i][0] / halves[then][c, i][1])
                for c, i in halves[now] if i == item and (c, i) in halves[then]
            }  # fmt: skip
            others = [value for code, value in moved.items() if code != who]
            if who not in moved or len(others) < PEERS:
                continue
            value = halves[now][who, item][0]
            old = value / moved[who]
            paid, base, usual = paid + value, base + old, usual + old * median(others)
        enough = min(len(orders[then]), len(orders[now])) >= ORDERS
        known = enough and base > 0 and paid >= COVERED * net[now]
        own.append(1 - paid / base if known else None)
        peers.append(1 - usual / base if known else None)
    return own, peers


@pytest.mark.parametrize("seed", range(4))
def test_a_plain_loop_says_the_same(seed: int) -> None:
    rows = random_rows(seed)
    for row in creep(facts(rows), as_of=DAY).table.to_pylist():
        own, peers = by_hand(rows, row["customer_id"])
        for found, expected in ((row["own"], own), (row["peers"], peers)):
            assert [v is None for v in found] == [v is None for v in expected]
            assert [v for v in found if v is not None] == pytest.approx(
                [v for v in expected if v is not None], abs=1e-12
            )


def test_another_currency_unit_changes_nothing_but_the_money() -> None:
    rows = random_rows(9)
    scaled = [{**row, "net": row["net"] * 100} for row in rows]
    once, again = (creep(facts(each), as_of=DAY).table for each in (rows, scaled))
    for name in ("drift", "level", "own", "peers"):
        a, b = (np.array(t[name].to_pylist(), dtype=np.float64) for t in (once, again))
        assert np.allclose(a, b, equal_nan=True)
    assert once["alarm"] == again["alarm"]


def test_who_leaves_changes_only_the_peers_of_the_rest() -> None:
    rows = company(STEADY | {"Q": (1000, 990, 985, 970), "K": (1000, 980, 960, 900)})
    rest = [row for row in rows if row["customer_id"] != "Q"]
    assert of(rest)["own"] == of(rows)["own"]
    assert of(rest)["level"] == of(rows)["level"]


def test_the_median_of_others_is_that_of_a_list_without_one() -> None:
    dice = random.Random(3)
    groups = np.array([dice.randint(0, 5) for _ in range(40)])
    values = np.array([float(dice.randint(0, 9)) for _ in range(40)])
    for at, found in enumerate(median_of_others(groups, values, 3)):
        rest = [v for i, v in enumerate(values) if i != at and groups[i] == groups[at]]
        assert (np.isnan(found) and len(rest) < 3) or found == median(rest)
