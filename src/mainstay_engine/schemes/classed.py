"""Classes by other schemes as figures of a scheme that builds on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import NoData
from mainstay_engine.schemes.parts import CLASSED, Classed

COLUMNS = ("customer_id", "class")
"""What a table of another scheme's classes must hold, as ``Result.snapshot`` gives it."""


def with_classes(
    table: pa.Table, classed: Sequence[Classed], others: Mapping[str, pa.Table]
) -> pa.Table:
    """The table of figures, and for each of ``classed`` what the other scheme's class counts as;
    null where it gives none of those listed. ``others`` are the classes by the scheme's name.

    Raises ``NoData`` for a table without its columns.
    """
    for each in classed:
        classes = others[each.scheme]
        if lacking := [name for name in COLUMNS if name not in classes.column_names]:
            raise NoData(
                {"en": f"The table of classes lacks {', '.join(lacking)}.",
                 "zh": f"等级表缺少 {'、'.join(lacking)}。"},
                {"en": f"It needs {', '.join(COLUMNS)}.", "zh": f"需要 {'、'.join(COLUMNS)}。"},
            )  # fmt: skip
        names = pa.array([level.klass for level in each.levels], pa.string())
        values = pa.array([level.value for level in each.levels], pa.int64())
        ids = table["customer_id"].combine_chunks()
        at = pc.index_in(ids, classes["customer_id"].combine_chunks())
        theirs = classes["class"].combine_chunks().take(at)
        table = table.append_column(CLASSED + each.name, values.take(pc.index_in(theirs, names)))
    return table
