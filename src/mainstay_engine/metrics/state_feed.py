"""The feed that answers measures from a state instead of the facts it was made of."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mainstay_engine.backends import Dates, query
from mainstay_engine.errors import NoData
from mainstay_engine.facts import Facts
from mainstay_engine.metrics import levels
from mainstay_engine.metrics.catalogue import Measure
from mainstay_engine.metrics.feeds import Days, FactsFeed, Tables

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.rollups import State

_LEVEL = {"item": "items", "category": "categories"}
_ALWAYS = {"doc_no", "kind", "customer_id", "doc_date", "net"}


class StateFeed(FactsFeed):
    """Same questions as ``FactsFeed``, same answers, from the levels of a state.

    ``facts``, where given, are the facts the state was made of; they are scanned again only for
    what the state cannot answer: distinct items of a window that ends before the state does.
    """

    def __init__(self, state: State, facts: Facts | None, *, known: bool) -> None:
        self.state = state
        self.original = facts
        plain: dict[str, Any] = {
            name: state.table(name) if state.has(name) else None
            for name in ("receipts", "allocations", "customers", "efforts", "effort_rates")
        }
        stored = Facts(state.backend, lines=self._lines(), **plain)
        super().__init__(stored, known=known)

    def _lines(self) -> ir.Table:
        """What stands for the lines, which are never asked themselves."""
        return self.state.table("customer_days")

    def has(self, table: str, column: str | None = None) -> bool:
        if table != "lines" or column is None:
            return super().has(table, column)
        return column in _ALWAYS or column in self.state.shape.columns

    def _level(
        self,
        shape: tuple[Any, ...],
        names: Collection[str],
        build: Callable[[Tables, Dates], ir.Table],
        days: Days,
    ) -> pa.Table:
        tables = {name: self.state.table(name) for name in names}
        return self._named(
            query(self.state.backend, ("state", *shape, self.known), tables, build, days)
        )

    def _named(self, table: pa.Table) -> pa.Table:
        """Customers as the answers name them: by codes, where the levels hold numbers."""
        at = table.schema.get_field_index("customer_id")
        if at < 0 or not pa.types.is_integer(table.schema.field(at).type):
            return table
        texts = self.state.codes["customer"].decode(table["customer_id"].combine_chunks())
        return table.set_column(at, "customer_id", texts)

    def _documents(
        self,
        shape: tuple[Any, ...],
        build: Callable[[ir.Table, Dates], ir.Table],
        days: Days,
        *,
        own: bool = False,
    ) -> pa.Table:
        """A question about whole documents; those that came in parts are added up again.

        ``own``: by currency, with what is owed in it, where there are several.
        """
        repeated = self.state.repeated
        tables = {"documents": self.state.table("documents")}
        if repeated is not None:
            tables["repeated"] = repeated

        def whole(given: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(given["documents"], "day", dates, known=self.known)
            if "known_since" in rows.columns:
                rows = rows.drop("known_since")
            sums, keys = ["net", "owed", "line_count"], []
            if "owed_own" in rows.columns and own:
                sums, keys = [*sums, "owed_own"], ["currency"]
            elif "owed_own" in rows.columns:
                rows = rows.drop(*levels.OWN)
            if "repeated" in given:
                parts = rows.semi_join(given["repeated"], "doc_no")
                alone = rows.anti_join(given["repeated"], "doc_no")
                again = levels.documents(parts, sums, keys=keys)
                rows = alone.union(again.select(alone.columns))
            return build(rows, dates)

        return self._named(
            query(self.state.backend, ("state", *shape, self.known), tables, whole, days)
        )

    def sales(self, measures: Collection[Measure], days: Days) -> list[pa.Table]:
        """Sums from customer × day, order measures from documents."""
        sums = sorted(m for m in measures if m.feed == "sum")
        orders = sorted(m for m in measures if m.feed == "order")

        def added(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["customer_days"], "day", dates, known=self.known)
            return levels.by_customer(rows, sums, dates)

        answers = [self._level(("sums", *sums), ["customer_days"], added, days)]
        if orders:
            answers.append(self._documents(
                ("orders", *orders),
                lambda rows, dates: levels.by_customer(rows, orders, dates), days,
            ))  # fmt: skip
        return answers

    def distinct(self, name: str, days: Days) -> pa.Table:
        latest = self.state.latest
        until = self._until(days)
        codes = self.state.codes["customer"]
        if latest is not None and until < latest:
            if self.original is None:
                raise NoData(
                    {"en": f"The state keeps {_LEVEL[name]} as of {latest} only.",
                     "zh": f"状态仅保存截至 {latest} 的品种信息。"},
                    {"en": "Give the facts as well, to scan them again for an earlier date.",
                     "zh": "如需更早日期，请同时提供原始数据以便重新扫描。"},
                    needs=["lines"],
                )  # fmt: skip
            return FactsFeed(self.original, known=self.known).distinct(name, days)

        pairs = self.state.pairs(_LEVEL[name])
        count = pairs.count(days["current_start"], days.get("known"), len(codes))
        return pa.table({"customer_id": codes.values, "value": count})

    def _until(self, days: Days) -> date:
        """The last day of the window that is seen."""
        until = min(days["current_end"], days["as_of"])
        if "known" in days and not self.has("lines", "known_since"):
            until = min(until, days["known"])
        return until

    def regions(self, days: Days) -> pa.Table:
        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["regions"], "day", dates, known=self.known)
            rows = levels.in_window(rows, "day", dates)
            return rows.group_by(["customer_id", "region"]).agg(net=rows.net.sum())

        return self._level(("regions",), ["regions"], build, days)

    def monthly(self, months: int, days: Days) -> pa.Table:
        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["customer_days"], "day", dates, known=self.known)
            return levels.monthly_net(rows, months, dates)

        return self._level(("monthly", months), ["customer_days"], build, days)

    def documents(self, days: Days) -> pa.Table:
        return self._documents(
            ("documents",),
            lambda rows, dates: rows.filter(rows.customer_id.notnull()).drop("net"),
            days,
            own=True,
        )

    def names(self, table: str, days: Days) -> pa.Table:
        if table != "lines":
            return super().names(table, days)

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = tables["names"]
            return rows.group_by(["customer_id", "customer_name"]).agg(day=rows.day.max())

        return self._level(("names",), ["names"], build, days)

    def currencies(self, table: str) -> pa.Table:
        counts = self.state.shape.currencies.get(table, {})
        return pa.table({
            "currency": pa.array(list(counts), pa.string()),
            "rows": pa.array(list(counts.values()), pa.int64()),
        })  # fmt: skip

    def latest(self, days: Days) -> date | None:
        if not self.known:
            return self.state.latest

        def build(tables: Tables, dates: Dates) -> ir.Table:
            rows = levels.visible(tables["documents"], "day", dates, known=True)
            return rows.agg(latest=rows.day.max())

        answer: date | None = self._level(("latest",), ["documents"], build, days)["latest"][
            0
        ].as_py()
        return answer
