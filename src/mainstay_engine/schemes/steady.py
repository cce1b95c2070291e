"""What stands over the figures: the class of the run before, and people's overrides.

Both are tables given by the caller, so that a grading depends on nothing it does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import EngineError, NoData
from mainstay_engine.schemes.decide import Decided, Placed, direction
from mainstay_engine.schemes.figures import Column, Flags, Ints
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.stages import Before, Stage, Step
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
    if decided.scheme.stability is None or previous is None:
        return decided
    before = _before(decided, previous)
    was, runs = before.against(decided.klass)
    rows = np.arange(len(decided))
    unclear = _unclear(WhatIf(decided), rows, {}, decided, was, runs)
    klass, step, which = (part.copy() for part in decided.stages[-1])
    klass[unclear], step[unclear], which[unclear] = was[unclear], Step.HELD, runs[unclear]
    stage = Stage(klass, step, which)
    return replace(decided, stages=(*decided.stages, stage), before=before, runs=runs)


def runs_left(what_if: WhatIf, rows: Ints, changed: Mapping[str, Column]) -> Ints:
    """How many runs after the first that sees the ``changed`` figures the class by the figures
    takes effect, one number for each of ``rows`` (0: with the first).

    Where no run before was given, the class as it is counts as the one held.
    """
    decided = what_if.decided
    stability = decided.scheme.stability
    if stability is None:
        return np.zeros(len(rows), np.int64)
    placed = what_if.placed(rows, changed)
    before = decided.before or _held_now(decided)
    was, runs = before.of(rows).against(placed.klass)
    unclear = _unclear(what_if, rows, changed, placed, was, runs)
    return np.where(unclear, stability.runs - runs, 0)


def _before(decided: Decided, previous: pa.Table) -> Before:
    """The run before as a table, in the order of the customers."""
    _columns(previous.column_names, PREVIOUS, "previous")
    classes = pa.array([klass.id for klass in decided.scheme.classes])

    def places(values: Any, among: Any) -> Ints:
        found = pc.index_in(pc.cast(values, pa.string()), value_set=pc.cast(among, pa.string()))
        return np.asarray(pc.fill_null(found, -1), np.int64)

    ids = decided.figures.table["customer_id"]
    same = len(ids) == len(previous) and ids.equals(previous["customer_id"])
    rows = np.arange(len(ids)) if same else places(ids, previous["customer_id"])
    if not previous.num_rows:
        return Before(rows, np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64))
    held = places(previous["class"], classes)[rows]
    raw = places(previous["raw_class"], classes)[rows]
    klass = np.where((rows >= 0) & _by_cut(decided, held), held, -1)
    side = np.where(raw < 0, 0, np.sign(raw - held))
    runs: Any = previous["runs"]
    return Before(klass, side, np.asarray(runs.fill_null(0), np.int64)[rows])


def _held_now(decided: Decided) -> Before:
    """The class by the figures as the one held."""
    zero = np.zeros(len(decided), np.int64)
    return Before(np.where(_by_cut(decided, decided.raw), decided.raw, -1), zero, zero)


def _by_cut(decided: Decided, klass: Ints) -> Flags:
    """Whether the cut gives such a class."""
    cuts = decided.scheme.cuts
    own = [i for i, c in enumerate(decided.scheme.classes) if c.id in {*cuts.classes, cuts.rest}]
    return np.asarray(np.isin(klass, own))


def _unclear(
    what_if: WhatIf, rows: Ints, changed: Mapping[str, Column], placed: Placed | Decided,
    was: Ints, runs: Ints,
) -> Flags:  # fmt: skip
    """Whose class by the figures, as ``placed``, neither lasts nor is clear of the one held."""
    stability = what_if.decided.scheme.stability
    if stability is None:
        raise AssertionError("only a scheme with stability holds a class")
    raw, step = placed.klass, placed.stages[-1].step
    by_cut = (step == Step.CUT) | (step == Step.CAP)
    held: Flags = np.asarray(by_cut & (raw != was) & (runs < stability.runs))
    held &= ~_forbidden(what_if.decided.scheme, placed.met, was)
    there = np.flatnonzero(held)
    if stability.margin is None or not len(there):
        return held
    column = sliced(placed.column, there)
    higher = direction(what_if.decided.scheme) == "higher"
    # Towards the class held: a fallen customer's value is made better, a risen one's worse.
    towards = np.where(raw[there] > was[there], 1.0, -1.0) * (1.0 if higher else -1.0)
    moved: Any = column.values + np.abs(column.values) * float(stability.margin) * towards
    if column.values.dtype.kind == "i":
        moved = np.rint(moved).astype(np.int64)
    back = what_if.classes_at(
        rows[there], Column(column.name, column.unit, moved, column.present),
        {name: sliced(each, there) for name, each in changed.items()},
    )  # fmt: skip
    held[there] = np.sign(back - was[there]) != np.sign(raw[there] - was[there])
    return held


def _forbidden(scheme: Scheme, met: tuple[Flags, ...], was: Ints) -> Flags:
    """Who meets a guard that does not allow the class held: no run before excuses that."""
    index = {klass.id: i for i, klass in enumerate(scheme.classes)}
    forbidden = np.zeros(len(was), bool)
    for guard, each in zip(scheme.guards, met, strict=True):
        limit = index[guard.klass]
        forbidden |= each & (was < limit if guard.at_best is not None else was > limit)
    return forbidden


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
        "customer_id": decided.figures.table["customer_id"], "class": classes.take(held),
        "raw_class": classes.take(raw),
        "runs": pa.array(np.where(held == raw, 0, runs), pa.int64()),
    })  # fmt: skip
