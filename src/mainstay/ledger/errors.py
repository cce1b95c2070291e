"""What can go wrong with the books."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class DocumentNotFound(MainstayError):
    code = "document_not_found"
    message = words("There is no such document.", "没有这张单据。")


class DocumentsDiffer(MainstayError):
    """``numbers`` names the first, ``count`` says how many."""

    code = "documents_differ"
    message = words(
        "{count} documents are in the books already, with other content: {numbers}.",
        "有 {count} 张单据已在账中，但内容不同：{numbers}。",
    )
    remedy = words(
        "Leave them out of the file, or export it again unchanged.",
        "请从文件中去掉这些单据，或按原内容重新导出。",
    )


class ReceiptsDiffer(MainstayError):
    """``numbers`` names the first, ``count`` says how many."""

    code = "receipts_differ"
    message = words(
        "{count} receipts are in the books already, with other content: {numbers}.",
        "有 {count} 张收款单已在账中，但内容不同：{numbers}。",
    )
    remedy = words(
        "Leave them out of the file, or export it again unchanged.",
        "请从文件中去掉这些收款单，或按原内容重新导出。",
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
