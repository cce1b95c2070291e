"""Why a customer is in its class, in one sentence, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mainstay_engine.schemes.decide import Decided, Step, cap_places, direction
from mainstay_engine.schemes.figures import POINTS_SCALE, Column, metric, percent, words
from mainstay_engine.schemes.parts import CumulativeShare, CustomerShare, LevelStep, Relative

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

    def words(self, column: Column, value: Any, lang: str) -> str:
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
        title = self._title(column, lang)
        text = self.words(column, column.at(row), lang)
        if column.unit == "points":
            return text
        if column.unit == "days" and ("天" in title or "days" in title):
            text = text.split(" ")[0]  # the title names the unit already
        return f"{title} {text}"

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
            missing = missing[:1].lower() + missing[1:].rstrip(".。")
        return _say("missing", lang, title=self._title(column, lang), missing=missing)

    def _cut(self, row: int, lang: str) -> str:
        d = self.decided
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
            where.append(
                _say("at least" if higher else "up to", lang, self._level(row, step, lang))
            )
        return _say("and", lang).join(where)

    def _level(self, row: int, step: int, lang: str) -> str:
        d = self.decided
        limit = d.limit(row, step)
        text = self.words(d.column, limit, lang)
        part = d.scheme.cuts.steps[step]
        level = part.level if isinstance(part, LevelStep) else None
        if not isinstance(level, Relative):
            return text
        base = d.figures.column(level.of)
        value = base.at(row)
        if value is None:
            return _say("only floor", lang, limit=text)
        key = "moving" if limit == value * float(level.times) else "floor"
        return _say(key, lang, limit=text, times=level.times, base=self.words(base, value, lang))
