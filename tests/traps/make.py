"""Every trap of the domain notes and every bad input, as a file that is made when it is asked for.

A trap is made by a function of its own and says what must come of it: the totals of the ledger, or
the codes of its faults. The same registry goes through the engine, the wizard and the command line.
Unless a trap says otherwise its file holds the documents of ``tests.engine.messy_files``.
"""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.engine import messy_files as messy
from tests.traps.biff import write_xls

Files = dict[str, Path]
ROWS = [messy.HEADINGS, *messy.LINES]
AMOUNTS = ["数量", "不含税金额", "税额", "价税合计"]
LINES = "lines"


@dataclass(frozen=True)
class Trap:
    """One trap: its files by table, and what must come of them.

    Either ``faults`` (codes, nothing may be written) or the ledger's totals: net in minor units,
    documents and lines. ``mapping`` is what the user says beside the files.
    """

    name: str
    files: Callable[[Path], Files]
    faults: frozenset[str] = frozenset()
    net: int | None = None
    documents: int | None = None
    lines: int | None = None
    mapping: dict[str, Any] | None = None


TRAPS: dict[str, Trap] = {}
Make = Callable[[Path], Path | Files]


def reads(
    *,
    net: int = messy.NET,
    documents: int = 3,
    lines: int = 4,
    mapping: dict[str, Any] | None = None,
) -> Callable[[Make], Make]:
    """Register the maker of files that must be read, with the totals they must give."""

    def register(make: Make) -> Make:
        name = make.__name__
        TRAPS[name] = Trap(
            name, _files(make), net=net, documents=documents, lines=lines, mapping=mapping
        )
        return make

    return register


def refused(*codes: str, mapping: dict[str, Any] | None = None) -> Callable[[Make], Make]:
    """Register the maker of files that must be refused, with the codes of all their faults."""

    def register(make: Make) -> Make:
        name = make.__name__
        TRAPS[name] = Trap(name, _files(make), frozenset(codes), mapping=mapping)
        return make

    return register


def _files(make: Make) -> Callable[[Path], Files]:
    def files(folder: Path) -> Files:
        made = make(folder)
        return {LINES: made} if isinstance(made, Path) else made

    return files


def changed(
    cells: dict[tuple[int, str], str], rows: Sequence[Sequence[str]] = ROWS
) -> list[list[str]]:
    """The rows with some cells (record counted from 1 below the headings, heading) replaced."""
    done = [list(row) for row in rows]
    for (record, heading), value in cells.items():
        done[record][done[0].index(heading)] = value
    return done


# --- what people bring, to be read as they mean it ------------------------------------------------


@reads()
def title_subtotal_and_note_rows(folder: Path) -> Path:
    return messy.write_csv(folder / "titled.csv", messy.titled(ROWS))


@reads()
def fields_on_the_first_line_only(folder: Path) -> Path:
    return messy.write_csv(folder / "first.csv", messy.header_on_first_line_only())


@reads()
def xls_of_excel_97(folder: Path) -> Path:
    return write_xls(folder / "biff.xls", "明细", messy.as_numbers(ROWS, AMOUNTS))


@reads()
def xls_that_is_html(folder: Path) -> Path:
    return messy.html_xls(folder / "page.xls", messy.titled(ROWS))


@reads()
def xls_that_is_xml(folder: Path) -> Path:
    return messy.xml_xls(folder / "sheet.xls", ROWS)


@reads()
def xls_that_is_a_renamed_xlsx(folder: Path) -> Path:
    path = messy.write_xlsx(folder / "renamed.xlsx", {"明细": ROWS})
    return path.rename(folder / "renamed.xls")


@reads()
def csv_named_xlsx(folder: Path) -> Path:
    return messy.write_csv(folder / "text.xlsx", ROWS)


@reads()
def csv_packed(folder: Path) -> Path:
    return messy.write_csv(folder / "packed.csv.gz", ROWS)


@reads()
def csv_packed_without_saying_so(folder: Path) -> Path:
    path = folder / "packed.csv"
    plain = messy.write_csv(folder / "plain.csv", ROWS).read_bytes()
    path.write_bytes(gzip.compress(plain))
    return path


@reads()
def encoded_as_gbk(folder: Path) -> Path:
    return messy.write_csv(folder / "gbk.csv", ROWS, encoding="gbk")


@reads()
def encoded_as_gb18030(folder: Path) -> Path:
    rows = changed({(3, "客户名称"): "㐂𠮷公司"})  # beyond GBK: four bytes each
    return messy.write_csv(folder / "gb18030.csv", rows, encoding="gb18030")


@reads()
def encoded_as_utf_16(folder: Path) -> Path:
    return messy.write_csv(folder / "unicode.txt", ROWS, encoding="utf-16", delimiter="\t")


@reads()
def encoded_with_a_byte_order_mark(folder: Path) -> Path:
    return messy.write_csv(folder / "bom.csv", ROWS, encoding="utf-8-sig")


@reads()
def codes_with_leading_zeros(folder: Path) -> Path:
    codes = ["000123", "000123", "0456", "000123"]
    return messy.write_csv(folder / "zeros.csv", messy.with_column("客户编码", codes))


@reads()
def dates_with_points(folder: Path) -> Path:
    days = ["2024.1.5", "2024.01.05", "2024.1.31", "2024.2.10"]
    return messy.write_csv(folder / "points.csv", messy.with_column("单据日期", days))


@reads()
def dates_in_chinese(folder: Path) -> Path:
    days = ["2024年1月5日", "2024年01月05日", "2024年1月31日", "2024 年 2 月 10 日"]
    return messy.write_csv(folder / "chinese.csv", messy.with_column("单据日期", days))


@reads()
def dates_as_serial_numbers(folder: Path) -> Path:
    days = ["45296", "45296.4375", "45322", "45332"]
    return messy.write_csv(folder / "serial.csv", messy.with_column("单据日期", days))


@reads()
def dates_with_the_day_first(folder: Path) -> Path:
    days = ["05/01/2024", "05/01/2024", "31/01/2024", "10/02/2024"]
    return messy.write_csv(folder / "xero.csv", messy.with_column("单据日期", days))


@refused("date_order")
def dates_of_which_nothing_says_which_is_the_day(folder: Path) -> Path:
    days = ["05/01/2024", "05/01/2024", "07/01/2024", "10/02/2024"]
    return messy.write_csv(folder / "either.csv", messy.with_column("单据日期", days))


@reads(mapping={"options": {"dayfirst": True}})
def dates_of_which_the_user_says_which_is_the_day(folder: Path) -> Path:
    days = ["05/01/2024", "05/01/2024", "07/01/2024", "10/02/2024"]
    return messy.write_csv(folder / "told.csv", messy.with_column("单据日期", days))


@reads()
def bare_amount_that_is_net(folder: Path) -> Path:
    return messy.write_csv(folder / "net.csv", _bare("不含税金额", "价税合计"))


@reads()
def bare_amount_that_is_gross(folder: Path) -> Path:
    return messy.write_csv(folder / "gross.csv", _bare("价税合计", "不含税金额"))


def _bare(kept: str, dropped: str) -> list[list[str]]:
    """One column of amounts called 金额, tax and its rate beside it."""
    rows = messy.add_column("税率", ["13%"] * 4)
    gone = rows[0].index(dropped)
    rows = [[cell for at, cell in enumerate(row) if at != gone] for row in rows]
    rows[0] = ["金额" if heading == kept else heading for heading in rows[0]]
    return rows


@refused("does_not_tie")
def amounts_that_do_not_tie(folder: Path) -> Path:
    return messy.write_csv(folder / "tie.csv", changed({(3, "价税合计"): "565.02"}))


@reads()
def returns_as_negative_amounts(folder: Path) -> Path:
    return messy.write_csv(folder / "negative.csv", ROWS)


@reads()
def returns_by_a_red_flag_with_positive_amounts(folder: Path) -> Path:
    rows = messy.add_column("红蓝标志", ["蓝字", "蓝字", "蓝字", "红字"])
    rows[4] = [cell.lstrip("-") for cell in rows[4][:-1]] + ["红字"]
    rows[4][0] = "XS-003"
    return messy.write_csv(folder / "red.csv", rows)


@refused("mixed_signs")
def returns_in_two_conventions(folder: Path) -> Path:
    rows = messy.add_column("单据类型", ["销售", "销售", "红字", "红字"])
    return messy.write_csv(folder / "signs.csv", rows)


@reads(net=100_000, documents=1, lines=1)
def draft_void_and_opening_rows(folder: Path) -> Path:
    rows = messy.add_column("单据状态", ["已审核", "草稿", "作废", "期初"])
    return messy.write_csv(folder / "states.csv", rows)


@reads()
def invoice_number_on_every_line(folder: Path) -> Path:
    head = ["InvoiceNumber", "InvoiceDate", "ContactName", "Quantity", "UnitAmount"]
    rows = [
        ["XS-001", "05/01/2024", "Jia", "10", "100.00"],
        ["XS-001", "05/01/2024", "Jia", "2", "100.00"],
        ["XS-002", "31/01/2024", "Yi", "5", "100.00"],
        ["XS-003", "10/02/2024", "Jia", "-1", "100.00"],
    ]
    return messy.write_csv(folder / "xero.csv", [head, *rows])


@reads(lines=3)
def odoo_signed_amounts(folder: Path) -> Path:
    head = ["Number", "Invoice Date", "Partner", "Untaxed Amount Signed", "Total Signed"]
    rows = [["INV/1", "2024-01-05", "Jia", "1200.00", "1356.00"],
            ["INV/2", "2024-01-31", "Yi", "500.00", "565.00"],
            ["RINV/3", "2024-02-10", "Jia", "-100.00", "-113.00"]]  # fmt: skip
    return messy.write_csv(folder / "odoo.csv", [head, *rows])


@reads()
def merged_cells(folder: Path) -> Path:
    """A merged title, and document fields merged over the lines of a document."""
    path = folder / "merged.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("明细")
    sheet.merge_range(0, 0, 0, 8, "销售明细表")
    for r, row in enumerate(ROWS, start=1):
        for c, cell in enumerate(row):
            if not (r == 3 and c < 4):
                sheet.write_string(r, c, cell)
    for c in range(4):
        sheet.merge_range(2, c, 3, c, ROWS[1][c])
    book.close()
    return path


@reads()
def formulas(folder: Path) -> Path:
    """Amounts worked out by the sheet: what Excel last showed is what counts."""
    path = folder / "formulas.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("明细")
    for r, row in enumerate(messy.as_numbers(ROWS, AMOUNTS)):
        for c, cell in enumerate(row):
            if r and c == 8:
                sheet.write_formula(r, c, f"=G{r + 1}+H{r + 1}", None, cell)
            elif isinstance(cell, float):
                sheet.write_number(r, c, cell)
            else:
                sheet.write_string(r, c, str(cell))
    book.close()
    return path


@reads()
def stray_format_far_from_the_table(folder: Path) -> Path:
    """Empty cells that are merely formatted, in the last corner of the sheet."""
    path = folder / "formatted.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("明细")
    for r, row in enumerate(ROWS):
        sheet.write_row(r, 0, row)
    sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))
    book.close()
    return path


@reads()
def sheet_of_lines_among_others(folder: Path) -> Path:
    sheets: dict[str, Sequence[Sequence[object]]] = {
        "封面": [["销售报表"], ["2024"]],
        "明细": ROWS,
        "附注": [["金额"], ["1"]],
    }
    return messy.write_xlsx(folder / "sheets.xlsx", sheets)


@reads()
def receipts_of_another_encoding(folder: Path) -> Files:
    receipts = [
        ["收款单号", "收款日期", "客户编码", "收款金额"],
        ["SK-1", "2024-02-01", "C001", "1,130.00"],
        ["合计", "", "", "1,130.00"],
    ]
    return {
        LINES: messy.write_csv(folder / "lines.csv", ROWS),
        "receipts": messy.write_csv(folder / "receipts.csv", receipts, encoding="gb18030"),
    }


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


@refused("broken")
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
