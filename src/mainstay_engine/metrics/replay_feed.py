"""The feed of a replay: customers by their numbers, whose order is that of their codes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay_engine.backends import Dates
from mainstay_engine.metrics.catalogue import Measure
from mainstay_engine.metrics.feeds import Days, Tables
from mainstay_engine.metrics.state_feed import StateFeed

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.replays import Replay


class ReplayFeed(StateFeed):
    """Same answers as ``StateFeed``, with numbers for customers: for many days of one state."""

    state: Replay

    def _lines(self) -> ir.Table:
        return self.state.facts.lines

    def texts(self, customers: Any) -> Any:
        return self.state.codes["customer"].decode(customers)

    def _ask(
        self,
        shape: tuple[Any, ...],
        tables: Collection[str],
        build: Callable[[Tables, Dates], ir.Table],
        days: Days,
    ) -> pa.Table:
        return self._named(super()._ask(shape, tables, build, days))

    def _named(self, table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index("customer_id")
        if at < 0 or pa.types.is_integer(table.schema.field(at).type):
            return table
        numbers = self.state.codes["customer"].encode(table["customer_id"])
        return table.set_column(at, "customer_id", numbers)

    def sales(self, measures: Collection[Measure], days: Days) -> list[pa.Table]:
        if self.state.in_parts:
            return super().sales(measures, days)
        return [self.state.ordered.by_customer(sorted(measures), days, known=self.known)]

    def distinct(self, name: str, days: Days) -> pa.Table:
        numbers = np.arange(len(self.state.codes["customer"]), dtype=np.int32)
        count = self.state.bought(name).count(
            days["current_start"], self._until(days), days.get("known"), len(numbers)
        )
        return pa.table({"customer_id": numbers, "value": count})
