"""What a workbook of Excel 97 (BIFF) says of cells beyond their values: zeros in front.

A spreadsheet shows «00017» where a cell holds 17 formatted so. A formula that was never worked out
has an empty text there, and is read as an empty cell.
"""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from mainstay_engine.reader.raw import Raw
from mainstay_engine.reader.sheetcells import put

if TYPE_CHECKING:
    import duckdb

_ZEROS = re.compile("0{2,}")
_NUMBER = 2
"""Kind of a cell that holds a number."""
_LOST = {
    "en": "The number formats of this old workbook cannot be read: codes may lack zeros in front. "
    "Save it as .xlsx to be sure.",
    "zh": "无法读取此旧版工作簿的数字格式：编码前的零可能丢失。请另存为 .xlsx 后再导入。",
}


def show_zeros(con: duckdb.DuckDBPyConnection, path: Path, index: int, raw: Raw) -> Raw:
    """Let whole numbers of the sheet at ``index``, read as ``raw``, have the zeros they show."""
    import xlrd
    from xlrd.biffh import XLRDError

    try:
        book = xlrd.open_workbook(
            str(path), logfile=io.StringIO(), formatting_info=True, on_demand=True
        )
        digits = {
            place: len(text)
            for place, xf in enumerate(book.xf_list)
            if _ZEROS.fullmatch(text := book.format_map[xf.format_key].format_str)
        }
        found = []
        if digits:
            sheet = book.sheet_by_index(index)
            for row in range(sheet.nrows):
                for column, cell in enumerate(sheet.row(row)):
                    count = digits.get(cell.xf_index or 0)
                    if count and cell.ctype == _NUMBER and cell.value == int(cell.value) >= 0:
                        found.append((column, row + 1, str(int(cell.value)).zfill(count)))
    except (XLRDError, AssertionError, KeyError, IndexError, ValueError, struct.error):
        return raw.with_(doubts=(*raw.doubts, _LOST))
    put(con, raw, found)
    return raw
