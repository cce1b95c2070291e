"""Feeds: the few queries that answer all measures, each run once.

``FactsFeed`` asks the fact tables; ``StateFeed`` (``state_feed.py``) asks a saved state and offers
the same methods. Every method returns Arrow, one row per customer unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mainstay_engine.backends import Dates, query
from mainstay_engine.facts import Facts
from mainstay_engine.metrics import levels
from mainstay_engine.metrics.catalogue import Measure
from mainstay_engine.tables import INVOICE, MONEY, NOT_RECEIVED, REBATE

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = Mapping[str, "ir.Table"]
Days = Mapping[str, date]


class FactsFeed:
    """Measures straight from the fact tables. ``known`` says whether ``known_as_of`` is given."""

    def __init__(self, facts: Facts, *, known: bool) -> None:
        self.facts = facts
        self.known = known
        self._customers: pa.Table | None = None

    def _ask(
        self,
        shape: tuple[Any, ...],
        tables: Collection[str],
        build: Callable[[Tables, Dates], ir.Table],
        days: Days,
    ) -> pa.Table:
        given = {name: getattr(self.facts, name) for name in tables}
        return query(self.facts.backend, (*shape, self.known), given, build, days)

    def has(self, table: str, column: str | None = None) -> bool:
        return self.facts.has(table, column)

    def texts(self, customers: Any) -> Any:
        """The codes of customers as the answers name them."""
        return customers

    def sales(self, measures: Collection[Measure], days: Days) -> list[pa.Table]:
        """Sums and order measures, unassigned lines in a row without customer. One scan."""
        measures = sorted(measures)
        orders = any(m.feed == "order" for m in measures)
        values = levels.base_values(
            {m.name for m in measures if m.feed == "sum"}
            | ({"net", "line_count"} if orders else set())
        )

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = levels.visible(tables["lines"], "doc_date", dates, known=self.known)
            if orders:
                rows = levels.line_rows(lines, values, "doc_no")
                rows = levels.documents(rows, values)
            else:
                rows = levels.line_rows(lines, values)
            return levels.by_customer(rows, measures, dates)

        return [self._ask(("sales", *measures), ["lines"], build, days)]

    def distinct(self, name: str, days: Days) -> pa.Table:
        """Distinct items (or categories) on invoices in the window: ``customer_id, value``."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = levels.visible(tables["lines"], "doc_date", dates, known=self.known)
            lines = levels.in_window(lines, "doc_date", dates)
            return levels.distinct_bought(lines.filter(lines.kind == INVOICE), name)

        return self._ask(("distinct", name), ["lines"], build, days)

    def regions(self, days: Days) -> pa.Table:
        """Invoiced net per ``customer_id, region`` in the window, rows without region left out."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = levels.visible(tables["lines"], "doc_date", dates, known=self.known)
            lines = levels.in_window(lines, "doc_date", dates)
            lines = lines.filter((lines.kind == INVOICE) & lines.region.notnull())
            return lines.group_by(["customer_id", "region"]).agg(net=lines.net.sum())

        return self._ask(("regions",), ["lines"], build, days)

    def monthly(self, months: int, days: Days) -> pa.Table:
        """Net sales of ``months`` spans in one scan: ``customer_id, month_0 …``, oldest first."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = levels.visible(tables["lines"], "doc_date", dates, known=self.known)
            return levels.monthly_net(levels.line_rows(lines, ("net",)), months, dates)

        return self._ask(("monthly", months), ["lines"], build, days)

    def received(self, days: Days) -> pa.Table:
        """Receipts in the window: ``customer_id, value``; every customer seen by ``as_of``."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["receipts"], "date", dates, known=self.known)
            if "kind" in rows.columns:
                rows = rows.filter(rows.kind.fill_null(MONEY).notin(NOT_RECEIVED))
            inside = (rows.date >= dates["current_start"]) & (rows.date <= dates["current_end"])
            return rows.group_by("customer_id").agg(value=rows.amount.sum(where=inside))

        return self._ask(("received",), ["receipts"], build, days)

    def rebates(self, days: Days) -> pa.Table:
        """Rebates set off in the window: ``customer_id, value``."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["receipts"], "date", dates, known=self.known)
            rows = levels.in_window(rows.filter(rows.kind == REBATE), "date", dates)
            return rows.group_by("customer_id").agg(value=rows.amount.sum())

        return self._ask(("rebates",), ["receipts"], build, days)

    def served(self, days: Days) -> pa.Table:
        """``customer_id`` of everybody for whom something was done by ``as_of``."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["efforts"], "date", dates, known=self.known)
            return rows.select("customer_id").distinct()

        return self._ask(("served",), ["efforts"], build, days)

    def effort_rows(self, days: Days) -> pa.Table:
        """Efforts of the window: ``customer_id, date, activity`` and those of ``hours, quantity,
        amount, person`` that there are.
        """

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["efforts"], "date", dates, known=self.known)
            rows = levels.in_window(rows, "date", dates)
            keep = [c for c in ("customer_id", "date", "activity", "hours", "quantity", "amount",
                                "person") if c in rows.columns]  # fmt: skip
            return rows.select(keep)

        return self._ask(("effort_rows",), ["efforts"], build, days)

    def effort_rates(self, days: Days) -> pa.Table:
        """Rates of activities in force by ``as_of``, each activity's in the order of their days.

        Of two of one day the one known later holds.
        """

        def build(tables: Tables, dates: Dates) -> ir.Table:
            return levels.visible(tables["effort_rates"], "since", dates, known=self.known)

        rows = self._ask(("effort_rates",), ["effort_rates"], build, days)
        names = ("activity", "since", "known_since", "per_hour", "per_time", "per_year")
        return rows.sort_by([(name, "ascending") for name in names if name in rows.column_names])

    def documents(self, days: Days) -> pa.Table:
        """One row per document: ``customer_id, day, doc_no, invoice, owed`` and ``due_date``.

        With several currencies also ``currency`` and ``owed_own``.
        """
        own = self.has("lines", "owed_own")
        values, keys = (("owed", "owed_own"), ("currency",)) if own else (("owed",), ())

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = levels.visible(tables["lines"], "doc_date", dates, known=self.known)
            rows = levels.line_rows(lines, values, "doc_no", "due_date", *keys)
            return levels.documents(rows.filter(rows.customer_id.notnull()), values, keys=keys)

        return self._ask(("documents", own), ["lines"], build, days)

    def receipt_rows(self, days: Days) -> pa.Table:
        """Receipts as they are, up to ``as_of``: one row per receipt."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["receipts"], "date", dates, known=self.known)
            keep = [c for c in ("receipt_no", "customer_id", "date", "amount", "applied_to",
                                "amount_own", "currency", "kind", "maturity", "bill_no")
                    if c in rows.columns]  # fmt: skip
            return rows.filter(rows.customer_id.notnull()).select(keep)

        return self._ask(("receipt_rows",), ["receipts"], build, days)

    def allocation_rows(self, days: Days) -> pa.Table:
        """Allocations known by ``known_as_of``: ``receipt_no, doc_no, amount``."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = tables["allocations"]
            if self.known and "known_since" in rows.columns:
                rows = rows.filter(rows.known_since.isnull() | (rows.known_since <= dates["known"]))
            return rows.select("receipt_no", "doc_no", "amount")

        return self._ask(("allocation_rows",), ["allocations"], build, days)

    def names(self, table: str, days: Days) -> pa.Table:
        """``customer_id, customer_name, day``: each name with the last day it was used."""
        day = "doc_date" if table == "lines" else "date"

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables[table], day, dates, known=self.known)
            rows = rows.filter(rows.customer_id.notnull() & rows.customer_name.notnull())
            return rows.group_by(["customer_id", "customer_name"]).agg(day=rows[day].max())

        return self._ask(("names", table), [table], build, days)

    def customers(self) -> pa.Table:
        """The customers table: its code and those of name, region, terms, since that it has."""
        if self._customers is None:
            self._customers = self._read_customers()
        return self._customers

    def _read_customers(self) -> pa.Table:
        wanted = ("customer_id", "customer_name", "region", "terms_days", "terms", "since")
        keep = [name for name in wanted if self.facts.has("customers", name)]

        def build(tables: Tables, dates: Dates) -> ir.Table:
            return tables["customers"].select(keep)

        return self._ask(("customers",), ["customers"], build, {})

    def currencies(self, table: str) -> pa.Table:
        """``currency, rows`` of a table, rows without currency left out."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = tables[table].filter(tables[table].currency.notnull())
            return rows.group_by("currency").agg(rows=rows.count())

        return self._ask(("currencies", table), [table], build, {})

    def latest(self, days: Days) -> date | None:
        """The latest document date among the lines visible by ``days``."""

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = levels.visible(tables["lines"], "doc_date", dates, known=self.known)
            return lines.agg(latest=lines.doc_date.max())

        answer: date | None = self._ask(("latest",), ["lines"], build, days)["latest"][0].as_py()
        return answer
