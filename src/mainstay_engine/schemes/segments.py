"""Segments: customers of one trade or region, weighed and cut by themselves among their like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import NoData
from mainstay_engine.schemes.cuts import Ranking
from mainstay_engine.schemes.figures import Column, Figures, Ints
from mainstay_engine.schemes.parts import Segments
from mainstay_engine.schemes.stages import Stage
from mainstay_engine.tables import TABLES

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.schemes.decide import Decided, Placed
    from mainstay_engine.schemes.model import Scheme

ATTRIBUTE = "customer."
"""What stands before the name of a customer's attribute among the figures."""


@dataclass(frozen=True)
class Split:
    """The decision of each segment over all customers; only its own are seen in it."""

    which: Ints
    """Of each customer: the index of its segment; that of the last part for everybody else."""
    parts: tuple[Decided, ...]


def picked(which: Ints, arrays: Sequence[Any]) -> npt.NDArray[Any]:
    """Of each place the entry of the array that ``which`` names there."""
    found = np.array(arrays[-1])
    for number, array in enumerate(arrays[:-1]):
        mine = which == number
        found[mine] = np.asarray(array)[mine]
    return found


def with_attribute(
    table: pa.Table, segments: Segments, customers: pa.Table | None, facts: Facts | None
) -> pa.Table:
    """The table of figures, and the attribute that the segments go by; null where nobody knows it.

    ``customers`` holds ``customer_id`` and the attribute; default: those of the facts. Raises
    ``NoData`` where neither has the attribute.
    """
    known = facts.customers if facts is not None and facts.has("customers", segments.by) else None
    if customers is None and known is not None:
        customers = known.select("customer_id", segments.by).to_pyarrow()
    if customers is None or segments.by not in customers.column_names:
        column = TABLES["customers"][segments.by]
        raise NoData(
            {"en": f"The scheme has segments by {column.en.lower()}, which no customer has.",
             "zh": f"方案按{column.zh}分组，但客户没有此项。"},
            {"en": f"Import the customers with «{column.en}» ({segments.by}).",
             "zh": f"请导入含“{column.zh}”（{segments.by}）的客户表。"},
        )  # fmt: skip
    ids = table["customer_id"].combine_chunks()
    at = pc.index_in(ids, customers["customer_id"].combine_chunks())
    return table.append_column(
        ATTRIBUTE + segments.by, customers[segments.by].combine_chunks().take(at)
    )


def segment_of(segments: Segments, figures: Figures) -> Ints:
    """Index of each customer's segment; the number of segments for everybody else."""
    index: dict[Any, int] = {value: n for n, part in enumerate(segments.parts) for value in part.of}
    at = figures.table[ATTRIBUTE + segments.by].to_pylist()
    return np.array([index.get(value, len(segments.parts)) for value in at], np.int64)


def split(
    scheme: Scheme, figures: Figures, decide: Callable[[Scheme, Figures], Decided]
) -> Split | None:
    """Each segment decided by itself; ``None`` where the scheme has none."""
    if scheme.segments is None:
        return None
    which = segment_of(scheme.segments, figures)
    parts = (
        decide(variant, figures.among(which == number))
        for number, variant in enumerate(scheme.variants)
    )
    return Split(which, tuple(parts))


def together(which: Ints, parts: Sequence[Decided] | Sequence[Placed]) -> dict[str, Any]:
    """The fields of ``Placed`` with each customer's from its own segment.

    Ranks are within the segment; sums of better customers stay with the segments, so the whole
    has none.
    """

    def pick(of: Callable[[Any], Any]) -> npt.NDArray[Any]:
        return picked(which, [of(part) for part in parts])

    def stage(number: int) -> Stage:
        return Stage(*(
            picked(which, [part.stages[number][field] for part in parts])
            for field in range(len(Stage._fields))
        ))  # fmt: skip

    stages = tuple(stage(number) for number in range(len(parts[0].stages)))
    first = parts[0].column
    floats = any(part.column.values.dtype.kind == "f" for part in parts)
    values = pick(lambda d: d.column.values.astype(np.float64) if floats else d.column.values)
    column = Column(first.name, first.unit, values, pick(lambda d: d.column.present))
    ranking = Ranking(
        pick(lambda d: d.ranking.ranked), pick(lambda d: d.ranking.rank),
        pick(lambda d: d.ranking.last),
        pick(lambda d: np.broadcast_to(d.ranking.count, which.shape)),
    )  # fmt: skip
    met = tuple(picked(which, list(each)) for each in zip(*(p.met for p in parts), strict=True))
    return {
        "stages": stages, "cut": pick(lambda d: d.cut), "column": column, "ranking": ranking,
        "limits": (), "met": met,
    }  # fmt: skip
