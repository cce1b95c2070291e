"""The head of the chain, kept outside the store: a file that is only ever added to.

One line of JSON per sealing: kind, sequence and hash of the newest seal, and when. Sequences count
1, 2, 3 …, so the sequence is also how many entries are sealed. Who cuts off the newest entries
together with their seals leaves a chain without a fault; this file remembers how long it was.

``MAINSTAY_AUDIT_HEAD`` puts it on other storage. Lines of kind ``restored`` and ``anew`` begin
afresh: a backup came back, or an administrator gave a reason.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from mainstay.foundation.errors import HeadUnreadable

SEALED, RESTORED, ANEW = "sealed", "restored", "anew"
_TORN = b" #torn\n"
"""Ends a line of which a power cut left a part."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``sequence`` 0 and an empty ``hash`` stand for a chain without any seal."""

    kind: str
    sequence: int
    hash: str
    at: str
    why: str = ""

    @property
    def begins(self) -> bool:
        """Whether what stands before it is no longer held against the chain."""
        return self.kind in {RESTORED, ANEW}


def path() -> Path:
    """Where the file is."""
    return Path(settings.AUDIT_HEAD)


def lines() -> Iterator[Line]:
    """Every line, oldest first; none without a file. Raises ``HeadUnreadable``."""
    try:
        file = path().open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, raw in enumerate(file, start=1):
            if raw.endswith(_TORN) or not raw.endswith(b"\n"):
                continue  # never completed: what it would say was not marked as said either
            yield _line(raw, number)


def begun() -> tuple[int, Line | None]:
    """How many lines to pass over to come to the newest that begins afresh, and that line."""
    skip, found = 0, None
    for number, line in enumerate(lines()):
        if line.begins:
            skip, found = number, line
    return skip, found


def last() -> Line | None:
    """The newest line. Raises ``HeadUnreadable``."""
    found = None
    try:
        with path().open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 8192))
            tail = file.read()
    except FileNotFoundError:
        return None
    for raw in tail.splitlines(keepends=True):
        if raw.endswith(b"\n") and not raw.endswith(_TORN):
            found = raw
    return _line(found, 0) if found else None


def append(kind: str, sequence: int, digest: str, why: str = "") -> None:
    """Add a line; it is on the disk when this returns. Raises ``OSError``."""
    told: dict[str, Any] = {
        "kind": kind, "sequence": sequence, "hash": digest, "at": timezone.now().isoformat(),
    }  # fmt: skip
    if why:
        told["why"] = why
    text = json.dumps(told, ensure_ascii=False).encode() + b"\n"
    place = path()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    is_new = not place.exists()
    handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            text = _TORN + text
        if os.write(handle, text) != len(text):
            raise OSError(f"{place.name}: written in part only")
        os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        _sync(place.parent)


def _line(raw: bytes, number: int) -> Line:
    try:
        told = json.loads(raw)
        return Line(
            str(told["kind"]), int(told["sequence"]), str(told["hash"]), str(told["at"]),
            str(told.get("why", "")),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise HeadUnreadable(line=number or "last") from error


def _sync(folder: Path) -> None:
    """Make the new file's name last, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
