"""``Raw``: one input as a relation of text cells, before anything is understood."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mainstay_engine.errors import Fault

EXTRA = ("Why / 原因", "What to do / 怎么办")
"""Headings of the last columns of an error file."""
EXTRA_CSV = ("原因 Reason", "处理 Remedy")
"""The same in an error file that is CSV."""
MAX_COLUMNS = 500
"""Columns of a table; nobody exports more, and each costs time and memory."""


@dataclass(frozen=True)
class Options:
    """What the user says about a file beyond its columns (``options:`` of a mapping)."""

    dayfirst: bool | None = None
    decimal: str | None = None
    """«,» or «.», where the user says which stands before the decimals."""
    sheet: str | None = None
    tax_rate: str | None = None
    month_end: Literal["first", "last"] | None = None
    """Terms such as 月结30天: the month's end first, then the days (the default), or last."""
    documents: str | None = None
    """What all lines of the file are: «sales», «orders», «deliveries» or «openings»."""
    subtotals: bool | None = None
    """Whether rows that hold nothing but the sums of those above are totals, or lines."""


@dataclass(frozen=True)
class Raw:
    """Cells of one input. ``relation`` is SQL to select from: ``rn`` and ``c0`` … ``cN``.

    ``rn`` is the 1-based record number in the file, or 0 where nobody asked for it. ``exact_rows``
    says that cells are to be read carefully; else they are read quickly, as if the file were clean,
    and read again when a fault turns up: from the same relation where it is ``numbered``.
    """

    name: str
    table: str
    headings: list[str]
    relation: str
    types: list[str]
    """Per column «text», or the DuckDB type of a typed source."""
    heading_row: int | None = 1
    exact_rows: bool = True
    numbered: bool = False
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """Other sheets that look like the same table."""
    encoding: str | None = None
    delimiter: str | None = None
    sample: list[list[str | None]] = field(default_factory=list)
    """First records below the headings."""
    records: int | None = None
    """Records in the file, headings and blank ones included; ``None`` while not counted."""
    faults: tuple[Fault, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
    """(setting, value) by which an error file says how its rows are to be read."""
    doubts: tuple[dict[str, str], ...] = ()
    """What cannot be known of its cells."""

    @property
    def remarks(self) -> list[dict[str, str]]:
        """What is to be said of the input itself: that other sheets were left unread."""
        if not self.unread:
            return list(self.doubts)
        en, zh = (", ".join(f"«{name}»" for name in self.unread),
                  "、".join(f"「{name}」" for name in self.unread))  # fmt: skip
        return [*self.doubts, {
            "en": f"Only the sheet «{self.sheet}» is read; {en} look like it too. Bring each by "
            "itself, naming it on the check page or in a mapping: options: {sheet: …}.",
            "zh": f"只读取工作表「{self.sheet}」；{zh}看起来也是同类数据。请逐个导入："
            "在检查页选择，或在映射中注明 options: {sheet: …}。",
        }]  # fmt: skip

    def with_(self, **changes: Any) -> Raw:
        return replace(self, **changes)
