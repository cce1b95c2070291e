"""Pure rules over values of the books: how far an order is, what bills put at risk, what currencies
are. What the engine knows of them loads on first use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Ordered:
    """One line of an order. ``state``: closed · cancelled; empty while it is in force."""

    item: str
    net: int
    promised: date | None
    state: str


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """One line of a delivery (else of an invoice or credit note) that names the order."""

    item: str
    net: int
    delivery: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is. Amounts net, in minor units."""

    state: str
    """open · fulfilled · closed · cancelled"""
    delivered: int
    invoiced: int
    open: int
    """What is still to come; 0 unless the order is open."""
    promised: date | None
    """The earliest day promised among the lines in force; of all lines where none is."""


def progress(ordered: Iterable[Ordered], fulfilled: Iterable[Fulfilled]) -> Progress:
    """How far an order is, item by item.

    Goods are often delivered and then invoiced, both naming the order: of an item the larger of
    the two counts. What fulfils an item outside the order, or none, counts against the whole.
    A closed or cancelled line is no longer open, whatever was delivered of it.
    """
    lines, parts = list(ordered), list(fulfilled)
    due: dict[str, int] = defaultdict(int)
    for line in lines:
        due[line.item] += 0 if line.state else line.net
    done: dict[tuple[str | None, bool], int] = defaultdict(int)
    for part in parts:
        done[part.item if part.item in due else None, part.delivery] += part.net

    def covered(item: str | None) -> int:
        return max(done[item, True], done[item, False], 0)

    left = sum(max(0, net - covered(item)) for item, net in due.items())
    left = max(0, left - covered(None))
    states = {line.state for line in lines}
    if "" in states:
        state = "open" if left else "fulfilled"
    else:
        state = "cancelled" if states == {"cancelled"} else "closed"
    in_force = [line.promised for line in lines if line.promised and not line.state]
    days = in_force or [line.promised for line in lines if line.promised]
    return Progress(
        state=state,
        delivered=sum(part.net for part in parts if part.delivery),
        invoiced=sum(part.net for part in parts if not part.delivery),
        open=left,
        promised=min(days, default=None),
    )


def bills_at_risk(rows: Iterable[Mapping[str, Any]], as_of: date) -> int:
    """Amount of bills that mature after a day, dishonoured ones taken off; minor units.

    The metric of that name, over the rows of some customers.
    """
    import pyarrow as pa

    from mainstay_engine.metrics.bills import at_risk, honoured

    held = list(rows)
    if not held:
        return 0
    types = {"date": pa.date32(), "maturity": pa.date32(), "amount": pa.int64()}
    columns: dict[str, Any] = {
        name: pa.array([row[name] for row in held], types[name]) for name in types
    }
    for name in ("customer_id", "kind", "bill_no"):
        values = [None if row[name] in (None, "") else str(row[name]) for row in held]
        columns[name] = pa.array(values, pa.string())
    receipts: Any = pa.table(columns)
    customers = pa.chunked_array([receipts["customer_id"].unique()])
    return int(at_risk(honoured(receipts), customers, as_of).values.sum())


def places_of(currency: str) -> int:
    """Decimal places of a currency's minor unit by ISO 4217."""
    from mainstay_engine.reader.options import exponent_of

    return exponent_of(currency)


def odd_places() -> dict[int, frozenset[str]]:
    """Currencies whose minor unit is not a hundredth, by its decimal places."""
    from mainstay_engine.reader.options import NO_MINOR_UNIT, THREE_DECIMALS

    return {0: NO_MINOR_UNIT, 3: THREE_DECIMALS}


def is_currency(code: str) -> bool:
    """Whether the code is one of ISO 4217."""
    from mainstay_engine.reader.currencies import known_currencies

    return code in known_currencies()
