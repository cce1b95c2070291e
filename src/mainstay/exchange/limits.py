"""Texts longer than the books can hold: faults with file, row and column, never cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mainstay.kernel.errors import words
from mainstay.ledger.services import TEXT_LIMITS
from mainstay.parties.cards import CARD_LIMITS

if TYPE_CHECKING:
    from mainstay_engine import Fault
    from mainstay_engine.facts import Facts, Source

LIMITS = {**TEXT_LIMITS, "customers": CARD_LIMITS}
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


def checked(facts: Facts, *, skip_bad: bool) -> Facts:
    """The facts, once every text fits into the books.

    Raises ``BadInput`` with every text that does not; with ``skip_bad`` such rows are left out and
    join the rejects.
    """
    from mainstay_engine import BadInput

    faults = [fault for source in facts.sources for fault in _faults(facts, source)]
    if not faults:
        return facts
    if not skip_bad:
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
    for column in [name for name in limits if name in table.columns]:
        limit = limits[column]
        long = table.filter(table[column].length() > limit)
        rows: Any = long.select("source_row", text=long[column]).to_pyarrow()
        for row, text in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True):
            facts_of = {"length": len(text), "limit": limit}
            yield Fault(
                "too_long",
                {lang: said.format(**facts_of) for lang, said in MESSAGE.items()},
                dict(REMEDY),
                file=source.name,
                sheet=source.sheet,
                row=row,
                column=source.mapping.get(column, column),
                value=f"{text[:SHOWN]}…",
            )
