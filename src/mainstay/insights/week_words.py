"""What the week says, in words: for its page, its sheet of paper and its notice."""

from __future__ import annotations

from mainstay.insights.records import RunInfo
from mainstay.insights.selectors.week import FELL, OVERDUE, SILENT, Concern
from mainstay.kernel.errors import Words, filled, words

_FELL = words("fell from {was} to {now}: {amount} less in the window",
              "由 {was} 降至 {now}：期间销售减少 {amount}")  # fmt: skip
_FELL_ALONE = words("fell from {was} to {now}, not for its sales",
                    "由 {was} 降至 {now}，并非因销售额下降")  # fmt: skip
_SILENT = words(
    "silent for {now} days, its own gap is {was}: {amount} missed at its usual pace",
    "已 {now} 天未下单，自身间隔为 {was} 天：按平时节奏少买 {amount}",
)
_OVERDUE = words("{amount} more fell overdue, {now} in all", "新增逾期 {amount}，逾期共 {now}")


def reason(concern: Concern, run: RunInfo) -> Words:
    """One reason to talk to a customer."""
    return {lang: _reason(concern, run, lang) for lang in ("en", "zh")}


def cash(amount: int, run: RunInfo, lang: str) -> str:
    """Minor units as an amount."""
    from mainstay_engine.schemes.figures import words as in_words

    return in_words(
        amount, "money", lang, exponent=run.exponent, currency=run.currency or None
    )  # fmt: skip


def klass_words(run: RunInfo, klass: str, lang: str) -> str:
    """A letter as it is, a longer name by its title."""
    if len(klass) == 1:
        return klass
    return next((one.title[lang] for one in run.classes if one.klass == klass), klass)


def _reason(concern: Concern, run: RunInfo, lang: str) -> str:
    facts: dict[str, object] = {"amount": cash(concern.amount, run, lang)}
    if concern.kind == FELL:
        text = _FELL if concern.amount else _FELL_ALONE
        facts |= {side: klass_words(run, getattr(concern, side), lang) for side in ("was", "now")}
    else:
        text = {SILENT: _SILENT, OVERDUE: _OVERDUE}[concern.kind]
        facts |= {"was": concern.was, "now": concern.now}
        if concern.kind == OVERDUE:
            facts["now"] = cash(int(concern.now), run, lang)
    return filled(text[lang], **facts)
