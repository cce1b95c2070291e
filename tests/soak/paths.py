"""``python -m tests.soak.paths``: every path of every customer, tried by grading everybody anew.

Of each path the changes are made in the table of metrics and everybody is graded from it: the
customer must be in the class the path names. Of a single change one step less is tried too: it
must not lift (or not lose) the class. The demo company by default; ``--lines`` takes a file.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

import mainstay_engine as me
from mainstay_engine.metrics import metric
from mainstay_engine.path import Paths, graded_by, paths_of
from mainstay_engine.synth import demo
from tests.engine.test_path_everybody import moved

STEPS = {"ratio": Decimal("0.000001"), "days": Decimal("0.01"), "number": Decimal("0.0001")}
"""The smallest of figures that are no whole numbers, as ``docs/explanation/paths.md`` has them."""


@dataclass
class Tried:
    """What was tried, and what did not hold."""

    customers: int = 0
    paths: int = 0
    smaller: int = 0
    """Single changes of which one step less was tried."""
    wrong: list[str] = field(default_factory=list)


class Regrading:
    """Everybody's grading with some of one customer's figures moved."""

    def __init__(self, result: me.Result, table: pa.Table) -> None:
        self.result, self.table = result, table
        self.rows = {one: row for row, one in enumerate(table["customer_id"].to_pylist())}

    def rank(self, customer: str, moves: dict[str, Any]) -> int:
        """The customer's class by the figures, as an index into the scheme's."""
        after = self.table
        for name, value in moves.items():
            after = moved(after, self.rows[customer], name, value)
        again = me.grade(
            None, self.result.definition, as_of=self.result.as_of, metrics=after,
            exponent=self.result.exponent,
        )  # fmt: skip
        return int(again.decided.raw[again.row(customer)])

    def value(self, name: str, told: Decimal) -> Any:
        """A figure in the table's own grain: money in minor units."""
        if metric(name).unit == "money":
            return int(told.scaleb(self.result.exponent))
        return float(told) if metric(name).float else int(told)


def try_all(result: me.Result, table: pa.Table, part: int = 0, parts: int = 1) -> Tried:
    """Of every ``parts``-th customer, from the one numbered ``part``."""
    tried, regrading = Tried(), Regrading(result, table)
    for customer in sorted(result.decided.figures.ids)[part::parts]:
        found = paths_of(result, table, customer)
        tried.customers += 1
        tried.wrong += _wrong(regrading, customer, found, tried)
    return tried


def _wrong(regrading: Regrading, customer: str, found: Paths, tried: Tried) -> Iterator[str]:
    order = [klass.id for klass in regrading.result.definition.classes]
    here = order.index(found.class_id)
    for path in (*found.up, *found.down):
        moves = {each.metric: regrading.value(each.metric, each.to) for each in path.changes}
        tried.paths += 1
        got = regrading.rank(customer, moves)
        if order[got] != path.to_class:
            yield f"{customer} {moves}: {order[got]}, not {path.to_class}"
        if len(path.changes) > 1:
            continue
        (change,) = path.changes
        step = _step(regrading, change.metric)
        less = change.to - step if change.delta > 0 else change.to + step
        if (less - change.was) * change.delta <= 0:
            continue  # one step is all there is
        tried.smaller += 1
        target = order.index(path.to_class)
        now = regrading.rank(customer, {change.metric: regrading.value(change.metric, less)})
        if now <= target if target < here else now > here:
            yield f"{customer} {change.metric} {less}: one step less is enough for {order[now]}"


def _step(regrading: Regrading, name: str) -> Decimal:
    """The smallest of a figure, in major units."""
    kind = metric(name)
    if kind.unit == "money":
        return Decimal(1).scaleb(-regrading.result.exponent)
    return STEPS[kind.unit] if kind.float else Decimal(1)


def main() -> int:
    """0 where every path held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=Path, help="a file instead of the demo company")
    parser.add_argument("--demo", type=int, default=450, help="customers of the demo company")
    parser.add_argument("--scheme", default="composite")
    parser.add_argument("--part", default="0/1", help="this one of so many parts: 0/2")
    options = parser.parse_args()
    if options.lines:
        facts = me.read_facts(lines=options.lines)
    else:
        made = demo(customers=options.demo)
        facts = me.facts_from_tables(made.lines, made.receipts, made.customers, currency="CNY")
    part, parts = map(int, options.part.split("/"))
    begun = time.monotonic()
    tried = try_all(*graded_by(facts, options.scheme), part, parts)
    for line in tried.wrong:
        print(line)
    print(f"{options.scheme}: {tried.customers} customers, {tried.paths} paths, "
          f"{tried.smaller} tried with one step less, {len(tried.wrong)} wrong, "
          f"{time.monotonic() - begun:.0f} s")  # fmt: skip
    return 1 if tried.wrong or not tried.paths else 0


if __name__ == "__main__":
    sys.exit(main())
