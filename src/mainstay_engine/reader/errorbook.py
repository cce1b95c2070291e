"""The error file: a workbook of rows that were left out, to be corrected and read again.

One sheet per table, and one that says how the file was read. A few rows by themselves may not show
what the whole file showed (5/1/2024, «1,234», a bare 金额), so that sheet is believed when the
workbook is read, wherever the user does not say otherwise.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mainstay_engine.errors import EngineError
from mainstay_engine.reader.messages import TABLES_ZH
from mainstay_engine.reader.outside import out_of_space
from mainstay_engine.reader.raw import EXTRA

if TYPE_CHECKING:
    from mainstay_engine.facts import Facts
    from mainstay_engine.reader.rejects import Block, Row

WAYS = "How it was read 读取方式"
"""Name of the sheet by which an error file is known; its columns are table, setting and value."""
SHEETS = {table: f"{table} {zh}" for table, zh in TABLES_ZH.items()}
"""Name of the sheet of each table."""
_HEAD = ("Table / 表", "Setting / 设置", "Value / 值")
_ROWS, _CELL = 1_048_575, 32_767
"""Rows below the headings of a sheet, and characters in a cell, that Excel allows."""
_CUT = (
    "«{heading}» is longer than a cell of Excel: only its first 32,767 characters stand here. / "
    "「{heading}」超出 Excel 单元格容量，此处仅为前 32,767 个字符。"
)
_WIDTHS = (60, 48)
AS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "constant_memory": True,
}


def write_book(facts: Facts, blocks: Sequence[Block], path: Path) -> None:
    """Write the workbook; it comes into place only when complete.

    Every cell is a text cell, which a spreadsheet never calculates, and stays one when corrected,
    so that codes keep their zeros. Raises ``EngineError`` for more rows than a sheet has, and where
    the disk is full.
    """
    import xlsxwriter

    for block in blocks:
        if len(block.rows) > _ROWS:
            count = len(block.rows)
            raise EngineError(
                {"en": f"{count:,} faulty rows do not fit into one Excel sheet.",
                 "zh": f"{count:,} 行错误数据超出一个 Excel 工作表的行数。"},
                {"en": "Correct the file itself, or write .csv.",
                 "zh": "请直接更正原文件，或写出 .csv。"},
            )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.absolute().parent) as folder:
        staged = Path(folder) / path.name
        book = xlsxwriter.Workbook(os.fspath(staged), {**AS_TEXT, "tmpdir": folder})
        try:
            _fill(book, facts, blocks)
            book.close()
        except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
            book.fileclosed = True
            if not out_of_space(error):
                raise
            raise EngineError(
                {"en": f"The disk is full: «{path.name}» could not be written.",
                 "zh": f"磁盘已满，无法写出“{path.name}”。"},
                {"en": "Free some space and try again.", "zh": "请腾出空间后重试。"},
            ) from error  # fmt: skip
        os.replace(staged, path)


def _fill(book: Any, facts: Facts, blocks: Sequence[Block]) -> None:
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
        "text": book.add_format({"num_format": "@"}),
        "faulty": book.add_format({"num_format": "@", "bg_color": "#FFC7CE", "bold": True}),
        "said": book.add_format({"num_format": "@", "text_wrap": True, "font_color": "#7F3F00"}),
    }
    for block in blocks:
        _sheet(book.add_worksheet(SHEETS[block.source.table]), block, styles)
    sheet = book.add_worksheet(WAYS)
    sheet.set_column(0, 2, 24, styles["text"])
    said = [
        (block.source.table, *way)
        for block in blocks
        for way in facts.backend.con.execute(
            f"SELECT name, said FROM mainstay_ways_{block.source.table} ORDER BY name"
        ).fetchall()
    ]
    if facts.currency is not None:
        said += [(block.source.table, "option currency", facts.currency) for block in blocks]
    for at, record in enumerate([_HEAD, *said]):
        for place, value in enumerate(record):
            sheet.write_string(at, place, value, styles["head" if at == 0 else "text"])


def _sheet(sheet: Any, block: Block, styles: dict[str, Any]) -> None:
    width = len(block.headings)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, width - 1), 14, styles["text"])
    for at, (heading, wide) in enumerate(zip(EXTRA, _WIDTHS, strict=True), start=width):
        sheet.set_column(at, at, wide, styles["said"])
        sheet.write_string(0, at, heading, styles["head"])
    for at, heading in enumerate(block.headings):
        sheet.write_string(0, at, heading[:_CELL], styles["head"])
    for number, row in enumerate(block.rows, start=1):
        for at, cell in enumerate(row.cells):
            style = styles["faulty" if at in row.faulty else "text"]
            if cell or at in row.faulty:
                sheet.write_string(number, at, cell[:_CELL], style)
        for at, said in enumerate((_why(row, block.headings), row.remedy), start=width):
            sheet.write_string(number, at, said[:_CELL], styles["said"])


def _why(row: Row, headings: Sequence[str]) -> str:
    cut = [_CUT.format(heading=headings[at]) for at, c in enumerate(row.cells) if len(c) > _CELL]
    return "\n".join([row.why, *cut])


def read_ways(rows: Iterable[Sequence[str]], table: str) -> tuple[tuple[str, str], ...]:
    """(setting, value) that the workbook states for a table."""
    return tuple(
        (record[1].strip(), record[2].strip())
        for record in rows
        if len(record) > 2 and record[0].strip() == table and record[1].strip()
    )
