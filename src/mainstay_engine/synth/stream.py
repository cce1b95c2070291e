"""Facts of any size, streamed to Parquet in row groups: memory stays flat however many lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mainstay_engine.synth.customers import SPREAD
from mainstay_engine.synth.items import Catalogue, catalogue
from mainstay_engine.synth.naming import world
from mainstay_engine.synth.sales import Ints, vat
from mainstay_engine.synth.scale import SEED, Profile
from mainstay_engine.synth.seasons import Calendar
from mainstay_engine.tables import CREDIT_NOTE, INVOICE, TABLES, Type

CHUNK = 500_000
"""Lines of one row group."""
_MOST_LINES = 4
_CREDIT_SHARE = 0.02
_ARROW: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.DATE: pa.date32(),
    Type.MONEY: pa.int64(),
    Type.QUANTITY: pa.decimal128(18, 4),
    Type.COUNT: pa.int32(),
}


def stream_parquet(
    folder: str | Path,
    lines: int = 10_000_000,
    customers: int | None = None,
    seed: int = SEED,
    *,
    months: int = 24,
    receipts: bool = False,
) -> dict[str, Path]:
    """Write ``lines`` sales lines as canonical Parquet, in date order; answers each table's path.

    ``customers`` defaults to one per 500 lines (at least 60); their volumes are log-normal, a fifth
    bringing four fifths. Types are those of ``mainstay_engine.tables``, money in minor units. With
    ``receipts`` a receipt per invoice, paid around its due date, is written too. Same arguments,
    same bytes. Simpler than ``demo``: no trends, no planted truths.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    crowd = _Crowd(customers or max(60, lines // 500), seed)
    paths = {name: folder / f"{name}.parquet" for name in ("lines", "customers")}
    pq.write_table(crowd.table(), paths["customers"])
    if receipts:
        paths["receipts"] = folder / "receipts.parquet"
    with ExitStack() as stack:
        writers: dict[str, pq.ParquetWriter] = {}
        for tables in _chunks(lines, crowd, seed, months, receipts):
            for name, table in tables.items():
                if name not in writers:
                    writers[name] = stack.enter_context(
                        pq.ParquetWriter(paths[name], table.schema, compression="zstd")
                    )
                writers[name].write_table(table, row_group_size=CHUNK)
    return paths


class _Crowd:
    """Customers as arrays: code, reach (cumulative share of orders), prices, terms, region."""

    def __init__(self, size: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 10])
        normal = NormalDist()
        z = np.array([normal.inv_cdf((i + 0.5) / size) for i in range(size)])
        volume = np.exp(SPREAD * rng.permutation(z))
        self.size = size
        frequent = np.sqrt(volume)
        self.reach: NDArray[np.float64] = np.cumsum(frequent) / frequent.sum()
        self.amount: NDArray[np.float64] = frequent / frequent.mean()
        self.discount: NDArray[np.float64] = np.clip(rng.normal(0.16, 0.04, size), 0.02, 0.30)
        self.terms: Ints = rng.choice(np.array([30, 45, 60, 90]), size)
        self.late: NDArray[np.float64] = rng.choice(
            np.array([-2.0, 4.0, 15.0, 60.0]), size, p=[0.4, 0.35, 0.2, 0.05]
        )
        self.regions = pa.array([r.zh for r in world().regions], pa.string())
        weights = np.array([r.weight for r in world().regions])
        self.region: Ints = rng.choice(len(weights), size, p=weights / weights.sum())
        self.people = pa.array([zh for zh, _ in world().salespeople], pa.string())
        self.person: Ints = rng.integers(0, len(self.people), size)
        width = max(5, len(str(size)))
        self.code = pa.array([f"C{number:0{width}d}" for number in range(1, size + 1)], pa.string())

    def table(self) -> pa.Table:
        return pa.table({
            "customer_id": self.code,
            "region": self.regions.take(self.region),
            "salesperson": self.people.take(self.person),
            "terms_days": pa.array(self.terms, pa.int32()),
        })  # fmt: skip


@dataclass(slots=True)
class _Documents:
    """Documents of one chunk; ``size`` is the number of lines of each."""

    first: int
    customer: Ints
    day: Ints
    credit: NDArray[np.bool_]
    size: Ints


def _chunks(
    lines: int, crowd: _Crowd, seed: int, months: int, receipts: bool
) -> Iterator[dict[str, pa.Table]]:
    calendar = Calendar(Profile(months=months))
    clock = np.cumsum(calendar.busyness) / calendar.busyness.sum()
    goods = catalogue()
    done, document = 0, 1
    while done < lines:
        size = min(CHUNK, lines - done)
        rng = np.random.default_rng([seed, 11, done // CHUNK])
        documents = _documents(size, document, done / lines, size / lines, clock, crowd, rng)
        table, gross = _lines(documents, calendar, goods, crowd, rng)
        tables = {"lines": table}
        if receipts:
            tables["receipts"] = _receipts(documents, gross, calendar, crowd, rng)
        yield tables
        done += size
        document += len(documents.size)


def _documents(
    lines: int,
    first: int,
    begin: float,
    share: float,
    clock: NDArray[np.float64],
    crowd: _Crowd,
    rng: np.random.Generator,
) -> _Documents:
    """Documents that add up to exactly ``lines`` lines, within a slice of the busy time."""
    size = rng.integers(1, _MOST_LINES + 1, lines)
    count = int(np.searchsorted(np.cumsum(size), lines)) + 1
    size = size[:count]
    size[-1] -= int(size.sum()) - lines
    tick = begin + share * np.sort(rng.random(count))
    return _Documents(
        first=first,
        customer=np.searchsorted(crowd.reach, rng.random(count)).clip(0, crowd.size - 1),
        day=np.searchsorted(clock, tick).clip(0, len(clock) - 1),
        credit=rng.random(count) < _CREDIT_SHARE,
        size=size,
    )


def _lines(
    documents: _Documents,
    calendar: Calendar,
    goods: Catalogue,
    crowd: _Crowd,
    rng: np.random.Generator,
) -> tuple[pa.Table, Ints]:
    """The lines of a chunk, and the gross of each document."""
    document = np.repeat(np.arange(len(documents.size)), documents.size)
    start = np.cumsum(documents.size) - documents.size
    rows = len(document)
    customer = documents.customer[document]
    item = rng.integers(0, len(goods), rows)
    wanted = 250_000 * crowd.amount[customer] * rng.gamma(1.5, 1 / 1.5, rows)
    quantity = np.clip(wanted / goods.price[item], 1, 5_000).astype(np.int64)
    quantity *= np.where(documents.credit[document], -1, 1)
    price = np.rint(goods.price[item] * (1 - crowd.discount[customer])).astype(np.int64)
    net = quantity * price
    tax = vat(net)
    days = calendar.dates[documents.day]
    due = days + crowd.terms[documents.customer].astype("timedelta64[D]")
    numbers = _numbers("XS", documents.first, len(documents.size))
    kinds = pa.array([INVOICE, CREDIT_NOTE], pa.string())
    columns: dict[str, Any] = {
        "doc_no": numbers.take(document),
        "line_no": np.arange(rows) - start[document] + 1,
        "kind": kinds.take(documents.credit.astype(np.int64)[document]),
        "customer_id": crowd.code.take(customer),
        "doc_date": days[document],
        "due_date": due[document],
        "item": pa.array(goods.code, pa.string()).take(item),
        "category": pa.array(goods.category, pa.string()).take(item),
        "quantity": pa.array(quantity.astype(np.int32)).cast(pa.decimal128(18, 4)),
        "net": net,
        "tax": tax,
        "gross": net + tax,
        "cost": quantity * goods.cost[item],
        "discount": quantity * goods.price[item] - net,
        "salesperson": crowd.people.take(crowd.person[customer]),
        "region": crowd.regions.take(crowd.region[customer]),
    }
    gross: Ints = np.add.reduceat(net + tax, start)
    return _typed("lines", columns), gross


def _receipts(
    documents: _Documents,
    gross: Ints,
    calendar: Calendar,
    crowd: _Crowd,
    rng: np.random.Generator,
) -> pa.Table:
    """One receipt for each invoice whose payment day has come."""
    customer = documents.customer
    late = rng.normal(crowd.late[customer], 4.0)
    paid = documents.day + crowd.terms[customer] + np.rint(late).astype(np.int64)
    paid = np.maximum(paid, documents.day)
    chosen = np.flatnonzero(~documents.credit & (paid < len(calendar)))
    columns = {
        "receipt_no": _numbers("SK", documents.first, len(customer)).take(chosen),
        "customer_id": crowd.code.take(customer[chosen]),
        "date": calendar.dates[paid[chosen]],
        "amount": gross[chosen],
        "applied_to": _numbers("XS", documents.first, len(customer)).take(chosen),
    }
    return _typed("receipts", columns)


def _numbers(stem: str, first: int, count: int) -> Any:
    digits: Any = pc.cast(pa.array(np.arange(first, first + count)), pa.string())
    digits = pc.utf8_lpad(digits, width=9, padding="0")
    return pc.binary_join_element_wise(pa.scalar(stem), digits, "")


def _typed(name: str, columns: dict[str, Any]) -> pa.Table:
    """A table with the types that ``mainstay_engine.tables`` declares."""
    declared = TABLES[name]
    schema = pa.schema([(column, _ARROW[declared[column].type]) for column in columns])
    return pa.table(columns, schema=schema)
