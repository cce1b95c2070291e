"""Whether 5/1/2024 is in January or in May: decided by evidence, never guessed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault
from mainstay_engine.reader.convert import parts
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.query import one
from mainstay_engine.reader.raw import Options
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb

_SHAPE = re.compile(r"^\s*\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2})(?!\d)")


def day_orders(
    con: duckdb.DuckDBPyConnection, reading: Reading, options: Options
) -> tuple[dict[str, bool], list[Fault]]:
    """Per date column whether the day stands first, and a fault per column that leaves it open.

    Evidence is any first or second number above 12, in the column itself, else in another
    date column of the file. Columns without such dates need no decision.
    """
    raw = reading.raw
    doubtful = [
        name
        for name, index in reading.places.items()
        if reading.kind(name) == "date"
        and raw.types[index] == "text"
        and (
            raw.exact_rows
            or any(_SHAPE.match(row[index] or "") for row in raw.sample if len(row) > index)
        )
    ]
    if not doubtful:
        return {}, []
    if options.dayfirst is not None:
        return dict.fromkeys(doubtful, options.dayfirst), []
    seen = []
    for name in doubtful:
        first, second = parts(f"t_{name}")
        seen += [
            f"count({first})",
            f"count(*) FILTER ({first} > 12)",
            f"count(*) FILTER ({second} > 12)",
        ]
    figures = one(con, f"SELECT {', '.join(seen)} FROM ({reading.texts()})")
    counts = {name: figures[3 * i : 3 * i + 3] for i, name in enumerate(doubtful)}
    orders = {name: day > month for name, (_some, day, month) in counts.items() if day or month}
    open_ = [name for name, (some, _d, _m) in counts.items() if some and name not in orders]
    agreed = set(orders.values())
    if len(agreed) == 1:
        orders.update(dict.fromkeys(open_, agreed.pop()))
        open_ = []
    return orders, [
        fault(
            "date_order", file=raw.name, sheet=raw.sheet, column=raw.headings[reading.places[name]]
        )
        for name in open_
    ]
