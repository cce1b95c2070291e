"""What an import would change, worked out before anything is written.

The same plan is shown as the dry run and carried out by ``services.take_in``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count

from mainstay.catalogue import services as catalogue
from mainstay.ledger import again, organisations, versions
from mainstay.ledger.errors import OtherCurrency, RatesMissing
from mainstay.ledger.models import Document, ImportBatch
from mainstay.ledger.rules import places_of
from mainstay.ledger.selectors.currencies import books_currency, home_sum, unrated
from mainstay.ledger.workshop import Given, Twice, Workshop
from mainstay.parties import cards
from mainstay.parties.codes import Decisions, Matching, match

SAMPLES = 10
"""Documents, receipts and customers named in a dry run; the rest it counts."""

GROUPS = {
    "documents": tuple(Document.BOOKED),
    "orders": (Document.Kind.ORDER,),
    "deliveries": (Document.Kind.DELIVERY,),
}
"""Kinds of documents that are counted together."""


@dataclass(frozen=True, slots=True)
class Books:
    """Fact tables as the engine's reader gives them, with their currency; in Parquet those that may
    have many rows.
    """

    lines: Given
    receipts: Given | None
    customers: pa.Table | None
    currency: str
    exponent: int
    allocations: Given | None = None
    products: pa.Table | None = None
    decisions: Decisions = field(default_factory=Decisions)
    """On customers that the books may have under another code."""
    rates: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of each table that an import inserts, confirms and supersedes."""

    books: Books
    workshop: Workshop
    totals: dict[str, dict[str, int]]
    """What the files hold (``Workshop.totals``), by group: see ``GROUPS``."""
    matching: Matching
    """Customers the files name, and which of the books' the new ones look like."""
    items: pa.Table
    """Products as lines name them."""
    heard: pa.Table
    """The same of the documents that are written: of the others the books have heard."""
    moved: list[str]
    """Keys of changed documents that are other customers' than before."""
    tables: dict[str, versions.Compared] = field(default_factory=dict)
    """By ``document``, ``receipt``, ``allocation``, ``rate``."""
    afresh: bool = False
    """As if the books were empty: what is in them goes when the import comes into force."""

    @property
    def line_count(self) -> int:
        """Lines of the documents to write."""
        return total(self.tables["document"].tally, "line_count")

    def parts(self, table: str, start: int = 0) -> Iterator[pa.Table]:
        """The rows of a table to write, with ``place`` and ``is_change``, in parts; without so many
        of the first.
        """
        compared = self.tables[table]
        for rows in self.workshop.rows(table, compared.places.slice(start)):
            yield rows.append_column("is_change", compared.is_change.slice(start, rows.num_rows))
            start += rows.num_rows

    def lines(self, start: int = 0) -> Iterator[pa.Table]:
        """The lines of the documents to write, each with its document's ``place``, in parts.

        ``start``: how many of the first documents are left out.
        """
        return self.workshop.lines(self.tables["document"].places.slice(start))

    @property
    def rows(self) -> int:
        """Rows to write."""
        return self.line_count + sum(each.rows.num_rows for each in self.tables.values())


def plan(books: Books, *, afresh: bool = False) -> Plan:
    """Compare the books with what counts now; writes nothing.

    ``afresh``: as if nothing were there, for the import that the demo company gives way to.
    Raises ``OtherCurrency``, ``RatesMissing`` of rows in the books (the reader sees to those of the
    files), and ``UnknownCode`` or ``NotNew`` of a decision on customers.
    """
    if not afresh:
        _same_currency(books)
    others = {"receipt": books.receipts, "allocation": books.allocations, "rate": books.rates}
    workshop = Workshop(books.lines, others, books.currency)
    organisations.recognise(workshop, afresh=afresh)
    tables = {
        name: versions.compare(versions.TABLES[name], workshop.db, afresh=afresh)
        for name in workshop.tables
    }
    matching = match(
        workshop.customers(), cards.by_code(books.customers), books.decisions, afresh=afresh
    )
    if "receipt" in tables and not afresh:
        tables["receipt"] = again.recognised(
            workshop, tables["receipt"], matching.leads, books.currency
        )
    if not afresh:
        _rated(workshop, tables)
    heard = workshop.items(tables["document"].places)
    moved = organisations.moved_to_others(workshop, tables["document"], matching.leads)
    workshop.need_less()
    return Plan(
        books=books,
        workshop=workshop,
        totals={name: workshop.totals(kinds, books.currency) for name, kinds in GROUPS.items()},
        matching=matching,
        items=workshop.items(),
        heard=heard,
        moved=moved,
        tables=tables,
        afresh=afresh,
    )


def _rated(workshop: Workshop, tables: dict[str, versions.Compared]) -> None:
    """Whatever stays in the books in another currency has a rate, with those brought."""
    replaced = [
        tables[name].superseded.to_numpy().tolist() if name in tables else []
        for name in ("document", "receipt")
    ]
    if lacking := unrated(workshop.first_rates(), replaced):
        raise RatesMissing.of(lacking)


def counts(made: Plan) -> dict[str, Any]:
    """What the plan changes, in numbers; amounts in minor units of the company's currency.

    ``currencies``: code → the same amounts of each other currency, with its ``exponent``; only
    where there are any.
    """
    documents, given = made.tables["document"], made.totals["documents"]
    lines = total(_of(documents.tally, "documents"), "line_count")
    sums = _sums(made)
    found: dict[str, Any] = {
        **_moves(made, "documents"),
        "lines_new": lines,
        "lines_identical": given["lines"] - lines,
        **sums.pop(made.books.currency),
        "customers_new": made.matching.others.num_rows,
        "customers_matched": len(made.matching.same),
        "tax_numbers_differ": len(made.matching.other_tax_no),
        "products_new": catalogue.count_new(made.items, made.books.products, afresh=made.afresh),
        **_moves(made, "orders"),
        **_moves(made, "deliveries"),
        **made.workshop.openings(made.books.currency),
    }
    for name, table in (("receipts", "receipt"), ("allocations", "allocation"), ("rates", "rate")):
        compared = made.tables.get(table)
        if name == "rates" and compared is None:
            continue
        found[f"{name}_new"] = compared.rows.num_rows - compared.changed if compared else 0
        found[f"{name}_changed"] = compared.changed if compared else 0
        found[f"{name}_identical"] = len(compared.identical) if compared else 0
    found["documents_other_kind"] = len(documents.recast)
    found["documents_moved"] = len(made.moved)
    if sums:
        found["currencies"] = {
            code: {**amounts, "exponent": places_of(code)} for code, amounts in sorted(sums.items())
        }
    return found | {name: given[name] for name in ("unassigned_lines", "unassigned_net")}


def _moves(made: Plan, group: str) -> dict[str, int]:
    """How many documents of a group are new, changed and as before."""
    rows = _of(made.tables["document"].tally, group)
    changed = total(rows.filter(rows["is_change"]), "rows")
    new = total(rows, "rows") - changed
    return {
        f"{group}_new": new,
        f"{group}_changed": changed,
        f"{group}_identical": made.totals[group]["documents"] - new - changed,
    }


def _new(rows: pa.Table) -> pa.Table:
    return rows.filter(pc.invert(rows["is_change"]))


def _of(rows: pa.Table, group: str) -> pa.Table:
    return rows.filter(pc.is_in(rows["kind"], value_set=pa.array(GROUPS[group], pa.string())))


def _sums(made: Plan) -> dict[str, dict[str, int]]:
    """By currency, the company's always: net of booked documents that is new, changed and the
    same; new receipts; and where there are any, the net of new orders and of new deliveries.
    """
    company, documents = made.books.currency, made.tables["document"]
    tally = documents.tally
    booked = _of(tally, "documents")
    found: dict[str, dict[str, int]] = {}

    def add(name: str, amounts: dict[str | None, int], sign: int = 1) -> None:
        for code, amount in amounts.items():
            of = found.setdefault(code or company, dict.fromkeys(AMOUNTS, 0))
            of[name] = of.get(name, 0) + sign * amount

    add("net_new", {company: 0})
    add("net_new", by_currency(_new(booked), "net"))
    add("net_changed", by_currency(booked.filter(booked["is_change"]), "net"))
    add("net_changed", _net_of(documents.superseded), -1)
    add("net_identical", made.workshop.net_by_currency(GROUPS["documents"]))
    add("net_identical", by_currency(booked, "net"), -1)
    receipts = made.tables.get("receipt")
    if receipts:
        add("receipts_amount_new", by_currency(_new(receipts.tally), "amount"))
    for group in ("orders", "deliveries"):
        add(f"{group}_net_new", {company: 0})
        add(f"{group}_net_new", by_currency(_new(_of(tally, group)), "net"))
    return found


AMOUNTS = ("net_new", "net_changed", "net_identical", "receipts_amount_new")
"""Amounts of an import, each per currency."""


def by_currency(table: pa.Table, column: str) -> dict[str | None, int]:
    """Sums of a column of minor units by the rows' currency; ``None``: rows that name none."""
    rows = table.group_by("currency").aggregate([(column, "sum")]).to_pylist()
    return {row["currency"]: row[f"{column}_sum"] for row in rows}


def samples(made: Plan) -> dict[str, list[dict[str, Any]]]:
    """The first booked documents that are new and that change (with ``net_before``), those whose
    number counts as another kind, those that are other customers' than before (with
    ``customer_before``), the first new ``orders`` and ``deliveries``, the first new
    customers, and the first codes with another tax number than their customer's
    (``tax_numbers``).
    """
    documents = made.tables["document"]
    keys = [key for key in documents.changed_keys if key.split(":")[0] in Document.BOOKED]
    keys = keys[:SAMPLES]
    before: dict[Any, int] = {}
    for key, net in Document.objects.visible().filter(key__in=keys).values_list("key", "net"):
        before[key] = before.get(key, 0) + net
    places = made.workshop.places_of(keys)
    whole: dict[Any, dict[str, Any]] = {}  # a document may have several parts
    for row in _shown(made, places):
        key = row["key"]
        known = whole.setdefault(key, {**row, "net": 0, "line_count": 0})
        known["net"] += row["net"]
        known["line_count"] += row["line_count"]
        known["net_before"] = before.get(key)
    return {
        "new": _shown(made, _first_new(made, "documents")),
        "changed": list(whole.values()),
        "other_kind": _shown(made, made.workshop.places_of(documents.recast[:SAMPLES])),
        "moved": _moved(made),
        **{group: _shown(made, _first_new(made, group)) for group in ("orders", "deliveries")},
        "customers": made.matching.others.select(["code", "name"]).slice(0, SAMPLES).to_pylist(),
        "tax_numbers": [
            {"code": code, "stated": stated, "kept": kept}
            for code, stated, kept in made.matching.other_tax_no[:SAMPLES]
        ],
    }


def _moved(made: Plan) -> list[dict[str, Any]]:
    """The first documents that are other customers' than before, each with ``customer_before``."""
    keys = made.moved[:SAMPLES]
    rows = Document.objects.visible().filter(key__in=keys, customer__isnull=False).order_by("-part")
    before = dict(rows.values_list("key", "customer__name"))
    shown = _shown(made, made.workshop.places_of(keys))
    first = {row["key"]: row for row in reversed(shown)}
    return [{**first[key], "customer_before": before.get(key, "")} for key in keys]


def twice(made: Plan) -> Twice:
    """Lines that a new or changed document holds more than once with the very same content."""
    found = made.workshop.twice(made.tables["document"].places, SAMPLES)
    for row in found.samples:
        _in_its_currency(row, made.books)
    return found


def proposals(made: Plan) -> list[dict[str, Any]]:
    """Customers that new codes look like: ``code, name, tax_no`` of the new one, the same of the
    old one as ``old_…``, its documents and net so far, the ``evidence``; whether it is ``likely``
    the same (the only one, by its tax number, or by its name where the file has no codes), and
    whether it was decided to be the ``same``. Net is the company's currency's alone.
    """
    found = made.matching.proposals
    olds = {each.old.code for each in found}
    sums = {
        code: (count, net)
        for code, count, net in Document.objects.visible()
        .booked()
        .filter(customer__code__in=olds)
        .values_list("customer__code")
        .annotate(count=Count("pk"), net=home_sum("net"))
    }
    often = Counter(each.new.code for each in found)
    rows = []
    for each in found:
        documents, net = sums.get(each.old.code, (0, 0))
        same = made.matching.same.get(each.new.code, ("", ""))[0] == each.old.code
        rows.append({
            "code": each.new.code, "name": each.new.name, "tax_no": each.new.tax_no,
            "old_code": each.old.code, "old_name": each.old.name, "old_tax_no": each.old.tax_no,
            "old_documents": documents, "old_net": net, "evidence": each.evidence,
            "likely": each.strong and often[each.new.code] == 1, "same": same,
        })  # fmt: skip
    return rows


def _first_new(made: Plan, group: str) -> pa.Array[Any]:
    new = _new(made.tables["document"].rows)["place"].combine_chunks()
    return made.workshop.first_of(GROUPS[group], new, SAMPLES)


def _shown(made: Plan, places: pa.Array[Any]) -> list[dict[str, Any]]:
    columns = ["key", "number", "kind", "doc_date", "customer_id", "customer_name", "net",
               "line_count", "currency", "organisation"]  # fmt: skip
    parts = made.workshop.rows("document", places)
    rows = [row for part in parts for row in part.select(columns).to_pylist()]
    for row in rows:
        _in_its_currency(row, made.books)
    return rows


def _in_its_currency(row: dict[str, Any], books: Books) -> None:
    """Let a row say the currency of its amounts, and its decimals."""
    row["currency"] = row["currency"] or books.currency
    home = row["currency"] == books.currency
    row["exponent"] = books.exponent if home else places_of(row["currency"])


def total(table: pa.Table, column: str) -> int:
    """Sum of a column of minor units; 0 of nothing."""
    return pc.sum(table[column]).as_py() or 0


def _net_of(ids: pa.Array[Any]) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for chunk in versions.chunks(ids):
        rows = Document.objects.booked().filter(pk__in=chunk)
        for code, net in rows.values_list("currency", "net"):
            found[code] = found.get(code, 0) + net
    return found


def _same_currency(books: Books) -> None:
    if not ImportBatch.objects.filter(state=ImportBatch.State.APPLIED).exists():
        return
    kept, exponent = books_currency()
    if kept and books.currency and kept != books.currency:
        raise OtherCurrency(books=kept, file=books.currency)
    if exponent != books.exponent:
        raise OtherCurrency(books=f"10^-{exponent}", file=f"10^-{books.exponent}")
