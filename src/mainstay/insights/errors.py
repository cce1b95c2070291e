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
