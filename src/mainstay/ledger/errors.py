"""What can go wrong with the books."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

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


class RatesMissing(MainstayError):
    code = "rates_missing"
    message = words(
        "Documents or receipts would be left without a rate: {lacking}.",
        "有单据或收款将缺少汇率：{lacking}。",
    )
    remedy = words(
        "Bring rates dated on or before these days first, or take those documents back.",
        "请先补充这些日期或更早的汇率，或先撤销相应单据的导入。",
    )

    @classmethod
    def of(cls, lacking: Iterable[tuple[str, date, int]]) -> RatesMissing:
        """As ``selectors.currencies.unrated`` finds them: code, first day, rows."""
        return cls(lacking=", ".join(f"{code} {day}" for code, day, _rows in lacking))


class BadRate(MainstayError):
    code = "bad_rate"
    message = words(
        "A rate is a number above 0 with at most ten decimals; {currency} must be the ISO 4217 "
        "code of another currency than the company's, {company}.",
        "汇率须为大于 0 的数，最多十位小数；{currency} 须为本位币 {company} 以外的 ISO 4217 代码。",
    )


class CurrencyIsFixed(MainstayError):
    code = "currency_is_fixed"
    message = words(
        "An import says the currency of the books, or one is running: it stays.",
        "已有导入确定了账簿的本位币，或正在导入：本位币不能再改。",
    )


class DecimalsDiffer(MainstayError):
    code = "decimals_differ"
    message = words(
        "The amounts in the books were read with {kept} decimals, and {currency} has {decimals}.",
        "账簿中的金额按 {kept} 位小数读入，而 {currency} 有 {decimals} 位小数。",
    )
    remedy = words(
        "Take the imports back, name the currency, and import the files again.",
        "请撤销导入，先指定币种，再重新导入文件。",
    )


class CurrencyIsAnother(MainstayError):
    code = "currency_is_another"
    message = words(
        "The books hold rates of {currency} against the company's currency: it is another one.",
        "账簿中有 {currency} 对本位币的汇率：它不是本位币。",
    )
    remedy = words(
        "Name the company's currency, or take those rates back first.",
        "请指定真正的本位币，或先撤销这些汇率。",
    )


class NoSuchCurrency(MainstayError):
    code = "no_such_currency"
    message = words(
        "{currency} is not a currency's ISO 4217 code, such as CNY.",
        "{currency} 不是 ISO 4217 币种代码（例如 CNY）。",
    )


class SumsDiffer(MainstayError):
    code = "sums_differ"
    message = words(
        "The books took in {stored} but the file holds {read} (minor units).",
        "入账合计 {stored} 与文件合计 {read} 不一致（最小货币单位）。",
    )
    remedy = words("Nothing was imported. Please report this.", "未导入任何数据，请反馈此问题。")
