"""Bad input: every fault at once, with place and remedy; nothing read unless the user wishes so."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.reader import write_rejects
from tests.engine import messy_files as messy

ROWS = [messy.HEADINGS, *messy.LINES]


def faults(path: Path, **options: object) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(path, **options)  # type: ignore[arg-type]
    for fault in caught.value.faults:
        assert fault.file == path.name or not path.exists()
        assert (
            fault.message["en"]
            and fault.message["zh"]
            and fault.remedy["en"]
            and fault.remedy["zh"]
        )
    return [(f.code, f.row, f.column) for f in caught.value.faults]


def faulty(tmp_path: Path) -> Path:
    """Faults in rows 2, 3, 4 and 6; rows 5 and 7 are sound."""
    rows = [list(row) for row in [*ROWS, *messy.LINES[:2]]]
    rows[1][1] = "2024-02-30"
    rows[2][6] = "二百"
    rows[3][2] = "9.14E+17"
    rows[3][8] = "566.00"
    rows[5][0] = ""
    rows[5][1] = "9.14E+17"
    rows[6][0] = "XS-004"
    return messy.write_csv(tmp_path / "faulty.csv", rows)


def test_all_faults_come_back_at_once_in_order_of_rows(tmp_path: Path) -> None:
    assert faults(faulty(tmp_path)) == [
        ("no_such_day", 2, "单据日期"),
        ("not_a_number", 3, "不含税金额"),
        ("cut_code", 4, "客户编码"),
        ("missing_value", 6, "单据编号"),
        ("cut_code_date", 6, "单据日期"),
    ]


def test_skip_bad_goes_on_without_the_bad_rows_and_gives_them_back(tmp_path: Path) -> None:
    facts = me.read_facts(faulty(tmp_path), skip_bad=True)
    source = facts.sources[0]
    assert (source.rows, source.kept, source.left_out, source.rejected) == (6, 2, 0, 4)
    assert source.total == -10_000 + 20_000
    assert len(facts.rejects) == 5
    (written,) = write_rejects(facts, tmp_path / "rejects.csv")
    rows = list(csv.reader(written.open(encoding="utf-8-sig")))
    assert rows[0][:9] == messy.HEADINGS
    assert [row[6] for row in rows[1:]] == ["1000.00", "二百", "500.00", "1000.00"]
    assert "no such day" in rows[1][9] and "2024-01-31" not in rows[1][9]


def test_row_numbers_are_those_a_spreadsheet_shows(tmp_path: Path) -> None:
    rows = [list(row) for row in messy.titled(ROWS)]
    rows[9][6] = "x"
    assert faults(messy.write_csv(tmp_path / "t.csv", rows)) == [("not_a_number", 10, "不含税金额")]
    path = messy.write_xlsx(tmp_path / "t.xlsx", {"明细": rows})
    assert faults(path) == [("not_a_number", 10, "不含税金额")]


def test_amounts_that_do_not_tie_are_faults_by_row(tmp_path: Path) -> None:
    rows = messy.with_column("价税合计", ["1130.00", "226.01", "565.02", "-113.00"])
    path = messy.write_csv(tmp_path / "t.csv", rows)
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(path)
    (fault,) = caught.value.faults
    assert (fault.code, fault.row) == ("does_not_tie", 4)
    assert "500.00 + 65.00 = 565.00, not 565.02" in fault.message["en"]


def test_tax_that_is_not_rate_times_net_is_a_fault(tmp_path: Path) -> None:
    rows = messy.add_column("税率", ["13%", "13%", "9%", "13%"])
    assert faults(messy.write_csv(tmp_path / "r.csv", rows)) == [("does_not_tie", 4, "税额")]


def test_missing_columns_are_asked_for_by_name(tmp_path: Path) -> None:
    rows = [["客户", "数量"], ["甲", "1"]]
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(messy.write_csv(tmp_path / "m.csv", rows))
    assert [f.column for f in caught.value.faults] == ["doc_no", "doc_date", "net"]
    assert "doc_no: <heading>" in caught.value.faults[0].remedy["en"]


def test_doubled_columns_are_refused(tmp_path: Path) -> None:
    rows = [[*row, row[6]] for row in ROWS]
    assert faults(messy.write_csv(tmp_path / "d.csv", rows)) == [
        ("doubled_column", None, "不含税金额")
    ]


def test_error_cells_are_faults(tmp_path: Path) -> None:
    rows = messy.as_numbers(ROWS, ["数量", "不含税金额", "税额", "价税合计"])
    rows[2][6] = "=ERROR"
    rows[3][2] = "=ERROR"
    found = faults(messy.write_xlsx(tmp_path / "e.xlsx", {"明细": rows}))
    assert found == [("error_cell", 3, "不含税金额"), ("error_cell", 4, "客户编码")]


def test_wrong_file_or_sheet_says_so(tmp_path: Path) -> None:
    path = messy.write_xlsx(tmp_path / "w.xlsx", {"甲": [["foo", "bar"], ["1", "2"]], "乙": []})
    assert faults(path) == [("no_headings", None, None)]
    assert faults(path, mapping={"options": {"sheet": "丙"}}) == [("no_sheet", None, None)]


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"lines": "net"}, [("no_map", "lines")]),
        ({"options": [1]}, [("no_map", "options")]),
        ({"net": ["a", "b"]}, [("no_heading_name", "net")]),
        ({"lines": {"net": {"a": "b"}}}, [("no_heading_name", "lines.net")]),
        (
            {"options": {"exponent": "two", "dayfrist": True, "dayfirst": "maybe"}},
            [("bad_option", "options.exponent"), ("unknown_option", "options.dayfrist"),
             ("bad_option", "options.dayfirst")],
        ),
        ({"receipts": {"options": {"tax_rate": "13)"}}},
         [("bad_option", "receipts.options.tax_rate")]),
        ({"options": {"currency": "pounds"}}, [("bad_option", "options.currency")]),
    ],
)  # fmt: skip
def test_a_mapping_that_is_none_is_refused_with_all_its_faults(
    tmp_path: Path, mapping: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    path = messy.write_csv(tmp_path / "m.csv", ROWS)
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(path, mapping=mapping)
    assert [(fault.code, fault.column) for fault in caught.value.faults] == expected


def test_a_mapping_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    path = messy.write_csv(tmp_path / "m.csv", ROWS)
    for name, text, code in [
        ("broken.yaml", "lines: [a, b\n", "no_yaml"), ("text.yaml", "net\n", "no_map"),
        ("absent.yaml", None, "no_file"),
    ]:  # fmt: skip
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(me.BadInput) as caught:
            me.read_facts(path, mapping=tmp_path / name)
        assert [fault.code for fault in caught.value.faults] == [code]
        assert name in caught.value.text("zh")


def test_mapping_to_absent_headings_and_unknown_columns_is_refused(tmp_path: Path) -> None:
    path = messy.write_csv(tmp_path / "m.csv", ROWS)
    found = faults(path, mapping={"lines": {"net": "没有", "nonsense": "税额"}})
    assert found[:2] == [("no_column", None, None), ("unknown_canonical", None, None)]


@pytest.mark.parametrize(
    ("maker", "name", "code"),
    [
        (messy.zip_bomb, "bomb.xlsx", "zip_bomb"),
        (messy.gzip_bomb, "bomb.csv.gz", "zip_bomb"),
        (messy.protected, "secret.xlsx", "password"),
        (messy.with_macros, "macro.xlsm", "macro"),
    ],
)
def test_dangerous_and_closed_files_are_refused(
    tmp_path: Path, maker: object, name: str, code: str
) -> None:
    path = maker(tmp_path / name)  # type: ignore[operator]
    assert faults(path) == [(code, None, None)]


def test_empty_broken_and_absent_files_are_refused(tmp_path: Path) -> None:
    for name, content, code in (
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\r\n \r\n", "empty"),
        ("cut.xlsx", b"PK\x03\x04rubbish", "cut_workbook"),
        ("page.xlsx", b"Session expired. Please sign in again.\n", "no_workbook"),
        ("noise.xlsx", bytes(range(128, 256)) * 4, "no_workbook"),
        ("noise.xls", b"\x01\x02\x03,\x04\x05", "no_workbook"),
        ("picture.csv", b"\x89PNG\r\n\x00\x00", "unknown_format"),
        ("cut.csv.gz", b"\x1f\x8b\x08\x00broken", "broken"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        assert faults(path) == [(code, None, None)], name
    assert faults(tmp_path / "absent.csv") == [("no_file", None, None)]


def test_headings_without_rows_are_no_facts(tmp_path: Path) -> None:
    assert faults(messy.write_csv(tmp_path / "h.csv", [messy.HEADINGS])) == [("empty", None, None)]


def test_mixed_encodings_are_reported_by_line(tmp_path: Path) -> None:
    assert faults(messy.mixed_encodings(tmp_path / "m.csv")) == [("mixed_encodings", 3, None)]
    path = messy.write_csv(tmp_path / "b.csv", ROWS, encoding="gb18030")
    path.write_bytes(path.read_bytes().replace("乙公司".encode("gb18030"), b"\xff\xff\xff"))
    assert faults(path) == [("bad_encoding", 4, None)]


def test_faults_of_all_inputs_come_together(tmp_path: Path) -> None:
    receipts = messy.write_csv(
        tmp_path / "receipts.csv",
        [["收款日期", "客户编码", "收款金额"], ["2024-13-01", "C001", "1"]],
    )
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(faulty(tmp_path), receipts=receipts)
    assert {f.file for f in caught.value.faults} == {"faulty.csv", "receipts.csv"}


def test_a_customer_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    lines = messy.write_csv(tmp_path / "lines.csv", ROWS)
    rows = [["客户编码", "客户名称"], ["C001", "甲公司"], ["C002", "乙公司"], ["C001", "甲厂"]]
    customers = messy.write_csv(tmp_path / "customers.csv", rows)
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(lines, customers=customers)
    assert [(f.code, f.row, f.value) for f in caught.value.faults] == [("doubled_key", 4, "C001")]
    facts = me.read_facts(lines, customers=customers, skip_bad=True)
    assert facts.sources[1].rejected == 1


def test_tables_in_different_currencies_are_refused(tmp_path: Path) -> None:
    lines = messy.write_csv(tmp_path / "lines.csv", messy.add_column("币别", ["CNY"] * 4))
    rows = [["收款日期", "客户编码", "收款金额", "币别"], ["2024-01-05", "C001", "1", "美元"]]
    receipts = messy.write_csv(tmp_path / "receipts.csv", rows)
    with pytest.raises(me.MixedCurrencies):
        me.read_facts(lines, receipts)
    with pytest.raises(me.MixedCurrencies):
        me.read_facts(lines, currency="GBP")
