"""An invented company as canonical tables, with the table of truths planted in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mainstay_engine.periods import months_before
from mainstay_engine.synth.contacts import draw_contacts
from mainstay_engine.synth.customers import Customer, draw_customers
from mainstay_engine.synth.items import Catalogue, catalogue
from mainstay_engine.synth.money import Document, Receipt, pay
from mainstay_engine.synth.naming import world
from mainstay_engine.synth.sales import Ints, Lines, due_date, sell
from mainstay_engine.synth.scale import Profile
from mainstay_engine.synth.seasons import Calendar
from mainstay_engine.synth.service import serve
from mainstay_engine.synth.truths import Truth, plant
from mainstay_engine.tables import CREDIT_NOTE, INVOICE

CURRENCY = "CNY"


@dataclass(frozen=True)
class Company:
    """A company's facts as Arrow tables typed as ``mainstay_engine.tables`` says.

    ``truth`` has one row per planted truth: customer_id, truth, since, found_as (scheme or metric),
    found_by (its name), expected (classes parted by «|», or a comparison).
    """

    name: dict[str, str]
    profile: Profile
    lines: pa.Table
    receipts: pa.Table
    customers: pa.Table
    truth: pa.Table
    efforts: pa.Table
    effort_rates: pa.Table

    def write(self, folder: str | Path, form: str = "csv") -> dict[str, Path]:
        """Write lines, receipts, customers, efforts with their rates, and truth, as an ERP would
        export them.

        ``form`` «csv» (UTF-8 with BOM) or «xlsx»; Chinese headings, amounts in yuan. Answers the
        path of each table.
        """
        from mainstay_engine.synth.write import write_company

        return write_company(self, Path(folder), form)


def demo(
    seed: int | None = None, customers: int = 450, months: int = 24, end: date | None = None
) -> Company:
    """The demo company 东合工业供应 Donghe Industrial Supply; same arguments, same bytes."""
    standard = Profile()
    return build(
        Profile(
            seed=standard.seed if seed is None else seed,
            customers=customers,
            months=months,
            end=end or standard.end,
            annual_sales=standard.annual_sales * customers / standard.customers,
            lines=round(standard.lines * customers / standard.customers * months / standard.months),
        )
    )


def build(profile: Profile) -> Company:
    """Make up a company of any size that fits in memory (see ``stream_parquet`` beyond that)."""
    calendar = Calendar(profile)
    goods = catalogue()
    customers = draw_customers(profile, _rng(profile, 1))
    truths = plant(customers, profile, _rng(profile, 2))
    _meet_annual_sales(customers, profile, calendar)
    customers.sort(key=lambda customer: customer.code)
    sold = [sell(c, calendar, goods, _rng(profile, 3, i)) for i, c in enumerate(customers)]
    lines, documents = _lines(customers, sold, calendar, goods)
    receipts = [
        receipt
        for i, customer in enumerate(customers)
        for receipt in pay(customer, documents[i], calendar, _rng(profile, 4, i))
    ]
    efforts, rates, service = serve(
        customers, {truth.customer_id for truth in truths}, profile, _rng(profile, 6)
    )
    zh, en = world().company
    return Company(
        name={"zh": zh, "en": en},
        profile=profile,
        lines=lines,
        receipts=_receipts(receipts),
        customers=_customers(customers, _rng(profile, 5)),
        truth=_truth(truths + service),
        efforts=efforts,
        effort_rates=rates,
    )


def _rng(profile: Profile, *stage: int) -> np.random.Generator:
    """A stream of its own for each stage and customer: a change in one moves no other."""
    return np.random.default_rng([profile.seed, *stage])


def _meet_annual_sales(customers: list[Customer], profile: Profile, calendar: Calendar) -> None:
    """Scale volumes so that the sales expected in the last twelve months are those aimed at."""
    since = months_before(profile.end, 12) + timedelta(days=1)
    first = calendar.number(since)
    expected = 0.0
    for customer in customers:
        weight = calendar.busyness * customer.trend[calendar.month]
        start, stop = (calendar.number(day) for day in customer.active)
        year = slice(max(first, start), stop + 1)
        expected += customer.annual * float(weight[year].sum()) / 365.0
        if customer.bulk is not None and customer.bulk[0] >= since:
            expected += customer.bulk[1]
    for customer in customers:
        customer.annual *= profile.annual_sales / expected
        if customer.bulk is not None:
            customer.bulk = customer.bulk[0], customer.bulk[1] * profile.annual_sales / expected


def _lines(
    customers: list[Customer], sold: list[Lines], calendar: Calendar, goods: Catalogue
) -> tuple[pa.Table, list[list[Document]]]:
    """All lines in the order an ERP numbers them, and each customer's documents."""
    joined = {
        name: np.concatenate([getattr(part, name) for part in sold])
        for name in Lines.__dataclass_fields__
    }
    who = np.repeat(np.arange(len(sold)), [len(part.order) for part in sold])
    sequence = np.lexsort((joined["order"], who, joined["credit"], joined["day"]))
    rows: dict[str, Any] = {name: column[sequence] for name, column in joined.items()}
    who = who[sequence]
    new = np.ones(len(who), dtype=bool)
    new[1:] = (np.diff(who) != 0) | (np.diff(rows["order"]) != 0)
    document = np.cumsum(new) - 1
    heads = np.flatnonzero(new)
    numbers = _numbers(rows["credit"][heads], calendar.dates[rows["day"][heads]])
    due = np.array([due_date(calendar.day(rows["day"][h]), customers[who[h]].terms) for h in heads])
    gross = rows["net"] + rows["tax"]
    owed: list[list[Document]] = [[] for _ in customers]
    sums = np.add.reduceat(gross, heads)
    for index, head in enumerate(heads):
        day = calendar.day(rows["day"][head])
        owed[who[head]].append(Document(numbers[index], day, int(sums[index])))
    regions = [(c.region.zh, *c.outside_regions) for c in customers]
    region = np.array([regions[w][o] for w, o in zip(who, rows["outside"], strict=True)], object)
    table = pa.table({
        "doc_no": pa.array(numbers[document], pa.string()),
        "line_no": pa.array(np.arange(len(who)) - heads[document] + 1, pa.int32()),
        "kind": pa.array(np.where(rows["credit"], CREDIT_NOTE, INVOICE), pa.string()),
        "customer_id": _text([c.code for c in customers], who),
        "customer_name": _text([c.name for c in customers], who),
        "doc_date": pa.array(calendar.dates[rows["day"]], pa.date32()),
        "due_date": pa.array(due[document], pa.date32()),
        "item": _text(goods.code, rows["item"]),
        "item_name": _text(goods.name, rows["item"]),
        "category": _text(goods.category, rows["item"]),
        "quantity": pa.array(rows["quantity"].astype(np.int32)).cast(pa.decimal128(18, 4)),
        "net": pa.array(rows["net"]),
        "tax": pa.array(rows["tax"]),
        "gross": pa.array(gross),
        "cost": pa.array(rows["cost"]),
        "discount": pa.array(rows["discount"]),
        "salesperson": _text([c.salesperson for c in customers], who),
        "region": pa.array(region, pa.string()),
        "currency": pa.array([CURRENCY] * len(who), pa.string()),
    })  # fmt: skip
    return table, owed


def _numbers(credit: NDArray[np.bool_], days: NDArray[np.datetime64]) -> NDArray[np.object_]:
    """Document numbers such as XS2606-00418 (sales) and TH2606-00007 (returns), by month."""
    counters: dict[str, int] = defaultdict(int)
    numbers = np.empty(len(days), dtype=object)
    for index, day in enumerate(days.tolist()):
        stem = f"{'TH' if credit[index] else 'XS'}{day:%y%m}"
        counters[stem] += 1
        numbers[index] = f"{stem}-{counters[stem]:05d}"
    return numbers


def _text(values: Any, index: Ints) -> pa.Array[Any]:
    """``values[index]`` as Arrow text."""
    return pa.array(values, pa.string()).take(index)


def _receipts(receipts: list[Receipt]) -> pa.Table:
    ordered = sorted(receipts, key=lambda r: (r.day, r.customer.code))
    counters: dict[str, int] = defaultdict(int)
    numbers = []
    for receipt in ordered:
        stem = f"SK{receipt.day:%y%m}"
        counters[stem] += 1
        numbers.append(f"{stem}-{counters[stem]:04d}")
    return pa.table({
        "receipt_no": pa.array(numbers, pa.string()),
        "customer_id": pa.array([r.customer.code for r in ordered], pa.string()),
        "customer_name": pa.array([r.customer.name for r in ordered], pa.string()),
        "date": pa.array([r.day for r in ordered], pa.date32()),
        "amount": pa.array([r.amount for r in ordered], pa.int64()),
        "method": pa.array([r.method for r in ordered], pa.string()),
        "maturity": pa.array([r.maturity for r in ordered], pa.date32()),
        "applied_to": pa.array([r.applied_to for r in ordered], pa.string()),
        "currency": pa.array([CURRENCY] * len(ordered), pa.string()),
    })  # fmt: skip


def _customers(customers: list[Customer], rng: np.random.Generator) -> pa.Table:
    contacts = draw_contacts(len(customers), rng)
    return pa.table({
        "customer_id": pa.array([c.code for c in customers], pa.string()),
        "customer_name": pa.array([c.name for c in customers], pa.string()),
        "name_en": pa.array([c.name_en for c in customers], pa.string()),
        "region": pa.array([c.region.zh for c in customers], pa.string()),
        "trade": pa.array([c.trade.zh for c in customers], pa.string()),
        "salesperson": pa.array([c.salesperson for c in customers], pa.string()),
        "terms_days": pa.array([c.terms.days for c in customers], pa.int32()),
        "credit_limit": pa.array([_limit(c) for c in customers], pa.int64()),
        "tax_no": pa.array([c.tax_no for c in customers], pa.string()),
        "since": pa.array([c.since for c in customers], pa.date32()),
        **{name: pa.array(values, pa.string()) for name, values in contacts.items()},
    })  # fmt: skip


def _limit(customer: Customer) -> int:
    """Average monthly sales with VAT × credit days ÷ 30 × 1.3, in whole thousands of yuan."""
    monthly = customer.annual * 1.13 / 12
    return max(1, round(monthly * customer.terms.days / 30 * 1.3 / 1000)) * 100_000


def _truth(truths: list[Truth]) -> pa.Table:
    return pa.table({
        "customer_id": pa.array([t.customer_id for t in truths], pa.string()),
        "truth": pa.array([t.truth for t in truths], pa.string()),
        "since": pa.array([t.since for t in truths], pa.date32()),
        "found_as": pa.array([t.found_as for t in truths], pa.string()),
        "found_by": pa.array([t.found_by for t in truths], pa.string()),
        "expected": pa.array([t.expected for t in truths], pa.string()),
    })  # fmt: skip
