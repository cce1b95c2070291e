"""Writes a workbook of Excel 97 (BIFF8 in a compound file), since nothing else here does.

From Microsoft's [MS-XLS] and [MS-CFB]: one stream «Workbook» of at least 4,096 bytes, so that it
lies in whole sectors; texts as LABEL records, numbers as NUMBER records.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_BOF, _EOF, _BOUNDSHEET, _DIMENSIONS, _LABEL, _NUMBER = 0x809, 0x0A, 0x85, 0x200, 0x204, 0x203
_CODEPAGE = 0x42


def write_xls(path: Path, name: str, rows: Sequence[Sequence[object]]) -> Path:
    """Rows as the only sheet of a BIFF8 workbook; floats as numbers, everything else as text."""
    sheet = _bof(0x10) + _record(
        _DIMENSIONS, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0)
    )
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, float):
                sheet += _record(_NUMBER, struct.pack("<HHHd", r, c, 0, cell))
            elif cell:
                text = str(cell)
                head = struct.pack("<HHHHB", r, c, 0, len(text), 1)
                sheet += _record(_LABEL, head + text.encode("utf-16-le"))
    sheet += _record(_EOF)
    start = _bof(0x05) + _record(_CODEPAGE, struct.pack("<H", 1200))
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    size = len(start) + 4 + 6 + len(title) + 4
    bound = _record(_BOUNDSHEET, struct.pack("<IBB", size, 0, 0) + title)
    path.write_bytes(_compound(start + bound + _record(_EOF) + sheet))
    return path


def _record(code: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", code, len(content)) + content


def _bof(what: int) -> bytes:
    return _record(_BOF, struct.pack("<HHHHII", 0x600, what, 0x0DBB, 1996, 0, 6))


def _compound(stream: bytes) -> bytes:
    """A compound file of one stream: sector 0 the FAT, sector 1 the directory, then the stream."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // _SECTOR)
    if count + 2 > _SECTOR // 4:
        raise ValueError("a FAT of one sector holds no more than 63,000 bytes")
    fat = [_FAT, _END, *range(3, count + 2), _END]
    fat += [_FREE] * (_SECTOR // 4 - len(fat))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0,
    )  # fmt: skip
    difat = [0, *[_FREE] * 108]
    directory = (
        _entry("Root Entry", 5, 1, _END, 0)
        + _entry("Workbook", 2, _FREE, 2, len(stream))
        + _entry("", 0, _FREE, 0, 0) * 2
    )
    body = struct.pack("<128I", *fat) + directory + stream.ljust(count * _SECTOR, b"\0")
    return header + struct.pack("<109I", *difat) + body


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = (name.encode("utf-16-le") + b"\0\0") if name else b""
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    links = struct.pack("<III", _FREE, _FREE, child)
    return head + links + bytes(36) + struct.pack("<IQ", start, size)
