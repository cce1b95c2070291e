"""Small made-up worlds of facts: seeded for examples, drawn by hypothesis for properties."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from mainstay_engine.backends import on_duckdb, open_duckdb
from mainstay_engine.facts import Facts
from mainstay_engine.tables import TABLES

Row = dict[str, Any]
ARROW = {
    "string": pa.string(), "date": pa.date32(), "int64": pa.int64(), "int32": pa.int32(),
    "decimal(18, 4)": pa.decimal128(18, 4), "decimal(20, 10)": pa.decimal128(20, 10),
}  # fmt: skip
FIRST = date(2023, 1, 1)
CURRENCIES = ("currency", "exchange_rate", "owed_own", "amount_own")
"""Columns of books in several currencies, which these are not."""


@dataclass(frozen=True)
class World:
    """Rows of every fact table."""

    lines: list[Row]
    receipts: list[Row]
    customers: list[Row]
    allocations: list[Row]
    efforts: list[Row] = field(default_factory=list)
    effort_rates: list[Row] = field(default_factory=list)

    def arrow(self, table: str) -> pa.Table:
        rows = getattr(self, table)
        known = any("known_since" in row for row in rows)
        columns = [c for c in TABLES[table].columns if c.name != "known_since" or known]
        return pa.table({
            c.name: pa.array([row.get(c.name) for row in rows], ARROW[c.type.value])
            for c in columns if c.name not in CURRENCIES
        })  # fmt: skip

    def facts(self, **without: Any) -> Facts:
        """On a DuckDB of its own; ``lines=`` and so on replace a table's rows."""
        world = replace(self, **without)
        backend = on_duckdb(open_duckdb(threads=1))
        tables = {}
        given = [name for name in ("efforts", "effort_rates") if getattr(world, name)]
        for table in ("lines", "receipts", "customers", "allocations", *given):
            backend.con.register(f"arrow_{table}", world.arrow(table))
            backend.con.execute(f"CREATE TABLE {table} AS SELECT * FROM arrow_{table}")
            tables[table] = backend.table(table)
        return Facts(backend, **tables)


def world(seed: int, *, documents: int = 60, known: bool = False) -> World:
    """Eight customers, two years: returns, missing costs, refunds, early and partial payment."""
    rng = random.Random(seed)
    ids = [f"K{i}" for i in range(7)] + ["零售"]
    lines: list[Row] = []
    receipts: list[Row] = []
    allocations: list[Row] = []
    for number in range(documents):
        who = rng.choice([*ids, None])
        day = FIRST + timedelta(days=rng.randrange(730))
        credit_note = rng.random() < 0.2
        sign = -1 if credit_note else 1
        due = day + timedelta(days=rng.choice([0, 30, 60])) if rng.random() < 0.8 else None
        seen = day + timedelta(days=rng.choice([-20, 0, 3, 40]))
        gross = 0
        for line in range(rng.randrange(1, 4)):
            net = sign * rng.randrange(0, 100_000)
            if rng.random() < 0.03:
                net = -net
            tax = net * 13 // 100
            gross += net + tax
            lines.append({
                "doc_no": f"{'C' if credit_note else 'S'}{number:04d}", "line_no": line + 1,
                "kind": "credit_note" if credit_note else "invoice", "customer_id": who,
                "customer_name": f"Firm {who}", "doc_date": day, "due_date": due,
                "item": rng.choice(["a", "b", "c", "d", None]),
                "category": rng.choice(["x", "y", None]),
                "quantity": sign * Decimal(rng.randrange(1, 100_000)) / 10_000,
                "net": net, "tax": tax, "gross": net + tax,
                "cost": net * 7 // 10 if rng.random() < 0.97 else None,
                "discount": sign * rng.randrange(0, 500),
                "region": rng.choice(["北", "南", None]),
            })  # fmt: skip
            if known:
                lines[-1]["known_since"] = rng.choice([seen, None])
        if who and gross > 0:
            _pay(rng, receipts, allocations, who, day, f"S{number:04d}", gross, known)
    for number, who in enumerate([*ids, None]):
        if rng.random() < 0.7:
            day = FIRST + timedelta(days=rng.randrange(-30, 400))
            lines.append(dict.fromkeys(lines[0]) | {
                "doc_no": f"O{number}", "line_no": 1, "kind": "opening", "customer_id": who,
                "customer_name": f"Firm {who}", "doc_date": day, "net": 0,
                "due_date": rng.choice([day + timedelta(days=10), None]),
                "gross": rng.choice([90_000, 5_000, -20_000]),
            })  # fmt: skip
    customers = [
        {"customer_id": who, "customer_name": f"客户 {who}", "terms_days": 45,
         "region": rng.choice(["北", "南", None])}
        for who in [*ids[:5], "K8"]
    ]  # fmt: skip
    efforts, effort_rates = _efforts(random.Random(seed + 1000), ids, known)
    return World(lines, receipts, customers, allocations, efforts, effort_rates)


def _efforts(rng: random.Random, ids: list[str], known: bool) -> tuple[list[Row], list[Row]]:
    """Efforts with hours, times, amounts or neither, and rates that change twice."""
    efforts: list[Row] = []
    for _ in range(90):
        day = FIRST + timedelta(days=rng.randrange(730))
        efforts.append({
            "customer_id": rng.choice([*ids, "K9"]), "date": day,
            "activity": rng.choice(["visit", "visit", "call", "freight", "sample"]),
            "person": rng.choice(["Li", "Wu", None]),
            "hours": rng.choice([None, Decimal(rng.randrange(1, 90_000)) / 10_000]),
            "quantity": rng.choice([None, Decimal(rng.randrange(1, 40)) / 4]),
            "amount": rng.choice([None, None, None, rng.randrange(-500, 90_000)]),
        })  # fmt: skip
        if known:
            efforts[-1]["known_since"] = rng.choice([day + timedelta(days=9), None])
    rates: list[Row] = []
    for name, since, hour, time, year in [
        ("visit", FIRST - timedelta(days=40), 12_345, None, None),
        ("call", FIRST, 7_777, 301, None), ("freight", FIRST, None, 40, None),
        ("visit", FIRST + timedelta(days=400), 15_001, 999, None),
        ("sample", FIRST + timedelta(days=30), None, 12_500, None),
        ("financing", FIRST - timedelta(days=90), None, None, Decimal("0.0612345678")),
        ("financing", FIRST + timedelta(days=350), None, None, Decimal("0.0435")),
    ]:  # fmt: skip
        rates.append({"activity": name, "since": since, "per_hour": hour, "per_time": time,
                      "per_year": year})  # fmt: skip
        if known:
            rates[-1]["known_since"] = since + timedelta(days=rng.choice([0, 5]))
    return efforts, rates


def _kind(rng: random.Random, on: date, amount: int, number: int) -> Row:
    """Money for the most part; a positive amount may be anything else."""
    kind = "money"
    if amount > 0 and rng.random() < 0.5:
        kind = rng.choice(["bill", "bill", "bill", "write_off", "rebate", "opening"])
    bill = kind == "bill"
    return {
        "kind": rng.choice([kind, None]) if kind == "money" else kind,
        "bill_no": rng.choice([f"B{number % 9}", None]) if bill else None,
        "maturity": on + timedelta(days=rng.randrange(30, 180)) if bill and rng.random() < 0.8
        else None,
    }  # fmt: skip


def _pay(
    rng: random.Random, receipts: list[Row], allocations: list[Row], who: str, day: date,
    document: str, gross: int, known: bool,
) -> None:  # fmt: skip
    for _ in range(rng.choice([0, 1, 1, 2])):
        number = f"R{len(receipts):04d}"
        amount = rng.choice([gross, gross // 2, gross // 3, gross + 5_000, -3_000])
        on = day + timedelta(days=rng.randrange(-10, 120))
        receipts.append({
            "receipt_no": number, "customer_id": who, "customer_name": f"Firm {who}", "date": on,
            "amount": amount, "applied_to": rng.choice([document, None, "nowhere"]),
        })  # fmt: skip
        if known:
            receipts[-1]["known_since"] = on + timedelta(days=rng.choice([0, 5]))
        receipts[-1] |= _kind(rng, on, amount, len(receipts))
        kind = receipts[-1]["kind"]
        if kind == "bill" and rng.random() < 0.4:
            back = on + timedelta(days=rng.randrange(1, 200))
            receipts.append({
                **receipts[-1], "receipt_no": f"R{len(receipts):04d}", "date": back,
                "kind": "dishonour", "applied_to": None, "maturity": None,
                "amount": -rng.choice([amount, amount // 2, amount + 700]),
                "bill_no": rng.choice([receipts[-1]["bill_no"], "B0", None]),
            })  # fmt: skip
            if known:
                receipts[-1]["known_since"] = back
        if rng.random() < 0.3 and amount > 0:
            allocations.append({"receipt_no": number, "doc_no": document, "amount": amount // 2})
            if known:
                allocations[-1]["known_since"] = on
