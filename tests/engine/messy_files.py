"""Makes the files people really bring: every trap of the domain notes, written into a folder.

All of them hold the same three documents unless they say otherwise (amounts in yuan):

    XS-001  2024-01-05  C001 甲公司   1,000.00 + 130.00 = 1,130.00 and 200.00 + 26.00 = 226.00
    XS-002  2024-01-31  C002 乙公司   500.00 + 65.00 = 565.00
    XS-003  2024-02-10  C001 甲公司   red: -100.00 - 13.00 = -113.00

so net is 1,600.00 and gross 1,808.00 in all.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

HEADINGS = [
    "单据编号",
    "单据日期",
    "客户编码",
    "客户名称",
    "存货编码",
    "数量",
    "不含税金额",
    "税额",
    "价税合计",
]
LINES = [
    ["XS-001", "2024-01-05", "C001", "甲公司", "001", "10", "1000.00", "130.00", "1130.00"],
    ["XS-001", "2024-01-05", "C001", "甲公司", "002", "2", "200.00", "26.00", "226.00"],
    ["XS-002", "2024-01-31", "C002", "乙公司", "001", "5", "500.00", "65.00", "565.00"],
    ["XS-003", "2024-02-10", "C001", "甲公司", "001", "-1", "-100.00", "-13.00", "-113.00"],
]
NET, GROSS = 160_000, 180_800
"""Totals of ``LINES`` in fen."""


def with_column(name: str, values: Sequence[str]) -> list[list[str]]:
    """``LINES`` with one column's values replaced, headings first."""
    place = HEADINGS.index(name)
    changed = [
        [*line[:place], value, *line[place + 1 :]]
        for line, value in zip(LINES, values, strict=True)
    ]
    return [HEADINGS, *changed]


def add_column(name: str, values: Sequence[str]) -> list[list[str]]:
    """``LINES`` with one more column at the end, headings first."""
    return [[*HEADINGS, name], *([*line, v] for line, v in zip(LINES, values, strict=True))]


def write_csv(
    path: Path, rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    """Rows as delimited text."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    content = text.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    """Rows as a workbook; numbers as numbers, everything else as text."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("=ERROR"):
                    sheet.write_formula(r, c, "=1/0", None, "#DIV/0!")
                elif cell is not None and cell != "":
                    sheet.write(r, c, cell)
    book.close()
    return path


def as_numbers(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> list[list[object]]:
    """Rows with the named columns as numbers, as a workbook holds them."""
    places = [list(rows[0]).index(name) for name in columns]
    return [
        list(rows[0]),
        *([float(cell) if i in places else cell for i, cell in enumerate(row)] for row in rows[1:]),
    ]


def titled(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A report: titles above, 小计 within, 合计 and notes below, a repeated heading, a blank."""
    width = len(rows[0])
    head, *lines = [list(row) for row in rows]

    def label(place: int, text: str, **cells: str) -> list[str]:
        row = [""] * width
        row[place] = text
        for name, value in cells.items():
            row[head.index(name)] = value
        return row

    return [
        label(0, "销售出库明细表"),
        label(0, "期间：2024-01 至 2024-02", 税额="单位：元"),
        head,
        *lines[:2],
        label(0, "小计", 不含税金额="1200.00", 税额="156.00", 价税合计="1356.00"),
        label(0, ""),
        head,
        *lines[2:],
        label(3, "合  计", 不含税金额="1600.00", 税额="208.00", 价税合计="1808.00"),
        label(0, "制表人：张三", 税额="审核：李四"),
    ]


def header_on_first_line_only() -> list[list[str]]:
    """Document fields stand on the first line of each document only."""
    rows = [list(row) for row in [HEADINGS, *LINES]]
    rows[2][:4] = ["", "", "", ""]
    return rows


def html_xls(path: Path, rows: Sequence[Sequence[str]], encoding: str = "gb18030") -> Path:
    """An «xls» that is an HTML table."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    page = f'<html><head><meta charset="gb2312"></head><body><table>{body}</table></body></html>'
    path.write_bytes(page.encode(encoding))
    return path


def xml_xls(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """An «xls» that is an XML spreadsheet of Excel 2003."""
    body = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in row) + "</Row>"
        for row in rows
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="明细"><Table>'
        f"{body}</Table></Worksheet></Workbook>",
        encoding="utf-8",
    )
    return path


def zip_bomb(path: Path) -> Path:
    """A small xlsx that would unpack to 300 MiB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(300):
                member.write(bytes(1 << 20))
    return path


def gzip_bomb(path: Path) -> Path:
    """A small .csv.gz that unpacks to 100 MiB of the same row."""
    block = b"a,b,c\n" * (1 << 18)
    with gzip.open(path, "wb") as stream:
        for _ in range(70):
            stream.write(block)
    return path


def protected(path: Path) -> Path:
    """The outer form of a workbook encrypted with a password."""
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(1024)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(512)
    )
    return path


def with_macros(path: Path) -> Path:
    """A workbook that carries a macro project."""
    write_xlsx(path, {"明细": [HEADINGS, *LINES]})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    return path


def mixed_encodings(path: Path) -> Path:
    """GB18030 with one line pasted in from a UTF-8 file (record 3)."""
    rows = [",".join(row) for row in [HEADINGS, *LINES]]
    lines = [
        row.encode("utf-8" if number == 3 else "gb18030") for number, row in enumerate(rows, 1)
    ]
    path.write_bytes(b"\r\n".join(lines) + b"\r\n")
    return path
