"""The queries of concession creep: whole numbers of each period out of the facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mainstay_engine.backends import Dates, query
from mainstay_engine.facts import Facts
from mainstay_engine.metrics import levels
from mainstay_engine.tables import INVOICE

if TYPE_CHECKING:
    import ibis.expr.types as ir

Tables = Mapping[str, "ir.Table"]


class CreepQuestions:
    """The queries about invoices of ``spans`` (first and last day of each, oldest first)."""

    def __init__(
        self, facts: Facts, spans: Sequence[tuple[date, date]], known: date | None
    ) -> None:
        self.facts, self.count, self.known = facts, len(spans), known is not None
        self.days = {"as_of": spans[-1][1]}
        for at, (start, end) in enumerate(spans):
            self.days |= {f"start_{at}": start, f"end_{at}": end}
        if known is not None:
            self.days["known"] = known
        self.priced = facts.has("lines", "item") and facts.has("lines", "quantity")
        self.discounted = facts.has("lines", "discount")
        self.dated = facts.has("lines", "due_date")

    def sales(self) -> pa.Table:
        """Per customer: ``net_*``, ``orders_*`` (different documents) and, where told, the
        ``discount_*`` with the net of lines that state one (``stated_*``), and the net of lines
        with a due day (``dated_*``) with that net × days from document to due day (``due_*``).
        """

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = self._invoices(tables, dates)
            sums: dict[str, Any] = {}
            for at in range(self.count):
                inside = _inside(lines.doc_date, dates, at)
                sums[f"net_{at}"] = lines.net.sum(where=inside)
                sums[f"orders_{at}"] = lines.doc_no.nunique(where=inside)
                if self.discounted:
                    stated = inside & lines.discount.notnull()
                    sums[f"stated_{at}"] = lines.net.sum(where=stated)
                    sums[f"discount_{at}"] = lines.discount.sum(where=stated)
                if self.dated:
                    dated = inside & lines.due_date.notnull()
                    term = lines.due_date.delta(lines.doc_date, unit="day")
                    sums[f"dated_{at}"] = lines.net.sum(where=dated)
                    sums[f"due_{at}"] = (lines.net * term).sum(where=dated)
            return _whole(lines.group_by("customer_id").agg(**sums), "customer_id")

        return self._ask("sales", build)

    def items(self) -> pa.Table:
        """Per customer and item bought in two periods or more: ``net_*`` and ``quantity_*`` (in
        ten-thousandths) of lines with a quantity above nothing.
        """

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = self._invoices(tables, dates)
            lines = lines.filter(lines.item.notnull() & (lines.quantity > 0) & (lines.net > 0))
            sums: dict[str, Any] = {}
            for at in range(self.count):
                inside = _inside(lines.doc_date, dates, at)
                sums[f"net_{at}"] = lines.net.sum(where=inside)
                sums[f"quantity_{at}"] = lines.quantity.sum(where=inside) * 10_000
            found = lines.group_by(["customer_id", "item"]).agg(**sums)
            return _whole(found, "customer_id", "item").order_by(["item", "customer_id"])

        return self._ask("items", build)

    def _invoices(self, tables: Tables, dates: Dates) -> ir.Table:
        lines = levels.visible(tables["lines"], "doc_date", dates, known=self.known)
        return lines.filter(
            (lines.kind == INVOICE) & lines.customer_id.notnull()
            & (lines.doc_date >= dates["start_0"])
        )  # fmt: skip

    def _ask(self, name: str, build: Any) -> pa.Table:
        shape = ("creep", name, self.count, self.known, self.discounted, self.dated)
        return query(self.facts.backend, shape, {"lines": self.facts.lines}, build, self.days)


def _inside(day: Any, dates: Dates, at: int) -> Any:
    return (day >= dates[f"start_{at}"]) & (day <= dates[f"end_{at}"])


def _whole(rows: ir.Table, *keys: str) -> ir.Table:
    """Every sum as a whole number; nothing is zero."""
    sums = {name: rows[name].coalesce(0).cast("int64") for name in rows.columns if name not in keys}
    return rows.select(*keys, **sums)
