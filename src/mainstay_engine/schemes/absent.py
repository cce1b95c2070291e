"""Saying what to import when a scheme has no data to grade by."""

from __future__ import annotations

from mainstay_engine.errors import NoData, NoFit
from mainstay_engine.schemes.decide import Decided
from mainstay_engine.schemes.model import Scheme, is_measured
from mainstay_engine.schemes.parts import JUDGED, POINTS
from mainstay_engine.tables import TABLES


def no_facts(scheme: Scheme, error: NoData) -> NoData:
    """The planner's error for a scheme: what to import, or why no model could be fitted."""
    if isinstance(error, NoFit):
        return NoFit(
            {
                "en": f"{scheme.title.en} ({scheme.label}): nobody was graded. "
                + error.message["en"],
                "zh": f"{scheme.title.zh}（{scheme.label}）：未对任何客户分级。"
                + error.message["zh"],
            },
            error.remedy,
            scheme=scheme.name,
            needs=[],
        )
    needs = [str(need) for need in _listed(error.facts.get("needs"))]
    en = " and ".join(_need(need, "en") for need in needs) or error.remedy["en"]
    zh = "以及".join(_need(need, "zh") for need in needs) or error.remedy["zh"]
    return NoData(
        {
            "en": f"{scheme.title.en} ({scheme.label}): no data. Nobody was graded.",
            "zh": f"{scheme.title.zh}（{scheme.label}）：无数据，未对任何客户分级。",
        },
        {"en": f"Import {en}.", "zh": f"请导入{zh}。"},
        scheme=scheme.name,
        needs=needs,
    )


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


_TABLES = {
    "lines": {"en": "sales lines", "zh": "销售明细"},
    "receipts": {"en": "receipts", "zh": "收款"},
    "allocations": {"en": "allocations of receipts", "zh": "核销"},
    "customers": {"en": "customers", "zh": "客户"},
    "efforts": {"en": "efforts", "zh": "投入记录"},
    "effort_rates": {"en": "rates of efforts", "zh": "投入费率"},
}


def _need(need: str, lang: str) -> str:
    """«lines.cost» in words: «the column «Cost» (cost) of the sales lines»."""
    said = []
    for place in need.split("|"):
        table, _, column = place.partition(".")
        if not column:
            said.append(_TABLES[table][lang])
        elif lang == "zh":
            said.append(f"{_TABLES[table]['zh']}中的“{TABLES[table][column].zh}”列（{column}）")
        else:
            title = TABLES[table][column].en
            said.append(f"the column «{title}» ({column}) of the {_TABLES[table]['en']}")
    return ("或" if lang == "zh" else " or ").join(said)


def nobody_measured(decided: Decided) -> NoData:
    """The facts are there, but hold no value for any customer."""
    scheme = decided.scheme
    empty = next((axis for axis in decided.axes if not axis.column.present.any()), decided).scheme
    name = empty.ranked_by
    en, zh = ("points", "总分") if name == POINTS else (name, name)
    return NoData(
        {
            "en": f"{scheme.title.en} ({scheme.label}): no customer has a value of «{en}». "
            "Nobody was graded.",
            "zh": f"{scheme.title.zh}（{scheme.label}）：没有客户有“{zh}”的数值，"
            "未对任何客户分级。",
        },
        _wanting(empty),
        scheme=scheme.name,
        needs=[],
    )


def _wanting(scheme: Scheme) -> dict[str, str]:
    """What would give somebody a value: judgements to record, or the rule of the metric."""
    names = [c.metric for c in scheme.criteria] or [scheme.ranked_by]
    judged = [scheme.entry(name).title for name in names if name.startswith(JUDGED)]
    if judged:
        return {
            "en": "Record judgements of "
            + ", ".join(title["en"].lower() for title in judged)
            + ".",
            "zh": "请录入评判：" + "、".join(title["zh"] for title in judged) + "。",
        }
    others = [each.scheme for each in scheme.classed]
    if others and not is_measured(scheme.ranked_by):
        return {
            "en": "See why nobody has a class by " + ", ".join(others) + ".",
            "zh": "请查看为何没有客户有“" + "、".join(others) + "”的等级。",
        }
    if scheme.ranked_by == POINTS:
        return {
            "en": "Import facts for at least one of its criteria.",
            "zh": "请至少导入其中一项评分所需的数据。",
        }
    return scheme.entry(scheme.ranked_by).missing
