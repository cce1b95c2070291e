"""Why customers are in their classes, each in one sentence, in Chinese and English.

Made for many customers at once, part by part; of one customer it is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from mainstay_engine.schemes.clauses import Condition
from mainstay_engine.schemes.cuts import exact_limit
from mainstay_engine.schemes.decide import Decided, direction
from mainstay_engine.schemes.figures import (
    LEVEL,
    POINTS_SCALE,
    Column,
    Ints,
    percent,
    plain,
    words,
)
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
from mainstay_engine.schemes.texts import (
    Text,
    Texts,
    by_kind,
    each_once,
    filled,
    joined,
    money,
    percents,
    replaced,
    shares,
    taken,
)

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
    "below": {"en": "below {limit}", "zh": "低于 {limit}"},
    "not below": {"en": "not below {limit}", "zh": "不低于 {limit}"},
    "at least": {"en": "at least {limit}", "zh": "达到 {limit}"},
    "up to": {"en": "up to {limit}", "zh": "不超过 {limit}"},
    "over": {"en": "over {limit}", "zh": "超过 {limit}"},
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
_TOLD = POINTS_SCALE // 100
"""Millionths in the smallest part of a point that is told."""


def _say(key: str, lang: str, **names: Text) -> Text:
    return filled(_TEMPLATES[key]["zh" if lang.startswith("zh") else "en"], names)


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

    def one(self, row: int) -> dict[str, str]:
        """The sentence of one row, keyed ``en`` and ``zh``."""
        return {lang: str(self.of(np.array([row]), lang)[0]) for lang in ("en", "zh")}

    def of(self, rows: Ints, lang: str) -> Texts:
        """Why the customers of the rows are in their class: a sentence each, without the class."""
        split, segments = self.decided.split, self.decided.scheme.segments
        if split is None or segments is None:
            return self._own(rows, lang)
        parts = segments.parts

        def among(number: int, at: Ints) -> Text:
            why = self.segments[number].of(rows[at], lang)
            if number == len(parts):
                return why
            return _say("segment", lang, title=parts[number].title[lang], why=why)

        return by_kind(split.which[rows], among)

    def _own(self, rows: Ints, lang: str) -> Texts:
        """The reasons without segments: of the first stage, then of each that changed a class."""
        texts = self._first(rows, lang)
        for before, after in pairwise(self.decided.stages):
            fresh = (after.step[rows] == Step.OVERRIDE) & (before.step[rows] != Step.OVERRIDE)
            changed = np.flatnonzero(fresh | (after.klass[rows] != before.klass[rows]))
            if len(changed):
                then = self._then(rows[changed], taken(texts, changed), before, after, lang)
                texts = replaced(texts, changed, then)
        return texts

    def _first(self, rows: Ints, lang: str) -> Texts:
        """The reasons of the classes before caps and guards."""
        first = self.decided.stages[0]

        def made(step: int, at: Ints) -> Text:
            some = rows[at]
            if step == Step.RULE:
                return by_kind(first.which[some], lambda n, of: self._rule(some[of], n, lang))
            if step == Step.MISSING:
                return self._missing(some, lang)
            if step == Step.UNRANKED:
                return _say("unranked", lang, figure=self._figure(some, lang))
            return self._cut(some, lang)

        return by_kind(first.step[rows], made)

    def _then(self, rows: Ints, texts: Texts, before: Stage, after: Stage, lang: str) -> Texts:
        """The reasons so far, and what changed the classes after them."""

        def made(step: int, at: Ints) -> Text:
            some, text = rows[at], taken(texts, at)
            held = self._classes(before.klass[some], lang)
            if step == Step.OVERRIDE:
                return self._override(some, text, held, lang)
            which = after.which[some]
            if step == Step.HELD:
                return self._held(text, held, self._classes(after.klass[some], lang), which, lang)
            beside = self._cap if step == Step.CAP else self._guard
            return by_kind(which, lambda number, of: beside(
                some[of], number, taken(text, of), taken(held, of), lang
            ))  # fmt: skip

        return by_kind(after.step[rows], made)

    def _cap(self, _rows: Ints, number: int, text: Texts, held: Texts, lang: str) -> Text:
        cap, of = self.decided.scheme.caps[number], self.decided.ranking.count
        return _say("cap", lang, cut=text, held=held, why=cap.why[lang],
                    places=str(cap_places(cap.within, of)), of=str(of))  # fmt: skip

    def _guard(self, rows: Ints, number: int, text: Texts, held: Texts, lang: str) -> Text:
        """Of a guard the class it holds to is the one that counts after it."""
        guard = self.decided.scheme.guards[number]
        return _say(
            "at best" if guard.at_best is not None else "at worst", lang, text=text, held=held,
            why=guard.why[lang], figures=self._figures(rows, guard.when, lang),
            klass=self._named(guard.klass, lang),
        )  # fmt: skip

    def _held(self, text: Texts, raw: Texts, klass: Texts, runs: Ints, lang: str) -> Text:
        stability = self.decided.scheme.stability
        if stability is None:
            raise AssertionError("a class is held by a scheme with stability")
        return _say("held", lang, text=text, raw=raw, klass=klass, of=str(stability.runs),
                    runs=pa.array(runs).cast(pa.string()))  # fmt: skip

    def _override(self, rows: Ints, text: Texts, held: Texts, lang: str) -> Text:
        given = [(self.decided.overrides or {})[row] for row in rows.tolist()]

        def each(name: str) -> Texts:
            return pa.array([str(one[name]) for one in given], pa.string())

        by = [str(_say("by", lang, who=one["by"])) if one.get("by") else "" for one in given]
        return _say("override", lang, text=text, held=held, by=pa.array(by, pa.string()),
                    klass=self._classes(self.decided.klass[rows], lang),
                    until=each("until"), why=each("reason"))  # fmt: skip

    def _classes(self, indexes: Ints, lang: str) -> Texts:
        """Classes as people call them."""
        names = [self._named(klass.id, lang) for klass in self.decided.scheme.classes]
        return taken(pa.array(names, pa.string()), indexes)

    def _named(self, class_id: str, lang: str) -> str:
        """A class as people call it: its letter, else its title."""
        return class_id if len(class_id) == 1 else self.decided.scheme.klass(class_id).title[lang]

    def words(self, column: Column, value: Any, lang: str) -> str:
        """One figure of a column."""
        if column.unit == "points" and value is not None:
            value = Decimal(int(value)) / POINTS_SCALE
        if column.unit == LEVEL and value is not None:
            number = plain(Decimal(repr(float(value))))
            said = self.decided.scheme.level(column.name, value)
            if said is None:
                return number
            if column.name.startswith(CLASSED):
                return said[lang]
            return str(_say("level of", lang, number=number, said=said[lang]))
        return words(
            value, column.unit, lang,
            exponent=self.decided.figures.exponent, currency=self.currency,
        )  # fmt: skip

    def _words(self, column: Column, rows: Ints, lang: str) -> Texts:
        """The figures of the rows, as ``words`` has each."""
        present = column.present[rows]
        values = np.where(present, column.values[rows], 0)
        if column.unit == "money":
            exponent = self.decided.figures.exponent
            texts = money(values.astype(np.int64), exponent, self.currency)
        elif column.unit == "ratio":
            texts = percents(values.astype(np.float64))
        else:
            if column.unit == "points":  # told to two places, rounded down
                values = values // _TOLD * _TOLD
            texts = each_once(values, lambda value: self.words(column, value, lang))
        missing = np.flatnonzero(~present)
        return replaced(texts, missing, self.words(column, None, lang)) if len(missing) else texts

    def _title(self, column: Column, lang: str) -> str:
        if column.unit == "points":
            return "总分" if lang.startswith("zh") else "points"
        entry = self.decided.scheme.entry(column.name)
        return entry.zh if lang.startswith("zh") else entry.en[:1].lower() + entry.en[1:]

    def _figure(self, rows: Ints, lang: str, column: Column | None = None) -> Text:
        column = column or self.decided.column
        if column.unit == "points":
            return self._words(column, rows, lang)
        title = self._title(column, lang)
        if column.unit == "days" and ("天" in title or "days" in title):
            column = replace(column, unit="count")  # the title names the unit already
        return joined([title, self._words(column, rows, lang)], " ")

    def _rule(self, rows: Ints, number: int, lang: str) -> Text:
        rule = self.decided.scheme.rules[number]
        return _say("rule", lang, why=rule.why[lang], figures=self._figures(rows, rule.when, lang))

    def _figures(self, rows: Ints, conditions: Iterable[Condition], lang: str) -> Text:
        """The customers' figures that the conditions read, each once."""
        names = dict.fromkeys(condition.metric for condition in conditions)
        columns = [self.decided.figures.column(name) for name in names]
        return joined(
            [self._figure(rows, lang, column) for column in columns], str(_say("list", lang))
        )

    def _missing(self, rows: Ints, lang: str) -> Texts:
        """Of a matrix, what the first of its sides lacks."""
        side = np.full(len(rows), len(self.axes))
        for number in reversed(range(len(self.axes))):
            first = self.axes[number].decided.stages[0]
            side[first.step[rows] == Step.MISSING] = number

        def made(number: int, at: Ints) -> Text:
            if number < len(self.axes):
                return self.axes[number].of(rows[at], lang)
            return self._lacking(lang)

        return by_kind(side, made)

    def _lacking(self, lang: str) -> Text:
        column = self.decided.column
        missing = ""
        if column.unit != "points":
            missing = self.decided.scheme.entry(column.name).missing[
                "zh" if lang.startswith("zh") else "en"
            ]
            missing = missing[:1].lower() + missing[1:].rstrip(".。")
        return _say("missing", lang, title=self._title(column, lang), missing=missing)

    def _cut(self, rows: Ints, lang: str) -> Text:
        d = self.decided
        if self.axes:
            return joined([axis.along(rows, lang) for axis in self.axes], str(_say("axes", lang)))
        cuts, step = d.scheme.cuts, d.cut[rows]
        if not isinstance(cuts, CumulativeShare | CustomerShare):
            where = by_kind(step, lambda number, at: self._levels(rows[at], number, lang))
            return _say("level", lang, figure=self._figure(rows, lang), where=where)
        better, whole = d.better(rows)
        limits = [percent(each.up_to) for each in cuts.steps]
        return _say(
            "share" if isinstance(cuts, CumulativeShare) else "customers", lang,
            figure=self._figure(rows, lang), rank=pa.array(d.ranking.rank[rows]).cast(pa.string()),
            of=str(d.ranking.count), better=shares(better, whole),
            where=by_kind(step, lambda number, _: _between(limits, number, lang)),
        )  # fmt: skip

    def along(self, rows: Ints, lang: str) -> Text:
        """As a side of a matrix: the levels, and why."""
        titles = [klass.title[lang] for klass in self.decided.scheme.classes]
        levels = taken(pa.array(titles, pa.string()), self.decided.klass[rows])
        return _say("axis", lang, title=self.decided.scheme.title[lang], level=levels,
                    why=self.of(rows, lang))  # fmt: skip

    @property
    def _steps(self) -> tuple[LevelStep, ...]:
        cuts = self.decided.scheme.cuts
        return cuts.steps if isinstance(cuts, Thresholds | Points) else ()

    def _levels(self, rows: Ints, step: int, lang: str) -> Text:
        """Between which thresholds the customers of a step are."""
        higher = direction(self.decided.scheme) == "higher"
        where = []
        if step > 0:
            passed = self._level(rows, step - 1, lang)
            where.append(_say("below" if higher else "over", lang, limit=passed))
        if step < len(self._steps):
            reached = self._level(rows, step, lang)
            where.append(_say("at least" if higher else "up to", lang, limit=reached))
        return joined(where, str(_say("and", lang)))

    def _level(self, rows: Ints, step: int, lang: str) -> Text:
        """A threshold as it holds for the customers; of a moving one, what it is made of."""
        column, limit = self.decided.column, self.decided.limits[step]
        if isinstance(limit, Fraction):
            exact = exact_limit(limit, column, direction(self.decided.scheme))
            return self.words(column, exact, lang)
        text = self._words(Column(column.name, column.unit, limit, ~np.isnan(limit)), rows, lang)
        level = self._steps[step].level
        if not isinstance(level, Relative):
            return text
        base = self.decided.figures.column(level.of)
        based, said, times = self._words(base, rows, lang), text, str(level.times)
        moves = limit[rows] == base.values[rows] * float(level.times)
        kinds = np.where(base.present[rows], np.where(moves, 0, 1), 2)

        def made(kind: int, at: Ints) -> Text:
            names = {"limit": taken(said, at), "base": taken(based, at)}
            return _say(("moving", "floor", "only floor")[kind], lang, times=times, **names)

        return by_kind(kinds, made)


def _between(limits: list[str], step: int, lang: str) -> Text:
    """Between which shares the customers of a step are."""
    where = []
    if step > 0:
        where.append(_say("not below", lang, limit=limits[step - 1]))
    if step < len(limits):
        where.append(_say("below", lang, limit=limits[step]))
    return joined(where, str(_say("and", lang)))
