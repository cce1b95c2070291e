"""What can go wrong with files brought in."""

from __future__ import annotations

from mainstay.kernel.errors import MainstayError, words


class UploadNotFound(MainstayError):
    code = "upload_not_found"
    message = words("There is no such upload.", "没有这次上传。")


class NothingUploaded(MainstayError):
    code = "nothing_uploaded"
    message = words("No sales file was given.", "没有提供销售文件。")
    remedy = words("Choose a file with sales lines.", "请选择含销售明细的文件。")


class UnknownTable(MainstayError):
    code = "unknown_table"
    message = words("«{table}» is not a kind of file we read.", "不支持“{table}”类文件。")


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
        "{count} faults in the file; nothing was imported.",
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
