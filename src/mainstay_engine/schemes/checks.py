"""Reading a scheme's definition: every fault found, each with its place, in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from mainstay_engine.errors import BadScheme
from mainstay_engine.metrics import metrics
from mainstay_engine.schemes.efforts import movable
from mainstay_engine.schemes.figures import LEVEL
from mainstay_engine.schemes.model import Scheme
from mainstay_engine.schemes.parts import CLASSED, JUDGED, POINTS, CumulativeShare

SUMMABLE = frozenset({"money", "count", "number"})
"""Units whose values may be added up over customers."""
COMPARABLE = SUMMABLE | {"ratio", "days", LEVEL}

Fault = dict[str, str]


def parse_scheme(definition: object, *, source: str) -> Scheme:
    """Check a definition (plain data, as YAML gives it) and return the scheme.

    ``source`` names the definition in messages. Raises ``BadScheme`` with every fault found; its
    ``faults`` are dicts with ``at`` (path), ``en`` and ``zh``.
    """
    if not definition:
        raise bad_scheme(source, [fault("", "the definition is empty", "定义为空")])
    if not isinstance(definition, Mapping):
        raise bad_scheme(
            source, [fault("", "a mapping of names to values is needed", "应为名称到值的映射")]
        )
    try:
        # Through JSON, so that lists become tuples although the models are strict.
        scheme = Scheme.model_validate_json(json.dumps(definition, default=str))
    except ValidationError as error:
        raise bad_scheme(source, [_said(item) for item in error.errors()]) from None
    faults = list(_inconsistencies(scheme))
    if faults:
        raise bad_scheme(source, faults)
    return scheme


def fault(at: str, en: str, zh: str) -> Fault:
    return {"at": at, "en": en, "zh": zh}


def bad_scheme(source: str, faults: list[Fault]) -> BadScheme:
    """The error that names all ``faults`` of the scheme called ``source``."""

    def line(lang: str) -> str:
        return "; ".join(f"{f['at']}: {f[lang]}" if f["at"] else f[lang] for f in faults)

    n = len(faults)
    return BadScheme(
        {
            "en": f"Scheme «{source}» has {n} fault{'s' if n != 1 else ''}: {line('en')}.",
            "zh": f"方案“{source}”有 {n} 处错误：{line('zh')}。",
        },
        {
            "en": "Correct the definition; `mainstay schemes --json` shows working ones.",
            "zh": "请修改定义；可用 `mainstay schemes --json` 查看可用方案。",
        },
        source=source,
        faults=faults,
    )


_ZH = {
    "missing": "缺少此项",
    "extra_forbidden": "没有此项",
    "literal_error": "应为 {expected} 之一",
    "union_tag_invalid": "应为 {expected_tags} 之一",
    "union_tag_not_found": "缺少 by",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "string_type": "应为文字",
    "int_type": "应为整数",
    "tuple_type": "应为列表",
    "too_short": "至少需要 {min_length} 项",
    "string_too_short": "至少需要 {min_length} 个字符",
    "string_pattern_mismatch": "应符合 {pattern}",
    "model_type": "应为名称到值的映射",
    "value_error": "{error}",
}
_ZH_OWN = {
    "a number is needed": "应为数字",
    "a finite number is needed": "应为有限数字",
    "the nodes must rise": "节点须递增",
    "the levels must rise": "级别须递增",
    "the levels must not fall": "级别不得递减",
    "a class is there twice": "等级重复",
    "nothing_at must differ from 1": "nothing_at 不能为 1",
    "a target must be positive": "目标须为正数",
    "nothing_at must be on the worse side of the target": "nothing_at 须在目标较差的一侧",
    "the cells must be as many as the levels of both sides": "单元格数须与两个维度的级别数一致",
    "a cost or a bound is needed": "须给出 cost 或 bound",
    "every comparison needs a value, and «missing» takes none": "比较需要数值，missing 不带数值",
    "the shares must rise from step to step": "各级份额须递增",
    "a guard needs either at_best or at_worst": "防护须有 at_best 或 at_worst 之一",
    "a step needs either at_least or up_to": "每级须有 at_least 或 up_to 之一",
    "the steps must all use at_least, or all up_to": "各级须统一使用 at_least 或 up_to",
    "the thresholds must go from the best class to the worst": "阈值须从最好的等级排到最差的等级",
}


def _said(item: Any) -> Fault:
    """One of pydantic's errors in words."""
    at = ".".join(str(part) for part in item["loc"])
    context = {key: str(value) for key, value in item.get("ctx", {}).items()}
    english = item["msg"].removeprefix("Value error, ")
    english = english[:1].lower() + english[1:]
    if "error" in context:
        context["error"] = _ZH_OWN.get(context["error"], context["error"])
    pattern = _ZH.get(item["type"])
    chinese = pattern.format_map(context) if pattern else english
    return fault(at, english, chinese)


def _inconsistencies(scheme: Scheme) -> Iterator[Fault]:
    yield from _class_faults(scheme)
    yield from _metric_faults(scheme)
    yield from _own_faults(scheme)
    yield from _path_faults(scheme)
    yield from _part_faults(scheme)
    yield from _segment_faults(scheme)
    for side, axis in zip(("rows", "columns"), scheme.axes, strict=False):
        for found in (*_class_faults(axis), *_part_faults(axis), *_point_faults(axis)):
            yield fault(f"cuts.{side}.{found['at']}", found["en"], found["zh"])
    yield from _point_faults(scheme)


def _point_faults(scheme: Scheme) -> Iterator[Fault]:
    if not scheme.axes and (scheme.ranked_by == POINTS) != bool(scheme.criteria):
        yield fault(
            "criteria",
            "criteria and a cut of points need each other",
            "评分项与按分数划分须同时存在",
        )


def _class_faults(scheme: Scheme) -> Iterator[Fault]:
    ids = [klass.id for klass in scheme.classes]
    for repeated in sorted({i for i in ids if ids.count(i) > 1}):
        yield fault("classes", f"class «{repeated}» is there twice", f"等级“{repeated}”重复")
    for i, guard in enumerate(scheme.guards):
        if guard.klass not in ids:
            yield fault(f"guards.{i}", f"no class «{guard.klass}»", f"没有等级“{guard.klass}”")
    named = _named(scheme)
    yield from _unknown_classes(scheme)
    for part in scheme.variants:
        named += [("", klass) for klass in (*part.cuts.classes, part.cuts.rest)]
    for unused in [i for i in ids if i not in {class_id for _, class_id in named}]:
        yield fault("classes", f"nobody can be in class «{unused}»", f"无人能归入等级“{unused}”")


def _named(scheme: Scheme) -> list[tuple[str, str]]:
    """The classes that customers can come into, with the places that say so."""
    named = [("unranked", scheme.unranked), ("missing", scheme.missing_class)]
    named += [(f"rules.{i}.class", rule.klass) for i, rule in enumerate(scheme.rules)]
    named += [(f"cuts.steps.{i}.class", klass) for i, klass in enumerate(scheme.cuts.classes)]
    named += [("cuts.rest", scheme.cuts.rest)]
    for i, cap in enumerate(scheme.caps):
        named += [(f"caps.{i}.class", cap.klass), (f"caps.{i}.next", cap.next)]
    return named


def _unknown_classes(scheme: Scheme) -> Iterator[Fault]:
    ids = {klass.id for klass in scheme.classes}
    was = [(f"measures.{i}.was", m.was) for i, m in enumerate(scheme.measures)]
    for at, class_id in _named(scheme) + was:
        if class_id not in ids:
            yield fault(at, f"no class «{class_id}»", f"没有等级“{class_id}”")


def _metric_faults(scheme: Scheme) -> Iterator[Fault]:
    units: dict[str, str] = {metric.name: metric.unit for metric in metrics()}
    units |= {JUDGED + each.name: LEVEL for each in scheme.judged}
    units |= {CLASSED + each.name: LEVEL for each in scheme.classed}
    used = (*scheme.figures_used(), *(m.then.metric for m in scheme.measures))
    for name in dict.fromkeys(used):
        if name not in units:
            yield fault("metrics", f"no metric «{name}»", f"没有指标“{name}”")
    shown = set(scheme.show)
    for name in dict.fromkeys(used):
        if name not in shown and name in units and units[name] not in COMPARABLE:
            yield fault("metrics", f"«{name}» cannot be compared", f"“{name}”不能比较大小")
    summed = {scheme.weighed_by: "weigh"}
    for one in (scheme, *scheme.axes, *scheme.variants):
        if isinstance(one.cuts, CumulativeShare):
            summed[one.cuts.of] = "cuts.of"
    for summand, at in summed.items():
        if summand in units and units[summand] not in SUMMABLE:
            yield fault(
                at, f"«{summand}» cannot be added up over customers", f"“{summand}”不能跨客户相加"
            )


def _part_faults(scheme: Scheme) -> Iterator[Fault]:
    """Parts that must each be there once, and groups that criteria name."""
    if scheme.axes and scheme.stability is not None and scheme.stability.margin is not None:
        yield fault("stability.margin", "a matrix takes no margin", "矩阵不能设幅度")
    kinds = {
        "criteria": [c.metric for c in scheme.criteria],
        "guards": [g.name for g in scheme.guards],
        "groups": [g.name for g in scheme.groups],
        "judged": [j.name for j in scheme.judged],
        "classed": [c.name for c in scheme.classed],
    }
    for at, names in kinds.items():
        for repeated in sorted({name for name in names if names.count(name) > 1}):
            yield fault(at, f"«{repeated}» is there twice", f"“{repeated}”重复")
    for i, criterion in enumerate(scheme.criteria):
        if criterion.group is not None and criterion.group not in kinds["groups"]:
            yield fault(f"criteria.{i}.group", f"no group «{criterion.group}»",
                        f"没有分组“{criterion.group}”")  # fmt: skip


def _path_faults(scheme: Scheme) -> Iterator[Fault]:
    """Costs and bounds of figures that nobody can move."""
    for name in scheme.path or ():
        if name not in movable():
            yield fault(f"path.{name}", f"«{name}» is no figure that somebody can move",
                        f"“{name}”不是可以改变的指标")  # fmt: skip


def _segment_faults(scheme: Scheme) -> Iterator[Fault]:
    """Segments that overlap, that cut by another figure than the scheme, or do not hold together
    by themselves; and schemes that build on themselves.
    """
    for i, other in enumerate(scheme.classed):
        if other.scheme == scheme.name:
            yield fault(f"classed.{i}.scheme", "a scheme cannot build on its own classes",
                        "方案不能以自身的等级为依据")  # fmt: skip
    if scheme.segments is None:
        return
    if scheme.axes:
        yield fault("segments", "a matrix takes no segments", "矩阵不能分组")
    parts = scheme.segments.parts
    values = [value for part in parts for value in part.of]
    for at, names in (("name", [part.name for part in parts]), ("of", values)):
        for repeated in sorted({name for name in names if names.count(name) > 1}):
            yield fault(f"segments.{at}", f"«{repeated}» is there twice", f"“{repeated}”重复")
    for i, variant in enumerate(scheme.variants[:-1]):
        if variant.ranked_by != scheme.ranked_by:
            yield fault(f"segments.parts.{i}.cuts", f"must cut by «{scheme.ranked_by}»",
                        f"须按“{scheme.ranked_by}”划分")  # fmt: skip
        for found in (*_unknown_classes(variant), *_part_faults(variant)):
            yield fault(f"segments.parts.{i}.{found['at']}", found["en"], found["zh"])


def _own_faults(scheme: Scheme) -> Iterator[Fault]:
    definition = scheme.definition()
    for index, own in enumerate(scheme.own):
        place: Any = definition
        for key in own.at.split("."):
            if isinstance(place, list) and key.isdigit() and int(key) < len(place):
                place = place[int(key)]
            elif isinstance(place, dict) and key in place:
                place = place[key]
            else:
                yield fault(f"own.{index}.at", f"no figure at «{own.at}»", f"“{own.at}”处没有数字")
                break
