"""Whether a comma stands before decimals or thousands: decided by evidence, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mainstay_engine.errors import Fault
from mainstay_engine.reader.convert import bare_number
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.query import one
from mainstay_engine.reader.raw import Options
from mainstay_engine.reader.staged import Reading

if TYPE_CHECKING:
    import duckdb

_NUMBERS = ("number", "price", "quantity", "rate")
_COMMA = (
    "[-+]?([0-9]{1,3}([.][0-9]{3})+,[0-9]*|[0-9]{1,3}([.][0-9]{3}){2,}|0,[0-9]+"
    "|[0-9]+,([0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]+)%?"
)
"""Shapes only a decimal comma has: «1.234,5», «1.234.567», «0,125», «12,5», «1234,567»."""
_POINT = (
    "[-+]?([0-9]{1,3}(,[0-9]{3})+[.][0-9]*|[0-9]{1,3}(,[0-9]{3}){2,}|0?[.][0-9]+"
    "|[0-9]+[.]([0-9]{1,2}|[0-9]{4,})|[0-9]{4,}[.][0-9]+)%?"
)
"""Shapes only a decimal point has."""
_EITHER = "[-+]?[1-9][0-9]{0,2},[0-9]{3}%?"
"""«1,234» alone."""
REMARK = {
    "en": "Commas are read as decimal marks: 1.234,56 is 1234.56.",
    "zh": "逗号按小数点读取：1.234,56 即 1234.56。",
}


def decimal_commas(
    con: duckdb.DuckDBPyConnection, reading: Reading, options: Options
) -> tuple[frozenset[str], list[Fault]]:
    """Columns whose comma stands before decimals, and a fault per column that leaves it open.

    A file has one mark. Where a cell shows that it is the point, points hold, and cells that only a
    comma explains are faulty. Else commas hold where more cells show them than could be read both
    ways («1,234»); with fewer, they are asked about. With none at all, «1,234» is a thousand and
    more, save in text parted by semicolons, where it is asked about too.
    """
    raw = reading.raw
    columns = [
        name
        for name, index in reading.places.items()
        if reading.kind(name) in _NUMBERS and raw.types[index] == "text"
    ]
    if not columns or options.decimal == ".":
        return frozenset(), []
    if options.decimal == ",":
        return frozenset(columns), []
    texts = reading.texts()
    some = " OR ".join(f"contains(t_{n}, ',') OR contains(t_{n}, '，')" for n in columns)
    if not one(con, f"SELECT coalesce(bool_or({some}), FALSE) FROM ({texts})")[0]:
        return frozenset(), []
    bare = ", ".join(f"{bare_number(f't_{name}')} AS b_{name}" for name in columns)
    counts = ", ".join(
        f"count(*) FILTER (regexp_full_match(b_{name}, '{shape}'))"
        for name in columns
        for shape in (_COMMA, _POINT, _EITHER)
    )
    figures = one(con, f"SELECT {counts} FROM (SELECT {bare} FROM ({texts}))")
    commas, points, either = (figures[place::3] for place in range(3))
    if any(points):
        return frozenset(), []
    if sum(commas) > sum(either):
        return frozenset(columns), []
    if not any(commas) and raw.delimiter != ";":
        return frozenset(), []
    return frozenset(), [
        fault("decimal_mark", file=raw.name, sheet=raw.sheet, column=raw.headings[index])
        for index, *seen in zip(
            map(reading.places.__getitem__, columns), commas, either, strict=True
        )
        if any(seen)
    ]
