"""One page of paper on one customer: what would lift it, by when, and what would lose its class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mainstay.foundation.pdf import Sheet
from mainstay.insights.selectors.paths import CustomerPaths, Move, Way
from mainstay.kernel.errors import words

if TYPE_CHECKING:
    from mainstay_engine.schemes import Scheme

_SAID = {
    "title": words("What would lift {name}", "{name} 如何提升等级"),
    "about": words("Customer {code} · {scheme}, version {version}",
                   "客户 {code} · {scheme}，版本 {version}"),
    "by": words("Figures by {by}, with what was known on {as_of}",
                "数据截至 {by}，以 {as_of} 已知为准"),
    "class": words("Class by the figures: {klass}", "按数据判定的等级：{klass}"),
    "held": words("The class that counts is still {klass}", "目前有效的等级仍为 {klass}"),
    "up": words("What would lift it", "如何升级"),
    "best": words("It is in the best class already.", "已是最高等级。"),
    "none": words("No change of a figure that somebody can move leads to a better class.",
                  "没有可行的指标变化能升到更高等级。"),
    "down": words("What would lose this class", "什么会使其降级"),
    "safe": words("No single change of these figures loses it.", "单项指标变化均不会使其降级。"),
    "more": words("{left} more ways stand on the page.", "页面上还有 {left} 种方式。"),
    "costs": words(
        "Each way is the smallest change that does it; ways are ordered by a rough estimate of "
        "what they cost, the cheapest first.",
        "每种方式都是达到该结果的最小变化；按粗略估算的成本由低到高排列。",
    ),
    "assumes": words("Assumed: {assumes}.", "前提：{assumes}。"),
    "and": words("and ", "并且 "),
    "points": words("{by} points", "{by} 个百分点"),
}  # fmt: skip
_HEAD = {"en": ("Class", "What changes", "By how much", "Becomes", "Takes effect"),
         "zh": ("等级", "变化指标", "变化量", "变为", "最早生效")}  # fmt: skip
_WIDTHS = (18, 52, 34, 34, 26)
MOST = 8
"""Ways in each of the two tables: what fits on the page."""


def sheet(found: CustomerPaths, lang: str) -> bytes:
    """The page as PDF in a language (``en`` or ``zh``); where nothing can be told, it says why."""
    from mainstay_engine.schemes import load_scheme

    run = found.run

    def say(key: str, **facts: object) -> str:
        return _SAID[key][lang].format(**facts)

    def klass(class_id: str) -> str:
        return _class(scheme, class_id, lang)

    title = say("title", name=found.name[lang])
    page = Sheet(title, {"zh": "zh-CN"}.get(lang, lang))
    page.heading(title, 17)
    page.paragraph(
        say("about", code=found.code, scheme=run.scheme_title[lang], version=run.version)
    )
    page.paragraph(say("by", by=found.by.isoformat(), as_of=run.as_of.isoformat()))
    if found.missing:
        page.paragraph(found.missing[lang])
        return page.bytes()
    scheme = load_scheme(run.parameters["scheme"])
    page.heading(say("class", klass=klass(found.klass)), 13)
    if found.held != found.klass:
        page.paragraph(say("held", klass=klass(found.held)))
    for key, ways, without in (
        ("up", found.up, "best" if found.best else "none"), ("down", found.down, "safe"),
    ):  # fmt: skip
        page.heading(say(key))
        if not ways:
            page.paragraph(say(without))
            continue
        page.table(_HEAD[lang], _rows(found, ways[:MOST], klass, lang), _WIDTHS, (2, 3, 4))
        if len(ways) > MOST:
            page.note(say("more", left=len(ways) - MOST))
    if found.up or found.down:
        page.note(say("costs"))
        page.note(say("assumes", assumes=(found.up or found.down)[0].assumes[lang]))
    if found.steady:
        page.note(found.steady[lang])
    return page.bytes()


def _class(scheme: Scheme, class_id: str, lang: str) -> str:
    """The class as people call it: its letter with its title, where it has one."""
    title = scheme.klass(class_id).title[lang]
    return f"{class_id} {title}" if len(class_id) == 1 and title != class_id else title


def _rows(
    found: CustomerPaths, ways: Sequence[Way], klass: Callable[[str], str], lang: str
) -> list[tuple[str, ...]]:
    """A row for each move; what goes with the first of a way stands there alone."""
    rows: list[tuple[str, ...]] = []
    for way in ways:
        for number, move in enumerate(way.moves):
            first = number == 0
            title = move.title[lang] if first else _SAID["and"][lang] + move.title[lang]
            rows.append((
                klass(way.klass) if first else "", title, _by(found, move, lang),
                _figure(found, move, move.to, lang), way.effective.isoformat() if first else "",
            ))  # fmt: skip
    return rows


def _by(found: CustomerPaths, move: Move, lang: str) -> str:
    sign = "+" if move.delta > 0 else "−"
    if move.unit == "ratio":
        points = format(round(abs(move.delta) * 100, 4), "g")
        return sign + _SAID["points"][lang].format(by=points)
    return sign + _figure(found, move, abs(move.delta), lang)


def _figure(found: CustomerPaths, move: Move, value: float, lang: str) -> str:
    from mainstay_engine.schemes.figures import words as in_words

    return in_words(value, move.unit, lang, exponent=found.run.exponent,
                    currency=found.run.currency or None)  # fmt: skip
