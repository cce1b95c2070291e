"""``inspect``: what the import page shows before anything is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from xlrd.biffh import XLRDError

from mainstay_engine.reader import inspect, read_facts
from tests.engine import messy_files as messy
from tests.traps.biff import write_xls

ROWS = [messy.HEADINGS, *messy.LINES]


def test_preview_shows_columns_rows_counts_and_tie_out(tmp_path: Path) -> None:
    rows = messy.titled(ROWS)
    rows[9][1] = "9.14E+17"
    path = messy.write_xlsx(tmp_path / "明细.xlsx", {"封面": [["x"]], "明细": rows})
    view = inspect(path)
    assert (view.file, view.sheet, view.sheets, view.heading_row) == (
        "明细.xlsx",
        "明细",
        ("封面", "明细"),
        3,
    )
    assert [(c.heading, c.canonical) for c in view.columns][:3] == [
        ("单据编号", "doc_no"),
        ("单据日期", "doc_date"),
        ("客户编码", "customer_id"),
    ]
    assert view.columns[0].samples[:2] == ("XS-001", "小计") or "XS-001" in view.columns[0].samples
    assert view.columns[0].title == {"en": "Document number", "zh": "单据编号"}
    assert all(0 <= c.confidence <= 1 for c in view.columns)
    assert (view.counts.in_file, view.counts.data, view.counts.kept, view.counts.held_back) == (
        12,
        4,
        3,
        1,
    )
    assert dict(view.counts.left_out)["total"] == 2
    assert [(r.row, r.verdict) for r in view.problems] == [
        (6, "total"),
        (8, "heading"),
        (10, "held_back"),
        (11, "total"),
        (12, "note"),
    ]
    held = next(r for r in view.problems if r.verdict == "held_back")
    assert [f.code for f in held.marks[1]] == ["cut_code_date"]
    assert (view.totals.in_file, view.totals.held_back, view.totals.to_import) == (
        160_000,
        -10_000,
        170_000,
    )
    assert (view.totals.total_row, view.totals.stated, view.totals.ties) == (11, 160_000, True)
    assert not view.fatal


def test_preview_marks_what_was_filled_down(tmp_path: Path) -> None:
    view = inspect(messy.write_csv(tmp_path / "f.csv", messy.header_on_first_line_only()))
    assert view.rows[1].filled == {0: "XS-001", 1: "2024-01-05", 2: "C001", 3: "甲公司"}


def test_clean_files_are_shown_as_titled_ones_are(tmp_path: Path) -> None:
    rows = [[*messy.HEADINGS, "状态"], *([*line, "已审核"] for line in messy.LINES)]
    rows[3][-1] = "作废"
    clean = inspect(messy.write_csv(tmp_path / "a.csv", rows))
    titled = inspect(messy.write_csv(tmp_path / "b.csv", [["销售明细"], *rows]))
    assert [(row.row, row.verdict) for row in clean.problems] == [(4, "void")]
    assert clean.counts == replace(titled.counts, in_file=5)
    for name in ("columns", "totals", "faults", "first_date", "last_date", "notes"):
        assert getattr(clean, name) == getattr(titled, name), name
    for ours, theirs in ((clean.rows, titled.rows), (clean.problems, titled.problems)):
        assert ours == tuple(replace(row, row=row.row - 1) for row in theirs)


def test_a_total_row_with_a_day_is_left_out_of_clean_files_too(tmp_path: Path) -> None:
    total = ["Total", "2024-12-31", *[""] * 4, "1600.00", "208.00", "1808.00"]
    view = inspect(messy.write_csv(tmp_path / "t.csv", [*ROWS, total]))
    assert (view.counts.kept, dict(view.counts.left_out)) == (4, {"total": 1})
    assert (view.totals.total_row, view.totals.ties) == (6, True)


def test_preview_of_unreadable_files_holds_the_fault(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_bytes(b"")
    assert [f.code for f in inspect(tmp_path / "e.csv").faults] == ["empty"]
    view = inspect(messy.write_csv(tmp_path / "m.csv", [["客户", "数量"], ["甲", "1"]]))
    assert view.missing == ("doc_no", "doc_date", "net") and view.fatal
    assert [c.canonical for c in view.columns] == ["customer_name", "quantity"]
    assert view.choices["net"]["zh"] == "不含税金额"


def test_preview_follows_a_mapping(tmp_path: Path) -> None:
    path = messy.write_csv(
        tmp_path / "m.csv", [["A", "B", "C", "D"], ["1", "2024-01-05", "x", "10.00"]]
    )
    assert inspect(path).fatal
    mapping = {"lines": {"doc_no": "A", "doc_date": "B", "customer_id": "C", "net": "D"}}
    view = inspect(path, mapping=mapping)
    assert (view.counts.kept, view.totals.to_import) == (1, 1_000)


def workbook(folder: Path, *, hidden: tuple[str, ...] = ("旧", "2月")) -> Path:
    """Months, notes, an empty sheet, one that begins far below, a chart's; some are hidden."""
    path = folder / "months.xlsx"
    sheets: dict[str, list[list[str]]] = {
        "封面": [["报表"], ["x"]], "1月": ROWS[:4], "2月": [ROWS[0], ROWS[3]], "旧": [["备注"]],
        "空": [], "远": [*([[]] * 60), ["x"]], "藏空": [],
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name in {*hidden, "藏空"}:
                sheet.very_hidden() if name == "藏空" else sheet.hide()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def others(path: Path, sheet: str = "") -> dict[str, tuple[str, bool]]:
    view = inspect(path, mapping={"options": {"sheet": sheet}} if sheet else None)
    assert (view.sheet, view.sheet_hidden) == (sheet or "1月", sheet == "2月")
    return {one.name: (one.what, one.hidden) for one in view.other_sheets}


def test_preview_says_of_every_other_sheet_why_it_is_not_read(tmp_path: Path) -> None:
    path = workbook(tmp_path)
    rest = {
        "封面": ("other", False), "旧": ("other", True), "空": ("empty", False),
        "远": ("other", False), "藏空": ("empty", True),
    }  # fmt: skip
    assert others(path) == {**rest, "2月": ("alike", True)}
    assert others(path, "2月") == {**rest, "1月": ("alike", False)}
    assert not [n for n in inspect(path).notes if "Only the sheet" in n["en"]]
    (source,) = read_facts(path).sources
    assert ["Only the sheet «1月»" in note["en"] for note in source.notes] == [True]


def test_a_sheet_that_is_hidden_and_read_is_told_where_files_are_read_without_a_page(
    tmp_path: Path,
) -> None:
    path = workbook(tmp_path)
    (source,) = read_facts(path, mapping={"options": {"sheet": "2月"}}).sources
    assert [note["en"] for note in source.notes] == ["The sheet «2月» is hidden in the workbook."]


def test_of_two_sheets_alike_the_one_that_shows_is_read(tmp_path: Path) -> None:
    view = inspect(workbook(tmp_path, hidden=("1月",)))
    assert (view.sheet, view.sheet_hidden) == ("2月", False)
    assert {"1月"} == {one.name for one in view.other_sheets if one.what == "alike"}


def test_files_that_are_no_workbook_have_no_other_sheets(tmp_path: Path) -> None:
    assert inspect(messy.write_csv(tmp_path / "f.csv", ROWS)).other_sheets == ()


def test_a_doubt_about_the_cells_stays_among_the_notes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the sheets' own note tells is left out of them."""

    def unreadable(*_args: object, **_options: object) -> None:
        raise XLRDError("no formats")

    monkeypatch.setattr("xlrd.open_workbook", unreadable)
    view = inspect(write_xls(tmp_path / "old.xls", "明细", ROWS))
    assert [note["en"][:39] for note in view.notes] == ["The number formats of this old workbook"]
