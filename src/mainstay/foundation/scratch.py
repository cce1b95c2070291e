"""Folders for work in progress, under the data folder: gone with the work, even where it is killed.

Each is claimed by a locked file beside it. The lock goes with the process that holds it, so that
``sweep`` tells what the dead left from what the living use.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import connection
from filelock import FileLock, Timeout

_STORE = ".store"
_NAMES: list[Callable[[set[str]], set[str]]] = []


class Scratch:
    """An empty folder, for its owner alone, until ``close`` or the end of the process."""

    def __init__(self, purpose: str) -> None:
        folder = _folder()
        name = f"{purpose}-{secrets.token_hex(8)}"
        self.path = folder / name
        self._claim = FileLock(folder / f"{name}.lock", mode=0o600)
        with _door(folder):  # nobody sweeps between the folder and its claim
            self._claim.acquire(timeout=0)
            self.path.mkdir(mode=0o700)

    def close(self) -> None:
        """Remove the folder. It may be called again."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._claim.release()
        Path(self._claim.lock_file).unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Claims(Scratch):
    """Names of files in the folder of uploads that are to go unless the store names them.

    Whoever adds such files before their rows are committed, or removes them after, claims them
    first; where he is killed in between, ``sweep`` does it for him.
    """

    def __init__(self) -> None:
        super().__init__("uploads")
        (self.path / _STORE).write_text(_store(), encoding="utf-8")

    def add(self, names: Iterable[str]) -> None:
        """Claim files, before they are touched."""
        with _door(self.path.parent):
            for name in names:
                (self.path / name).touch()


def names_files(work: Callable[[set[str]], set[str]]) -> Callable[[set[str]], set[str]]:
    """Register what tells which of some uploaded files the store names."""
    _NAMES.append(work)
    return work


def sweep() -> None:
    """Remove the folders of processes that are gone, and the files they claimed in vain."""
    folder = _folder()
    with _door(folder):
        for claim in folder.glob("*.lock"):
            lock = FileLock(claim, mode=0o600)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue  # its process lives
            left = claim.with_suffix("")
            if _settled(left):
                shutil.rmtree(left, ignore_errors=True)
                claim.unlink(missing_ok=True)
            lock.release()


def _settled(left: Path) -> bool:
    """Remove the files a dead process claimed in vain; not where it worked on another store."""
    store = left / _STORE
    if not store.exists():
        return True
    if store.read_text(encoding="utf-8") != _store():
        return False
    names = {path.name for path in left.iterdir()} - {_STORE}
    names -= {path.name for path in left.parent.glob("*/*") if path.parent != left}
    for work in _NAMES:
        names -= work(names)
    for name in names:
        (Path(settings.UPLOAD_FOLDER) / name).unlink(missing_ok=True)
    return True


def _store() -> str:
    """Which store this is: a data folder may have served two."""
    given: Any = connection.settings_dict
    return f"{connection.vendor} {given['HOST']} {given['PORT']} {given['NAME']}"


def _folder() -> Path:
    path = Path(settings.MAINSTAY_HOME) / "scratch"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _door(folder: Path) -> FileLock:
    """Passed by one at a time who makes or sweeps; beside the folder, so it is never swept."""
    return FileLock(folder.with_suffix(".lock"), mode=0o600)
