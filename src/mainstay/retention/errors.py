"""What can go wrong with lost customers."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class LossUnknown(MainstayError):
    code = "loss_unknown"
    message = words("There is no such loss.", "没有这条流失记录。")


class LossReasonUnknown(MainstayError):
    code = "loss_reason_unknown"
    message = words("«{reason}» is no reason of a loss.", "“{reason}”不是流失原因。")
    remedy = words("One of: {names}.", "可选：{names}。")


class EvidenceMissing(MainstayError):
    code = "evidence_missing"
    message = words("The evidence is missing.", "请写明依据。")
    remedy = words("Say what tells so, and who said it.", "写明依据何在、由谁告知。")


class NotLostNow(MainstayError):
    code = "not_lost_now"
    message = words(
        "By the books it is not lost now: it came back, or the books say otherwise.",
        "按账面目前并未流失：已恢复购买，或账面已有变化。",
    )


class WinBackUnderWay(MainstayError):
    code = "win_back_under_way"
    message = words("Somebody is winning it back already.", "已有人在挽回。")
    remedy = words("Record how that ended first.", "请先登记其结果。")


class WinBackUnknown(MainstayError):
    code = "win_back_unknown"
    message = words(
        "There is no such win-back, or it ended already.", "没有这项挽回任务，或已结束。"
    )


class WinBackOwnerNotFit(MainstayError):
    code = "win_back_owner_not_fit"
    message = words(
        "The owner has to be somebody who may win this customer back.",
        "负责人须是有权挽回该客户的人员。",
    )


class WinBackDayNotValid(MainstayError):
    code = "win_back_day_not_valid"
    message = words("It can be due from {least} to {most}.", "期限须在 {least} 至 {most} 之间。")


class ResultUnknown(MainstayError):
    code = "result_unknown"
    message = words("«{result}» is no result of a win-back.", "“{result}”不是挽回结果。")
    remedy = words("One of: {names}.", "可选：{names}。")
