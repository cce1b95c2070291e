"""What can go wrong with files brought in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mainstay.kernel.errors import MainstayError, words

if TYPE_CHECKING:
    from mainstay.foundation.models import User
    from mainstay.foundation.permissions import Right
    from mainstay_engine import Fault


class UploadNotFound(MainstayError):
    code = "upload_not_found"
    message = words("There is no such upload.", "没有这次上传。")


class NothingUploaded(MainstayError):
    code = "nothing_uploaded"
    message = words("No file was given.", "没有提供文件。")
    remedy = words(
        "Choose sales lines, receipts, customers or allocations.",
        "请选择销售明细、收款、客户或核销文件。",
    )


class UnknownTable(MainstayError):
    code = "unknown_table"
    message = words("«{table}» is not a kind of file we read.", "不支持“{table}”类文件。")


class TableUnclear(MainstayError):
    code = "table_unclear"
    message = words(
        "It is not clear from its headings whether «{name}» holds {tables}.",
        "从表头无法判断“{name}”属于哪一类：{tables}。",
    )
    remedy = words("Say it: --table {first}", "请指明：--table {first}")


class TableTwice(MainstayError):
    code = "table_twice"
    message = words(
        "«{name}» and «{other}» both hold {table}.", "“{name}”与“{other}”都属于 {table} 类。"
    )
    remedy = words(
        "Bring them one after the other, or say which is what with --table.",
        "请分次导入，或用 --table 指明各自类别。",
    )


class FileWentAway(MainstayError):
    code = "file_went_away"
    message = words("«{name}» was taken away before it was read.", "“{name}”在读取之前已被移走。")
    remedy = words("Put it there again.", "请重新放入。")


class FileChanged(MainstayError):
    code = "file_changed"
    message = words(
        "«{name}» was written anew while it was imported; it stays and is imported again.",
        "“{name}”在导入期间被重新写入，已保留并将再次导入。",
    )


class FileTooLarge(MainstayError):
    """``size`` and ``limit`` in megabytes."""

    code = "file_too_large"
    message = words(
        "{name} has {size} MB; {limit} MB is the most.",
        "{name} 大小为 {size} MB，上限为 {limit} MB。",
    )
    remedy = words("Split it, or pack it as .csv.gz.", "请拆分文件，或压缩为 .csv.gz。")


class UnknownFileType(MainstayError):
    code = "unknown_file_type"
    message = words("{name}: this type of file is not read.", "{name}：不支持此类文件。")
    remedy = words("Use CSV, Excel or Parquet.", "请使用 CSV、Excel 或 Parquet 文件。")


class AlreadyApplied(MainstayError):
    code = "already_applied"
    message = words("This upload is being imported or was imported.", "该文件正在导入或已导入。")


class FileHasFaults(MainstayError):
    """Stands in the job's record; the faults themselves are kept with the upload."""

    code = "file_has_faults"
    message = words(
        "{count} {count:fault|faults} in the file; nothing was imported.",
        "文件有 {count} 处错误，未导入任何数据。",
    )
    remedy = words(
        "Correct them and bring the file again, or import without the faulty rows.",
        "请更正后重新上传，或跳过有误的行导入。",
    )


class BooksNotEmpty(MainstayError):
    code = "books_not_empty"
    message = words(
        "The books hold data already; the demo company stays out.",
        "账簿中已有数据，不再载入演示公司。",
    )


class DemoIsThere(MainstayError):
    code = "demo_is_there"
    message = words(
        "The demo company is loaded; its books take no rates.", "当前为演示公司，不能录入汇率。"
    )
    remedy = words(
        "Import your own data: the demo company goes by that.", "导入自己的数据后演示公司即被移除。"
    )


class NoLongerAllowed(MainstayError):
    """Whoever asked lost the right before it was done. ``person``: id; ``rights``: names."""

    code = "no_longer_allowed"
    message = words(
        "{who} no longer holds the right «{right_en}»; nothing was changed.",
        "{who}已不具备“{right_zh}”权限，未作任何更改。",
    )
    remedy = words(
        "Somebody who holds it has to ask for it again.", "请由具备该权限的人员重新发起。"
    )

    def __init__(self, person: User, lacking: Sequence[Right]) -> None:
        self.person, self.rights = person.pk, [right.name for right in lacking]
        super().__init__(
            who=person.known_as(),
            right_en=", ".join(right.title["en"] for right in lacking),
            right_zh="、".join(right.title["zh"] for right in lacking),
        )


class SourceNotFound(MainstayError):
    code = "source_not_found"
    message = words("No map is saved as «{name}».", "没有名为“{name}”的已存映射。")
    remedy = words("Saved are: {known}.", "已存：{known}。")


class BadSourceName(MainstayError):
    code = "bad_source_name"
    message = words(
        "A name has 1 to {limit} characters, on one line.", "名称须为 1 至 {limit} 个字符，不换行。"
    )


class BadMapping(MainstayError):
    """``faults``: everything wrong with a map of columns, as the engine states it."""

    code = "bad_mapping"
    message = words(
        "{count} {count:fault|faults} in the map of columns.", "列映射有 {count} 处错误。"
    )

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__(count=len(self.faults))


class CurrencyNotGiven(MainstayError):
    code = "currency_not_given"
    message = words(
        "«{number}» names no currency, and the books have none yet.",
        "“{number}”未注明币种，账簿也尚无本位币。",
    )
    remedy = words("Send «currency», as ISO 4217 writes it.", "请提供 currency（ISO 4217 代码）。")


class UploadAtWork(MainstayError):
    code = "upload_at_work"
    message = words(
        "These files are still needed: their import is at work, or can go on.",
        "这些文件仍需使用：导入正在进行或可以继续。",
    )
