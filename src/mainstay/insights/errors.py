"""What can go wrong when grades are read or made."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class NotGraded(MainstayError):
    code = "not_graded"
    message = words("Nothing has been graded by «{scheme}» yet.", "尚未按“{scheme}”分级。")
    remedy = words("Import sales first.", "请先导入销售数据。")


class CustomerNotFound(MainstayError):
    code = "customer_not_found"
    message = words("There is no customer {code}.", "没有客户 {code}。")


class NothingToGrade(MainstayError):
    code = "nothing_to_grade"
    message = words("There are no sales documents to grade by.", "没有可用于分级的销售单据。")
    remedy = words("Import sales first.", "请先导入销售数据。")


class UnknownSort(MainstayError):
    code = "unknown_sort"
    message = words("The list cannot be sorted by «{sort}».", "列表不能按“{sort}”排序。")


class NoSuchScheme(MainstayError):
    code = "no_such_scheme"
    message = words("There is no scheme «{scheme}».", "没有方案“{scheme}”。")


class SchemeNameTaken(MainstayError):
    code = "scheme_name_taken"
    message = words(
        "«{scheme}» is the name of a scheme that comes with the product.",
        "“{scheme}”是产品自带方案的名称。",
    )
    remedy = words("Give yours another name.", "请为您的方案另取名称。")


class SchemeUnchanged(MainstayError):
    code = "scheme_unchanged"
    message = words("That is so already.", "现状已是如此。")


class SchemeNotValid(MainstayError):
    code = "scheme_not_valid"
    message = words("{fault}", "{fault_zh}")
    remedy = words("Correct the definition; nothing was kept.", "请改正定义；未保存任何内容。")


class NotInUse(MainstayError):
    code = "scheme_not_in_use"
    message = words("«{scheme}» is not in use.", "方案“{scheme}”未启用。")
    remedy = words("Put it in use first.", "请先启用。")


class BuildsOn(MainstayError):
    code = "scheme_builds_on"
    message = words(
        "«{scheme}» builds on the classes of «{other}», which would not be in use by then.",
        "“{scheme}”以“{other}”的等级为依据，而后者届时未启用。",
    )
    remedy = words(
        "Put the other one in use first, or take this one out before it.",
        "请先启用后者，或先停用前者。",
    )


class NoSuchBacktest(MainstayError):
    code = "no_such_backtest"
    message = words("There is no such backtest.", "没有该回溯检验。")


class NotReplayed(MainstayError):
    code = "not_replayed"
    message = words("The backtest came to nothing: {fault}", "未能完成回溯检验：{fault_zh}")


class LastScheme(MainstayError):
    code = "last_scheme"
    message = words(
        "It is the only scheme in use, or the one that heads the pages.",
        "它是唯一启用的方案，或页面的主方案。",
    )
    remedy = words("Choose another one first.", "请先选用其他方案。")


class PeriodNotValid(MainstayError):
    code = "period_not_valid"
    message = words(
        "«{period}» is no period that can be compared.", "“{period}”不是可以对比的期间。"
    )
    remedy = words(
        "Write 2024, 2024-H1, 2024-Q3, 2024-07 or 2024-01-15..2024-02-14, begun by the day of the "
        "newest grading.",
        "请写成 2024、2024-H1、2024-Q3、2024-07 或 2024-01-15..2024-02-14，"
        "且开始日不晚于最近一次分级的截止日。",
    )


class NothingToCompare(MainstayError):
    code = "nothing_to_compare"
    message = words(
        "There are no sales in {earlier} or in {later}.", "{earlier} 与 {later} 均无销售。"
    )
    remedy = words("Choose periods that the books reach.", "请选择账簿所及的期间。")


class CohortsNotKept(MainstayError):
    code = "cohorts_not_kept"
    message = words(
        "The newest grading keeps no cohorts: it was made before they were, or nothing was sold.",
        "最近一次分级未保存客户分期：分级早于该功能，或当时没有销售。",
    )
    remedy = words("Grade everybody anew.", "请重新分级。")


class AxisNotValid(MainstayError):
    code = "axis_not_valid"
    message = words("Customers cannot be divided by «{axis}».", "无法按“{axis}”划分客户。")


class BridgeNotMade(MainstayError):
    code = "bridge_not_made"
    message = words(
        "Why sales changed between these periods was not worked out yet.",
        "尚未测算这两个期间的销售变动原因。",
    )
    remedy = words("Ask for it; it takes a moment.", "请先申请测算，稍候即可查看。")


class WhiteSpaceNotMade(MainstayError):
    code = "white_space_not_made"
    message = words(
        "What customers could buy was not worked out yet.", "尚未测算客户的潜在需求产品。"
    )
    remedy = words(
        "It is worked out after each grading; the page of white space has it done now.",
        "每次分级后自动测算；也可在“空白机会”页面立即测算。",
    )


class NothingToSuggest(MainstayError):
    code = "nothing_to_suggest"
    message = words(
        "There is nothing to suggest: no sales lines of the last twelve months name products.",
        "无可推荐的内容：最近十二个月的销售明细没有写明产品。",
    )
    remedy = words("Import lines with a product code.", "请导入带产品编码的明细。")


class ConcessionsNotMade(MainstayError):
    code = "concessions_not_made"
    message = words(
        "Whose concessions crept was not worked out as of this day.",
        "尚未测算该日的让步变化。",
    )
    remedy = words(
        "Have the customers graded again; somebody must have bought in the last half-year.",
        "请重新分级；最近半年内须有销售。",
    )


class DateNotValid(MainstayError):
    code = "date_not_valid"
    message = words(
        "{day} cannot be the day: {most} is the last one.", "日期 {day} 无效，最晚为 {most}。"
    )


class TargetDayNotValid(MainstayError):
    code = "target_day_not_valid"
    message = words(
        "{day} cannot be the target day: it lies between {first} and {last}.",
        "目标日期 {day} 无效，须在 {first} 至 {last} 之间。",
    )


class NotOnTheScale(MainstayError):
    code = "not_on_the_scale"
    message = words(
        "Choose one of the levels of «{criterion}».", "请选择“{criterion_zh}”的一个级别。"
    )


class NotAClass(MainstayError):
    code = "not_a_class"
    message = words(
        "«{klass}» is no class of «{scheme}».", "“{klass}”不是方案“{scheme_zh}”的等级。"
    )


class NoFigures(MainstayError):
    code = "no_figures"
    message = words("Nobody has a figure of: {metrics}.", "尚无任何客户的以下数据：{metrics_zh}。")
    remedy = words(
        "Import what it is made of, or leave it out of the scheme.",
        "请导入相应数据，或在方案中去掉该项。",
    )


class NotTried(MainstayError):
    code = "scheme_not_tried"
    message = words("{fault}", "{fault_zh}")


class BooksChanged(MainstayError):
    code = "books_changed"
    message = words(
        "The books changed since the newest grading; its figures cannot be completed.",
        "最近一次分级之后账簿有变动，无法补充测算。",
    )
    remedy = words("Grade everybody anew first.", "请先重新分级。")


class CostNotSeen(MainstayError):
    code = "cost_not_seen"
    message = words(
        "The scheme rests on cost, which you may not see.",
        "该方案依据成本数据判定，您无权查看成本。",
    )
