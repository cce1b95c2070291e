"""Several currencies: read, converted and settled, against plain Python with fractions."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mainstay_engine as me
from mainstay_engine.rollups import State

Row = dict[str, Any]
PLACES = {"CNY": 2, "USD": 2, "JPY": 0, "KWD": 3}
AS_OF = date(2024, 12, 31)
NAMES = ["net_sales", "gross_profit", "receipts", "open_balance", "overdue_balance",
         "overdue_share", "due_in_window", "collection_rate_due", "days_late",
         "orders"]  # fmt: skip


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def major(minor: int, currency: str) -> str:
    places = PLACES[currency]
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def half_even(exact: Fraction) -> int:
    return round(exact)  # Python rounds a Fraction half to even


class World:
    """Invoices, credit notes, receipts and rates in several currencies, in minor units."""

    def __init__(self, seed: int, *, rates: dict[str, list[str]] | None = None) -> None:
        rng = random.Random(seed)
        listed = rates or {"USD": ["7.1", "7.2345", "6.98"], "JPY": ["0.048123", "0.051"],
                           "KWD": ["23.19", "23.5555555555"]}  # fmt: skip
        self.rates: list[Row] = [
            {"currency": code, "date": date(2023, 1, 1) + timedelta(170 * i), "rate": rate}
            for code, values in listed.items() for i, rate in enumerate(values)
        ]  # fmt: skip
        codes = ["CNY", *listed]
        self.lines: list[Row] = []
        self.receipts: list[Row] = []
        for number in range(60):
            who, code = f"K{rng.randrange(4)}", rng.choice(codes)
            day = date(2023, 1, 1) + timedelta(rng.randrange(720))
            own = rng.choice(["", "", "7.77"]) if code == "USD" else ""
            due = day + timedelta(rng.choice([0, 30, 90]))
            sign = -1 if rng.random() < 0.15 else 1
            for _ in range(rng.choice([1, 1, 3])):
                net = sign * rng.randrange(1, 500_000)
                self.lines.append({
                    "doc_no": f"D{number:03}", "customer_id": who, "doc_date": day,
                    "due_date": due, "currency": code,
                    "net": net, "tax": net * 13 // 100, "cost": net * 2 // 3,
                    "quantity": sign, "exchange_rate": own,
                })  # fmt: skip
        for number in range(50):
            code = rng.choice(codes)
            self.receipts.append({
                "receipt_no": f"R{number:03}", "customer_id": f"K{rng.randrange(4)}",
                "date": date(2023, 1, 1) + timedelta(rng.randrange(720)), "currency": code,
                "amount": rng.randrange(1, 700_000), "exchange_rate": "",
                "applied_to": rng.choice(["", f"D{rng.randrange(60):03}"]),
            })  # fmt: skip

    def write(self, folder: Path, *, plain: bool = False) -> dict[str, Any]:
        """As files in major units; ``plain`` leaves out what says that there are currencies."""
        money = ("net", "tax", "cost", "amount")
        out = {}
        for name, rows in (("lines", self.lines), ("receipts", self.receipts)):
            told = [
                {k: major(v, row["currency"]) if k in money else v for k, v in row.items()
                 if not plain or k not in ("currency", "exchange_rate")}
                for row in rows
            ]  # fmt: skip
            out[name] = write(folder / f"{name}.csv", told)
        if not plain:
            out["rates"] = write(folder / "rates.csv", self.rates)
        return out

    def value(self, row: Row, column: str, day: str) -> int:
        """An amount in fen: × the row's rate, else the latest on or before the day."""
        if row["currency"] == "CNY":
            return int(row[column])
        past = [r for r in self.rates if r["currency"] == row["currency"] and r["date"] <= row[day]]
        rate = Fraction(row["exchange_rate"] or max(past, key=lambda r: r["date"])["rate"])
        return half_even(row[column] * rate * Fraction(100, 10 ** PLACES[row["currency"]]))


def witness(world: World) -> dict[str, dict[str, int]]:
    """Net sales, open and overdue balance per customer, item by item."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    start = date(2024, 1, 1)
    debits: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    credits: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    documents: dict[str, list[Row]] = defaultdict(list)
    for row in world.lines:
        documents[row["doc_no"]].append(row)
        if start <= row["doc_date"] <= AS_OF:
            found[row["customer_id"]]["net_sales"] += world.value(row, "net", "doc_date")
    for number, rows in documents.items():
        one = rows[0]
        own = sum(r["net"] + r["tax"] for r in rows)
        value = sum(
            world.value(r, "net", "doc_date") + world.value(r, "tax", "doc_date") for r in rows
        )
        group = (one["customer_id"], one["currency"])
        if own > 0:
            debits[group].append([one["due_date"], one["doc_date"], number, own, own, value])
        else:
            credits[group].append([one["doc_date"], number, "", -own, -own, -value])
    for row in world.receipts:
        credits[row["customer_id"], row["currency"]].append([
            row["date"], row["receipt_no"], row["applied_to"], row["amount"], row["amount"],
            world.value(row, "amount", "date"),
        ])  # fmt: skip
    for group in {*debits, *credits}:
        owed, paid = sorted(debits[group]), sorted(credits[group])
        for credit in paid:
            for debit in owed:
                if credit[2] == debit[2]:
                    _settle(debit, credit)
        for credit in paid:
            for debit in owed:
                _settle(debit, credit)
        for debit in owed:
            left = half_even(Fraction(debit[3] * debit[5], debit[4]))
            found[group[0]]["open_balance"] += left
            found[group[0]]["overdue_balance"] += left if debit[0] < AS_OF else 0
        for credit in paid:
            found[group[0]]["open_balance"] -= half_even(Fraction(credit[3] * credit[5], credit[4]))
    return found


def _settle(debit: list[Any], credit: list[Any]) -> None:
    part = min(debit[3], credit[3])
    debit[3] -= part
    credit[3] -= part


def answers(facts: me.Facts, **given: Any) -> dict[str, dict[str, Any]]:
    rows = me.compute_metrics(
        facts, NAMES, as_of=AS_OF, window="12m", missing="null", **given
    ).to_pylist()
    return {row.pop("customer_id"): row for row in rows}


@pytest.mark.parametrize("seed", range(6))
def test_sales_and_balances_are_those_of_the_witness(seed: int, tmp_path: Path) -> None:
    world = World(seed)
    facts = me.read_facts(**world.write(tmp_path), currency="CNY")
    assert (facts.currency, facts.exponent) == ("CNY", 2)
    got, due = answers(facts), witness(world)
    assert set(got) == set(due)
    for who, values in due.items():
        for name in ("net_sales", "open_balance", "overdue_balance"):
            assert got[who][name] == values[name], (who, name)


@pytest.mark.parametrize("seed", range(3))
def test_a_state_that_grew_answers_as_the_facts_do(seed: int, tmp_path: Path) -> None:
    facts = me.read_facts(**World(seed).write(tmp_path), currency="CNY")
    state = State.build(facts)
    state.save(tmp_path / "state")
    assert answers(facts, state=State.load(tmp_path / "state")) == answers(facts)


def test_net_and_tax_make_gross_after_conversion(tmp_path: Path) -> None:
    facts = me.read_facts(**World(3).write(tmp_path), currency="CNY")
    table = facts.lines.to_pyarrow()
    assert {"owed_own", "exchange_rate"} <= set(table.column_names)
    for row in table.to_pylist():
        assert row["net"] + row["tax"] == row["gross"]


def test_a_stated_gross_alone_is_converted_itself(tmp_path: Path) -> None:
    rows = [{"doc_no": "A", "customer_id": "K", "doc_date": "2024-01-05", "currency": "USD",
             "net": "10.01", "gross": "10.01"}]  # fmt: skip
    lines = write(tmp_path / "l.csv", rows)
    rates = write(tmp_path / "r.csv", [{"currency": "USD", "date": "2024-01-05", "rate": "0.5"}])
    row = me.read_facts(lines, rates=rates, currency="CNY").lines.to_pyarrow().to_pylist()[0]
    assert (row["net"], row["gross"], row["owed_own"]) == (500, 500, 1001)  # 500.5 to the even


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow,
          HealthCheck.function_scoped_fixture])  # fmt: skip
@given(seed=st.integers(0, 10_000))
def test_at_rates_of_one_nothing_differs_from_one_currency(seed: int, tmp_path: Path) -> None:
    world = World(seed, rates={"USD": ["1", "1"]})
    homes = {f"K{i}": random.Random(seed + i).choice(["CNY", "USD"]) for i in range(4)}
    for row in (*world.lines, *world.receipts):
        row["currency"], row["exchange_rate"] = homes[row["customer_id"]], ""
    one = answers(me.read_facts(**world.write(tmp_path, plain=True), currency="CNY"))
    assert answers(me.read_facts(**world.write(tmp_path), currency="CNY")) == one


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow,
          HealthCheck.function_scoped_fixture])  # fmt: skip
@given(seed=st.integers(0, 10_000), times=st.integers(2, 9))
def test_rates_times_a_whole_number_scale_every_amount(
    seed: int, times: int, tmp_path: Path
) -> None:
    def foreign(rate: int) -> World:
        world = World(seed, rates={"USD": [str(rate)]})
        for row in (*world.lines, *world.receipts):
            row["currency"], row["exchange_rate"] = "USD", ""
        return world

    once = answers(me.read_facts(**foreign(3).write(tmp_path), currency="CNY"))
    more = answers(me.read_facts(**foreign(3 * times).write(tmp_path), currency="CNY"))
    for who, row in once.items():
        for name in ("net_sales", "gross_profit", "open_balance", "overdue_balance"):
            assert more[who][name] == (None if row[name] is None else row[name] * times)
        for name in ("overdue_share", "days_late", "collection_rate_due"):
            assert more[who][name] == row[name]


def test_an_invoice_paid_in_its_own_currency_is_closed_whatever_the_rate_did(
    tmp_path: Path,
) -> None:
    lines = write(tmp_path / "l.csv", [
        {"doc_no": "A", "customer_id": "K", "doc_date": "2024-01-05", "due_date": "2024-02-05",
         "currency": "USD", "gross": "1000", "tax": "0"},
        {"doc_no": "B", "customer_id": "K", "doc_date": "2024-01-05", "due_date": "2024-02-05",
         "currency": "CNY", "gross": "500", "tax": "0"},
    ])  # fmt: skip
    receipts = write(tmp_path / "p.csv", [
        {"receipt_no": "1", "customer_id": "K", "date": "2024-03-05", "currency": "USD",
         "amount": "1000"},
    ])  # fmt: skip
    rates = write(tmp_path / "r.csv", [
        {"币别": "美元", "生效日期": "2024-01-01", "汇率": "7.1"},
        {"币别": "美元", "生效日期": "2024-03-01", "汇率": "6.5"},
    ])  # fmt: skip
    row = answers(me.read_facts(lines, receipts, rates=rates, currency="CNY"))["K"]
    assert row["open_balance"] == row["overdue_balance"] == 500_00
    assert row["receipts"] == 6_500_00  # at the day's own rate
    assert row["net_sales"] == 7_600_00


def test_stated_allocations_settle_within_their_currency(tmp_path: Path) -> None:
    lines = write(tmp_path / "l.csv", [
        {"doc_no": n, "customer_id": "K", "doc_date": f"2024-01-0{i}", "due_date": f"2024-02-0{i}",
         "currency": "KWD", "gross": "10.500", "tax": "0"} for i, n in ((1, "A"), (2, "B"))
    ])  # fmt: skip
    receipts = write(tmp_path / "p.csv", [
        {"receipt_no": "1", "customer_id": "K", "date": "2024-03-05", "currency": "KWD",
         "amount": "10.500"},
    ])  # fmt: skip
    parts = write(tmp_path / "a.csv", [{"receipt_no": "1", "doc_no": "B", "amount": "4.125"}])
    rates = write(tmp_path / "r.csv", [{"currency": "KWD", "date": "2024-01-01", "rate": "20"}])
    facts = me.read_facts(lines, receipts, allocations=parts, rates=rates, currency="CNY")
    assert facts.allocations is not None
    assert facts.allocations.to_pyarrow()["amount"].to_pylist() == [4125]
    assert answers(facts)["K"]["open_balance"] == 210_00


def test_missing_rates_are_named_all_together(tmp_path: Path) -> None:
    world = World(1)
    world.rates = [rate for rate in world.rates if rate["currency"] != "KWD"]
    world.rates = [r for r in world.rates if r["currency"] != "JPY" or r["date"].year > 2023]
    world.rates.append({"currency": "JPY", "date": date(2024, 6, 1), "rate": "0.05"})
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(**world.write(tmp_path), currency="CNY")
    kwd = min(row["doc_date"] for row in world.lines if row["currency"] == "KWD")
    said = {(f.file, f.value): f.message["en"] for f in caught.value.faults}
    assert set(said) == {(f"{t}.csv", c) for t in ("lines", "receipts") for c in ("KWD", "JPY")}
    assert f"no rate of KWD on or before {kwd}" in said["lines.csv", "KWD"]


def test_without_rates_or_the_company_s_currency_several_are_refused(tmp_path: Path) -> None:
    files = World(2).write(tmp_path)
    with pytest.raises(me.MixedCurrencies, match="Say which is the company's currency"):
        me.read_facts(**files)
    rows = [{k: v for k, v in row.items() if k != "exchange_rate"} for row in World(2).lines]
    lines = write(tmp_path / "bare.csv", rows)
    with pytest.raises(me.MixedCurrencies, match="Give dated rates"):
        me.read_facts(lines, currency="CNY")


def test_a_column_of_rates_tells_the_company_s_currency(tmp_path: Path) -> None:
    rows = [
        {"单据编号": "A", "单据日期": "2024-01-05", "客户编码": "K", "价税合计": "113.00",
         "税额": "13", "币别": "人民币", "汇率": "1"},
        {"单据编号": "B", "单据日期": "2024-01-05", "客户编码": "K", "价税合计": "100.00",
         "税额": "0", "币别": "美元", "汇率": "7.1"},
    ]  # fmt: skip
    facts = me.read_facts(write(tmp_path / "l.csv", rows))
    assert facts.currency == "CNY"
    assert facts.lines.net.sum().to_pyarrow().as_py() == 100_00 + 710_00


BAD: list[tuple[str, list[Row], set[tuple[str, int]]]] = [
    ("nought", [{"currency": "USD", "date": "2024-01-01", "rate": "0"}], {("bad_rate", 2)}),
    ("below", [{"currency": "USD", "date": "2024-01-01", "rate": "-7"}], {("bad_rate", 2)}),
    ("unknown", [{"currency": "UDS", "date": "2024-01-01", "rate": "7"}],
     {("unknown_currency", 2)}),
    ("home", [{"currency": "CNY", "date": "2024-01-01", "rate": "7.1"}], {("home_rate", 2)}),
    ("twice", [{"currency": "USD", "date": "2024-01-01", "rate": "7"},
               {"currency": "美元", "date": "2024-01-01", "rate": "7.1"}], {("doubled_rate", 3)}),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "faults"), [bad[1:] for bad in BAD], ids=[b[0] for b in BAD])
def test_a_bad_table_of_rates_is_refused(
    rows: list[Row], faults: set[tuple[str, int]], tmp_path: Path
) -> None:
    lines = World(2).write(tmp_path)["lines"]
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(lines, rates=write(tmp_path / "bad.csv", rows), currency="CNY")
    assert {(f.code, f.row) for f in caught.value.faults if f.file == "bad.csv"} == faults


def test_bad_rates_of_rows_are_faults_of_their_rows(tmp_path: Path) -> None:
    base = {"doc_no": "A", "customer_id": "K", "doc_date": "2024-01-05", "net": "1"}
    rows = [
        {**base, "currency": code, "exchange_rate": rate}
        for code, rate in (("USD", "0"), ("CNY", "7.1"), ("ABC", "2"), ("USD", "7"), ("CNY", "1"))
    ]
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(write(tmp_path / "l.csv", rows), currency="CNY")
    assert {(f.code, f.row) for f in caught.value.faults} == {
        ("bad_rate", 2), ("home_rate", 3), ("unknown_currency", 4),
    }  # fmt: skip


def test_a_rate_upside_down_is_remarked_upon(tmp_path: Path) -> None:
    rows = [{"doc_no": "A", "customer_id": "K", "doc_date": "2024-01-05", "net": "1",
             "currency": "USD", "exchange_rate": "0.14"}]  # fmt: skip
    rates = write(tmp_path / "r.csv", [{"currency": "USD", "date": "2024-01-01", "rate": "7.1"}])
    facts = me.read_facts(write(tmp_path / "l.csv", rows), rates=rates, currency="CNY")
    assert "0.14 against 7.1" in facts.sources[0].notes[-1]["en"]
    assert facts.lines.net.sum().to_pyarrow().as_py() == 14  # the row's own wins


@pytest.mark.parametrize("cells", [("¥12.00", "$12.00"), ("12.00元", "USD 12.00")])
def test_mixed_signs_without_a_currency_column_are_refused(
    cells: tuple[str, str], tmp_path: Path
) -> None:
    rows = [{"doc_no": f"A{i}", "customer_id": "K", "doc_date": "2024-01-05", "net": cell}
            for i, cell in enumerate(cells)]  # fmt: skip
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(write(tmp_path / "l.csv", rows))
    assert [f.code for f in caught.value.faults] == ["several_signs"]
    with_column = [{**row, "currency": c} for row, c in zip(rows, ("CNY", "USD"), strict=True)]
    rates = write(tmp_path / "r.csv", [{"currency": "USD", "date": "2024-01-01", "rate": "7"}])
    facts = me.read_facts(write(tmp_path / "m.csv", with_column), rates=rates, currency="CNY")
    assert facts.lines.net.sum().to_pyarrow().as_py() == 12_00 + 84_00


def test_own_amounts_stay_as_they_are_and_convert_later_to_the_same(tmp_path: Path) -> None:
    files = World(4).write(tmp_path)
    whole = me.read_facts(**files, currency="CNY")
    own = me.read_facts(**files, currency="CNY", own_amounts=True)
    assert own.rates is not None and own.receipts is not None
    again = me.facts_from_tables(
        own.lines.to_pyarrow(), own.receipts.to_pyarrow(), rates=own.rates.to_pyarrow(),
        currency="CNY",
    )  # fmt: skip
    assert answers(again) == answers(whole)


def test_lines_in_the_companys_currency_alone_beside_receipts_in_another(tmp_path: Path) -> None:
    lines = write(tmp_path / "lines.csv", [{
        "doc_no": "1", "doc_date": "2024-06-01", "customer": "C1", "net": "100.00", "tax": "0.00",
        "gross": "100.00", "currency": "CNY",
    }])  # fmt: skip
    receipts = write(tmp_path / "receipts.csv", [
        {"receipt_no": "R1", "date": "2024-06-02", "customer": "C1", "amount": "10.00",
         "currency": "USD"},
    ])  # fmt: skip
    rates = write(tmp_path / "rates.csv", [{"currency": "USD", "date": "2024-01-01", "rate": "7"}])
    facts = me.read_facts(lines=lines, receipts=receipts, rates=rates)
    names = ["net_sales", "receipts"]
    found = me.compute_metrics(facts, names, as_of=AS_OF).to_pylist()
    assert (found[0]["net_sales"], found[0]["receipts"]) == (10_000, 7_000)
