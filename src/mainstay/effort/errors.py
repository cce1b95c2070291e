"""What can go wrong with efforts and their rates."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class EffortUnknown(MainstayError):
    code = "effort_unknown"
    message = words(
        "There is no such effort, or it is withdrawn already.", "没有该投入记录，或已撤回。"
    )


class ActivityUnknown(MainstayError):
    code = "activity_unknown"
    message = words("There is no activity «{activity}».", "没有活动“{activity}”。")
    remedy = words("Use one of: {names}.", "请使用：{names}。")


class EffortDateNotValid(MainstayError):
    code = "effort_date_not_valid"
    message = words(
        "An effort is recorded on its day or later, not before it, and no more than {years} years "
        "after it.",
        "投入须在当天或之后记录，且不早于 {years} 年前。",
    )


class EffortTooMuch(MainstayError):
    code = "effort_too_much"
    message = words(
        "Hours lie between 0 and {hours}, times between 0 and {times}, an amount between 0 and "
        "{amount} million.",
        "工时须在 0 到 {hours} 之间，次数在 0 到 {times} 之间，金额在 0 到 {amount} 百万之间。",
    )


class NoteTooLong(MainstayError):
    code = "effort_note_too_long"
    message = words("A text has {limit} characters at most.", "文本最多 {limit} 个字符。")


class RateNotValid(MainstayError):
    code = "effort_rate_not_valid"
    message = words(
        "Financing has a share per year below 100 %, every other activity a rate per hour or per "
        "time, and none is negative.",
        "资金占用填写低于 100% 的年利率；其他活动填写每小时或每次费率；均不能为负。",
    )


class RateUnknown(MainstayError):
    code = "effort_rate_unknown"
    message = words("There is no such rate, or it is withdrawn already.", "没有该费率，或已撤回。")
