"""The week on paper: what moved, whom to talk to, and who fell."""

from __future__ import annotations

from mainstay.foundation.pdf import Sheet
from mainstay.insights.schemes.placing import DOWN, UP
from mainstay.insights.selectors.moves import CAME, WENT, Mover
from mainstay.insights.selectors.week import Week
from mainstay.insights.week_words import cash, klass_words, reason
from mainstay.kernel.errors import filled, words

_SAID = {
    "title": words("The week to {now}", "截至 {now} 的一周"),
    "about": words("{scheme}, version {version}; against {then}",
                   "{scheme}，版本 {version}；对比 {then}"),
    "alone": words("This is the first grading: there is no week to tell yet.",
                   "这是首次评级，尚无可比的一周。"),
    "moved": words("What moved", "有何变化"),
    "ways": words("{up} up · {down} down · {came} new · {went} gone",
                  "升 {up} · 降 {down} · 新增 {came} · 离开 {went}"),
    "net": words("Net sales in the window: {then} → {now}", "期间净销售额：{then} → {now}"),
    "talk": words("Talk to these customers", "应沟通的客户"),
    "calm": words("Nobody is a concern this week.", "本周没有需要关注的客户。"),
    "stake": words("{count} {count:customer is|customers are} a concern, with {stake} at stake.",
                   "需关注客户 {count} 家，涉及金额 {stake}。"),
    "people": words("Talk to these people", "应沟通的人员"),
    "of": words("{count} {count:customer|customers}, {stake}; most: {name}",
                "{count} 家客户，{stake}；最大：{name}"),
    "fell": words("Who fell, the largest first", "降级客户（按销售额）"),
    "rule": words(
        "At stake: the fall of net sales or what was missed in silence, whichever is more, and "
        "what fell overdue since.",
        "涉及金额：净销售额的下降与沉默期少买金额取大者，另加新增逾期。",
    ),
}  # fmt: skip
_TALK = {"en": ("Class", "Customer", "Why", "At stake", "Looked after by"),
         "zh": ("等级", "客户", "原因", "涉及金额", "负责人")}  # fmt: skip
_FELL = {"en": ("From", "To", "Customer", "Net sales then", "Now"),
         "zh": ("原等级", "现等级", "客户", "原净销售额", "现净销售额")}  # fmt: skip


def sheet(found: Week, lang: str) -> bytes:
    """The page as PDF in a language (``en`` or ``zh``)."""
    run, before = found.run, found.before

    def say(key: str, **facts: object) -> str:
        return filled(_SAID[key][lang], **facts)

    title = say("title", now=run.as_of.isoformat())
    page = Sheet(title, {"zh": "zh-CN"}.get(lang, lang))
    page.heading(title, 17)
    if before is None:
        page.paragraph(say("alone"))
        return page.bytes()
    page.paragraph(say("about", scheme=run.scheme_title[lang], version=run.version,
                       then=before.as_of.isoformat()))  # fmt: skip
    page.heading(say("moved"))
    ways = {"up": UP, "down": DOWN, "came": CAME, "went": WENT}
    page.paragraph(say("ways", **{key: found.moves.count(way) for key, way in ways.items()}))
    page.paragraph(say("net", then=cash(found.net_then, run, lang), now=cash(found.net, run, lang)))
    page.heading(say("talk"))
    if not found.customers:
        page.paragraph(say("calm"))
    else:
        page.paragraph(say("stake", count=found.concerns, stake=cash(found.stake, run, lang)))
        rows = [
            (klass_words(run, one.klass, lang), _name(one.name, one.name_en, lang),
             ("；" if lang == "zh" else "; ").join(
                 reason(each, run)[lang] for each in one.concerns
             ),
             cash(one.stake, run, lang), one.person)
            for one in found.customers
        ]  # fmt: skip
        page.table(_TALK[lang], rows, (14, 40, 74, 24, 22), (3,))
    if found.people:
        page.heading(say("people"))
        for person in found.people:
            _code, name, name_en = person.largest
            told = say("of", count=person.customers, stake=cash(person.stake, run, lang),
                       name=_name(name, name_en, lang))  # fmt: skip
            page.paragraph(f"{person.name}: {told}" if lang == "en" else f"{person.name}：{told}")
    if found.moves.movers:
        page.heading(say("fell"))
        page.table(_FELL[lang], [_fell(one, found, lang) for one in found.moves.movers],
                   (14, 14, 74, 36, 36), (3, 4))  # fmt: skip
    page.note(say("rule"))
    return page.bytes()


def _fell(one: Mover, found: Week, lang: str) -> tuple[str, ...]:
    then, now = (
        "–" if net is None else cash(net, found.run, lang) for net in (one.net_then, one.net_now)
    )
    was = klass_words(found.before or found.run, one.was, lang)
    return was, klass_words(found.run, one.now, lang), _name(one.name, one.name_en, lang), then, now


def _name(name: str, name_en: str, lang: str) -> str:
    return (name_en or name) if lang == "en" else (name or name_en)
