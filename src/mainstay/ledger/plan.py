"""What an import would change, worked out before anything is written.

The same plan is shown as the dry run and carried out by ``services.take_in``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.ledger import shaping, versions
from mainstay.ledger.errors import OtherCurrency
from mainstay.ledger.models import Allocation, Document, ImportBatch, Rate, Receipt
from mainstay.ledger.rules import places_of
from mainstay.ledger.workshop import Workshop
from mainstay.parties import services as parties

SAMPLES = 10
"""Documents, receipts and customers named in a dry run; the rest it counts."""


@dataclass(frozen=True, slots=True)
class Books:
    """Fact tables as the engine's reader gives them, in Arrow, with their currency."""

    lines: pa.Table | Path
    """A path: of Parquet, which is read in parts."""
    receipts: pa.Table | None
    customers: pa.Table | None
    currency: str
    exponent: int
    allocations: pa.Table | None = None
    rates: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of each table that an import inserts, confirms and supersedes."""

    books: Books
    workshop: Workshop
    totals: dict[str, int]
    """Of all lines of the file: ``lines, net, unassigned_lines, unassigned_net``."""
    seen: pa.Table
    """Customers as documents and receipts name them."""
    tables: dict[str, versions.Compared] = field(default_factory=dict)
    """By ``document``, ``receipt``, ``allocation``, ``rate``."""

    @property
    def line_count(self) -> int:
        """Lines of the documents to write."""
        return total(self.tables["document"].rows, "line_count")

    @property
    def places(self) -> pa.Array[Any]:
        """The workshop's places of the documents to write, ascending."""
        return self.tables["document"].rows["place"].combine_chunks()

    def documents(self) -> Iterator[pa.Table]:
        """The documents to write, with ``key, part, digest`` and ``is_change``, in parts."""
        known = self.tables["document"].rows.select(["key", "part", "digest", "is_change"])
        start = 0
        for heads in self.workshop.heads(self.places):
            part = known.slice(start, heads.num_rows)
            start += heads.num_rows
            columns = [*heads.columns, *part.columns]
            yield pa.table(columns, names=[*heads.column_names, *part.column_names])

    def lines(self) -> Iterator[pa.Table]:
        """The lines of the documents to write, each with its document's ``place``, in parts."""
        return self.workshop.lines(self.places)

    @property
    def rows(self) -> int:
        """Rows to write."""
        return self.line_count + sum(each.rows.num_rows for each in self.tables.values())


def plan(books: Books) -> Plan:
    """Compare the books with what counts now. Raises ``OtherCurrency``; writes nothing."""
    _same_currency(books)
    workshop = Workshop(books.lines)
    tables = {"document": versions.compare(Document, workshop.documents())}
    if books.receipts is not None:
        receipts = shaping.receipts(books.receipts, books.currency)
        tables["receipt"] = versions.compare(Receipt, receipts)
    if books.allocations is not None:
        tables["allocation"] = versions.compare(Allocation, shaping.allocations(books.allocations))
    if books.rates is not None:
        tables["rate"] = versions.compare(Rate, shaping.rates(books.rates))
    return Plan(
        books=books,
        workshop=workshop,
        totals=workshop.totals(books.currency),
        seen=workshop.customers(books.receipts),
        tables=tables,
    )


def counts(made: Plan) -> dict[str, Any]:
    """What the plan changes, in numbers; amounts in minor units of the company's currency.

    ``currencies``: code → the same amounts of each other currency, with its ``exponent``; only
    where there are any.
    """
    documents, given = made.tables["document"], made.totals
    sums = _sums(made)
    found: dict[str, Any] = {
        "documents_new": documents.new().num_rows,
        "documents_changed": documents.changed().num_rows,
        "documents_identical": len(documents.identical),
        "lines_new": made.line_count,
        "lines_identical": given["lines"] - made.line_count,
        **sums.pop(made.books.currency),
        "customers_new": parties.count_new(made.seen, made.books.customers),
    }
    for name, table in (("receipts", "receipt"), ("allocations", "allocation"), ("rates", "rate")):
        compared = made.tables.get(table)
        if name == "rates" and compared is None:
            continue
        found[f"{name}_new"] = compared.new().num_rows if compared else 0
        found[f"{name}_changed"] = compared.changed().num_rows if compared else 0
        found[f"{name}_identical"] = len(compared.identical) if compared else 0
    if sums:
        found["currencies"] = {
            code: {**amounts, "exponent": places_of(code)} for code, amounts in sorted(sums.items())
        }
    return found | {name: given[name] for name in ("unassigned_lines", "unassigned_net")}


def _sums(made: Plan) -> dict[str, dict[str, int]]:
    """By currency, the company's always: net that is new, changed and the same; new receipts."""
    company, documents = made.books.currency, made.tables["document"]
    found: dict[str, dict[str, int]] = {}

    def add(name: str, amounts: dict[str | None, int], sign: int = 1) -> None:
        for code, amount in amounts.items():
            of = found.setdefault(code or company, dict.fromkeys(AMOUNTS, 0))
            of[name] += sign * amount

    add("net_new", {company: 0})
    add("net_new", by_currency(documents.new(), "net"))
    add("net_changed", by_currency(documents.changed(), "net"))
    add("net_changed", _net_of(documents.superseded), -1)
    add("net_identical", made.workshop.net_by_currency())
    add("net_identical", by_currency(documents.rows, "net"), -1)
    receipts = made.tables.get("receipt")
    if receipts:
        add("receipts_amount_new", by_currency(receipts.new(), "amount"))
    return found


AMOUNTS = ("net_new", "net_changed", "net_identical", "receipts_amount_new")
"""Amounts of an import, each per currency."""


def by_currency(table: pa.Table, column: str) -> dict[str | None, int]:
    """Sums of a column of minor units by the rows' currency; ``None``: rows that name none."""
    rows = table.group_by("currency").aggregate([(column, "sum")]).to_pylist()
    return {row["currency"]: row[f"{column}_sum"] for row in rows}


def samples(made: Plan) -> dict[str, list[dict[str, Any]]]:
    """The first documents that are new and that change (with ``net_before``), and new customers."""
    documents = made.tables["document"]
    before: dict[Any, int] = {}
    changing = Document.objects.visible().filter(key__in=documents.changed_keys[:SAMPLES])
    for key, net in changing.values_list("key", "net"):
        before[key] = before.get(key, 0) + net
    first = pa.array(documents.changed_keys[:SAMPLES], pa.string())
    changed = documents.changed()
    changed = changed.filter(pc.is_in(changed["key"], value_set=first))
    whole: dict[Any, dict[str, Any]] = {}  # a document may have several parts
    for row, key in zip(_shown(made, changed), changed["key"].to_pylist(), strict=True):
        known = whole.setdefault(key, {**row, "net": 0, "line_count": 0})
        known["net"] += row["net"]
        known["line_count"] += row["line_count"]
        known["net_before"] = before.get(key)
    return {
        "new": _shown(made, documents.new().slice(0, SAMPLES)),
        "changed": list(whole.values()),
        "customers": parties.new_ones(made.seen, made.books.customers, SAMPLES),
    }


def _shown(made: Plan, documents: pa.Table) -> list[dict[str, Any]]:
    columns = ["number", "kind", "doc_date", "customer_id", "customer_name", "net", "line_count",
               "currency"]  # fmt: skip
    parts = made.workshop.heads(documents["place"].combine_chunks())
    rows = [row for part in parts for row in part.select(columns).to_pylist()]
    for row in rows:
        row["currency"] = row["currency"] or made.books.currency
        home = row["currency"] == made.books.currency
        row["exponent"] = made.books.exponent if home else places_of(row["currency"])
    return rows


def total(table: pa.Table, column: str) -> int:
    """Sum of a column of minor units; 0 of nothing."""
    return pc.sum(table[column]).as_py() or 0


def _net_of(ids: list[int]) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for start in range(0, len(ids), versions.CHUNK):
        chunk = ids[start : start + versions.CHUNK]
        for code, net in Document.objects.filter(pk__in=chunk).values_list("currency", "net"):
            found[code] = found.get(code, 0) + net
    return found


def _same_currency(books: Books) -> None:
    kept = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk").first()
    if kept is None:
        return
    if kept.currency and books.currency and kept.currency != books.currency:
        raise OtherCurrency(books=kept.currency, file=books.currency)
    if kept.exponent != books.exponent:
        raise OtherCurrency(books=f"10^-{kept.exponent}", file=f"10^-{books.exponent}")
