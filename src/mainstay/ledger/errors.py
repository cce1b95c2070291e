"""What can go wrong with the books."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class DocumentNotFound(MainstayError):
    code = "document_not_found"
    message = words("There is no such document.", "没有这张单据。")


class BatchNotFound(MainstayError):
    code = "batch_not_found"
    message = words("There is no such import.", "没有这次导入。")


class NotInForce(MainstayError):
    code = "not_in_force"
    message = words(
        "Import {batch} is not in force: it did not finish, or was taken back already.",
        "第 {batch} 次导入未生效：未完成，或已撤销。",
    )


class OtherCurrency(MainstayError):
    code = "other_currency"
    message = words(
        "The books are kept in {books}; the file is in {file}.",
        "账簿币种为 {books}，文件币种为 {file}。",
    )
    remedy = words(
        "Convert the amounts, or use another data folder for this company.",
        "请先折算金额，或为该公司使用另一个数据目录。",
    )


class SumsDiffer(MainstayError):
    code = "sums_differ"
    message = words(
        "The books took in {stored} but the file holds {read} (minor units).",
        "入账合计 {stored} 与文件合计 {read} 不一致（最小货币单位）。",
    )
    remedy = words("Nothing was imported. Please report this.", "未导入任何数据，请反馈此问题。")
