"""What is to be kept of a result, customer by customer, so that reasons can be given at any time.

Words are ten times as long as the numbers they are made of and take a hundred times as long to
make. A store keeps the numbers; ``Kept.restore`` gives the words of those somebody looks at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from mainstay_engine.schemes.sentences import Sentences
from mainstay_engine.schemes.stages import Stage

if TYPE_CHECKING:
    from mainstay_engine.schemes.result import Result

_SIDES = ("rows.", "columns.")
"""What stands before the columns of a matrix' axes."""
_WHO = ("customer_id", "customer_name")


def keep(result: Result) -> tuple[dict[str, Any], list[list[Any]]]:
    """What holds for all (ready for JSON), and a row of plain numbers for each customer, in the
    order of ``result.decided.figures.ids``.
    """
    d = result.decided
    table = d.figures.table.drop_columns(list(_WHO))
    columns: dict[str, list[Any]] = {
        name: [v.isoformat() if isinstance(v, date) else v for v in table[name].to_pylist()]
        for name in table.column_names
    }
    wholes = dict(_standing(d, "", columns))
    if d.runs is not None:
        columns["runs"] = d.runs.tolist()
    if d.overrides is not None:
        said = d.overrides
        columns["override"] = [_plain(said[row]) if row in said else None for row in range(len(d))]
    head = {
        "columns": list(columns),
        "figures": {name: str(table[name].type) for name in table.column_names},
        "wholes": wholes, "exponent": result.exponent, "currency": result.currency,
    }  # fmt: skip
    return head, [list(row) for row in zip(*columns.values(), strict=True)]


def _plain(override: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value
        for key, value in override.items()
    }


def _standing(
    d: Decided, side: str, columns: dict[str, list[Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Put the columns of a decision and of its axes among the ``columns``; what holds for all."""
    for number, stage in enumerate(d.stages):
        for part, values in zip(Stage._fields, stage, strict=True):
            columns[f"{side}{part}{number}"] = values.tolist()
    counts = []
    if d.axes:
        for prefix, axis in zip(_SIDES, d.axes, strict=True):
            yield from _standing(axis, prefix, columns)
    else:
        columns[side + "cut"] = d.cut.tolist()
        columns[side + "rank"] = d.ranking.rank.tolist()
        columns[side + "last"] = d.ranking.last.tolist()
        if d.ranking.before is not None:
            columns[side + "before"] = [int(value) for value in d.ranking.before]
    if d.scored is not None:
        for number, points in enumerate(d.scored.parts):
            columns[f"{side}part{number}"] = _whole(points)
        columns[side + "stretch"] = d.scored.stretch.tolist()
        total = d.scored.total
        columns[side + "points"] = [total.at(row) for row in range(len(d))]
        for number, ranking in enumerate(d.standings):
            columns[f"{side}stands{number}"] = ranking.rank.tolist()
            counts.append(ranking.count)
    yield side, {
        "stages": len(d.stages), "count": d.ranking.count, "counts": counts,
        "whole": int(d.ranking.whole), "summed": d.ranking.before is not None,
    }  # fmt: skip


def _whole(part: Any) -> list[int | None]:
    """Millionths of points as whole numbers; ``None`` where left out."""
    return [None if value != value else int(value) for value in part.tolist()]


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

    def reason(self, place: int) -> dict[str, str]:
        """In one sentence, keyed ``en`` and ``zh``."""
        return {lang: self._sentences.sentence(place, lang) for lang in ("en", "zh")}

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
        return np.array(given[side + name], np.int64)

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
