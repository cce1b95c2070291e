"""Every trap of the domain notes and every bad input, as a file that is made when it is asked for.

A trap is made by a function of its own and says what must come of it: the totals of the ledger, or
the codes of its faults. The same registry goes through the engine, the wizard and the command line.
Unless a trap says otherwise its file holds the documents of ``tests.engine.messy_files``.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
import xlwt

from tests.engine import messy_files as messy
from tests.traps import refused as bad  # noqa: F401  registers the rest
from tests.traps.biff import write_xls
from tests.traps.registry import AMOUNTS, LINES, ROWS, TRAPS, Files, Trap, changed, reads, refused

__all__ = ["LINES", "ROWS", "TRAPS", "Trap"]

# --- what people bring, to be read as they mean it ------------------------------------------------


@reads()
def title_subtotal_and_note_rows(folder: Path) -> Path:
    return messy.write_csv(folder / "titled.csv", messy.titled(ROWS))


@reads()
def total_that_nothing_names(folder: Path) -> Path:
    """Sums below the last line, without a word beside them."""
    total = ["", "", "", "", "", "16", "1600.00", "208.00", "1808.00"]
    return messy.write_csv(folder / "total.csv", [*messy.header_on_first_line_only(), total])


@reads()
def sums_between_that_nothing_names(folder: Path) -> Path:
    """Sums below the first document and below all, without a word beside them."""
    first = ["", "", "", "", "", "12", "1200.00", "156.00", "1356.00"]
    total = ["", "", "", "", "", "16", "1600.00", "208.00", "1808.00"]
    rows = messy.header_on_first_line_only()
    return messy.write_csv(folder / "sums.csv", [*rows[:3], first, *rows[3:], total])


@reads(net=messy.NET + 120_000, lines=5)
def line_without_an_item_that_is_a_sum(folder: Path) -> Path:
    """Some lines name no item: a line of the sum of those above may be one, and stays."""
    rows = messy.header_on_first_line_only()
    rows[1][4] = ""
    more = ["", "", "", "", "", "12", "1200.00", "156.00", "1356.00"]
    return messy.write_csv(folder / "lines.csv", [*rows[:3], more, *rows[3:]])


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
def workbook_packed(folder: Path) -> Path:
    path = folder / "packed.xlsx.gz"
    book = messy.write_xlsx(folder / "packed.xlsx", {"明细": ROWS})
    path.write_bytes(gzip.compress(book.read_bytes()))
    return path


@reads()
def xls_that_is_html_packed(folder: Path) -> Path:
    path = folder / "page.xls.gz"
    page = messy.html_xls(folder / "page.xls", ROWS)
    path.write_bytes(gzip.compress(page.read_bytes()))
    return path


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


@reads(net=100_000, documents=2, lines=2)
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
def codes_that_a_format_fills_with_zeros(folder: Path) -> Path:
    """Codes of digits as numbers, which the sheet shows with zeros in front."""
    path = folder / "zeros.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet, zeros = book.add_worksheet("明细"), book.add_format({"num_format": "00000"})
    for r, row in enumerate(ROWS):
        sheet.write_row(r, 0, row)
        if r and row[2]:
            sheet.write_number(r, 2, int(row[2].lstrip("C")), zeros)
    book.close()
    return path


@reads()
def codes_that_a_format_of_excel_97_fills_with_zeros(folder: Path) -> Path:
    path = folder / "zeros.xls"
    book = xlwt.Workbook()
    sheet, zeros = book.add_sheet("明细"), xlwt.easyxf(num_format_str="00000")
    for r, row in enumerate(ROWS):
        for c, cell in enumerate(row):
            if r and c == 2 and cell:
                sheet.write(r, c, int(cell.lstrip("C")), zeros)
            else:
                sheet.write(r, c, cell)
    book.save(str(path))
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
