"""Files that must be refused, each with a clear word and within bounds of time and memory."""

from __future__ import annotations

import zipfile
from pathlib import Path

import xlsxwriter

from tests.engine import messy_files as messy
from tests.traps.registry import AMOUNTS, ROWS, changed, refused

# --- what must be refused, each with a clear word -------------------------------------------------


@refused("empty")
def empty_file(folder: Path) -> Path:
    path = folder / "empty.csv"
    path.write_bytes(b"")
    return path


@refused("empty")
def blank_file(folder: Path) -> Path:
    path = folder / "blank.csv"
    path.write_bytes(b"\r\n \r\n,,,\r\n")
    return path


@refused("empty")
def empty_workbook(folder: Path) -> Path:
    return messy.write_xlsx(folder / "empty.xlsx", {"明细": []})


@refused("empty")
def headings_without_rows(folder: Path) -> Path:
    return messy.write_csv(folder / "headings.csv", [messy.HEADINGS])


@refused("no_headings")
def wrong_sheet(folder: Path) -> Path:
    return messy.write_xlsx(folder / "wrong.xlsx", {"甲": [["foo", "bar"], ["1", "2"]]})


@refused("no_sheet", mapping={"options": {"sheet": "丙"}})
def sheet_that_is_not_there(folder: Path) -> Path:
    return messy.write_xlsx(folder / "sheets.xlsx", {"明细": ROWS})


@refused("missing_column")
def missing_columns(folder: Path) -> Path:
    return messy.write_csv(folder / "missing.csv", [["客户", "数量"], ["甲", "1"]])


@refused("doubled_column")
def doubled_columns(folder: Path) -> Path:
    return messy.write_csv(folder / "doubled.csv", [[*row, row[6]] for row in ROWS])


@refused("error_cell")
def error_cells(folder: Path) -> Path:
    rows = messy.as_numbers(ROWS, AMOUNTS)
    rows[2][6] = "=ERROR"
    rows[3][2] = "=ERROR"
    return messy.write_xlsx(folder / "errors.xlsx", {"明细": rows})


@refused("uncalculated")
def formulas_never_worked_out(folder: Path) -> Path:
    """As programs write them that calculate nothing: tax and gross would silently be empty."""
    path = folder / "unworked.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("明细")
    for r, row in enumerate(messy.as_numbers(ROWS, AMOUNTS)):
        sheet.write_row(r, 0, row)
        if r:
            sheet.write_formula(r, 7, f"=G{r + 1}*13%", None, "")
            sheet.write_formula(r, 8, f"=G{r + 1}+H{r + 1}", None, "")
    book.close()
    return path


@refused("mixed_encodings")
def mixed_encodings(folder: Path) -> Path:
    return messy.mixed_encodings(folder / "mixed.csv")


@refused("bad_encoding")
def bytes_of_no_encoding(folder: Path) -> Path:
    path = messy.write_csv(folder / "bytes.csv", ROWS, encoding="gb18030")
    path.write_bytes(path.read_bytes().replace("乙公司".encode("gb18030"), b"\xff\xff\xff"))
    return path


@refused("cut_code")
def codes_cut_short(folder: Path) -> Path:
    return messy.write_csv(folder / "cut.csv", changed({(3, "客户编码"): "9.14E+17"}))


@refused("cut_code")
def codes_cut_short_in_a_workbook(folder: Path) -> Path:
    rows: list[list[object]] = [list(row) for row in ROWS]
    rows[3][2] = 914101000000000000.0
    return messy.write_xlsx(folder / "cut.xlsx", {"明细": rows})


@refused("no_such_day")
def impossible_dates(folder: Path) -> Path:
    days = {(1, "单据日期"): "2024-02-30", (3, "单据日期"): "2023-13-01"}
    return messy.write_csv(folder / "days.csv", changed(days))


@refused("not_a_number")
def text_in_numbers(folder: Path) -> Path:
    return messy.write_csv(folder / "text.csv", changed({(2, "不含税金额"): "二百"}))


@refused("open_quote")
def quotation_that_never_closes(folder: Path) -> Path:
    path = messy.write_csv(folder / "quote.csv", ROWS)
    path.write_bytes(path.read_bytes().replace("乙公司".encode(), '"乙公司'.encode()))
    return path


@refused("too_wide")
def ten_million_columns(folder: Path) -> Path:
    path = folder / "wide.csv"
    with path.open("wb") as stream:
        for _ in range(10):
            stream.write(b"a," * 1_000_000)
        stream.write(b"a\r\n")
    return path


@refused("long_line")
def ten_million_columns_far_below(folder: Path) -> Path:
    path = folder / "below.csv"
    rows = [messy.HEADINGS, *(messy.LINES[0] for _ in range(20_000))]
    messy.write_csv(path, rows, encoding="gb18030")
    with path.open("ab") as stream:
        for _ in range(10):
            stream.write(b"1," * 1_000_000)
    return path


@refused("too_wide")
def html_with_millions_of_columns(folder: Path) -> Path:
    path = folder / "span.xls"
    cells = '<td colspan="10000000">1</td>' * 500
    path.write_text(f"<html><table><tr>{cells}</tr></table></html>", encoding="utf-8")
    return path


@refused("too_wide")
def stray_cell_in_the_last_corner(folder: Path) -> Path:
    """One cell in the last column of the last row: as a rectangle, 17 thousand million cells."""
    path = folder / "corner.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("明细")
    for r, row in enumerate(ROWS):
        sheet.write_row(r, 0, row)
    sheet.write_string(1_048_575, 16_383, "x")
    book.close()
    return path


@refused("sparse_sheet")
def stray_cell_far_below(folder: Path) -> Path:
    path = folder / "sparse.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("明细")
    for r, row in enumerate(ROWS):
        sheet.write_row(r, 0, row)
    sheet.write_string(1_048_575, 400, "x")
    book.close()
    return path


@refused("zip_bomb")
def zip_bomb(folder: Path) -> Path:
    return messy.zip_bomb(folder / "bomb.xlsx")


@refused("zip_bomb")
def gzip_bomb(folder: Path) -> Path:
    return messy.gzip_bomb(folder / "bomb.csv.gz")


@refused("broken")
def zip_bomb_that_lies_about_its_size(folder: Path) -> Path:
    """The archive's directory says that a sheet of 200 MiB has 100 bytes."""
    path = messy.write_xlsx(folder / "lies.xlsx", {"明细": ROWS})
    with zipfile.ZipFile(path) as archive:
        kept = {n: archive.read(n) for n in archive.namelist() if "sharedStrings" not in n}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
        archive.writestr("xl/sharedStrings.xml", bytes(200 << 20))
        archive.infolist()[-1].file_size = 100
    return path


@refused("macro")
def macros(folder: Path) -> Path:
    return messy.with_macros(folder / "macro.xlsm")


@refused("password")
def password(folder: Path) -> Path:
    return messy.protected(folder / "secret.xlsx")


@refused("archive")
def archive_of_files(folder: Path) -> Path:
    path = folder / "files.zip"
    inner = messy.write_csv(folder / "lines.csv", ROWS)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "lines.csv")
    return path.rename(folder / "files.xlsx")


@refused("no_workbook")
def workbook_that_is_a_letter(folder: Path) -> Path:
    path = folder / "letter.xlsx"
    path.write_text("您的登录已过期，请重新登录后下载。\n", encoding="utf-8")
    return path


@refused("cut_workbook")
def workbook_cut_off(folder: Path) -> Path:
    path = messy.write_xlsx(folder / "cut.xlsx", {"明细": ROWS})
    path.write_bytes(path.read_bytes()[:-400])
    return path


@refused("broken")
def packed_file_cut_off(folder: Path) -> Path:
    path = messy.write_csv(folder / "cut.csv.gz", [messy.HEADINGS, *messy.LINES * 500])
    path.write_bytes(path.read_bytes()[:-40])
    return path


@refused("unknown_format")
def picture(folder: Path) -> Path:
    path = folder / "picture.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64))
    return path


@refused("no_file")
def absent_file(folder: Path) -> Path:
    return folder / "absent.csv"
