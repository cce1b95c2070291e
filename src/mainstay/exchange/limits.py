"""Texts that the books cannot hold: faults with file, row and column, never cut off.

They are too long, or carry the NUL character, which PostgreSQL knows in no text and which only
damaged files have: left out, it would make one code of two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mainstay.catalogue.services import CARD_LIMITS as PRODUCT_LIMITS
from mainstay.effort.rules import LONGEST as EFFORT_LIMITS
from mainstay.kernel.errors import words
from mainstay.ledger.services import TEXT_LIMITS
from mainstay.parties.cards import CARD_LIMITS
from mainstay.parties.listed import CONTACT_LIMITS

if TYPE_CHECKING:
    from mainstay_engine import Fault
    from mainstay_engine.facts import Facts, Source

LIMITS = {
    **TEXT_LIMITS, "customers": CARD_LIMITS | CONTACT_LIMITS, "products": PRODUCT_LIMITS,
    "efforts": EFFORT_LIMITS,
}  # fmt: skip
"""Characters by table and column."""
SHOWN = 40
"""Characters of the text that a fault repeats."""
MESSAGE = words(
    "The text has {length} characters; {limit} is the most.",
    "文本有 {length} 个字符，最多 {limit} 个。",
)
REMEDY = words(
    "Shorten it, or check that columns have not run together.",
    "请缩短文本，或检查各列是否串在一起。",
)

NUL = "\0"
NUL_SHOWN = "\u2400"
"""How a message shows it: ␀"""
NUL_MESSAGE = words(
    "The text holds a character that is none (NUL, shown as ␀).",
    "文本含有非法字符（NUL，显示为 ␀）。",
)
NUL_REMEDY = words(
    "The file is damaged, or a program wrote it wrongly: export it again.",
    "文件已损坏或导出有误，请重新导出。",
)


def checked(facts: Facts, *, skip_bad: bool) -> Facts:
    """The facts, once every text fits into the books.

    Raises ``BadInput`` with every text that does not; with ``skip_bad`` such rows are left out and
    join the rejects.
    """
    from mainstay_engine import BadInput

    faults = [fault for source in facts.sources for fault in _faults(facts, source)]
    if not faults:
        return facts
    if not skip_bad or any(fault.row is None for fault in faults):
        raise BadInput(faults)
    kept: dict[str, Any] = {}
    for source in facts.sources:
        bad = sorted({f.row for f in faults if f.file == source.name and f.row is not None})
        if bad:
            table = getattr(facts, source.table)
            kept[source.table] = table.filter(table.source_row.notin(bad))
    return replace(facts, **kept, rejects=(*facts.rejects, *faults))


def _faults(facts: Facts, source: Source) -> Iterator[Fault]:
    from mainstay_engine import Fault

    table, limits = getattr(facts, source.table), LIMITS.get(source.table, {})
    for heading in [text for text in source.mapping.values() if NUL in str(text)]:
        yield Fault("nul", dict(NUL_MESSAGE), dict(NUL_REMEDY), file=source.name,
                    sheet=source.sheet, column=shown(heading))  # fmt: skip
    for column in [name for name, kind in table.schema().items() if kind.is_string()]:
        limit = limits.get(column)
        bad = table[column].contains(NUL)
        if limit is not None:
            bad |= table[column].length() > limit
        unfit = table.filter(bad)
        rows: Any = unfit.select("source_row", text=unfit[column]).to_pyarrow()
        for row, text in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True):
            damaged = NUL in text
            facts_of = {"length": len(text), "limit": limit}
            yield Fault(
                "nul" if damaged else "too_long",
                {lang: said.format(**facts_of)
                 for lang, said in (NUL_MESSAGE if damaged else MESSAGE).items()},
                dict(NUL_REMEDY if damaged else REMEDY),
                file=source.name,
                sheet=source.sheet,
                row=row,
                column=source.mapping.get(column, column),
                value=shown(text) if len(text) <= SHOWN else f"{shown(text[:SHOWN])}…",
            )  # fmt: skip


def shown(text: str) -> str:
    """The text as a message may repeat it."""
    return text.replace(NUL, NUL_SHOWN)
