"""A backtest in words, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterator

from mainstay_engine.backtest.report import Backtest, Gain
from mainstay_engine.schemes.figures import percent

_SAID = {
    "head": {
        "en": "{title} ({scheme} v{version}), {days} days from {first} to {last}, each followed "
        "to the end of its period.",
        "zh": "{title}（{scheme} v{version}），{first} 至 {last} 共 {days} 个日期，各跟踪至期末。",
    },
    "moved": {
        "en": "From day to day {moved} of the customers change class; {back} of the changes are "
        "undone on the next day.",
        "zh": "相邻日期间 {moved} 的客户等级变化，其中 {back} 在下一日期恢复原级。",
    },
    "share": {
        "en": "{figure}: {top} held {share} of it, as many by {against} {rival}, as many at "
        "random {chance}.",
        "zh": "{figure}：{top} 占 {share}；{against} 排前的同样数量占 {rival}，随机占 {chance}。",
    },
    "gain": {
        "en": "  {mean} points against {against} (nine of ten resamplings: {low} to {high}).",
        "zh": "  比 {against} {mean} 个百分点（九成重抽样在 {low} 至 {high} 之间）。",
    },
    "guard": {
        "en": "{title}: {cases} cases; {sales} of what their class otherwise brought after.",
        "zh": "{title}：{cases} 例；其后销售额为同级其他客户的 {sales}。",
    },
    "quiet": {"en": "{title}: no case.", "zh": "{title}：无。"},
    "assumed": {
        "en": "When {assumed} of the lines became known is not said: they are taken as known on "
        "their own day.",
        "zh": "{assumed} 的明细未注明获知日期，按单据日期处理。",
    },
    "refused": {
        "en": "Nobody could be graded on {days}.", "zh": "{days} 无法分级。",
    },
}  # fmt: skip
_FIGURES = {
    "sales": {"en": "Net sales after", "zh": "其后净销售额"},
    "profit": {"en": "Gross profit after", "zh": "其后毛利"},
    "overdue": {"en": "Overdue at the end", "zh": "期末逾期金额"},
}


def told(found: Backtest, lang: str = "en") -> str:
    """The report as lines of text."""
    lang = "zh" if lang.startswith("zh") else "en"
    return "\n".join(_lines(found, lang)) + "\n"


def _lines(found: Backtest, lang: str) -> Iterator[str]:
    def say(key: str, **names: object) -> str:
        return _SAID[key][lang].format(**names)

    first, last = found.points[0].as_of, found.points[-1].as_of
    yield say("head", title=found.title[lang], scheme=found.scheme, version=found.version,
              days=len(found.points), first=first, last=last)  # fmt: skip
    if found.moved is not None:
        yield say("moved", moved=percent(found.moved), back=_share(found.moved_back))
    gains = {gain.figure: gain for gain in found.gains}
    for figure, title in _FIGURES.items():
        best = found.best(figure)
        if best is None:
            continue
        yield say("share", figure=title[lang], top=best.down_to, against=found.against,
                  share=percent(best.share), chance=percent(best.chance),
                  rival=percent(best.against))  # fmt: skip
        if figure in gains and found.scheme != found.against:
            yield say("gain", against=found.against, **_points(gains[figure]))
    for guard in found.guards:
        if guard.sales is None or not guard.others:
            yield say("quiet", title=guard.title[lang])
        else:
            yield say("guard", title=guard.title[lang], cases=guard.cases,
                      sales=percent(guard.sales / guard.others))  # fmt: skip
    yield say("assumed", assumed=percent(found.assumed))
    if found.refused:
        yield say("refused", days=", ".join(day.isoformat() for day in found.refused))


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _points(gain: Gain) -> dict[str, str]:
    return {
        name: f"{value * 100:+.1f}".replace("-", "\u2212")
        for name, value in (("mean", gain.mean), ("low", gain.low), ("high", gain.high))
    }
