"""What stands over the figures: the class of the run before, and people's overrides.

Both are tables given by the caller, so that a grading depends on nothing it does not name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import EngineError, NoData
from mainstay_engine.schemes.clauses import Stability
from mainstay_engine.schemes.decide import Decided, direction
from mainstay_engine.schemes.figures import Column, Flags, Ints
from mainstay_engine.schemes.stages import Stage, Step
from mainstay_engine.schemes.what_if import WhatIf, sliced

PREVIOUS = ("customer_id", "class", "raw_class", "runs")
"""The run before, as ``Result.snapshot`` gives it: the class held, the class by the figures, and
for how many runs in a row these have been on that side of the class held."""
OVERRIDES = ("customer_id", "class", "reason", "until")
"""Overrides by people; ``since``, ``by``, ``known_since`` and ``scheme`` may be there too."""


def steadied(decided: Decided, previous: pa.Table | None) -> Decided:
    """Hold the class of the run before where the figures' class is not yet clear of it.

    A cut's class that differs from the one held takes effect when it lasts for the scheme's
    ``runs``, or at once when it stands with the value moved back by the ``margin``. Rules, guards
    and missing data take effect at once.
    """
    stability = decided.scheme.stability
    if stability is None or previous is None:
        return decided
    before = _by_customer(previous, PREVIOUS, "previous")
    index = {klass.id: i for i, klass in enumerate(decided.scheme.classes)}
    own = {index[klass] for klass in (*decided.scheme.cuts.classes, decided.scheme.cuts.rest)}
    raw = decided.klass
    was, runs = raw.copy(), np.zeros(len(raw), np.int64)
    for row, customer in enumerate(decided.figures.ids):
        found = before.get(customer)
        if found is None or index.get(found["class"]) not in own:
            continue
        was[row] = index[found["class"]]
        side = np.sign(raw[row] - was[row])
        same = side == np.sign(index.get(found["raw_class"], was[row]) - was[row])
        runs[row] = 0 if side == 0 else 1 + (int(found["runs"]) if same else 0)
    cut = (decided.step == Step.CUT) | (decided.step == Step.CAP)
    cut &= ~_forbidden(decided, was, index)
    waiting = np.flatnonzero(cut & (raw != was) & (runs < stability.runs))
    unclear = waiting[~_clear(decided, stability, waiting, was)]
    klass, step, which = (part.copy() for part in decided.stages[-1])
    klass[unclear], step[unclear], which[unclear] = was[unclear], Step.HELD, runs[unclear]
    stage = Stage(klass, step, which)
    return replace(decided, stages=(*decided.stages, stage), runs=runs)


def _forbidden(decided: Decided, was: Ints, index: dict[str, int]) -> Flags:
    """Who meets a guard that does not allow the class held: no run before excuses that."""
    forbidden = np.zeros(len(was), bool)
    for guard, met in zip(decided.scheme.guards, decided.met, strict=True):
        limit = index[guard.klass]
        forbidden |= met & (was < limit if guard.at_best is not None else was > limit)
    return forbidden


def _clear(decided: Decided, stability: Stability, rows: Ints, was: Ints) -> Any:
    """Of the rows: whether the class is still on its side with the value moved back."""
    if stability.margin is None or not len(rows):
        return np.zeros(len(rows), bool)
    column = sliced(decided.column, rows)
    raw = decided.klass[rows]
    higher = direction(decided.scheme) == "higher"
    # Towards the class held: a fallen customer's value is made better, a risen one's worse.
    towards = np.where(raw > was[rows], 1.0, -1.0) * (1.0 if higher else -1.0)
    shift = np.abs(column.values) * float(stability.margin) * towards
    moved: Any = column.values + shift
    if column.values.dtype.kind == "i":
        moved = np.rint(moved).astype(np.int64)
    back = WhatIf(decided).classes_at(rows, Column(column.name, column.unit, moved, column.present))
    return np.sign(back - was[rows]) == np.sign(raw - was[rows])


def overridden(
    decided: Decided, overrides: pa.Table | None, as_of: date, known_as_of: date | None
) -> Decided:
    """Put the customers whom a person set to a class there, until the day it ends; the latest of
    a customer's overrides counts. Raises ``EngineError`` where one lacks its reason, its end or
    names a class that is not there.
    """
    if overrides is None:
        return decided
    if "scheme" in overrides.column_names:
        overrides = overrides.filter(
            pc.is_in(overrides["scheme"], value_set=pa.array([decided.scheme.name]))
        )
    index = {klass.id: i for i, klass in enumerate(decided.scheme.classes)}
    rows = overrides.to_pylist()
    _whole(rows, overrides.column_names, index)

    def holds(row: dict[str, Any]) -> bool:
        since = row.get("since")
        known = row.get("known_since") or since
        late = known_as_of is not None and known is not None and known > known_as_of
        return not late and (since is None or since <= as_of) and as_of <= row["until"]

    standing = sorted(filter(holds, rows), key=lambda row: row.get("since") or date.min)
    latest = {str(row["customer_id"]): row for row in standing}
    klass, step, which = (part.copy() for part in decided.stages[-1])
    found: dict[int, dict[str, Any]] = {}
    for place, customer in enumerate(decided.figures.ids):
        if customer in latest:
            found[place] = latest[customer]
            klass[place], step[place], which[place] = (
                index[latest[customer]["class"]], Step.OVERRIDE, place,
            )  # fmt: skip
    return replace(decided, stages=(*decided.stages, Stage(klass, step, which)), overrides=found)


def _whole(rows: list[dict[str, Any]], names: list[str], index: dict[str, int]) -> None:
    _columns(names, OVERRIDES, "overrides")
    bad = [row for row in rows
           if not row["reason"] or row["until"] is None or row["class"] not in index]  # fmt: skip
    if bad:
        said = ", ".join(str(row["customer_id"]) for row in bad[:10])
        raise EngineError(
            {"en": f"{len(bad)} overrides lack a reason, an end or a class of the scheme: {said}.",
             "zh": f"{len(bad)} 条人工调整缺少理由、截止日或方案内的等级：{said}。"},
            {"en": "Complete them; nobody was graded.", "zh": "请补全；未对任何客户分级。"},
        )  # fmt: skip


def _by_customer(table: pa.Table, names: tuple[str, ...], what: str) -> dict[str, dict[str, Any]]:
    _columns(table.column_names, names, what)
    return {str(row["customer_id"]): row for row in table.select(list(names)).to_pylist()}


def _columns(have: list[str], names: tuple[str, ...], what: str) -> None:
    if lacking := [name for name in names if name not in have]:
        raise NoData(
            {"en": f"The table «{what}» lacks {', '.join(lacking)}.",
             "zh": f"“{what}”表缺少 {'、'.join(lacking)}。"},
            {"en": f"It needs {', '.join(names)}.", "zh": f"需要 {'、'.join(names)}。"},
        )  # fmt: skip


def snapshot(decided: Decided) -> pa.Table:
    """What the next run is to be given as ``previous``: without overrides, which are given anew."""
    classes = pa.array([klass.id for klass in decided.scheme.classes], pa.string())
    stages = decided.stages[:-1] if decided.overrides is not None else decided.stages
    held = stages[-1].klass
    raw = stages[-2].klass if decided.runs is not None else held
    runs = decided.runs if decided.runs is not None else np.zeros(len(decided), np.int64)
    return pa.table({
        "customer_id": decided.figures.ids, "class": classes.take(held),
        "raw_class": classes.take(raw),
        "runs": pa.array(np.where(held == raw, 0, runs), pa.int64()),
    })  # fmt: skip
