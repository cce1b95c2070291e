"""A full disk in words, whoever notices it: the file system, SQLite or PostgreSQL."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from mainstay.foundation.errors import DiskFull

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SAID = ("disk is full", "disk i/o error", "no space left", "disk full")
"""SQLite's words and PostgreSQL's."""


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Raise ``DiskFull`` where the block found no room; other errors go on as they are."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(why=error.strerror or error.errno) from error
        raise
    except (sqlite3.DatabaseError, DatabaseError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else ""
        if any(said in first.lower() for said in _SAID):
            raise DiskFull(why=first) from error
        raise
