"""The error file goes round: rows left out, corrected in the workbook, read again, nothing lost."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter

import mainstay_engine as me
from mainstay_engine.reader import write_rejects
from tests.engine import messy_files as messy

ROWS = [messy.HEADINGS, *messy.LINES]
Cells = list[list[str]]


def cells(path: Path) -> dict[str, Cells]:
    """Every sheet of a workbook as texts."""
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {
        name: [[str(cell) for cell in row] for row in book.get_sheet_by_name(name).to_python()]
        for name in book.sheet_names
    }


def corrected(path: Path, change: Callable[[dict[str, Cells]], None]) -> Path:
    """The workbook as a user leaves it: some cells changed, all of it saved anew."""
    sheets = cells(path)
    change(sheets)
    done = path.with_name(f"corrected-{path.name}")
    book = xlsxwriter.Workbook(str(done), {"strings_to_formulas": False})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                sheet.write_string(r, c, cell)
    book.close()
    return done


def documents(*readings: me.Facts) -> dict[Any, list[Any]]:
    """Lines by document; a later reading replaces a document as a whole, as the ledger does."""
    found: dict[Any, list[Any]] = {}
    for facts in readings:
        mine: dict[Any, list[Any]] = {}
        for row in facts.lines.to_pyarrow().to_pylist():
            mine.setdefault(row["doc_no"], []).append(tuple(sorted(map(str, row.items()))))
        found |= {number: sorted(lines) for number, lines in mine.items()}
    return found


def round_trip(
    tmp_path: Path,
    right: Sequence[Sequence[str]],
    wrong: dict[tuple[int, int], str],
    mapping: dict[str, Any] | None = None,
) -> tuple[me.Facts, me.Facts]:
    """Read ``right`` with some cells (record, column) made wrong; correct the workbook; compare."""
    rows = [list(row) for row in right]
    for (record, column), value in wrong.items():
        rows[record][column] = value
    path = messy.write_csv(tmp_path / "wrong.csv", rows)
    first = me.read_facts(path, skip_bad=True, mapping=mapping)
    (book,) = write_rejects(first, tmp_path / "rejects.xlsx")

    def put_right(sheets: dict[str, Cells]) -> None:
        sheet = sheets["lines 销售明细"]
        by_value = {value: (column, right[record]) for (record, column), value in wrong.items()}
        for row in sheet[1:]:
            for value in set(row) & set(by_value):
                column, whole = by_value[value]
                row[column] = whole[column]

    second = me.read_facts(corrected(book, put_right))
    whole = me.read_facts(messy.write_csv(tmp_path / "right.csv", right), mapping=mapping)
    assert documents(first, second) == documents(whole)
    return first, second


def test_a_corrected_error_file_gives_what_the_original_should_have(tmp_path: Path) -> None:
    right = messy.with_column("客户编码", ["000123", "000123", "0456", "000123"])
    wrong = {(1, 1): "2024-02-30", (3, 2): "9.14E+17", (4, 6): "负一百"}
    first, second = round_trip(tmp_path, right, wrong)
    assert first.sources[0].kept == 1
    assert second.sources[0].total == messy.NET
    assert {row["customer_id"] for row in second.lines.to_pyarrow().to_pylist()} == {
        "000123", "0456",
    }  # fmt: skip


def test_a_document_comes_back_whole_with_its_fields_on_every_row(tmp_path: Path) -> None:
    rows = messy.header_on_first_line_only()
    rows[2][6] = "二百"
    facts = me.read_facts(messy.write_csv(tmp_path / "f.csv", rows), skip_bad=True)
    assert facts.sources[0].kept == 3
    write_rejects(facts, tmp_path / "rejects.xlsx")
    head, *given = cells(tmp_path / "rejects.xlsx")["lines 销售明细"]
    assert head == [*messy.HEADINGS, "Why / 原因", "What to do / 怎么办"]
    assert [row[:4] for row in given] == [messy.LINES[0][:4]] * 2
    assert [row[6] for row in given] == ["1000.00", "二百"]
    assert "another row" in given[0][9] and "另有错误行" in given[0][9]
    assert "不含税金额: This is not a number. / 不是数字。" in given[1][9]
    assert "Write it in digits" in given[1][10] and "请用数字填写" in given[1][10]


@pytest.mark.parametrize("known", [True, False])
def test_what_only_the_whole_file_shows_is_kept_for_the_rows_by_themselves(
    tmp_path: Path, known: bool
) -> None:
    # Alone, 5/1/2024 may be in May, «1,130» a thousand and more, and 金额 without tax.
    head = ["单据编号", "单据日期", "客户编码", "金额", "税额", "税率"]
    right = [
        head,
        ["1", "31/1/2024", "K1", "113,00", "13,00", "13%"],
        ["2", "05/1/2024", "K1", "226,00", "26,00", "13%"],
        ["3", "05/1/2024", "K2", "1,130", "0,13", "13%"],
    ]
    mapping = None if known else {"lines": {"customer_id": "代号"}}
    if not known:
        right = [[cell.replace("客户编码", "代号") for cell in row] for row in right]
    first, second = round_trip(tmp_path, right, {(3, 2): "9.14E+17"}, mapping)
    assert (first.sources[0].total, second.sources[0].total) == (30_000, 100)
    assert [str(row["doc_date"]) for row in second.lines.to_pyarrow().to_pylist()] == ["2024-01-05"]


def test_what_a_user_says_goes_before_what_the_error_file_says(tmp_path: Path) -> None:
    rows = [["单据编号", "单据日期", "客户编码", "不含税金额"],
            ["1", "31/1/2024", "K1", "1"], ["2", "5/1/2024", "9.14E+17", "2"]]  # fmt: skip
    facts = me.read_facts(messy.write_csv(tmp_path / "d.csv", rows), skip_bad=True)
    write_rejects(facts, tmp_path / "r.xlsx")

    def put_right(sheets: dict[str, Cells]) -> None:
        sheets["lines 销售明细"][1][2] = "K2"
        sheets["How it was read 读取方式"] += [
            ["lines", "option tax_rate", "0); DROP TABLE x; --"],
            ["lines", "option currency", "x'; --"],
            ["lines", "column net; --", "不含税金额"],
        ]

    book = corrected(tmp_path / "r.xlsx", put_right)
    months = [
        me.read_facts(book, mapping=mapping).lines.to_pyarrow()["doc_date"][0].as_py().month
        for mapping in (None, {"options": {"dayfirst": False}})
    ]
    assert months == [1, 5]


def test_tables_stand_on_sheets_of_their_own_and_are_read_from_one_workbook(tmp_path: Path) -> None:
    receipts = [["收款单号", "收款日期", "客户编码", "收款金额"],
                ["0012", "2024-01-09", "C001", "565.00"],
                ["0013", "2024-13-01", "C002", "10.00"]]  # fmt: skip
    rows = messy.with_column("税额", ["130.00", "26.00", "六十五", "-13.00"])
    facts = me.read_facts(
        messy.write_csv(tmp_path / "lines.csv", rows),
        messy.write_csv(tmp_path / "receipts.csv", receipts),
        skip_bad=True,
        currency="EUR",
    )
    (book,) = write_rejects(facts, tmp_path / "rejects.xlsx")

    def put_right(sheets: dict[str, Cells]) -> None:
        assert list(sheets) == ["lines 销售明细", "receipts 收款", "How it was read 读取方式"]
        sheets["lines 销售明细"][1][7] = "65.00"
        sheets["receipts 收款"][1][1] = "2024-03-01"

    done = corrected(book, put_right)
    again = me.read_facts(done, done)
    assert again.receipts is not None
    assert [source.total for source in again.sources] == [50_000, 1_000]
    assert again.receipts.to_pyarrow()["receipt_no"].to_pylist() == ["0013"]
    assert again.currency == "EUR"


def test_an_error_file_with_new_faults_comes_back_without_its_old_reasons(tmp_path: Path) -> None:
    rows = messy.with_column("不含税金额", ["x", "200.00", "500.00", "-100.00"])
    path = messy.write_csv(tmp_path / "a.csv", rows)
    write_rejects(me.read_facts(path, skip_bad=True), tmp_path / "one.xlsx")
    again = me.read_facts(tmp_path / "one.xlsx", skip_bad=True)
    assert (again.sources[0].kept, again.sources[0].rejected) == (1, 1)
    write_rejects(again, tmp_path / "two.xlsx")
    one, two = cells(tmp_path / "one.xlsx"), cells(tmp_path / "two.xlsx")
    assert one["lines 销售明细"] == two["lines 销售明细"]


def test_nothing_in_an_error_file_is_ever_calculated(tmp_path: Path) -> None:
    rows = messy.with_column(
        "客户名称", ['=HYPERLINK("http://x","y")', "@SUM(1)", "http://x.test", "+1"]
    )
    rows[0] = [*rows[0][:4], "=1+1", *rows[0][5:]]
    for row in rows[1:]:
        row[1] = "2024-02-30"
    facts = me.read_facts(messy.write_csv(tmp_path / "f.csv", [*rows, ROWS[1]]), skip_bad=True)
    write_rejects(facts, tmp_path / "r.xlsx")
    with zipfile.ZipFile(tmp_path / "r.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in part or b"<f " in part for part in parts.values())
    assert not any(b"hyperlink" in part.lower() for name, part in parts.items() if "_rels" in name)
    given = cells(tmp_path / "r.xlsx")["lines 销售明细"]
    assert given[0][4] == "=1+1"
    assert [row[3] for row in given[1:5]] == [row[3] for row in rows[1:]]


def test_the_faulty_cell_is_the_one_that_is_highlighted(tmp_path: Path) -> None:
    rows = messy.with_column("税额", ["130.00", "26.00", "六十五", "-13.00"])
    facts = me.read_facts(messy.write_csv(tmp_path / "h.csv", rows), skip_bad=True)
    write_rejects(facts, tmp_path / "r.xlsx")
    with zipfile.ZipFile(tmp_path / "r.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    style = dict(re.findall(r'<c r="([A-Z]+2)" s="(\d+)"', sheet))
    assert "FFC7CE" in styles
    assert [cell for cell, number in style.items() if number == style["H2"]] == ["H2"]


def test_texts_longer_than_a_cell_are_said_to_be_cut(tmp_path: Path) -> None:
    rows = messy.with_column("客户名称", ["甲", "甲", "长" * 40_000, "甲"])
    rows[3][1] = "2024-02-30"
    facts = me.read_facts(messy.write_csv(tmp_path / "l.csv", rows), skip_bad=True)
    write_rejects(facts, tmp_path / "r.xlsx")
    (row,) = cells(tmp_path / "r.xlsx")["lines 销售明细"][1:]
    assert row[3] == "长" * 32_767 and "«客户名称» is longer" in row[9]


FULL = """
import resource, sys
from pathlib import Path
import mainstay_engine as me
from mainstay_engine.reader import write_rejects
source, target = map(Path, sys.argv[1:])
facts = me.read_facts(source, skip_bad=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_rejects(facts, target)
except me.EngineError as error:
    print(error.text("en"))
"""


def test_a_full_disk_leaves_no_error_file(tmp_path: Path) -> None:
    rows = [messy.HEADINGS, messy.LINES[2]]
    rows += [[f"X{i}", "2024-02-30", *messy.LINES[0][2:]] for i in range(3_000)]
    path = messy.write_csv(tmp_path / "many.csv", rows)
    target = tmp_path / "out" / "r.xlsx"
    target.parent.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path), str(target)], capture_output=True, text=True
    )
    assert "The disk is full: «r.xlsx» could not be written." in done.stdout, done.stderr
    assert list(target.parent.iterdir()) == []
