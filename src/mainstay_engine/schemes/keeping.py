"""What is to be kept of a result, customer by customer, so that reasons can be given at any time.

Words are ten times as long as the numbers they are made of and take a hundred times as long to
make. A store keeps the numbers; ``Kept.restore`` gives the words of those somebody looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay_engine.schemes.cuts import Ranking
from mainstay_engine.schemes.decide import Decided, thresholds
from mainstay_engine.schemes.evidence import Evidence
from mainstay_engine.schemes.figures import Column, Figures
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.parts import POINTS
from mainstay_engine.schemes.scoring import Scored
from mainstay_engine.schemes.segments import Split, together
from mainstay_engine.schemes.sentences import Sentences
from mainstay_engine.schemes.stages import Stage
from mainstay_engine.schemes.steady import PREVIOUS

if TYPE_CHECKING:
    from mainstay_engine.schemes.result import Result

_SIDES = ("rows.", "columns.")
"""What stands before the columns of a matrix' axes."""
_WHO = ("customer_id", "customer_name")
_CHUNK = 10_000
"""Rows made at a time: as Python's numbers they take ten times the room."""


def keep(result: Result) -> tuple[dict[str, Any], Iterator[list[Any]]]:
    """What holds for all (ready for JSON), and a row of plain numbers for each customer, in the
    order of ``result.decided.figures.ids``, made as they are taken.
    """
    d = result.decided
    table = d.figures.table.drop_columns(list(_WHO))
    columns: dict[str, Values] = {name: _of_table(table[name]) for name in table.column_names}
    wholes = dict(_standing(d, "", columns))
    if d.runs is not None:
        columns["runs"] = _of_array(d.runs)
    if d.overrides is not None:
        columns["override"] = _of_overrides(d.overrides, len(d))
    head = {
        "columns": list(columns),
        "figures": {name: str(table[name].type) for name in table.column_names},
        "wholes": wholes, "exponent": result.exponent, "currency": result.currency,
    }  # fmt: skip
    return head, _rows(columns, len(d))


Values = Callable[[slice], list[Any]]
"""Plain values of some rows of a column, ``None`` where there is none."""


def _rows(columns: Mapping[str, Values], count: int) -> Iterator[list[Any]]:
    for start in range(0, count, _CHUNK):
        some = slice(start, start + _CHUNK)
        for row in zip(*(values(some) for values in columns.values()), strict=True):
            yield list(row)


def _of_table(column: pa.ChunkedArray[Any]) -> Values:
    def values(some: slice) -> list[Any]:
        found = column.slice(some.start, some.stop - some.start).to_pylist()
        return [value.isoformat() if isinstance(value, date) else value for value in found]

    return values


def _of_array(array: Any) -> Values:
    return lambda some: array[some].tolist()


def _of_points(part: Any) -> Values:
    """Millionths of points as whole numbers; left out where NaN."""
    return lambda some: [None if value != value else int(value) for value in part[some].tolist()]


def _of_column(column: Column) -> Values:
    return lambda some: [
        value if there else None
        for value, there in zip(
            column.values[some].tolist(), column.present[some].tolist(), strict=True
        )
    ]


def _of_overrides(overrides: Mapping[int, Mapping[str, Any]], count: int) -> Values:
    return lambda some: [
        _plain(overrides[row]) if row in overrides else None
        for row in range(some.start, min(some.stop, count))
    ]


def _plain(override: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in override.items()
    }


def _standing(
    d: Decided, side: str, columns: dict[str, Values]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Put the columns of a decision and of its axes among the ``columns``; what holds for all."""
    for number, stage in enumerate(d.stages):
        for part, values in zip(Stage._fields, stage, strict=True):
            columns[f"{side}{part}{number}"] = _of_array(values)
    if d.split is not None:
        yield from _of_segments(d, d.split, columns)
        return
    counts = []
    if d.axes:
        for prefix, axis in zip(_SIDES, d.axes, strict=True):
            yield from _standing(axis, prefix, columns)
    else:
        columns[side + "cut"] = _of_array(d.cut)
        columns[side + "rank"] = _of_array(d.ranking.rank)
        columns[side + "last"] = _of_array(d.ranking.last)
        if d.ranking.before is not None:
            columns[side + "before"] = _of_array(d.ranking.before)
    if d.scored is not None:
        for number, points in enumerate(d.scored.parts):
            columns[f"{side}part{number}"] = _of_points(points)
        columns[side + "stretch"] = _of_array(d.scored.stretch)
        columns[side + "points"] = _of_column(d.scored.total)
        for number, ranking in enumerate(d.standings):
            columns[f"{side}stands{number}"] = _of_array(ranking.rank)
            counts.append(ranking.count)
    yield side, {
        "stages": len(d.stages), "count": d.ranking.count, "counts": counts,
        "whole": int(d.ranking.whole), "summed": d.ranking.before is not None,
    }  # fmt: skip


def _of_segments(
    d: Decided, split: Split, columns: dict[str, Values]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each customer's numbers from its own segment; what holds for all, segment by segment."""
    columns["segment"] = _of_array(split.which)
    each: list[dict[str, Values]] = []
    for number, part in enumerate(split.parts):
        own: dict[str, Values] = {}
        for _, about in _standing(part, "", own):
            yield f"{number}.", about
        each.append({name: values for name, values in own.items() if name not in columns})
    for name in dict.fromkeys(name for own in each for name in own):
        columns[name] = _of_own(split.which, [own.get(name) for own in each])
    yield "", {"stages": len(d.stages), "count": None, "counts": [], "whole": 0, "summed": False}


def _of_own(which: Any, each: Sequence[Values | None]) -> Values:
    """Of each customer the value of its own segment, ``None`` where that has none of the kind."""

    def values(some: slice) -> list[Any]:
        found = [None if own is None else own(some) for own in each]
        return [
            None if own is None else own[place]
            for place, own in enumerate(found[number] for number in which[some].tolist())
        ]

    return values


@dataclass(frozen=True)
class Kept:
    """What ``keep`` gave for all customers of one result, and the scheme it was made by."""

    scheme: Scheme
    head: Mapping[str, Any]

    def restore(self, ids: Sequence[str], rows: Iterable[Sequence[Any]]) -> Reasons:
        """The reasons of these customers, in their order."""
        names = self.head["columns"]
        columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if ids else {}
        given = {name: columns.get(name, ()) for name in names}
        table = {"customer_id": pa.array(list(ids), pa.string())}
        table["customer_name"] = pa.nulls(len(ids), pa.string())
        for name, kind in self.head["figures"].items():
            values = given[name]
            if kind.startswith("date"):
                values = [value and date.fromisoformat(value) for value in values]
            table[name] = pa.array(values, pa.type_for_alias(kind))
        figures = Figures(pa.table(table), self.head["exponent"])
        return Reasons(
            _decided(self.scheme, figures, "", given, self.head["wholes"]), self.head["currency"]
        )

    def held(self, rows: Iterable[tuple[str, Sequence[Any]]]) -> pa.Table:
        """``Result.snapshot`` again, of these customers and their rows, taken one by one."""
        names = {name: place for place, name in enumerate(self.head["columns"])}
        last = self.head["wholes"][""]["stages"] - 1 - ("override" in names)
        steadied = names.get("runs")
        of_class, of_raw = names[f"klass{last}"], names[f"klass{last - (steadied is not None)}"]
        classes = [klass.id for klass in self.scheme.classes]
        found: dict[str, list[Any]] = {name: [] for name in PREVIOUS}
        for customer, row in rows:
            now, raw = row[of_class], row[of_raw]
            runs = row[steadied] if steadied is not None and now != raw else 0
            for name, value in zip(PREVIOUS, (customer, classes[now], classes[raw], runs),
                                   strict=True):  # fmt: skip
                found[name].append(value)
        return pa.table({
            name: pa.array(values, pa.int64() if name == "runs" else pa.string())
            for name, values in found.items()
        })  # fmt: skip


@dataclass(frozen=True)
class Reasons:
    """Why each of some customers is in its class."""

    decided: Decided
    currency: str | None

    @cached_property
    def _sentences(self) -> Sentences:
        return Sentences(self.decided, self.currency)

    @cached_property
    def _evidence(self) -> Evidence:
        return Evidence(self.decided, self._sentences)

    def all(self) -> list[dict[str, str]]:
        """The reasons in one sentence each, keyed ``en`` and ``zh``."""
        rows = np.arange(len(self.decided))
        en, zh = (self._sentences.of(rows, lang).to_pylist() for lang in ("en", "zh"))
        return [{"en": str(one), "zh": str(other)} for one, other in zip(en, zh, strict=True)]

    def data(self, place: int) -> dict[str, Any]:
        """Every figure that decided, as ``Explanation`` has it."""
        return self._evidence.data(place)


def _decided(
    scheme: Scheme, figures: Figures, side: str, given: Mapping[str, Any],
    wholes: Mapping[str, Any],
) -> Decided:  # fmt: skip
    """The decision over these customers alone, as it was over all."""
    about = wholes[side]

    def ints(name: str) -> Any:
        """0 where another segment than the customer's has the number."""
        return np.array([0 if n is None else n for n in given[side + name]], np.int64)

    stages = tuple(
        Stage(*(ints(f"{part}{number}") for part in Stage._fields))
        for number in range(about["stages"])
    )
    runs = np.array(given["runs"], np.int64) if side == "" and "runs" in given else None
    overrides = None
    if side == "" and "override" in given:
        overrides = {n: _dated(said) for n, said in enumerate(given["override"]) if said}
    if scheme.axes:
        axes = tuple(
            _decided(axis, figures, prefix, given, wholes)
            for prefix, axis in zip(_SIDES, scheme.axes, strict=True)
        )
        first = axes[0]
        return Decided(
            scheme, figures, stages, stages[0].which, first.column, first.ranking, axes=axes,
            runs=runs, overrides=overrides,
        )  # fmt: skip
    if scheme.segments is not None:
        which = ints("segment")
        parts = tuple(
            _decided(variant, figures, "", given, {"": wholes[f"{number}."]})
            for number, variant in enumerate(scheme.variants)
        )
        split = Split(which, parts)
        fields = together(which, parts) | {"stages": stages}
        return Decided(scheme, figures, **fields, split=split, runs=runs, overrides=overrides)
    rank = ints("rank")
    before = np.array(given[side + "before"], object) if about["summed"] else None
    ranking = Ranking(rank > 0, rank, ints("last"), about["count"], before, None, about["whole"])
    scored = _scored(scheme, side, given) if scheme.criteria else None
    column = scored.total if scored else figures.column(scheme.ranked_by)
    stood = tuple(
        Ranking(place > 0, place, place, count)
        for place, count in (
            (ints(f"stands{number}"), count) for number, count in enumerate(about["counts"])
        )
    )
    return Decided(
        scheme, figures, stages, ints("cut"), column, ranking,
        thresholds(scheme, figures, column), scored=scored, runs=runs, overrides=overrides,
        stood=stood,
    )  # fmt: skip


def _scored(scheme: Scheme, side: str, given: Mapping[str, Any]) -> Scored:
    parts = tuple(
        np.array(given[f"{side}part{number}"], np.float64) for number in range(len(scheme.criteria))
    )
    total = given[side + "points"]
    present = np.array([points is not None for points in total], bool)
    values = np.array([points or 0 for points in total], np.int64)
    stretch = np.array(given[side + "stretch"], np.float64)
    return Scored(Column(POINTS, POINTS, values, present), parts, stretch)


def _dated(override: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: date.fromisoformat(value) if key in ("until", "since", "known_since") and value
        else value
        for key, value in override.items()
    }  # fmt: skip
