"""One at a time: a lock over the whole store that a killed process cannot leave behind.

Imports, undo and grading take turns by it, whichever worker or command runs them. On PostgreSQL it
is an advisory lock of the session, on the embedded store a locked file in the data folder; both go
with the process that held them.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import connection
from filelock import FileLock, Timeout

POLL = 0.2
"""Seconds between two tries, and between two looks at whether waiting was cancelled."""

Waiting = Callable[[], None]
"""Called while another holds the lock; may raise to give up."""


def keep_waiting() -> None:
    """Wait as long as it takes."""


@contextmanager
def one_at_a_time(name: str, waiting: Waiting = keep_waiting) -> Iterator[None]:
    """Hold the lock of that name over the block. The same thread may take it again inside."""
    if connection.vendor == "postgresql":
        take, give = _advisory(name)
    else:
        take, give = _file(name)
    while not take():
        waiting()
        time.sleep(POLL)
    try:
        yield
    finally:
        give()


def _advisory(name: str) -> tuple[Callable[[], bool], Callable[[], None]]:
    key = zlib.crc32(f"mainstay:{name}".encode())

    def ask(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [key])
            row = cursor.fetchone()
        return bool(row and row[0])

    def give() -> None:
        if connection.connection is not None and not connection.needs_rollback:
            ask("pg_advisory_unlock")

    return lambda: ask("pg_try_advisory_lock"), give


def _file(name: str) -> tuple[Callable[[], bool], Callable[[], None]]:
    lock = _lock_file(Path(settings.MAINSTAY_HOME) / f"{name}.lock", os.getpid())

    def take() -> bool:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    return take, lock.release


@cache
def _lock_file(path: Path, process: int) -> FileLock:
    """One for all threads of a process; a forked one has its own."""
    del process
    return FileLock(path, mode=0o600)
