"""The queries of the bridge: whole numbers of both periods out of the facts, one scan each.

SQL only adds up; whatever divides happens in numpy (``amounts``), so that every back end gives the
same figures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
PERIODS = ("0", "1")


class Questions:
    """The queries about two periods. ``days``: ``as_of``, ``start_0``, ``end_0``, ``start_1``,
    ``end_1`` and, where only what was known by a day counts, ``known``.
    """

    def __init__(self, facts: Facts, days: Mapping[str, date]) -> None:
        self.facts, self.days = facts, days
        self.known = "known" in days
        self.foreign = facts.has("lines", "owed_own")
        """Whether amounts were converted from several currencies."""
        self.divisible = facts.has("lines", "item") and facts.has("lines", "quantity")
        """Whether lines name product and quantity."""

    def orders(self) -> pa.Table:
        """Per customer (null: unassigned): ``net_*`` of all sales, ``invoiced_*`` of invoices and
        ``orders_*`` (invoices of positive net) of both periods, and the day of the first order.
        """

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.line_rows(self._visible(tables, dates), ("net",), "doc_no")
            rows = levels.documents(rows, ("net",))
            order = rows.invoice & (rows.net > 0)
            sums: dict[str, Any] = {"first": rows.day.min(where=order)}
            for at in PERIODS:
                inside = _inside(rows.day, dates, at)
                sums[f"net_{at}"] = rows.net.sum(where=inside)
                sums[f"invoiced_{at}"] = rows.net.sum(where=inside & rows.invoice)
                sums[f"orders_{at}"] = rows.count(where=inside & order)
            return rows.group_by("customer_id").agg(**sums)

        return self._ask("orders", build)

    def products(self) -> pa.Table:
        """What can be split: per customer (and ``currency``, where there are several) ``listed_*``
        net and ``products_*`` (different ones per document, added up), ``pair`` false; and the same
        with ``quantity_*`` per product that was bought in both periods, ``pair`` true.
        """
        keys = ["customer_id", *self._currency()]

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = self._invoices(tables, dates)
            lines = lines.filter(
                lines.item.notnull() & (lines.quantity > 0) & (lines.net >= 0)
            ).select(*keys, "item", "doc_no", "net", "quantity", day=lines.doc_date)
            named = lines.group_by([*keys, "item", "doc_no", "day"]).agg(
                net=lines.net.sum(), quantity=lines.quantity.sum()
            )
            sums: dict[str, Any] = {}
            for at in PERIODS:
                inside = _inside(named.day, dates, at)
                sums[f"products_{at}"] = named.count(where=inside)
                sums[f"listed_{at}"] = named.net.sum(where=inside)
                sums[f"quantity_{at}"] = named.quantity.sum(where=inside)
            each = named.group_by([*keys, "item"]).agg(**sums)
            whole = each.group_by(keys).agg(**{name: each[name].sum() for name in sums})
            both = each.filter((each.products_0 > 0) & (each.products_1 > 0))
            columns = [*keys, *sums]
            return _typed(whole, columns, pair=False).union(_typed(both, columns, pair=True))

        return self._ask("products", build)

    def rates(self) -> pa.Table:
        """Per customer and ``currency``: ``invoiced_*`` net, what is ``owed_*`` for it, and the
        same in the documents' own currency (``own_*``), of invoices.
        """

        def build(tables: Tables, dates: Dates) -> ir.Table:
            lines = self._invoices(tables, dates)
            rows = lines.select(
                "customer_id", "currency", "net", day=lines.doc_date, owed=levels.owed(lines),
                own=lines.owed_own,
            )  # fmt: skip
            sums: dict[str, Any] = {}
            for at in PERIODS:
                inside = _inside(rows.day, dates, at)
                for name, column in (("invoiced", "net"), ("owed", "owed"), ("own", "own")):
                    sums[f"{name}_{at}"] = rows[column].sum(where=inside)
            return rows.group_by(["customer_id", "currency"]).agg(**sums)

        return self._ask("rates", build)

    def _invoices(self, tables: Tables, dates: Dates) -> ir.Table:
        lines = self._visible(tables, dates)
        inside = _inside(lines.doc_date, dates, "0") | _inside(lines.doc_date, dates, "1")
        return lines.filter((lines.kind == INVOICE) & lines.customer_id.notnull() & inside)

    def _visible(self, tables: Tables, dates: Dates) -> ir.Table:
        return levels.visible(tables["lines"], "doc_date", dates, known=self.known)

    def _currency(self) -> Collection[str]:
        return ("currency",) if self.foreign else ()

    def _ask(self, name: str, build: Any) -> pa.Table:
        shape = ("bridge", name, self.foreign, self.known)
        return query(self.facts.backend, shape, {"lines": self.facts.lines}, build, self.days)


def _inside(day: Any, dates: Dates, at: str) -> Any:
    return (day >= dates[f"start_{at}"]) & (day <= dates[f"end_{at}"])


def _typed(rows: ir.Table, columns: Collection[str], *, pair: bool) -> ir.Table:
    """Sums in one type on either side of a union; quantities as they are declared."""
    import ibis

    kinds = {"products": "int64", "listed": "int64", "quantity": "decimal(38, 4)"}
    chosen = {
        name: rows[name].cast(kinds[name[:-2]]) if name[:-2] in kinds else rows[name]
        for name in columns
    }
    return rows.select(**chosen, pair=ibis.literal(pair))
