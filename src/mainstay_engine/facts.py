"""``Facts``: the fact tables of one company, held on one back end, ready to be measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import Fault

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Source:
    """How one input was read: what was found, guessed and left out.

    Amounts are minor units. ``exact_total`` is the sum of unrounded line amounts in major units as
    a decimal string where lines were computed from price × quantity, else ``None``.
    """

    name: str
    table: str
    rows: int = 0
    kept: int = 0
    left_out: int = 0
    rejected: int = 0
    encoding: str | None = None
    sheet: str | None = None
    mapping: dict[str, str] = field(default_factory=dict)
    """Canonical column → heading in the file."""
    confidence: dict[str, float] = field(default_factory=dict)
    """Canonical column → 0..1."""
    total: int = 0
    exact_total: str | None = None
    notes: list[dict[str, str]] = field(default_factory=list)
    """Remarks for people, each keyed ``en`` and ``zh``."""


@dataclass(frozen=True)
class Facts:
    """Fact tables as Ibis expressions on one back end, typed as ``mainstay_engine.tables`` says.

    Optional columns that the input does not hold are absent from the expressions. ``lines`` is
    always there; the others are ``None`` when not given.
    """

    backend: Any
    """The Ibis back end on which the tables live."""
    lines: ir.Table
    receipts: ir.Table | None = None
    allocations: ir.Table | None = None
    customers: ir.Table | None = None
    currency: str | None = None
    """ISO 4217 code of every amount (the company's, where there are several); ``None`` when the
    input names none."""
    exponent: int = 2
    """Decimal places of the currency's minor unit."""
    sources: tuple[Source, ...] = ()
    rejects: tuple[Fault, ...] = ()
    """Faults of the rows left out on the caller's wish (``skip_bad``)."""
    rates: ir.Table | None = None
    """Rates that other currencies were converted by, where a table of them was given."""
    products: ir.Table | None = None
    """Read for whoever keeps the books; no metric asks for them."""
    efforts: ir.Table | None = None
    effort_rates: ir.Table | None = None

    def has(self, table: str, column: str | None = None) -> bool:
        """Whether the table (and the column in it) is present."""
        expr = getattr(self, table)
        return expr is not None and (column is None or column in expr.columns)
