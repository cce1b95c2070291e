"""``Preview``: what the page «Check before importing» shows of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mainstay_engine.errors import Fault
from mainstay_engine.reader import columns as cols
from mainstay_engine.tables import TABLES


@dataclass(frozen=True)
class PreviewColumn:
    """One column of the file and what it is taken for. ``confidence`` is 0..1."""

    index: int
    heading: str
    canonical: str | None
    confidence: float
    title: dict[str, str] | None
    required: bool
    samples: tuple[str, ...]


@dataclass(frozen=True)
class PreviewRow:
    """One record as written. ``verdict``: «data», «held_back», or why it is left out (a key of
    ``REASONS``). ``marks``: column index → faults of that cell; ``filled``: column index → value
    filled down from the document's first row."""

    row: int
    cells: tuple[str, ...]
    verdict: str
    note: dict[str, str] | None = None
    marks: Mapping[int, tuple[Fault, ...]] = field(default_factory=dict)
    filled: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """Records: ``in_file`` with headings and blanks; ``data`` = ``kept`` + ``held_back``."""

    in_file: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    data: int = 0
    kept: int = 0
    held_back: int = 0
    documents: int = 0
    customers: int = 0
    unassigned: int = 0


@dataclass(frozen=True)
class TieOut:
    """Amounts in minor units (net of lines, amount of receipts).

    ``total_row`` is the record whose own total is ``stated``; ``ties`` is ``None`` when the file
    states none.
    """

    in_file: int = 0
    held_back: int = 0
    to_import: int = 0
    total_row: int | None = None
    stated: int | None = None
    ties: bool | None = None


@dataclass(frozen=True)
class Preview:
    """Everything the page «Check before importing» shows. Nothing is stored."""

    file: str
    table: str
    columns: tuple[PreviewColumn, ...] = ()
    rows: tuple[PreviewRow, ...] = ()
    problems: tuple[PreviewRow, ...] = ()
    counts: Counts = Counts()
    totals: TieOut = TieOut()
    faults: tuple[Fault, ...] = ()
    missing: tuple[str, ...] = ()
    """Canonical columns that are needed and were not recognised."""
    choices: Mapping[str, dict[str, str]] = field(default_factory=dict)
    """Canonical columns a heading can be mapped to, with titles."""
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    heading_row: int | None = None
    currencies: tuple[tuple[str, int, int], ...] = ()
    """Where rows are in several: code, decimal places and sum to import in minor units of each;
    ``totals`` are empty then."""
    apart: tuple[tuple[str, str | None, int, int, int], ...] = ()
    """Where sales lines hold orders or deliveries beside others, which no sum should join: what
    they are (sales, orders, deliveries), currency code, its decimal places, documents, and net to
    import in minor units."""
    currency: str | None = None
    exponent: int = 2
    first_date: Any = None
    last_date: Any = None
    notes: tuple[dict[str, str], ...] = ()
    asks: Mapping[str, str] = field(default_factory=dict)
    """Options on which the reading of this file turns, with what holds now ('': undecided):
    «dayfirst» true or false, «month_end» first or last."""

    @property
    def fatal(self) -> bool:
        """Whether nothing can be read at all until the mapping or the file is corrected."""
        return any(fault.row is None for fault in self.faults)


_EXTRA = {
    "applied": ("Amount settled", "核销金额"),
    "price": ("Unit price without tax", "无税单价"),
    "price_gross": ("Unit price with tax", "含税单价"),
    "amount": ("Amount (net or gross)", "金额（待核对含税与否）"),
    "tax_rate": ("Tax rate", "税率"),
    "discount_rate": ("Discount rate", "折扣率"),
    "profit": ("Gross profit", "毛利"),
    "unit_cost": ("Unit cost", "单位成本"),
    "status": ("Status", "单据状态"),
    "terms": ("Terms of payment", "付款条件"),
    "closed": ("Closed", "关闭状态"),
}


def choices(table: str) -> dict[str, dict[str, str]]:
    """Canonical columns a heading of ``table`` may be mapped to, with zh and en titles."""
    known = {name for meanings in cols.synonyms(table).values() for name in meanings}
    titles = {c.name: {"en": c.en, "zh": c.zh} for c in TABLES[table].columns if c.name in known}
    extra = {name: {"en": en, "zh": zh} for name, (en, zh) in _EXTRA.items() if name in known}
    return {**extra, **titles}
