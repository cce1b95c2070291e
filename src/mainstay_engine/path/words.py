"""What a path takes for granted, and paths in words, in both languages."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mainstay_engine.schemes.figures import metric, percent, words
from mainstay_engine.schemes.parts import CumulativeShare, CustomerShare, Matrix, Percentile

if TYPE_CHECKING:
    from mainstay_engine.path.paths import Change, Path, Paths
    from mainstay_engine.path.rhythm import Rhythm
    from mainstay_engine.schemes.model import Scheme
    from mainstay_engine.schemes.result import Result


def assumptions(scheme: Scheme, moved: list[str], result: Result, rhythm: Rhythm) -> dict[str, str]:
    """What is held still."""
    day = result.as_of.isoformat()
    en = [f"nothing else happens by {day}"]
    zh = [f"截至 {day} 没有其他变化"]
    sides = (scheme, *scheme.axes, *scheme.variants)
    relative = any(isinstance(each.cuts, CumulativeShare | CustomerShare) for each in sides) or any(
        isinstance(criterion.scoring, Percentile) for each in sides for criterion in each.criteria
    )
    if relative:
        en.append("the other customers stay as they are")
        zh.append("其他客户保持不变")
    read = {criterion.metric for each in sides for criterion in each.criteria}
    if "net_sales" in moved and "gross_profit" in read:
        en.append("further sales bring the customer's own margin")
        zh.append("新增销售按该客户现有毛利率计")
    if scheme.classed:
        en.append("classes by other schemes stay as they are")
        zh.append("其他方案的等级保持不变")
    if scheme.guards:
        en.append("what the guards look at stays as it is unless named here: no single order is "
                  "larger than usual, no more is returned or left unpaid")  # fmt: skip
        zh.append("防护所看的指标除此处列明者外保持不变：没有异常大的单笔订单，退货与欠款不增加")
    if scheme.stability is not None:
        en.append(f"everybody is {rhythm.words['en']}")
        zh.append(rhythm.words["zh"])
    return {"en": "; ".join(en), "zh": "；".join(zh)}


def unsearched(result: Result, row: int) -> dict[str, str] | None:
    """Why no path is looked for: the figures do not decide alone, or a better figure might make a
    worse class, so that the first step that lifts could be missed. ``None``: the search is whole.
    """
    scheme = result.definition
    if not rises(scheme):
        return {
            "en": "the cells of this matrix do not rise along both sides",
            "zh": "该矩阵的单元格未沿两个维度递升",
        }
    if result.decided.overrides is not None and row in result.decided.overrides:
        return {
            "en": "a person set this class; figures do not change it until that ends",
            "zh": "该等级为人工调整，到期之前不随数据变化",
        }
    return None


def rises(scheme: Scheme) -> bool:
    """Whether no better level of a matrix, of rows or of columns, leads to a worse class."""
    matrix = scheme.cuts
    if not isinstance(matrix, Matrix):
        return True
    order = [klass.id for klass in scheme.classes]
    cells = [[order.index(klass) for klass in row] for row in matrix.cells]
    along = all(a <= b for row in cells for a, b in pairwise(row))
    down = all(a <= b for column in zip(*cells, strict=True) for a, b in pairwise(column))
    return along and down


_SAID = {
    "head": {
        "en": "{title} · {label}, by {day}: {customer} is in {klass}.",
        "zh": "{title} · {label}，到 {day}：{customer} 为 {klass}。",
    },
    "best": {"en": "That is the best class.", "zh": "已是最高等级。"},
    "unsearched": {"en": "No path was looked for: {why}.", "zh": "未寻找路径：{why}。"},
    "none": {
        "en": "No change of figures that can be moved leads to a better class.",
        "zh": "没有可行的指标变化能升到更高等级。",
    },
    "held": {
        "en": "By the figures; the class that counts is still {klass}.",
        "zh": "以上按数据；目前有效的等级仍为 {klass}。",
    },
    "up": {"en": "To {klass}: {changes}{when}.", "zh": "升到 {klass}：{changes}{when}。"},
    "down": {"en": "Back to {klass}: {changes}{when}.", "zh": "降到 {klass}：{changes}{when}。"},
    "when": {
        "en": " (takes effect on {day} at the earliest: {runs} more gradings)",
        "zh": "（最早于 {day} 生效：还需 {runs} 次分级）",
    },
    "when_one": {
        "en": " (takes effect on {day} at the earliest: one more grading)",
        "zh": "（最早于 {day} 生效：还需 1 次分级）",
    },
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
        return say("and").join(_change(each, lang, result) for each in path.changes)

    def when(path: Path) -> str:
        if not path.runs:
            return ""
        key = "when" if path.runs > 1 else "when_one"
        return say(key, day=path.effective.isoformat(), runs=str(path.runs))

    def klass(class_id: str) -> str:
        return scheme.klass(class_id).title[lang] if len(class_id) > 1 else class_id

    lines = [say("head", title=scheme.title[lang], label=scheme.label, customer=found.customer_id,
                 day=result.as_of.isoformat(), klass=klass(found.class_id))]  # fmt: skip
    if found.held != found.class_id:
        lines.append(say("held", klass=klass(found.held)))
    if found.class_id == scheme.classes[0].id:
        lines.append(say("best"))
    elif found.none:
        lines.append(say("unsearched", why=found.none[lang]))
    elif not found.up:
        lines.append(say("none"))
    for key, paths in (("up", found.up), ("down", found.down)):
        lines += [
            say(key, klass=klass(path.to_class), changes=changes(path), when=when(path))
            for path in paths
        ]
    if found.up or found.down:
        kept = dict.fromkeys(path.assumes[lang] for path in (*found.up, *found.down))
        lines.append(say("assumes", assumes=next(iter(kept))))
    return "\n".join(lines) + "\n"


def _change(each: Change, lang: str, result: Result) -> str:
    return _SAID["more" if each.delta > 0 else "less"][lang].format(
        title=metric(each.metric).title[lang],
        by=_figure(abs(each.delta), each.unit, lang, result),
        to=_figure(each.to, each.unit, lang, result),
    )


def _figure(value: Decimal, unit: str, lang: str, result: Result) -> str:
    grain: Any = value
    if unit == "money":
        grain = int(value.scaleb(result.exponent))
    elif unit == "ratio":
        return percent(value)
    elif value == value.to_integral():
        grain = int(value)
    return words(grain, unit, lang, exponent=result.exponent, currency=result.currency)
