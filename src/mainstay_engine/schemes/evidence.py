"""The figures that decided a customer's class, as data from which the class recomputes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from mainstay_engine.schemes.clauses import Condition
from mainstay_engine.schemes.decide import Decided, direction, needs_positive
from mainstay_engine.schemes.figures import POINTS_SCALE, Column, major
from mainstay_engine.schemes.judgements import JUDGES, SPREAD
from mainstay_engine.schemes.parts import (
    JUDGED,
    Criterion,
    CumulativeShare,
    CustomerShare,
    LevelStep,
    Matrix,
    Relative,
)
from mainstay_engine.schemes.sentences import Sentences
from mainstay_engine.schemes.stages import Step, cap_places


@dataclass(frozen=True)
class Evidence:
    """Figures for each row of a decision, as exact decimal texts ready for JSON."""

    decided: Decided
    sentences: Sentences

    def exact(self, column: Column, value: Any) -> str | None:
        """A figure as an exact decimal text: money in major units, points as points."""
        if value is None:
            return None
        if column.unit == "money":
            return str(major(int(value), self.decided.figures.exponent))
        if column.unit == "points":
            return format((Decimal(int(value)) / POINTS_SCALE).normalize(), "f")
        return repr(value)

    def data(self, row: int) -> dict[str, Any]:
        """Every figure that decided the class of the customer of a row, ready for JSON."""
        if (segment := self._segment(row)) is not None:
            return segment
        d = self.decided
        scheme = d.scheme
        rank = int(d.ranking.rank[row])
        return {
            "customer_id": d.figures.ids[row],
            "customer_name": self._names[row],
            "scheme": scheme.name,
            "version": scheme.version,
            "class": scheme.classes[int(d.klass[row])].id,
            "class_title": dict(self._titles[int(d.klass[row])]),
            "rank": rank or None,
            "last_rank": int(d.ranking.last[row]) or None,
            "of": d.ranking.count,
            "metric": d.column.name,
            "unit": d.column.unit,
            "value": self.exact(d.column, d.column.at(row)),
            "decided_by": Step(int(d.step[row])).name.lower(),
            "rules": [
                {"class": rule.klass, "why": rule.why.model_dump(),
                 **self._conditions(row, rule.when)}
                for rule in scheme.rules
            ],
            "missing_class": scheme.missing_class,
            "unranked_class": scheme.unranked,
            "needs_positive": needs_positive(scheme, d.column),
            "cut": self._cut_data(row),
            "caps": [
                {"class": cap.klass, "next": cap.next, "within": str(cap.within),
                 "places": cap_places(cap.within, d.ranking.count), "why": cap.why.model_dump()}
                for cap in scheme.caps
            ],
            "guards": [
                {"name": guard.name, "title": guard.title.model_dump(),
                 "why": guard.why.model_dump(), "at_best": guard.at_best,
                 "at_worst": guard.at_worst, **self._conditions(row, guard.when)}
                for guard in scheme.guards
            ],
            "by_figures": self._by_figures(row),
            "held": self._held(row),
            "override": self._override(row),
            "criteria": self.criteria(row),
            "groups": self.groups(row),
            "reason": self.sentences.one(row),
        }  # fmt: skip

    def _segment(self, row: int) -> dict[str, Any] | None:
        """The figures as its own segment has them, and which that is; ``None`` without segments."""
        split, segments = self.decided.split, self.decided.scheme.segments
        if split is None or segments is None:
            return None
        number = int(split.which[row])
        own = Evidence(self.decided.segments[number], self.sentences.segments[number])
        part = segments.parts[number] if number < len(segments.parts) else None
        return own.data(row) | {
            "segment": {"by": segments.by, "name": part.name if part else None,
                        "title": part.title.model_dump() if part else None},
            "reason": self.sentences.one(row),
        }  # fmt: skip

    def _by_figures(self, row: int) -> str:
        """The class that the figures alone give, before what holds or overrides it."""
        return self.decided.scheme.classes[int(self.decided.raw[row])].id

    def _held(self, row: int) -> dict[str, Any] | None:
        """For how many runs the figures have been beside the class held; ``None`` where they are
        not, or no run before was given.
        """
        stability, runs = self.decided.scheme.stability, self.decided.runs
        stages = self.decided.stages[:-1] if self.decided.overrides is not None else None
        last = (stages or self.decided.stages)[-1]
        if stability is None or runs is None or last.step[row] != Step.HELD:
            return None
        return {"runs": int(runs[row]), "of": stability.runs,
                "margin": None if stability.margin is None else str(stability.margin)}  # fmt: skip

    def _override(self, row: int) -> dict[str, Any] | None:
        """What a person set, ready for JSON: class, reason, until, by, since."""
        given = (self.decided.overrides or {}).get(row)
        if given is None:
            return None
        days = {key: given[key].isoformat() for key in ("until", "since") if given.get(key)}
        return {"class": given["class"], "reason": given["reason"], "by": given.get("by"), **days}

    @cached_property
    def _names(self) -> list[str | None]:
        names: list[str | None] = self.decided.figures.table["customer_name"].to_pylist()
        return names

    @cached_property
    def _titles(self) -> list[dict[str, str]]:
        return [klass.title.model_dump() for klass in self.decided.scheme.classes]

    def _conditions(self, row: int, when: Iterable[Condition]) -> dict[str, Any]:
        """The comparisons with the customer's figures; whether all are ``met``; those that could
        not be made (``blind``).
        """
        d = self.decided
        conditions = []
        for condition in when:
            column = d.figures.column(condition.metric)
            conditions.append({
                "metric": column.name, "unit": column.unit, "op": condition.op,
                "limit": None if condition.value is None else str(condition.value),
                "value": self.exact(column, column.at(row)),
                "met": bool(d.figures.meets(condition)[row]),
            })  # fmt: skip
        return {
            "conditions": conditions, "met": all(condition["met"] for condition in conditions),
            "blind": [c["metric"] for c in conditions
                      if c["value"] is None and c["op"] != "missing"],
        }  # fmt: skip

    def _cut_data(self, row: int) -> dict[str, Any]:
        d = self.decided
        cuts = d.scheme.cuts
        if isinstance(cuts, Matrix):
            sides = zip(("rows", "columns"), self.axes, strict=True)
            return {"by": cuts.by, "cells": [list(row) for row in cuts.cells], **{
                side: axis.level(row) for side, axis in sides
            }}  # fmt: skip
        data: dict[str, Any] = {"by": cuts.by, "direction": direction(d.scheme), "rest": cuts.rest}
        if isinstance(cuts, CumulativeShare | CustomerShare):
            data["steps"] = [{"class": s.klass, "up_to": str(s.up_to)} for s in cuts.steps]
            if d.cut[row] >= 0:
                held, whole = d.better(row)
                better = int(held)
                scaled = isinstance(cuts, CumulativeShare)
                data["better"] = self._summed(better) if scaled else str(better)
                data["whole"] = self._summed(whole) if scaled else str(whole)
            return data
        key = "at_least" if cuts.direction == "higher" else "up_to"
        data["steps"] = [
            {"class": s.klass, key: self.exact(d.column, d.limit(row, i)),
             **self._moving_data(row, s)}
            for i, s in enumerate(cuts.steps)
        ]  # fmt: skip
        return data

    @cached_property
    def axes(self) -> list[Evidence]:
        """Those of the rows and the columns of a matrix."""
        return [Evidence(each.decided, each) for each in self.sentences.axes]

    def level(self, row: int) -> dict[str, Any]:
        """One customer's level on this axis of a matrix, and what decided it."""
        d = self.decided
        level = d.scheme.classes[int(d.klass[row])]
        return {
            "title": d.scheme.title.model_dump(), "level": level.id,
            "level_title": level.title.model_dump(), "metric": d.column.name,
            "unit": d.column.unit, "value": self.exact(d.column, d.column.at(row)),
            "levels": [klass.id for klass in d.scheme.classes],
            "decided_by": Step(int(d.step[row])).name.lower(), "unranked": d.scheme.unranked,
            "missing": d.scheme.missing_class, "needs_positive": needs_positive(d.scheme, d.column),
            "cut": self._cut_data(row),
        }  # fmt: skip

    def _moving_data(self, row: int, step: LevelStep) -> dict[str, Any]:
        if not isinstance(step.level, Relative):
            return {}
        base = self.decided.figures.column(step.level.of)
        floor = step.level.at_least
        return {
            "times": str(step.level.times), "of": base.name,
            "base": self.exact(base, base.at(row)),
            "floor": None if floor is None else str(floor),
        }  # fmt: skip

    def _summed(self, total: int) -> str:
        column = self.decided.column
        if column.unit in ("money", "points"):
            return str(self.exact(column, total))
        return format(Decimal(total) / column.scale, "f")

    def criteria(self, row: int) -> list[dict[str, Any]]:
        """The figures behind the class: the composite's criteria, or the metrics that were read."""
        scheme = self.decided.scheme
        if self.axes:
            sides = {each["metric"]: each for axis in self.axes for each in axis.criteria(row)}
            return list(sides.values())
        if not scheme.criteria:
            names = [n for n in scheme.figures_used() if scheme.entry(n).unit != "date"]
            return [self._criterion(row, name, None) for name in names]
        return [self._criterion(row, c.metric, i) for i, c in enumerate(scheme.criteria)]

    def groups(self, row: int) -> list[dict[str, Any]]:
        """What the criteria of each group bring together, of at most how many points; their
        weight, and how much of it is ``known``. Points are ``None`` where all lack data.
        """
        d = self.decided
        if self.axes:
            return [group for axis in self.axes for group in axis.groups(row) if group["metrics"]]
        if d.scored is None:
            return []
        scored = list(zip(d.scheme.criteria, d.scored.parts, strict=True))
        found = []
        for group in d.scheme.groups:
            earned = [(c, part[row]) for c, part in scored if c.group == group.name]
            known = [(self._most(c, row), int(part)) for c, part in earned if not math.isnan(part)]
            points = Decimal(sum(part for _, part in known)) / POINTS_SCALE
            weights = sum((c.weight for c, part in earned if not math.isnan(part)), Decimal(0))
            found.append({
                "name": group.name, "title": group.title.model_dump(),
                "points": str(points) if known else None,
                "max_points": str(sum((most for most, _ in known), Decimal(0))),
                "weight": str(sum((c.weight for c, _ in earned), Decimal(0))),
                "known": str(weights),
                "metrics": [c.metric for c, _ in earned],
            })  # fmt: skip
        return found

    def _criterion(self, row: int, name: str, number: int | None) -> dict[str, Any]:
        d = self.decided
        column = d.figures.column(name)
        value = column.at(row)
        data: dict[str, Any] = {
            "metric": name, "title": d.scheme.entry(name).title,
            "unit": column.unit, "value": self.exact(column, value),
            "points": None, "max_points": None, "weight": None, "rank": None, "of": None,
            "text": {lang: self.sentences.words(column, value, lang) for lang in ("en", "zh")},
        }  # fmt: skip
        if name.startswith(JUDGED):
            table = d.figures.table
            data["judges"] = table[name + JUDGES][row].as_py()
            data["spread"] = table[name + SPREAD][row].as_py()
        if number is None:
            if name == d.column.name and d.ranking.rank[row]:
                data["rank"], data["of"] = int(d.ranking.rank[row]), d.ranking.count
            return data
        criterion = d.scheme.criteria[number]
        data["weight"] = data["max_points"] = str(criterion.weight)
        if d.scored is not None:
            earned = float(d.scored.parts[number][row])
            data["points"] = (
                None if math.isnan(earned) else str(Decimal(int(earned)) / POINTS_SCALE)
            )
            if not math.isnan(earned):
                data["max_points"] = str(self._most(criterion, row))
        if value is not None:
            ranking = d.standings[number]
            data["rank"], data["of"] = int(ranking.rank[row]), ranking.count
        return data

    def _most(self, criterion: Criterion, row: int) -> Decimal:
        """The most points a criterion can bring a customer: its weight, scaled up for those left
        out.
        """
        scored = self.decided.scored
        if scored is None or scored.stretch[row] == 1:
            return criterion.weight
        millionths = float(criterion.weight) * scored.stretch[row] * POINTS_SCALE
        return Decimal(round(millionths)) / POINTS_SCALE
