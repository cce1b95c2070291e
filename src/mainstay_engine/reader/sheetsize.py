"""How far the sheets of an xlsx reach, before they are laid out in memory cell by cell.

A sheet is read as a full rectangle, so one stray cell in the last corner of a sheet that is empty
otherwise would take gigabytes. Its XML tells first, in blocks, at no more memory than a block.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from mainstay_engine.errors import BadInput, Fault
from mainstay_engine.reader.messages import fault
from mainstay_engine.reader.raw import MAX_COLUMNS
from mainstay_engine.reader.sheetcells import column_number

_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?r="([A-Z]{1,4})([0-9]{1,9})"[^>/]*>')
"""A cell that may hold something: ones that are merely formatted close at once."""
_BLOCK = 1 << 22
_EASY = 4_000_000
"""Cells of a rectangle that are laid out without a question."""
_SPARSE = 20
"""Cells of the rectangle per cell that holds anything, beyond which a large sheet is refused."""


def measure(path: Path) -> None:
    """Raise ``BadInput`` for an xlsx with a sheet that is too wide, or vast and nearly empty.

    Reading its members through also finds damaged ones, and ones larger than they say. A sheet
    without cell references has no gaps and needs no bound.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [
                wrong
                for member in archive.namelist()
                if member.startswith("xl/") and member.endswith(".xml")
                for wrong in _measured(archive, member, path.name)
            ]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput([fault("broken", file=path.name, why=str(error))]) from error
    if found:
        raise BadInput(found)


def _measured(archive: zipfile.ZipFile, member: str, name: str) -> list[Fault]:
    rows = cells = 0
    columns: set[bytes] = set()
    sheet = member.startswith("xl/worksheets/")
    rest, more = b"", True
    with archive.open(member) as stream:
        while more:
            block = stream.read(_BLOCK)
            more = bool(block)
            if not sheet:
                continue
            seen = rest + block
            cut = max(0, seen.rfind(b"<")) if more else len(seen)
            rest = seen[cut:][-_BLOCK:]
            found = _CELL.findall(seen[:cut])
            cells += len(found)
            columns.update(letters for letters, _row in found)
            rows = max(rows, int(found[-1][1])) if found else rows
    width = max((column_number(letters) for letters in columns), default=0)
    if width > MAX_COLUMNS:
        return [fault("too_wide", file=name, limit=MAX_COLUMNS)]
    if rows * width > max(_EASY, _SPARSE * cells):
        return [fault("sparse_sheet", file=name, rows=rows, columns=width)]
    return []
