"""What happens to a reading from outside: its file goes away, or the disk is full."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from mainstay_engine.errors import BadInput
from mainstay_engine.reader.messages import fault

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SAID = ("no space left", "disk quota exceeded", "file too large", "max_temp_directory_size")
"""How the system and DuckDB put it."""


def out_of_space(error: BaseException) -> bool:
    """Whether the error says that the disk, a quota or the largest file size is used up."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(words in str(error).lower() for words in _SAID)


@contextmanager
def told_apart(source: Any) -> Iterator[None]:
    """Turns errors that come from outside while ``source`` is read into faults (``BadInput``).

    A file that was there and is there no longer is «gone», whatever broke because of it. Errors
    with another cause pass through.
    """
    path = Path(source) if isinstance(source, str | os.PathLike) else None
    there = path is not None and path.is_file()
    try:
        yield
    except (OSError, BadInput, duckdb.Error) as error:
        if there and path is not None and not path.is_file():
            raise BadInput([fault("gone", file=path.name)]) from error
        if isinstance(error, BadInput):
            raise
        if out_of_space(error):
            raise BadInput([fault("disk_full", file=path.name if path else None)]) from error
        if there and path is not None and isinstance(error, OSError):
            raise BadInput([fault("broken", file=path.name, why=str(error))]) from error
        raise
