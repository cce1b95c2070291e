"""What a workbook of Excel 97 (BIFF) says of cells beyond their values: errors, formulas, zeros.

A spreadsheet shows «00017» where a cell holds 17 formatted so, and «#DIV/0!» where a formula came
to nothing. A formula that was never worked out has a value all the same in this format: an empty
text, or 0. Whether somebody worked it out shows in what stands beside it, not in the cell; where
nothing shows it, that is said. Source: [MS-XLS] 2.4.127 Formula, 2.5.133 FormulaValue, 2.4.215
RecalcId.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mainstay_engine.reader.convert import UNCALCULATED
from mainstay_engine.reader.raw import Raw
from mainstay_engine.reader.sheetcells import put

if TYPE_CHECKING:
    import duckdb

Cell = tuple[int, int, str]
"""Column (from 0), row (from 1) and the text that stands there."""
_ZEROS = re.compile("0{2,}")
_NUMBER = 2
"""Kind of a cell that holds a number."""
_FORMULA, _BOOLERR, _BOUNDSHEET, _RECALC = 0x06, 0x205, 0x85, 0x1C1
_BEGIN, _END = (0x809, 0x409), 0x0A
_ON_LOAD, _ALWAYS = 2, 1
"""Flags of a formula that is to be worked out when the file is opened, and every time."""
_LOST = {
    "en": "The number formats and formulas of this old workbook cannot be read: codes may lack "
    "zeros in front. Save it as .xlsx to be sure.",
    "zh": "无法读取此旧版工作簿的数字格式和公式：编码前的零可能丢失。请另存为 .xlsx 后再导入。",
}


@dataclass(frozen=True, slots=True)
class _Formula:
    column: int
    row: int
    flags: int
    worked: bool
    """It has a value that nobody has without working it out."""
    empty: bool
    error: int | None


def show_cells(con: duckdb.DuckDBPyConnection, path: Path, name: str, raw: Raw) -> Raw:
    """Let cells of the sheet of that name, read as ``raw``, say what a spreadsheet shows; the same
    ``raw``, with what cannot be known.
    """
    import xlrd
    from xlrd.biffh import XLRDError

    try:
        book = xlrd.open_workbook(
            str(path), logfile=io.StringIO(), formatting_info=True, on_demand=True
        )
        index = book.sheet_names().index(name)
        errors, formulas, recalculated = _walked(book, index)
        found, unsure = _unworked(formulas, recalculated=recalculated)
        found += [(c, r, xlrd.error_text_from_code[code]) for c, r, code in errors]
        found += _zeros(book, index)
    except (XLRDError, AssertionError, KeyError, IndexError, ValueError, struct.error):
        return raw.with_(doubts=(*raw.doubts, _LOST))
    put(con, raw, found)
    return raw.with_(doubts=(*raw.doubts, _unsure(unsure))) if unsure else raw


def _zeros(book: Any, index: int) -> list[Cell]:
    """Whole numbers with the zeros in front that their format shows."""
    digits = {
        place: len(text)
        for place, xf in enumerate(book.xf_list)
        if _ZEROS.fullmatch(text := book.format_map[xf.format_key].format_str)
    }
    if not digits:
        return []
    sheet = book.sheet_by_index(index)
    return [
        (column, row + 1, str(int(cell.value)).zfill(count))
        for row in range(sheet.nrows)
        for column, cell in enumerate(sheet.row(row))
        if (count := digits.get(cell.xf_index or 0))
        and cell.ctype == _NUMBER
        and cell.value == int(cell.value) >= 0
    ]


def _walked(book: Any, index: int) -> tuple[list[tuple[int, int, int]], list[_Formula], bool]:
    """Errors of the sheet (column, row, code), its formulas, and whether a spreadsheet says that
    it has worked out the workbook.
    """
    starts, recalculated = [], False
    for code, data in _records(book, book.base):
        if code == _BOUNDSHEET:
            offset, _hidden, kind = struct.unpack_from("<IBB", data)
            starts += [offset] if kind == 0 else []
        elif code == _RECALC:
            recalculated = struct.unpack_from("<I", data, 4)[0] > 0
    errors, formulas = [], []
    for code, data in _records(book, book.base + starts[index]):
        if code == _BOOLERR:
            row, column, _format, value, is_error = struct.unpack_from("<HHHBB", data)
            errors += [(column, row + 1, value)] if is_error else []
        elif code == _FORMULA:
            formula = _formula(data)
            formulas.append(formula)
            if formula.error is not None:
                errors.append((formula.column, formula.row, formula.error))
    return errors, formulas, recalculated


def _records(book: Any, start: int) -> Iterator[tuple[int, bytes]]:
    """Code and content of the records of one stretch, without those of charts within."""
    at, depth, end = start, 0, book.base + book.stream_len
    while at + 4 <= end:
        code, size = struct.unpack_from("<HH", book.mem, at)
        depth += (code in _BEGIN) - (code == _END)
        if depth == 0:
            return
        if depth == 1:
            yield code, bytes(book.mem[at + 4 : at + 4 + size])
        at += 4 + size


def _formula(data: bytes) -> _Formula:
    row, column, _format = struct.unpack_from("<HHH", data)
    value, flags = data[6:14], struct.unpack_from("<H", data, 14)[0]
    error, empty = None, False
    if value[6:] != b"\xff\xff":
        worked = struct.unpack("<d", value)[0] != 0
    else:  # 0 a text, 1 true or false, 2 an error, 3 the empty text
        empty = value[0] == 3
        error = value[2] if value[0] == 2 else None
        worked = not empty
    return _Formula(column, row + 1, flags & (_ON_LOAD | _ALWAYS), worked, empty, error)


def _unworked(formulas: list[_Formula], *, recalculated: bool) -> tuple[list[Cell], int]:
    """Formulas that nobody worked out, and how many more may be such.

    A program that works out nothing gives all it writes the same: an empty text, or 0 and the flag
    that it is to be worked out on opening. Where any formula of the same flags has a value, and
    where a spreadsheet says that it has worked out the workbook, empty texts and zeros are values;
    but for that flag alone, with which spreadsheets do not save.
    """
    worked = {formula.flags for formula in formulas if formula.worked}
    cells: list[Cell] = []
    unsure = 0
    for formula in formulas:
        if formula.worked or formula.flags in worked:
            continue
        if recalculated and formula.flags != _ON_LOAD:
            continue
        if formula.empty or formula.flags & _ON_LOAD:
            cells.append((formula.column, formula.row, UNCALCULATED))
        else:
            unsure += 1
    return cells, unsure


def _unsure(count: int) -> dict[str, str]:
    return {
        "en": f"Formulas that give 0 in this old workbook: {count:,}. Its format does not tell "
        "whether a spreadsheet has worked them out. Open it in one and save it as .xlsx to be sure.",
        "zh": f"此旧版工作簿中有 {count:,} 个公式的值为 0，其格式无法说明是否已经计算。"
        "如有疑问，请用电子表格软件打开并另存为 .xlsx。",
    }
