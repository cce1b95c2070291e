"""How much of an order is still to come: pure sums over its lines and what names it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


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
