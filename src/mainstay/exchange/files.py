"""Where uploaded files lie: under random names, in a folder of the data folder."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from django.conf import settings

from mainstay.exchange.models import Upload, UploadFile


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
