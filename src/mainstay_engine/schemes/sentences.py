"""Why a customer is in its class, in one sentence, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from mainstay_engine.schemes.clauses import Condition
from mainstay_engine.schemes.decide import Decided, direction
from mainstay_engine.schemes.figures import LEVEL, POINTS_SCALE, Column, percent, plain, words
from mainstay_engine.schemes.parts import (
    CLASSED,
    CumulativeShare,
    CustomerShare,
    LevelStep,
    Points,
    Relative,
    Thresholds,
)
from mainstay_engine.schemes.stages import Stage, Step, cap_places

_TEMPLATES = {
    "rule": {"en": "{why} ({figures})", "zh": "{why}（{figures}）"},
    "missing": {
        "en": "no {title}: {missing}",
        "zh": "没有{title}：{missing}",
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
    "at best": {
        "en": "{text}: {held}, but {why} ({figures}), so at best {klass}",
        "zh": "{text}：应为 {held}，但{why}（{figures}），最高为 {klass}",
    },
    "at worst": {
        "en": "{text}: {held}, but {why} ({figures}), so at least {klass}",
        "zh": "{text}：应为 {held}，但{why}（{figures}），最低为 {klass}",
    },
    "level of": {"en": "{number} ({said})", "zh": "{number}（{said}）"},
    "axis": {"en": "{title} {level} ({why})", "zh": "{title}{level}（{why}）"},
    "segment": {"en": "among {title}: {why}", "zh": "在{title}之中：{why}"},
    "axes": {"en": "; ", "zh": "；"},
    "held": {
        "en": "{text}: {raw}, but held at {klass} until it is clear or lasts {of} runs "
        "({runs} so far)",
        "zh": "{text}：应为 {raw}，在明显越过界线或持续 {of} 次之前保持 {klass}（目前 {runs} 次）",
    },
    "override": {
        "en": "{text}: {held} by the figures, set to {klass}{by} until {until}: {why}",
        "zh": "{text}：按数据为 {held}，人工调整为 {klass}{by}，至 {until}：{why}",
    },
    "by": {"en": " by {who}", "zh": "（{who}）"},
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
class Sentences:
    """Sentences for each row of a decision. ``currency`` is the ISO code or ``None``."""

    decided: Decided
    currency: str | None

    @cached_property
    def axes(self) -> list[Sentences]:
        """Those of the rows and the columns of a matrix."""
        return [Sentences(axis, self.currency) for axis in self.decided.axes]

    @cached_property
    def segments(self) -> list[Sentences]:
        """Those of the segments."""
        return [Sentences(part, self.currency) for part in self.decided.segments]

    def sentence(self, row: int, lang: str) -> str:
        """Why the customer of a row is in its class, in one sentence without the class."""
        split, segments = self.decided.split, self.decided.scheme.segments
        if split is not None and segments is not None:
            number = int(split.which[row])
            why = self.segments[number].sentence(row, lang)
            if number == len(segments.parts):
                return why
            return _say("segment", lang, title=segments.parts[number].title[lang], why=why)
        text = self._first(row, lang)
        for before, after in pairwise(self.decided.stages):
            fresh = after.step[row] == Step.OVERRIDE != before.step[row]
            if fresh or after.klass[row] != before.klass[row]:
                text = self._then(row, text, before, after, lang)
        return text

    def _first(self, row: int, lang: str) -> str:
        """The reason of the class before caps and guards."""
        first = self.decided.stages[0]
        step = Step(int(first.step[row]))
        if step is Step.RULE:
            return self._rule(row, int(first.which[row]), lang)
        if step is Step.MISSING:
            return self._missing(row, lang)
        if step is Step.UNRANKED:
            return _say("unranked", lang, figure=self._figure(row, lang))
        return self._cut(row, lang)

    def _then(self, row: int, text: str, before: Stage, after: Stage, lang: str) -> str:
        """The reason so far, and what changed the class after it."""
        d = self.decided
        held = self._class(int(before.klass[row]), lang)
        number = int(after.which[row])
        if after.step[row] == Step.CAP:
            cap = d.scheme.caps[number]
            return _say(
                "cap", lang, cut=text, held=held, why=cap.why[lang],
                places=cap_places(cap.within, d.ranking.count), of=d.ranking.count,
            )  # fmt: skip
        now = self._class(int(after.klass[row]), lang)
        if after.step[row] == Step.HELD and d.scheme.stability is not None:
            return _say("held", lang, text=text, raw=held, klass=now, runs=number,
                        of=d.scheme.stability.runs)  # fmt: skip
        if d.overrides is not None and after.step[row] == Step.OVERRIDE:
            return self._override(row, text, held, lang)
        guard = d.scheme.guards[number]
        return _say(
            "at best" if guard.at_best is not None else "at worst", lang, text=text, held=held,
            why=guard.why[lang], figures=self._figures(row, guard.when, lang),
            klass=self._class(int(after.klass[row]), lang),
        )  # fmt: skip

    def _override(self, row: int, text: str, held: str, lang: str) -> str:
        given = (self.decided.overrides or {})[row]
        who = _say("by", lang, who=given["by"]) if given.get("by") else ""
        return _say("override", lang, text=text, held=held, by=who, why=given["reason"],
                    klass=self._class(int(self.decided.klass[row]), lang),
                    until=given["until"].isoformat())  # fmt: skip

    def _class(self, index: int, lang: str) -> str:
        """A class as people call it: its letter, else its title."""
        klass = self.decided.scheme.classes[index]
        return klass.id if len(klass.id) == 1 else klass.title[lang]

    def words(self, column: Column, value: Any, lang: str) -> str:
        if column.unit == "points" and value is not None:
            value = Decimal(int(value)) / POINTS_SCALE
        if column.unit == LEVEL and value is not None:
            number = plain(Decimal(repr(float(value))))
            said = self.decided.scheme.level(column.name, value)
            if said is None:
                return number
            if column.name.startswith(CLASSED):
                return said[lang]
            return _say("level of", lang, number=number, said=said[lang])
        return words(
            value, column.unit, lang,
            exponent=self.decided.figures.exponent, currency=self.currency,
        )  # fmt: skip

    def _title(self, column: Column, lang: str) -> str:
        if column.unit == "points":
            return "总分" if lang.startswith("zh") else "points"
        entry = self.decided.scheme.entry(column.name)
        return entry.zh if lang.startswith("zh") else entry.en[:1].lower() + entry.en[1:]

    def _figure(self, row: int, lang: str, column: Column | None = None) -> str:
        column = column or self.decided.column
        title = self._title(column, lang)
        text = self.words(column, column.at(row), lang)
        if column.unit == "points":
            return text
        if column.unit == "days" and ("天" in title or "days" in title):
            text = text.split(" ")[0]  # the title names the unit already
        return f"{title} {text}"

    def _rule(self, row: int, number: int, lang: str) -> str:
        rule = self.decided.scheme.rules[number]
        return _say("rule", lang, why=rule.why[lang], figures=self._figures(row, rule.when, lang))

    def _figures(self, row: int, conditions: Iterable[Condition], lang: str) -> str:
        """The customer's figures that the conditions read, each once."""
        names = dict.fromkeys(condition.metric for condition in conditions)
        listed = [self._figure(row, lang, self.decided.figures.column(name)) for name in names]
        return _say("list", lang).join(listed)

    def _missing(self, row: int, lang: str) -> str:
        for axis in self.axes:
            if axis.decided.stages[0].step[row] == Step.MISSING:
                return axis.sentence(row, lang)
        column = self.decided.column
        missing = ""
        if column.unit != "points":
            missing = self.decided.scheme.entry(column.name).missing[
                "zh" if lang.startswith("zh") else "en"
            ]
            missing = missing[:1].lower() + missing[1:].rstrip(".。")
        return _say("missing", lang, title=self._title(column, lang), missing=missing)

    def _cut(self, row: int, lang: str) -> str:
        d = self.decided
        if self.axes:
            return _say("axes", lang).join(
                _say("axis", lang, title=axis.decided.scheme.title[lang],
                     why=axis.sentence(row, lang), level=axis.decided.level(row).title[lang])
                for axis in self.axes
            )  # fmt: skip
        step = int(d.cut[row])
        if not isinstance(d.scheme.cuts, CumulativeShare | CustomerShare):
            return _say(
                "level", lang, figure=self._figure(row, lang), where=self._levels(row, lang)
            )
        better, whole = d.better(row)
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

    @property
    def _steps(self) -> tuple[LevelStep, ...]:
        cuts = self.decided.scheme.cuts
        return cuts.steps if isinstance(cuts, Thresholds | Points) else ()

    def _levels(self, row: int, lang: str) -> str:
        d = self.decided
        step = int(d.cut[row])
        steps = self._steps
        higher = direction(d.scheme) == "higher"
        where = []
        if step > 0:
            passed = self._level(row, step - 1, lang)
            where.append(_say("below" if higher else "over", lang, passed))
        if step < len(steps):
            where.append(
                _say("at least" if higher else "up to", lang, self._level(row, step, lang))
            )
        return _say("and", lang).join(where)

    def _level(self, row: int, step: int, lang: str) -> str:
        d = self.decided
        limit = d.limit(row, step)
        text = self.words(d.column, limit, lang)
        level = self._steps[step].level
        if not isinstance(level, Relative):
            return text
        base = d.figures.column(level.of)
        value = base.at(row)
        if value is None:
            return _say("only floor", lang, limit=text)
        key = "moving" if limit == value * float(level.times) else "floor"
        return _say(key, lang, limit=text, times=level.times, base=self.words(base, value, lang))
