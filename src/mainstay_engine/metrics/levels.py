"""Levels of sales facts, as portable Ibis expressions: lines → documents → customer × day.

Each level has ``customer_id, day, invoice`` and value columns that add up, so the same conditional
sums run over any of them. Money is int64 minor units throughout.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from mainstay_engine.metrics.catalogue import Measure
from mainstay_engine.tables import INVOICE, OPENING

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.backends import Dates

VALUES = ("net", "billed", "cost", "cost_missing", "discount", "quantity", "line_count")
"""Columns that add up. ``billed`` is what invoices and credit notes come to; ``sold`` and
``bought`` are ``net`` and ``line_count`` of invoices."""
OF_INVOICES = {"sold": "net", "bought": "line_count"}
DOCUMENT = ("customer_id", "day", "doc_no", "invoice")
OWN = ("owed_own", "currency")
"""Of documents, where there are several currencies: what is owed in the document's own."""


def base_values(sums: Collection[str]) -> tuple[str, ...]:
    """The value columns needed for these sums, in a fixed order."""
    wanted = {OF_INVOICES.get(name, name) for name in sums}
    return tuple(name for name in VALUES if name in wanted)


def available(columns: Collection[str]) -> tuple[str, ...]:
    """The value columns that lines with these columns can give."""
    optional = {"cost": "cost", "cost_missing": "cost", "discount": "discount",
                "quantity": "quantity"}  # fmt: skip
    return tuple(v for v in VALUES if v not in optional or optional[v] in columns)


def visible(table: ir.Table, day: str, dates: Dates, *, known: bool) -> ir.Table:
    """Facts dated up to ``as_of`` and known by ``known``; known since defaults to their date."""
    seen = table.filter(table[day] <= dates["as_of"])
    if known:
        since = seen[day]
        if "known_since" in table.columns:
            since = seen.known_since.coalesce(since)
        seen = seen.filter(since <= dates["known"])
    return seen


def line_rows(lines: ir.Table, values: Collection[str], *keys: str) -> ir.Table:
    """Lines as rows of the uniform shape, one per line."""
    columns = lines.columns

    def value(name: str) -> Any:
        if name == "owed":
            return owed(lines)
        if name == "billed":
            return (lines.kind == OPENING).ifelse(0, owed(lines))
        if name == "cost_missing":
            return (lines.cost.isnull() & (lines.kind != OPENING)).cast("int32")
        if name == "line_count":
            return (lines.kind != OPENING).cast("int32").cast("int64")
        return lines[name]

    extra = {key: lines[key] for key in keys if key in columns}
    return lines.select(
        customer_id=lines.customer_id,
        day=lines.doc_date,
        invoice=lines.kind == INVOICE,
        **extra,
        **{name: value(name) for name in values},
    )


def owed(lines: ir.Table) -> Any:
    """What the customer owes for a line: gross, else net + tax, else net."""
    taxed = lines.net + lines.tax.coalesce(0) if "tax" in lines.columns else lines.net
    return lines.gross.coalesce(taxed) if "gross" in lines.columns else taxed


def documents(rows: ir.Table, values: Collection[str], *, keys: Collection[str] = ()) -> ir.Table:
    """Rows added up to documents; ``due_date``, where present, is the latest of its lines."""
    sums = {name: rows[name].sum() for name in values}
    if "due_date" in rows.columns:
        sums["due_date"] = rows.due_date.max()
    return rows.group_by([*DOCUMENT, *keys]).agg(**sums)


def by_customer(rows: ir.Table, measures: Collection[Measure], dates: Dates) -> ir.Table:
    """One row per customer (null: unassigned), one column per measure, in one pass.

    ``rows`` are any level for sums; measures of orders need documents.
    """
    order = rows.invoice & (rows.net > 0) if any(m.feed == "order" for m in measures) else None
    columns = {column(m): _aggregate(rows, m, order, dates) for m in measures}
    return rows.group_by("customer_id").agg(**columns)


def column(measure: Measure) -> str:
    """The column that answers a measure."""
    return "_".join(measure)


def _aggregate(rows: ir.Table, measure: Measure, order: Any, dates: Dates) -> Any:
    inside = None
    if measure.span != "life":
        start, end = dates[f"{measure.span}_start"], dates[f"{measure.span}_end"]
        inside = (rows.day >= start) & (rows.day <= end)
    if measure.feed == "sum":
        if measure.name in OF_INVOICES:
            inside = rows.invoice if inside is None else rows.invoice & inside
        return rows[OF_INVOICES.get(measure.name, measure.name)].sum(where=inside)
    if measure.name == "documents":
        sales = rows.line_count > 0
        return rows.count(where=sales if inside is None else sales & inside)
    where = order if inside is None else order & inside
    match measure.name:
        case "count":
            return rows.count(where=where)
        case "value":
            return rows.net.sum(where=where)
        case "largest":
            return rows.net.max(where=where)
        case "first":
            return rows.day.min(where=where)
        case "last":
            return rows.day.max(where=where)
        case "days":
            return rows.day.collect(where=where)
    raise AssertionError(measure)


def distinct_bought(bought: ir.Table, name: str) -> ir.Table:
    """Number of distinct values of a column per customer, by grouping twice; nulls do not count.

    ``bought`` are invoice rows of the window.
    """
    seen = bought.filter(bought[name].notnull()).select("customer_id", name).distinct()
    return seen.group_by("customer_id").agg(value=seen.count())


def in_window(rows: ir.Table, day: str, dates: Dates) -> ir.Table:
    """Rows of the current window."""
    return rows.filter((rows[day] >= dates["current_start"]) & (rows[day] <= dates["current_end"]))


def monthly_net(rows: ir.Table, months: int, dates: Dates) -> ir.Table:
    """Net per customer in consecutive spans: after ``end_k`` up to and with ``end_k+1``."""
    spans = {
        f"month_{k}": rows.net.sum(
            where=(rows.day > dates[f"end_{k}"]) & (rows.day <= dates[f"end_{k + 1}"])
        )
        for k in range(months)
    }
    return rows.group_by("customer_id").agg(**spans)
