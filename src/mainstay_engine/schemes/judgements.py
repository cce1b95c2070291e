"""Judgements by people as figures: the latest of each judge that still holds, their median, and
how far apart they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median
from typing import Any

import pyarrow as pa

from mainstay_engine.errors import EngineError, NoData
from mainstay_engine.schemes.parts import JUDGED, Judged

COLUMNS = ("customer_id", "criterion", "value", "judge", "date")
"""What a table of judgements must hold; ``valid_until``, ``known_since`` and ``evidence`` may be
there too. One row per judge, customer, criterion and day; ``value`` is one of the criterion's
levels."""
SPREAD, JUDGES = "#spread", "#judges"
"""Endings of the columns that stand beside a judged figure: highest less lowest, how many."""


def with_judgements(
    table: pa.Table,
    judged: Sequence[Judged],
    judgements: pa.Table | None,
    as_of: date,
    known_as_of: date | None,
) -> pa.Table:
    """The table of figures, and for each judged criterion the median of the judges, their spread
    and their number; null where nobody's judgement holds on ``as_of``.

    A judgement counts from its date until ``valid_until``; only the latest of each judge does.
    Raises ``NoData`` for a table without its columns, ``EngineError`` for a value off the scale.
    """
    if not judged:
        return table
    found = _standing(judgements, {each.name: each for each in judged}, as_of, known_as_of)
    ids = [str(customer) for customer in table["customer_id"].to_pylist()]
    for each in judged:
        values = [found.get((each.name, customer)) for customer in ids]
        columns: dict[str, tuple[list[Any], Any]] = {
            "": ([None if v is None else float(median(v)) for v in values], pa.float64()),
            SPREAD: ([None if v is None else max(v) - min(v) for v in values], pa.int64()),
            JUDGES: ([0 if v is None else len(v) for v in values], pa.int64()),
        }
        for ending, (column, kind) in columns.items():
            table = table.append_column(JUDGED + each.name + ending, pa.array(column, kind))
    return table


def _standing(
    judgements: pa.Table | None, judged: dict[str, Judged], as_of: date, known: date | None
) -> dict[tuple[str, str], list[int]]:
    """(criterion, customer) → the values that hold."""
    if judgements is None:
        return {}
    if lacking := [name for name in COLUMNS if name not in judgements.column_names]:
        raise NoData(
            {"en": f"The table of judgements lacks {', '.join(lacking)}.",
             "zh": f"评判表缺少 {'、'.join(lacking)}。"},
            {"en": f"It needs {', '.join(COLUMNS)}.", "zh": f"需要 {'、'.join(COLUMNS)}。"},
        )  # fmt: skip
    rows = [row for row in judgements.to_pylist() if row["criterion"] in judged]
    _on_the_scale(rows, judged)
    latest: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row["date"]):
        since = row.get("known_since") or row["date"]
        if row["date"] <= as_of and (known is None or since <= known):
            latest[row["criterion"], str(row["customer_id"])][row["judge"]] = row
    holding = {
        key: [int(row["value"]) for row in by_judge.values()
              if row.get("valid_until") is None or row["valid_until"] >= as_of]
        for key, by_judge in latest.items()
    }  # fmt: skip
    return {key: values for key, values in holding.items() if values}


def _on_the_scale(rows: Iterable[dict[str, Any]], judged: dict[str, Judged]) -> None:
    scales = {name: {level.value for level in each.levels} for name, each in judged.items()}
    off = [row for row in rows if row["value"] not in scales[row["criterion"]]]
    if off:
        said = ", ".join(f"{r['customer_id']} {r['criterion']} {r['value']}" for r in off[:10])
        raise EngineError(
            {"en": f"{len(off)} judgements are off their scale: {said}.",
             "zh": f"{len(off)} 条评判超出尺度：{said}。"},
            {"en": "Use the levels of the criterion.", "zh": "请使用该标准所列的级别。"},
        )  # fmt: skip
