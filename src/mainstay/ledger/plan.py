"""What an import would change, worked out before anything is written.

The same plan is shown as the dry run and carried out by ``services.take_in``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, Sum

from mainstay.ledger import shaping, versions
from mainstay.ledger.errors import OtherCurrency
from mainstay.ledger.models import Allocation, Document, ImportBatch, Receipt
from mainstay.ledger.workshop import Workshop
from mainstay.parties import cards
from mainstay.parties.codes import Decisions, Matching, match
from mainstay.parties.likeness import Card

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
    decisions: Decisions = field(default_factory=Decisions)
    """On customers that the books may have under another code."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of each table that an import inserts, confirms and supersedes."""

    books: Books
    workshop: Workshop
    totals: dict[str, int]
    """Of all lines of the file: ``lines, net, unassigned_lines, unassigned_net``."""
    matching: Matching
    """Customers the files name, and which of the books' the new ones look like."""
    tables: dict[str, versions.Compared] = field(default_factory=dict)
    """By ``document``, ``receipt``, ``allocation``."""

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
    """Compare the books with what counts now; writes nothing.

    Raises ``OtherCurrency``, and ``UnknownCode`` or ``NotNew`` of a decision on customers.
    """
    _same_currency(books)
    workshop = Workshop(books.lines)
    tables = {"document": versions.compare(Document, workshop.documents())}
    if books.receipts is not None:
        tables["receipt"] = versions.compare(Receipt, shaping.receipts(books.receipts))
    if books.allocations is not None:
        tables["allocation"] = versions.compare(Allocation, shaping.allocations(books.allocations))
    return Plan(
        books=books,
        workshop=workshop,
        totals=workshop.totals(),
        matching=match(
            workshop.customers(books.receipts), cards.by_code(books.customers), books.decisions
        ),
        tables=tables,
    )


def counts(made: Plan) -> dict[str, Any]:
    """What the plan changes, in numbers; amounts in minor units."""
    documents, given = made.tables["document"], made.totals
    found: dict[str, Any] = {
        "documents_new": documents.new().num_rows,
        "documents_changed": documents.changed().num_rows,
        "documents_identical": len(documents.identical),
        "lines_new": made.line_count,
        "lines_identical": given["lines"] - made.line_count,
        "net_new": total(documents.new(), "net"),
        "net_changed": total(documents.changed(), "net") - _net_of(documents.superseded),
        "net_identical": given["net"] - total(documents.rows, "net"),
        "customers_new": len(made.matching.others),
        "customers_matched": len(made.matching.same),
    }
    for name, table in (("receipts", "receipt"), ("allocations", "allocation")):
        compared = made.tables.get(table)
        found[f"{name}_new"] = compared.new().num_rows if compared else 0
        found[f"{name}_changed"] = compared.changed().num_rows if compared else 0
        found[f"{name}_identical"] = len(compared.identical) if compared else 0
    receipts = made.tables.get("receipt")
    found["receipts_amount_new"] = total(receipts.new(), "amount") if receipts else 0
    return found | {name: given[name] for name in ("unassigned_lines", "unassigned_net")}


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
        "customers": [
            {"code": card.code, "name": card.name} for card in made.matching.others[:SAMPLES]
        ],
    }


def proposals(made: Plan) -> list[dict[str, Any]]:
    """Customers that new codes look like: ``code, name, tax_no`` of the new one, the same of the
    old one as ``old_…``, its documents and net so far, the ``evidence``; whether it is ``likely``
    the same (the only one, by its tax number, or by its name where the file has no codes), and
    whether it was decided to be the ``same``.
    """
    found = made.matching.proposals
    olds = {each.old.code for each in found}
    sums = {
        code: (count, net)
        for code, count, net in Document.objects.filter(current=True, customer__code__in=olds)
        .values_list("customer__code")
        .annotate(count=Count("pk"), net=Sum("net"))
    }
    often = Counter(each.new.code for each in found)
    rows = []
    for each in found:
        documents, net = sums.get(each.old.code, (0, 0))
        sure = each.evidence == "tax_no" or (each.evidence == "name" and _by_name(each.new))
        same = made.matching.same.get(each.new.code, ("", ""))[0] == each.old.code
        rows.append({
            "code": each.new.code, "name": each.new.name, "tax_no": each.new.tax_no,
            "old_code": each.old.code, "old_name": each.old.name, "old_tax_no": each.old.tax_no,
            "old_documents": documents, "old_net": net, "evidence": each.evidence,
            "likely": sure and often[each.new.code] == 1, "same": same,
        })  # fmt: skip
    return rows


def _by_name(card: Card) -> bool:
    """Whether the file knows the customer by its name alone."""
    return card.code == card.name


def _shown(made: Plan, documents: pa.Table) -> list[dict[str, Any]]:
    columns = ["number", "kind", "doc_date", "customer_id", "customer_name", "net", "line_count"]
    parts = made.workshop.heads(documents["place"].combine_chunks())
    return [row for part in parts for row in part.select(columns).to_pylist()]


def total(table: pa.Table, column: str) -> int:
    """Sum of a column of minor units; 0 of nothing."""
    return pc.sum(table[column]).as_py() or 0


def _net_of(ids: list[int]) -> int:
    found = 0
    for start in range(0, len(ids), versions.CHUNK):
        chunk = ids[start : start + versions.CHUNK]
        found += sum(Document.objects.filter(pk__in=chunk).values_list("net", flat=True))
    return found


def _same_currency(books: Books) -> None:
    kept = ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).order_by("pk").first()
    if kept is None:
        return
    if kept.currency and books.currency and kept.currency != books.currency:
        raise OtherCurrency(books=kept.currency, file=books.currency)
    if kept.exponent != books.exponent:
        raise OtherCurrency(books=f"10^-{kept.exponent}", file=f"10^-{books.exponent}")
