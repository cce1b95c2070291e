"""What a path takes for granted, and paths in words, in both languages."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mainstay_engine.schemes.figures import metric, percent, words
from mainstay_engine.schemes.parts import CumulativeShare, CustomerShare, Percentile

if TYPE_CHECKING:
    from mainstay_engine.path.paths import Change, Path, Paths
    from mainstay_engine.schemes.model import Scheme
    from mainstay_engine.schemes.result import Result


def assumptions(scheme: Scheme, moved: list[str], result: Result) -> dict[str, str]:
    """What is held still."""
    day = result.as_of.isoformat()
    en = [f"nothing else happens by {day}"]
    zh = [f"截至 {day} 没有其他变化"]
    relative = isinstance(scheme.cuts, CumulativeShare | CustomerShare) or any(
        isinstance(criterion.scoring, Percentile) for criterion in scheme.criteria
    )
    if relative:
        en.append("the other customers stay as they are")
        zh.append("其他客户保持不变")
    read = {criterion.metric for criterion in scheme.criteria}
    if "net_sales" in moved and "gross_profit" in read:
        en.append("further sales bring the customer's own margin")
        zh.append("新增销售按该客户现有毛利率计")
    return {"en": "; ".join(en), "zh": "；".join(zh)}


_SAID = {
    "head": {
        "en": "{title} · {label}, by {day}: {customer} is in {klass}.",
        "zh": "{title} · {label}，到 {day}：{customer} 为 {klass}。",
    },
    "best": {"en": "That is the best class.", "zh": "已是最高等级。"},
    "none": {
        "en": "No change of figures that can be moved leads to a better class.",
        "zh": "没有可行的指标变化能升到更高等级。",
    },
    "up": {"en": "To {klass}: {changes}.", "zh": "升到 {klass}：{changes}。"},
    "down": {"en": "Back to {klass}: {changes}.", "zh": "降到 {klass}：{changes}。"},
    "more": {"en": "{title} up by {by} to {to}", "zh": "{title}增加 {by}，达到 {to}"},
    "less": {"en": "{title} down by {by} to {to}", "zh": "{title}减少 {by}，降到 {to}"},
    "and": {"en": " and ", "zh": "，并且"},
    "assumes": {"en": "Assumed: {assumes}.", "zh": "前提：{assumes}。"},
}


def told(found: Paths, lang: str) -> str:
    """The paths up and down as lines of text."""
    result, scheme = found.result, found.result.definition

    def say(key: str, **names: str) -> str:
        return _SAID[key][lang].format(**names)

    def changes(path: Path) -> str:
        return say("and").join(change(each) for each in path.changes)

    def change(each: Change) -> str:
        key = "more" if each.delta > 0 else "less"
        return say(key, title=metric(each.metric).title[lang],
                   by=_figure(abs(each.delta), each.unit, lang, result),
                   to=_figure(each.to, each.unit, lang, result))  # fmt: skip

    def klass(class_id: str) -> str:
        return scheme.klass(class_id).title[lang] if len(class_id) > 1 else class_id

    lines = [say("head", title=scheme.title[lang], label=scheme.label, customer=found.customer_id,
                 day=result.as_of.isoformat(), klass=klass(found.class_id))]  # fmt: skip
    if found.class_id == scheme.classes[0].id:
        lines.append(say("best"))
    elif not found.up:
        lines.append(say("none"))
    lines += [say("up", klass=klass(path.to_class), changes=changes(path)) for path in found.up]
    lines += [say("down", klass=klass(path.to_class), changes=changes(path)) for path in found.down]
    if found.up or found.down:
        kept = dict.fromkeys(path.assumes[lang] for path in (*found.up, *found.down))
        lines.append(say("assumes", assumes=next(iter(kept))))
    return "\n".join(lines) + "\n"


def _figure(value: Decimal, unit: str, lang: str, result: Result) -> str:
    grain: Any = value
    if unit == "money":
        grain = int(value.scaleb(result.exponent))
    elif unit == "ratio":
        return percent(value)
    elif value == value.to_integral():
        grain = int(value)
    return words(grain, unit, lang, exponent=result.exponent, currency=result.currency)
