"""Replay: a state that is asked about many past days, and neither grows nor is saved."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa

from mainstay_engine.facts import Facts
from mainstay_engine.metrics.arrays import sorted_unique
from mainstay_engine.metrics.bought import Bought, each_day
from mainstay_engine.metrics.ordered import Ordered
from mainstay_engine.rollups import PLAIN, State, days_of, documents_of, levels_of, shape_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from mainstay_engine.metrics.replay_feed import ReplayFeed


class Replay(State):
    """The state of these facts alone. Customers are numbered in the order of their codes; items and
    categories are kept with every day they were bought on, documents with all their sums.
    """

    def __init__(self, facts: Facts) -> None:
        super().__init__(shape_of(facts))
        self.facts = facts
        self._bought: dict[str, Bought] = {}
        self._add(facts)
        self._unsaved.clear()

    def feed(self, facts: Facts | None, *, known: bool) -> ReplayFeed:
        from mainstay_engine.metrics.replay_feed import ReplayFeed

        return ReplayFeed(self, facts, known=known)

    def _read(self, facts: Facts) -> dict[str, pa.Table]:
        delta = levels_of(facts, self.shape.columns, pairs=False)
        ids = [table["customer_id"] for name, table in delta.items()
               if name in PLAIN and "customer_id" in table.column_names]  # fmt: skip
        self.codes["customer"].add(sorted_unique([delta["documents"]["customer_id"], *ids]))
        return delta

    def _added_up(self, whole: pa.Table) -> dict[str, pa.Table]:
        self._whole = whole
        return {"documents": documents_of(whole, self.shape.columns)}

    def table(self, level: str) -> ir.Table:
        if level == "customer_days" and not self.has(level):  # asked for monthly figures alone
            self._pending[level] = [days_of(self._whole, self.shape.columns)]
        return super().table(level)

    def bought(self, name: str) -> Bought:
        """Customer × item (or category) with every day it was bought on."""
        if name not in self._bought:
            rows = each_day(self.facts, name, self.codes["customer"], self.codes[name])
            self._bought[name] = Bought.of(rows)
        return self._bought[name]

    @cached_property
    def ordered(self) -> Ordered:
        """The documents with all their sums, by customer."""
        return Ordered.of(self._whole)

    @property
    def in_parts(self) -> bool:
        """Whether documents may stand in several rows, so that their parts must be added up before
        they are counted.
        """
        several = {"known_since", "owed_own"} & set(self.shape.columns)
        return bool(several) and self.repeated is not None
