"""What can go wrong with policies and their exceptions."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class NoSuchPolicy(MainstayError):
    code = "no_such_policy"
    message = words("There is no policy «{policy}».", "没有政策“{policy}”。")


class PolicyUnchanged(MainstayError):
    code = "policy_unchanged"
    message = words("That is so already.", "现状已是如此。")


class PolicyEnded(MainstayError):
    code = "policy_ended"
    message = words(
        "This version ended; what was owed by it stays told.", "该版本已结束，其待遇记录保留。"
    )
    remedy = words("Begin a new draft from it.", "请以它为起点新建草案。")


class PolicyEmpty(MainstayError):
    code = "policy_empty"
    message = words("It says nothing of any class.", "未写明任何等级的待遇。")
    remedy = words("State at least one benefit.", "请至少填写一项待遇。")


class BenefitUnknown(MainstayError):
    code = "benefit_unknown"
    message = words("There is no benefit «{benefit}».", "没有待遇“{benefit}”。")


class BenefitNotValid(MainstayError):
    code = "benefit_not_valid"
    message = words(
        "«{value}» does not fit {title}: {least} to {most} is needed.",
        "“{value}”不适用于{title_zh}：须在 {least} 到 {most} 之间。",
    )


class ClassNotInScheme(MainstayError):
    code = "class_not_in_scheme"
    message = words("The scheme has no class «{klass}».", "方案没有等级“{klass}”。")


class PolicyDayNotValid(MainstayError):
    code = "policy_day_not_valid"
    message = words(
        "It can hold from {least} to {most}.",
        "可自 {least} 至 {most} 起执行。",
    )
    remedy = words("Choose a day between.", "请选择其间的日期。")


class PolicyNotInForce(MainstayError):
    code = "policy_not_in_force"
    message = words(
        "It is not in force, and does not wait for its day.", "该政策未执行，也未待执行。"
    )


class ExceptionUnknown(MainstayError):
    code = "exception_unknown"
    message = words("There is no such exception, or it ended already.", "没有该例外，或已结束。")


class ExceptionTooLong(MainstayError):
    code = "exception_too_long"
    message = words(
        "An exception ends between today and {most}.", "例外须在今天至 {most} 之间到期。"
    )
