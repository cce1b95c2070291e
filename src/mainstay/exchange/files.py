"""Where uploaded files lie: under random names, in a folder of the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from django.conf import settings

from mainstay.exchange.models import Upload, UploadFile
from mainstay.foundation.scratch import names_files
from mainstay.kernel.errors import Words, words

NAMES: dict[str, Words] = {
    "lines": words("sales lines", "销售明细"),
    "receipts": words("receipts", "收款"),
    "customers": words("customers", "客户"),
    "allocations": words("allocations", "核销"),
    "products": words("products", "产品"),
    "rates": words("rates of exchange", "汇率"),
    "efforts": words("efforts", "投入记录"),
    "effort_rates": words("rates of efforts", "投入费率"),
}
"""What each kind of file is called."""


def folder() -> Path:
    """The folder of all uploads, made where it is missing, for its owner alone."""
    path: Path = settings.UPLOAD_FOLDER
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(file: UploadFile) -> Path:
    """Where the file lies."""
    return folder() / file.stored_as


def rejects_path(upload: Upload) -> Path:
    """The rows left out of an import, with reasons, as a workbook; absent without any."""
    return folder() / f"{upload.pk.hex}-rejects.xlsx"


def open_rejects(upload: Upload) -> IO[bytes] | None:
    """The rejects file, opened for download; ``None`` when no row was left out."""
    path = rejects_path(upload)
    return path.open("rb") if path.exists() else None


@names_files
def named(names: set[str]) -> set[str]:
    """Those of the files that belong to an upload: brought, or left out of its import."""
    files = UploadFile.objects.filter(stored_as__in=names)
    left_out = {rejects_path(upload).name for upload in Upload.objects.only("pk").iterator()}
    return set(files.values_list("stored_as", flat=True)) | (names & left_out)
