"""A result as readable text: one table of classes and what was left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mainstay_engine.schemes.figures import metric, words
from mainstay_engine.schemes.parts import POINTS

if TYPE_CHECKING:
    from mainstay_engine.schemes.result import Result

_T = {
    "class": {"en": "class", "zh": "等级"},
    "customers": {"en": "customers", "zh": "客户数"},
    "all": {"en": "all", "zh": "合计"},
    "of": {"en": "of customers", "zh": "客户占比"},
    "share": {"en": "of value", "zh": "价值占比"},
    "points": {"en": "Points", "zh": "分数"},
    "as_of": {
        "en": "As of {as_of}, window {text}: {start} to {end}.",
        "zh": "截至 {as_of}，窗口 {text}：{start} 至 {end}。",
    },
    "all_history": {
        "en": "As of {as_of}, window {text}: everything up to {end}.",
        "zh": "截至 {as_of}，窗口 {text}：截至 {end} 的全部数据。",
    },
    "unassigned": {
        "en": "Left out: {lines} without customer in the window, net {value}.",
        "zh": "未计入：窗口内 {n} 行没有客户，净额 {value}。",
    },
    "nobody": {
        "en": "Nobody to grade: no customer is known by {as_of}.",
        "zh": "无人可分级：截至 {as_of} 还没有任何客户。",
    },
    "whole": {
        "en": "Shares of value are of what the ranked customers bring together: {value}.",
        "zh": "价值占比以参与排名的客户合计 {value} 为 100%。",
    },
    "unranked": {
        "en": "Not ranked: {customers} without a positive value, together {value}, "
        "classed {klass}.",
        "zh": "未排名：{n} 个客户的数值不为正，合计 {value}，归入 {klass}。",
    },
    "missing": {
        "en": "Without the figure: {customers}, classed {klass}.",
        "zh": "缺少数值：{n} 个客户，归入 {klass}。",
    },
    "guard": {
        "en": "Guard «{title}»: {customers} met it, {decided} held {where} {klass}{blind}.",
        "zh": "防护“{title}”：{n} 个客户符合，其中 {decided} 个限为{where} {klass}{blind}。",
    },
    "at best": {"en": "to", "zh": "最高"},
    "at worst": {"en": "up to", "zh": "最低"},
    "blind": {
        "en": "; it could not look at {blind} of {of} for want of data",
        "zh": "；因缺数据未能检查 {of} 个中的 {blind} 个",
    },
    "absent": {
        "en": "No data for {title} (weight {weight}): the other weights are scaled up.",
        "zh": "没有{title}的数据（权重 {weight}）：其余权重按比例放大。",
    },
    "rejected": {"en": "Rows rejected: {n}.", "zh": "退回 {n} 行。"},
    "measured": {
        "en": "{title}: {then} of {of} ({share}), graded as of {as_of}.",
        "zh": "{title}：{of} 个中有 {then} 个（{share}），按 {as_of} 的分级。",
    },
    "not measured": {"en": "{title}: n/a (not enough history).", "zh": "{title}：无（历史不足）。"},
}


def summarise(result: Result, lang: str) -> str:
    """Text for a terminal; columns line up with Chinese characters counted as two wide."""
    lines = [
        f"{result.title[lang]} · {result.definition.label}",
        _window(result, lang),
        "",
        *_table(_rows(result, lang)),
        "",
        *_left_out(result, lang),
        *(_measure(measure, lang) for measure in result.measured),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _window(result: Result, lang: str) -> str:
    key = "as_of" if result.window.start.year > 1 else "all_history"
    return _T[key][lang].format(
        as_of=result.as_of, text=result.window.text,
        start=result.window.start, end=result.window.end,
    )  # fmt: skip


def _rows(result: Result, lang: str) -> list[tuple[str, ...]]:
    counts = result.counts()
    name = result.definition.weighed_by
    weighed = _T["points"][lang] if name == POINTS else metric(name).title[lang]
    total = sum(count["value"] for count in counts)
    head = (
        _T["class"][lang], "", _T["customers"][lang], _T["of"][lang], weighed, _T["share"][lang],
    )  # fmt: skip
    body = [
        (
            count["class"], count["title"][lang], f"{count['customers']:,}",
            _share(count["customer_share"]), _value(result, count["value"], lang),
            _share(count["value_share"]),
        )
        for count in counts
        if count["badge"] or count["customers"]  # an empty «no data» says nothing
    ]  # fmt: skip
    shared = any(count["value_share"] is not None for count in counts)
    foot = (
        _T["all"][lang], "", f"{len(result):,}", _share(1.0 if len(result) else None),
        _value(result, total, lang), _share(1.0 if shared else None),
    )  # fmt: skip
    return [head, *body, foot]


def _left_out(result: Result, lang: str) -> list[str]:
    left = result.left_out
    scheme = result.definition
    lines = []
    if not len(result):
        lines.append(_fill("nobody", lang, as_of=result.as_of))
    if result.whole is not None:
        scale = result.decided.weights.scale
        whole = result.whole if scale == 1 else result.whole / scale
        if whole != sum(count["value"] for count in result.counts()):
            lines.append(_fill("whole", lang, value=_value(result, whole, lang)))
    if left["unassigned_lines"]:
        value = words(left["unassigned_value"], "money", lang, exponent=result.exponent,
                      currency=result.currency)  # fmt: skip
        lines.append(_fill("unassigned", lang, n=f"{left['unassigned_lines']:,}", value=value))
    if left["unranked_customers"]:
        value = _value(result, left["unranked_value"], lang)
        lines.append(_fill("unranked", lang, n=f"{left['unranked_customers']:,}",
                           value=value, klass=scheme.unranked))  # fmt: skip
    if left["missing_customers"]:
        lines.append(_fill("missing", lang, n=f"{left['missing_customers']:,}",
                           klass=scheme.missing_class))  # fmt: skip
    lines += [_guard(result, guard, lang) for guard in result.guarded]
    lines += [_fill("absent", lang, title=each["title"][lang], weight=each["weight"])
              for each in result.absent]  # fmt: skip
    if left["rejected_rows"]:
        lines.append(_fill("rejected", lang, n=f"{left['rejected_rows']:,}"))
    return lines + [note[lang] for note in left["notes"]]


def _guard(result: Result, guard: dict[str, Any], lang: str) -> str:
    held = guard["at_best"] or guard["at_worst"]
    klass = result.definition.klass(held)
    blind = ""
    if guard["blind"]:
        blind = _fill("blind", lang, blind=f"{guard['blind']:,}", of=f"{guard['of']:,}")
    return _fill(
        "guard", lang, title=guard["title"][lang], n=f"{guard['met']:,}",
        decided=f"{guard['decided']:,}", blind=blind,
        where=_T["at best" if guard["at_best"] else "at worst"][lang],
        klass=klass.id if len(klass.id) == 1 else klass.title[lang],
    )  # fmt: skip


def _measure(measure: dict[str, Any], lang: str) -> str:
    title = measure["title"][lang]
    if not measure["of"]:
        return _fill("not measured", lang, title=title)
    return _fill("measured", lang, title=title, then=measure["then"], of=measure["of"],
                 share=_share(measure["share"]), as_of=measure["as_of"])  # fmt: skip


def _fill(key: str, lang: str, **names: object) -> str:
    if "n" in names:
        ending = "" if names["n"] == "1" else "s"
        names |= {noun: f"{names['n']} {noun[:-1]}{ending}" for noun in ("customers", "lines")}
    return _T[key][lang].format(**names)


def _value(result: Result, value: Any, lang: str) -> str:
    if value is None:
        return "–"
    unit = result.decided.weights.unit
    return words(value, unit, lang, exponent=result.exponent, currency=result.currency)


def _share(share: float | None) -> str:
    return "–" if share is None else f"{Decimal(repr(share)) * 100:.1f}%"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Text columns: the first two to the left, figures to the right."""
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for i, cell in enumerate(row):
            space = " " * (widths[i] - _width(cell))
            cells.append(cell + space if i < 2 else space + cell)
        return "  ".join(cells).rstrip()

    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return [line(rows[0]), rule, *(line(row) for row in rows[1:-1]), rule, line(rows[-1])]
