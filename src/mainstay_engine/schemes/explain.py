"""Why a customer is in its class: in words, and as figures from which the class recomputes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from mainstay_engine.schemes.cuts import compare
from mainstay_engine.schemes.decide import Decided, Step, cap_places, direction, needs_positive
from mainstay_engine.schemes.figures import POINTS_SCALE, Column, major, metric, percent, words
from mainstay_engine.schemes.parts import CumulativeShare, CustomerShare, LevelStep, Relative

_TEMPLATES = {
    "rule": {"en": "{why} ({figures})", "zh": "{why}（{figures}）"},
    "missing": {
        "en": "{title} cannot be measured: {missing}",
        "zh": "无法计算{title}：{missing}",
    },
    "unranked": {
        "en": "{figure} is not positive, so the customer is not ranked",
        "zh": "{figure}，不为正，不参与排名",
    },
    "share": {
        "en": "{figure}, rank {rank} of {of}; larger customers hold {better} of the total, {where}",
        "zh": "{figure}，第 {rank} 名（共 {of} 名）；更大的客户合计占 {better}，{where}",
    },
    "customers": {
        "en": "{figure}, rank {rank} of {of}; {better} of the customers stand before, {where}",
        "zh": "{figure}，第 {rank} 名（共 {of} 名）；排在前面的客户占 {better}，{where}",
    },
    "level": {"en": "{figure}, {where}", "zh": "{figure}，{where}"},
    "cap": {
        "en": "{cut}: {held}, but {why} ({places} of {of})",
        "zh": "{cut}：应为 {held}，但{why}（{of} 名中的 {places} 名）",
    },
    "below": {"en": "below {0}", "zh": "低于 {0}"},
    "not below": {"en": "not below {0}", "zh": "不低于 {0}"},
    "at least": {"en": "at least {0}", "zh": "达到 {0}"},
    "up to": {"en": "up to {0}", "zh": "不超过 {0}"},
    "over": {"en": "over {0}", "zh": "超过 {0}"},
    "and": {"en": " and ", "zh": "、"},
    "list": {"en": ", ", "zh": "，"},
    "moving": {"en": "{limit} ({times} × {base})", "zh": "{limit}（{times} × {base}）"},
    "floor": {
        "en": "{limit} (the floor; {times} × {base} is less)",
        "zh": "{limit}（下限；{times} × {base} 更小）",
    },
    "only floor": {
        "en": "{limit} (the floor; nobody has a rhythm yet)",
        "zh": "{limit}（下限；尚无下单节奏可比）",
    },
}


def _say(key: str, lang: str, *places: str, **names: object) -> str:
    return _TEMPLATES[key]["zh" if lang.startswith("zh") else "en"].format(*places, **names)


@dataclass(frozen=True)
class Reasons:
    """Words and figures for each row of a decision. ``currency`` is the ISO code or ``None``."""

    decided: Decided
    currency: str | None

    # Words ---------------------------------------------------------------------------------

    def sentence(self, row: int, lang: str) -> str:
        """Why the customer of a row is in its class, in one sentence without the class."""
        d = self.decided
        step = Step(int(d.step[row]))
        if step is Step.RULE:
            return self._rule(row, int(d.which[row]), lang)
        if step is Step.MISSING:
            return self._missing(lang)
        if step is Step.UNRANKED:
            return _say("unranked", lang, figure=self._figure(row, lang))
        if step is Step.CUT:
            return self._cut(row, lang)
        cap = d.scheme.caps[int(d.which[row])]
        return _say(
            "cap", lang, cut=self._cut(row, lang), held=cap.klass, why=cap.why[lang],
            places=cap_places(cap.within, d.ranking.count), of=d.ranking.count,
        )  # fmt: skip

    def _words(self, column: Column, value: Any, lang: str) -> str:
        if column.unit == "points" and value is not None:
            value = Decimal(int(value)) / POINTS_SCALE
        return words(
            value, column.unit, lang,
            exponent=self.decided.figures.exponent, currency=self.currency,
        )  # fmt: skip

    def _title(self, column: Column, lang: str) -> str:
        if column.unit == "points":
            return "总分" if lang.startswith("zh") else "points"
        entry = metric(column.name)
        return entry.zh if lang.startswith("zh") else entry.en[:1].lower() + entry.en[1:]

    def _figure(self, row: int, lang: str, column: Column | None = None) -> str:
        column = column or self.decided.column
        value = at(column, row)
        return f"{self._title(column, lang)} {self._words(column, value, lang)}"

    def _rule(self, row: int, number: int, lang: str) -> str:
        rule = self.decided.scheme.rules[number]
        figures = dict.fromkeys(condition.metric for condition in rule.when)
        listed = [self._figure(row, lang, self.decided.figures.column(name)) for name in figures]
        return _say("rule", lang, why=rule.why[lang], figures=_say("list", lang).join(listed))

    def _missing(self, lang: str) -> str:
        column = self.decided.column
        missing = ""
        if column.unit != "points":
            missing = metric(column.name).missing["zh" if lang.startswith("zh") else "en"]
        return _say(
            "missing", lang, title=self._title(column, lang), missing=missing.rstrip(".。")
        )

    def _cut(self, row: int, lang: str) -> str:
        d = self.decided
        step = int(d.cut[row])
        if not isinstance(d.scheme.cuts, CumulativeShare | CustomerShare):
            return _say("level", lang, figure=self._figure(row, lang), where=self._levels(row, lang))
        better, whole = self._better(row)
        shares = [s.up_to for s in d.scheme.cuts.steps]
        where = []
        if step > 0:
            where.append(_say("not below", lang, percent(shares[step - 1])))
        if step < len(shares):
            where.append(_say("below", lang, percent(shares[step])))
        key = "share" if isinstance(d.scheme.cuts, CumulativeShare) else "customers"
        return _say(
            key, lang, figure=self._figure(row, lang), rank=int(d.ranking.rank[row]),
            of=d.ranking.count, where=_say("and", lang).join(where),
            better=percent(Decimal(better) / Decimal(whole)),
        )  # fmt: skip

    def _levels(self, row: int, lang: str) -> str:
        d = self.decided
        step = int(d.cut[row])
        steps = d.scheme.cuts.steps
        higher = direction(d.scheme) == "higher"
        where = []
        if step > 0:
            passed = self._level(row, step - 1, lang)
            where.append(_say("below" if higher else "over", lang, passed))
        if step < len(steps):
            where.append(_say("at least" if higher else "up to", lang, self._level(row, step, lang)))
        return _say("and", lang).join(where)

    def _level(self, row: int, step: int, lang: str) -> str:
        d = self.decided
        limit = self.limit(row, step)
        text = self._words(d.column, limit, lang)
        part = d.scheme.cuts.steps[step]
        level = part.level if isinstance(part, LevelStep) else None
        if not isinstance(level, Relative):
            return text
        base = d.figures.column(level.of)
        value = at(base, row)
        if value is None:
            return _say("only floor", lang, limit=text)
        key = "moving" if limit == value * float(level.times) else "floor"
        return _say(key, lang, limit=text, times=level.times, base=self._words(base, value, lang))

    # Figures -------------------------------------------------------------------------------

    def limit(self, row: int, step: int) -> Any:
        """A threshold of the cut as it holds for the customer, in the grain of the metric."""
        limit = self.decided.limits[step]
        if isinstance(limit, Fraction):
            if limit.denominator == 1 and self.decided.column.values.dtype.kind == "i":
                return int(limit)
            return float(limit)
        value = float(limit[row])
        return None if math.isnan(value) else value

    def _better(self, row: int) -> tuple[int, int]:
        ranking = self.decided.ranking
        if isinstance(self.decided.scheme.cuts, CumulativeShare) and ranking.before is not None:
            return int(ranking.before[row]), ranking.whole
        return int(ranking.rank[row]) - 1, ranking.count

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
            "customer_name": d.figures.table["customer_name"][row].as_py(),
            "scheme": scheme.name,
            "version": scheme.version,
            "class": scheme.classes[int(d.klass[row])].id,
            "class_title": scheme.classes[int(d.klass[row])].title.model_dump(),
            "rank": rank or None,
            "last_rank": int(d.ranking.last[row]) or None,
            "of": d.ranking.count,
            "metric": d.column.name,
            "unit": d.column.unit,
            "value": self.exact(d.column, at(d.column, row)),
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
            "reason": {lang: self.sentence(row, lang) for lang in ("en", "zh")},
        }  # fmt: skip

    def _rule_data(self, row: int, number: int) -> dict[str, Any]:
        d = self.decided
        rule = d.scheme.rules[number]
        conditions = []
        for condition in rule.when:
            column = d.figures.column(condition.metric)
            one = Column(
                column.name, column.unit, column.values[row : row + 1], column.present[row : row + 1]
            )
            limit = condition.value if condition.value is not None else Decimal(0)
            met = compare(one, condition.op, Fraction(d.figures.in_minor(limit, column.unit)))
            conditions.append({
                "metric": column.name, "unit": column.unit, "op": condition.op,
                "limit": None if condition.value is None else str(condition.value),
                "value": self.exact(column, at(column, row)), "met": bool(met[0]),
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
                better, whole = self._better(row)
                scaled = isinstance(cuts, CumulativeShare)
                data["better"] = self._summed(better) if scaled else str(better)
                data["whole"] = self._summed(whole) if scaled else str(whole)
            return data
        key = "at_least" if cuts.direction == "higher" else "up_to"
        data["steps"] = [
            {"class": s.klass, key: self.exact(d.column, self.limit(row, i)),
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
            "base": self.exact(base, at(base, row)),
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
        value = at(column, row)
        data: dict[str, Any] = {
            "metric": name, "title": {"en": metric(name).en, "zh": metric(name).zh},
            "unit": column.unit, "value": self.exact(column, value),
            "points": None, "max_points": None, "weight": None, "rank": None, "of": None,
            "text": {lang: self._words(column, value, lang) for lang in ("en", "zh")},
        }  # fmt: skip
        if number is None:
            if name == d.column.name and d.ranking.rank[row]:
                data["rank"], data["of"] = int(d.ranking.rank[row]), d.ranking.count
            return data
        criterion = d.scheme.criteria[number]
        data["weight"] = data["max_points"] = str(criterion.weight)
        if d.scored is not None:
            earned = float(d.scored.parts[number][row])
            data["points"] = None if math.isnan(earned) else str(Decimal(int(earned)) / POINTS_SCALE)
        if value is not None:
            known = column.values[column.present]
            better = known > value if criterion.direction == "higher" else known < value
            data["rank"], data["of"] = int(better.sum()) + 1, len(known)
        return data


def at(column: Column, row: int) -> Any:
    """One customer's figure as a Python number, ``None`` where missing."""
    return column.values[row].item() if column.present[row] else None


@dataclass(frozen=True)
class Explanation:
    """Why one customer is in its class under one scheme."""

    label: str
    title: dict[str, str]
    data: dict[str, Any]

    @property
    def class_id(self) -> str:
        return str(self.data["class"])

    def text(self, lang: str = "en") -> str:
        """Readable: the scheme, the class and the reason."""
        lang = "zh" if lang.startswith("zh") else "en"
        title = self.data["class_title"][lang]
        name = self.class_id if self.class_id == title else f"{self.class_id} ({title})"
        if lang == "zh":
            return f"{self.title['zh']}（{self.label}）：{name}。{self.data['reason']['zh']}。"
        return f"{self.title['en']} ({self.label}): {name}. {_capital(self.data['reason']['en'])}."

    def to_dict(self) -> dict[str, Any]:
        """All figures and words, ready for JSON; enough to recompute the class."""
        return dict(self.data)

    def __str__(self) -> str:
        return self.text("en")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
