"""The figures that decided a customer's class, as data from which the class recomputes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from mainstay_engine.schemes.cuts import Ranking, compare, rank_values
from mainstay_engine.schemes.decide import Decided, Step, cap_places, direction, needs_positive
from mainstay_engine.schemes.figures import POINTS_SCALE, Column, major, metric
from mainstay_engine.schemes.parts import CumulativeShare, CustomerShare, LevelStep, Relative
from mainstay_engine.schemes.sentences import Sentences


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
            "rules": [self._rule_data(row, i) for i in range(len(scheme.rules))],
            "missing_class": scheme.missing_class,
            "unranked_class": scheme.unranked,
            "needs_positive": needs_positive(scheme, d.column),
            "cut": self._cut_data(row),
            "caps": [
                {"class": cap.klass, "next": cap.next, "within": str(cap.within),
                 "places": cap_places(cap.within, d.ranking.count), "why": cap.why.model_dump()}
                for cap in scheme.caps
            ],
            "criteria": self.criteria(row),
            "reason": {lang: self.sentences.sentence(row, lang) for lang in ("en", "zh")},
        }  # fmt: skip

    @cached_property
    def _names(self) -> list[str | None]:
        names: list[str | None] = self.decided.figures.table["customer_name"].to_pylist()
        return names

    @cached_property
    def _titles(self) -> list[dict[str, str]]:
        return [klass.title.model_dump() for klass in self.decided.scheme.classes]

    def _rule_data(self, row: int, number: int) -> dict[str, Any]:
        d = self.decided
        rule = d.scheme.rules[number]
        conditions = []
        for condition in rule.when:
            column = d.figures.column(condition.metric)
            one = Column(
                column.name,
                column.unit,
                column.values[row : row + 1],
                column.present[row : row + 1],
            )
            limit = condition.value if condition.value is not None else Decimal(0)
            met = compare(one, condition.op, Fraction(d.figures.in_minor(limit, column.unit)))
            conditions.append({
                "metric": column.name, "unit": column.unit, "op": condition.op,
                "limit": None if condition.value is None else str(condition.value),
                "value": self.exact(column, column.at(row)), "met": bool(met[0]),
            })  # fmt: skip
        return {
            "class": rule.klass, "why": rule.why.model_dump(), "conditions": conditions,
            "met": all(condition["met"] for condition in conditions),
        }  # fmt: skip

    def _cut_data(self, row: int) -> dict[str, Any]:
        d = self.decided
        cuts = d.scheme.cuts
        data: dict[str, Any] = {"by": cuts.by, "direction": direction(d.scheme), "rest": cuts.rest}
        if isinstance(cuts, CumulativeShare | CustomerShare):
            data["steps"] = [{"class": s.klass, "up_to": str(s.up_to)} for s in cuts.steps]
            if d.cut[row] >= 0:
                better, whole = d.better(row)
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
        if not scheme.criteria:
            names = [name for name in scheme.metrics_used() if metric(name).unit != "date"]
            return [self._criterion(row, name, None) for name in names]
        return [self._criterion(row, c.metric, i) for i, c in enumerate(scheme.criteria)]

    def _criterion(self, row: int, name: str, number: int | None) -> dict[str, Any]:
        d = self.decided
        column = d.figures.column(name)
        value = column.at(row)
        data: dict[str, Any] = {
            "metric": name, "title": {"en": metric(name).en, "zh": metric(name).zh},
            "unit": column.unit, "value": self.exact(column, value),
            "points": None, "max_points": None, "weight": None, "rank": None, "of": None,
            "text": {lang: self.sentences.words(column, value, lang) for lang in ("en", "zh")},
        }  # fmt: skip
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
        if value is not None:
            ranking = self._standings[number]
            data["rank"], data["of"] = int(ranking.rank[row]), ranking.count
        return data

    @cached_property
    def _standings(self) -> list[Ranking]:
        """Where everybody stands by each criterion of the composite."""
        columns = [(c, self.decided.figures.column(c.metric)) for c in self.decided.scheme.criteria]
        return [
            rank_values(column, column.present, direction=criterion.direction, summed=False)
            for criterion, column in columns
        ]
