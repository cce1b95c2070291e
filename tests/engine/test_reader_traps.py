"""The file traps of the domain notes: each file that people bring is read as they mean it."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

import mainstay_engine as me
from mainstay_engine.reader import inspect
from tests.engine import messy_files as messy
from tests.traps.make import TRAPS

ROWS = [messy.HEADINGS, *messy.LINES]


def table(facts: me.Facts) -> list[dict[str, object]]:
    keys = [c for c in ("doc_no", "item", "net") if c in facts.lines.columns]
    return facts.lines.order_by(keys).to_pyarrow().to_pylist()


def totals(facts: me.Facts) -> tuple[int, int]:
    rows = table(facts)
    return sum(r["net"] for r in rows), sum(r["gross"] for r in rows)  # type: ignore[misc]


@pytest.fixture
def plain(tmp_path: Path) -> list[dict[str, object]]:
    """What every spelling of the same documents must read as."""
    return table(me.read_facts(messy.write_csv(tmp_path / "plain.csv", ROWS)))


def test_plain_file_gives_typed_lines(plain: list[dict[str, object]]) -> None:
    assert [(r["doc_no"], r["item"], r["net"], r["tax"], r["gross"], r["kind"]) for r in plain] == [
        ("XS-001", "001", 100_000, 13_000, 113_000, "invoice"),
        ("XS-001", "002", 20_000, 2_600, 22_600, "invoice"),
        ("XS-002", "001", 50_000, 6_500, 56_500, "invoice"),
        ("XS-003", "001", -10_000, -1_300, -11_300, "credit_note"),
    ]


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter"),
    [
        ("a.csv", "utf-8-sig", ","),
        ("b.csv", "gb18030", ","),
        ("c.csv.gz", "utf-8", ","),
        ("d.csv.gz", "gb18030", ","),
        ("e.tsv", "utf-8", "\t"),
        ("f.csv", "utf-8", ";"),
        ("g.txt", "utf-16", "\t"),
        ("h.xls", "gb18030", "\t"),
    ],
)
def test_text_is_read_whatever_its_encoding_and_delimiter(
    tmp_path: Path, plain: list[dict[str, object]], name: str, encoding: str, delimiter: str
) -> None:
    path = messy.write_csv(tmp_path / name, ROWS, encoding=encoding, delimiter=delimiter)
    assert table(me.read_facts(path)) == plain


def test_title_subtotal_total_and_note_rows_are_left_out_and_counted(
    tmp_path: Path, plain: list[dict[str, object]]
) -> None:
    facts = me.read_facts(messy.write_csv(tmp_path / "t.csv", messy.titled(ROWS)))
    assert table(facts) == plain
    source = facts.sources[0]
    assert (source.rows, source.kept, source.left_out, source.rejected) == (8, 4, 4, 0)
    assert {n["en"] for n in source.notes} == {
        "2 rows left out: total rows.",
        "1 row left out: notes.",
        "1 row left out: repeated headings.",
    }


@pytest.mark.parametrize(("last", "kept"), [("1600.00", 4), ("1600.01", 5)])
def test_a_last_row_of_numbers_is_a_total_only_where_it_adds_up(
    tmp_path: Path, last: str, kept: int
) -> None:
    rows = [*messy.header_on_first_line_only(), ["", "", "", "", "", "", last, "", ""]]
    net = [place for place in range(9) if place not in (7, 8)]
    path = messy.write_csv(tmp_path / "t.csv", [[row[place] for place in net] for row in rows])
    (source,) = me.read_facts(path).sources
    assert source.kept == kept


def test_header_fields_on_the_first_line_only_are_filled_down(
    tmp_path: Path, plain: list[dict[str, object]]
) -> None:
    path = messy.write_csv(tmp_path / "f.csv", messy.header_on_first_line_only())
    assert table(me.read_facts(path)) == plain


def test_a_missing_customer_is_not_filled_down_from_the_line_above(tmp_path: Path) -> None:
    rows = messy.with_column("客户编码", ["C001", "C001", "", "C001"])
    facts = me.read_facts(messy.write_csv(tmp_path / "u.csv", rows))
    assert [r["customer_id"] for r in table(facts)] == ["C001", "C001", None, "C001"]
    assert any("1 line without customer (net 500.00)" in n["en"] for n in facts.sources[0].notes)


def test_xls_that_is_html_xml_or_renamed_xlsx_is_told_by_its_content(
    tmp_path: Path, plain: list[dict[str, object]]
) -> None:
    xlsx = messy.write_xlsx(tmp_path / "r.xlsx", {"明细": ROWS})
    renamed = xlsx.rename(tmp_path / "renamed.xls")
    for path in (
        messy.html_xls(tmp_path / "h.xls", messy.titled(ROWS)),
        messy.xml_xls(tmp_path / "x.xls", ROWS),
        renamed,
    ):
        assert table(me.read_facts(path)) == plain, path.name


def test_workbook_takes_the_sheet_that_looks_like_lines(
    tmp_path: Path, plain: list[dict[str, object]]
) -> None:
    numbers = messy.as_numbers(ROWS, ["数量", "不含税金额", "税额", "价税合计"])
    sheets = {"封面": [["销售报表"], ["2024"]], "明细": numbers, "附注": [["金额"], ["1"]]}
    path = messy.write_xlsx(tmp_path / "w.xlsx", sheets)
    facts = me.read_facts(path)
    assert table(facts) == plain
    assert facts.sources[0].sheet == "明细"


def test_sheets_of_other_months_left_unread_are_named(tmp_path: Path) -> None:
    months = {
        "封面": [["报表"], ["x"]],
        "1月": ROWS[:3],
        "2月": [ROWS[0], ROWS[3]],
        "3月": [ROWS[0]],
    }
    path = messy.write_xlsx(tmp_path / "w.xlsx", months)
    (source,) = me.read_facts(path).sources
    assert (source.sheet, source.kept) == ("1月", 2)
    assert [note["en"].partition(" look")[0] for note in source.notes] == [
        "Only the sheet «1月» is read; «2月»"
    ]
    chosen = me.read_facts(path, mapping={"options": {"sheet": "2月"}})
    assert (chosen.sources[0].kept, chosen.sources[0].notes) == (1, [])


def test_codes_keep_their_leading_zeros(tmp_path: Path) -> None:
    rows = messy.with_column("客户编码", ["000123", "000123", "0456", "000123"])
    facts = me.read_facts(messy.write_csv(tmp_path / "z.csv", rows))
    assert {r["customer_id"] for r in table(facts)} == {"000123", "0456"}
    assert {r["item"] for r in table(facts)} == {"001", "002"}


@pytest.mark.parametrize(
    "trap",
    ["codes_that_a_format_fills_with_zeros", "codes_that_a_format_of_excel_97_fills_with_zeros"],
)
def test_codes_keep_the_zeros_that_a_format_shows(tmp_path: Path, trap: str) -> None:
    path = TRAPS[trap].files(tmp_path)["lines"]
    codes = me.read_facts(path).lines.to_pyarrow()["customer_id"].to_pylist()
    assert sorted(codes) == ["00001", "00001", "00001", "00002"]


def test_point_zero_goes_only_where_the_whole_column_has_it(tmp_path: Path) -> None:
    every = messy.with_column("客户编码", ["17850.0", "17850.0", "", "13047.0"])
    facts = me.read_facts(messy.write_csv(tmp_path / "a.csv", every))
    assert {r["customer_id"] for r in table(facts)} == {"17850", "13047", None}
    some = messy.with_column("客户编码", ["17850.0", "17850.0", "A1", "13047.0"])
    facts = me.read_facts(messy.write_csv(tmp_path / "b.csv", some))
    assert {r["customer_id"] for r in table(facts)} == {"17850.0", "A1", "13047.0"}


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-05", "2024-01-05", "2024-01-31", "2024-02-10"],
        ["2024.1.5", "2024.01.05", "2024.1.31", "2024.2.10"],
        ["2024年1月5日", "2024年01月05日", "2024年1月31日", "2024 年 2 月 10 日"],
        ["20240105", "20240105", "20240131", "20240210"],
        [
            "2024-01-05T10:30:00",
            "2024-01-05 10:30:00.000",
            "2024-01-31T00:00:00Z",
            "2024-02-10 23:59:59+08:00",
        ],
        ["45296", "45296.4375", "45322", "45332"],
        ["2024/1/5 8:26", "2024/1/5", "2024/1/31", "2024/2/10"],
        ["5/1/2024", "05/01/2024", "31/1/2024", "10/2/2024"],
        ["1/5/2024", "01/05/2024", "1/31/2024", "2/10/2024"],
        ["05.01.24", "05.01.24", "31.01.24", "10.02.24"],
        ["5-Jan-2024", "05-Jan-24", "31-Jan-2024", "10-Feb-2024"],
        ["２０２４－０１－０５", "2024-01-05", "2024-01-31", "2024-02-10"],
    ],
)
def test_dates_are_read_in_every_form(
    tmp_path: Path, plain: list[dict[str, object]], dates: list[str]
) -> None:
    path = messy.write_csv(tmp_path / "d.csv", messy.with_column("单据日期", dates))
    assert [r["doc_date"] for r in table(me.read_facts(path))] == [r["doc_date"] for r in plain]


def test_day_and_month_that_cannot_be_told_apart_are_asked_for(tmp_path: Path) -> None:
    rows = messy.with_column("单据日期", ["5/1/2024", "5/1/2024", "7/1/2024", "10/2/2024"])
    path = messy.write_csv(tmp_path / "o.csv", rows)
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(path)
    assert [(f.code, f.column) for f in caught.value.faults] == [("date_order", "单据日期")]
    first = me.read_facts(path, mapping={"options": {"dayfirst": True}})
    assert str(table(first)[0]["doc_date"]) == "2024-01-05"
    second = me.read_facts(path, mapping={"options": {"dayfirst": False}})
    assert str(table(second)[0]["doc_date"]) == "2024-05-01"


@pytest.mark.parametrize(
    "amounts",
    [
        ["1,000.00", "200", "500.0", "-100.00"],
        ["¥1,000.00", "￥200.00", "500元", "(100.00)"],
        ["１０００．００", "２００", "５００", "（１００）"],
        [" 1000 ", "200.000", "5E2", "100.00-"],
        ["RMB 1,000", "200", "500", "−100"],
    ],
)
def test_amounts_are_read_in_every_form(tmp_path: Path, amounts: list[str]) -> None:
    path = messy.write_csv(tmp_path / "a.csv", messy.with_column("不含税金额", amounts))
    assert totals(me.read_facts(path)) == (messy.NET, messy.GROSS)


COMMAS = ["1.000,00", "200", "500,0", "-100,00"]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_decimal_commas_are_read_where_the_file_shows_them(tmp_path: Path, delimiter: str) -> None:
    rows = [
        [cell.replace(".", ",") if i > 4 else cell for i, cell in enumerate(row)]
        for row in messy.with_column("不含税金额", COMMAS)
    ]
    rows[1][6] = COMMAS[0]
    rows[1][5] = "1,250"
    facts = me.read_facts(messy.write_csv(tmp_path / "eu.csv", rows, delimiter=delimiter))
    lines = facts.lines.order_by(["doc_no", "item"]).to_pyarrow().to_pylist()
    assert [line["net"] for line in lines] == [100_000, 20_000, 50_000, -10_000]
    assert (lines[0]["quantity"], lines[0]["tax"]) == (Decimal("1.25"), 13_000)
    assert any("decimal marks" in note["en"] for note in facts.sources[0].notes)


def test_a_comma_among_points_is_a_fault_of_its_cell(tmp_path: Path) -> None:
    rows = messy.with_column("不含税金额", ["1000.00", "200,5", "500.00", "-100.00"])
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(messy.write_csv(tmp_path / "mixed.csv", rows))
    assert [(f.code, f.row, f.value) for f in caught.value.faults] == [("not_a_number", 3, "200,5")]


def test_a_comma_that_may_mean_either_is_asked_about_between_semicolons(tmp_path: Path) -> None:
    rows = [["单据编号", "单据日期", "客户编码", "不含税金额"], ["1", "2024-01-05", "C1", "1,234"]]
    path = messy.write_csv(tmp_path / "either.csv", rows, delimiter=";")
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(path)
    assert [(f.code, f.column) for f in caught.value.faults] == [("decimal_mark", "不含税金额")]
    for mark, net in ((",", 123), (".", 123_400)):
        facts = me.read_facts(path, mapping={"options": {"decimal": mark}})
        assert facts.sources[0].total == net
    usual = me.read_facts(messy.write_csv(tmp_path / "usual.csv", rows))
    assert usual.sources[0].total == 123_400


def test_one_odd_comma_does_not_make_thousands_decimals(tmp_path: Path) -> None:
    amounts = ["1,000", "2,500", "1,23", "900"]
    rows = [[*row[:5], row[6]] for row in messy.with_column("不含税金额", amounts)]
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(messy.write_csv(tmp_path / "odd.csv", rows))
    assert [(f.code, f.row) for f in caught.value.faults] == [("decimal_mark", None)]


def test_terms_written_in_words_give_days_or_a_rule(tmp_path: Path) -> None:
    written = ["30", "30天", "月结30天", "net 30", "N/60", "６０ 天", "45 days"]
    rows = [["客户编码", "客户名称", "账期"], *([f"C{i}", "甲", w] for i, w in enumerate(written))]
    path = messy.write_csv(tmp_path / "customers.csv", rows)
    lines = messy.write_csv(tmp_path / "lines.csv", ROWS)
    for reading, rule in ((None, "EOM+30"), ("last", "30+EOM")):
        mapping = {"options": {"month_end": reading}} if reading else None
        facts = me.read_facts(lines, customers=path, mapping=mapping)
        assert facts.customers is not None
        found = facts.customers.order_by("customer_id").to_pyarrow()
        assert found["terms_days"].to_pylist() == [30, 30, None, 30, 60, 60, 45]
        assert found["terms"].to_pylist() == [None, None, rule, None, None, None, None]
        (note,) = (n for n in facts.sources[1].notes if "月结30天" in n["en"])
        other = "last" if reading is None else "first"
        assert f"month_end: {other}" in note["en"] and f"month_end: {other}" in note["zh"]
    rows[1][2] = "看情况"
    assert [f.row for f in inspect(messy.write_csv(path, rows), "customers").faults] == [2]


def test_terms_on_a_document_give_the_due_date_it_lacks(tmp_path: Path) -> None:
    head = ["发票号", "日期", "客户编码", "不含税金额", "付款条件", "到期日"]
    rows = [
        ["1", "2026-01-05", "C1", "100", "月结30天", ""],
        ["2", "2026-01-05", "C1", "100", "30天", ""],
        ["3", "2026-01-05", "C1", "100", "30天", "2026-01-31"],
        ["4", "2026-01-05", "C1", "100", "面议", ""],
        ["5", "2026-01-26", "C1", "100", "月结（25日截止）", ""],
    ]
    expected = ["2026-03-02", "2026-02-04", "2026-01-31", "None", "2026-02-28"]
    for path in (
        messy.write_csv(tmp_path / "clean.csv", [head, *rows]),
        messy.write_csv(tmp_path / "titled.csv", [["销售明细"], head, *rows]),
    ):
        facts = me.read_facts(path)
        found = facts.lines.order_by("doc_no").to_pyarrow()
        assert [str(day) for day in found["due_date"].to_pylist()] == expected
        assert "terms" not in found.column_names
        assert any("面议" in note["zh"] for note in facts.sources[0].notes)


def test_a_bare_amount_is_found_net_or_gross_by_what_it_ties_with(tmp_path: Path) -> None:
    for heading, source in (("净", "不含税金额"), ("毛", "价税合计")):
        place = messy.HEADINGS.index(source)
        others = [i for i, h in enumerate(messy.HEADINGS) if h not in ("不含税金额", "价税合计")]
        rates = ["税率(%)", "13", "13%", "0.13", "13"]
        rows = [
            [*(row[i] for i in others), "金额" if n == 0 else row[place], rates[n]]
            for n, row in enumerate(ROWS)
        ]
        facts = me.read_facts(messy.write_csv(tmp_path / f"{heading}.csv", rows))
        assert totals(facts) == (messy.NET, messy.GROSS), heading


def test_gross_and_rate_give_net_half_even(tmp_path: Path) -> None:
    # 100.00 / 1.13 = 88.4956; 0.01 / 1.25 = 0.008; 1.13 / 1.13 = 1; 0.25/1.0 at 0 %
    rows = [
        ["单据号", "日期", "客户", "价税合计", "税率"],
        ["1", "2024-01-05", "甲", "100.00", "13%"],
        ["2", "2024-01-05", "甲", "-100.00", "13%"],
        ["3", "2024-01-05", "甲", "1.13", "0.13"],
        ["4", "2024-01-05", "甲", "0.25", "免税"],
    ]
    facts = me.read_facts(messy.write_csv(tmp_path / "g.csv", rows))
    assert [(r["net"], r["tax"]) for r in table(facts)] == [
        (8850, 1150),
        (-8850, -1150),
        (100, 13),
        (25, 0),
    ]


def test_price_times_quantity_is_rounded_half_even_per_line(tmp_path: Path) -> None:
    # 0.125 → 0.12, 0.375 → 0.38, -0.125 → -0.12, 2.675 → 2.68 (exact decimal, no float)
    rows = [
        ["InvoiceNo", "InvoiceDate", "CustomerID", "Quantity", "UnitPrice"],
        ["1", "2024-01-05", "7", "1", "0.125"],
        ["2", "2024-01-05", "7", "3", "0.125"],
        ["3", "2024-01-05", "7", "-1", "0.125"],
        ["4", "2024-01-05", "7", "1", "2.675"],
    ]
    facts = me.read_facts(messy.write_csv(tmp_path / "p.csv", rows))
    assert [r["net"] for r in table(facts)] == [12, 38, -12, 268]
    assert facts.sources[0].exact_total == "3.05"
    assert facts.sources[0].total == 306


def test_red_documents_marked_with_positive_amounts_are_turned_round(
    tmp_path: Path, plain: list[dict[str, object]]
) -> None:
    for marks in (
        ["蓝字", "蓝字", "蓝字", "红字"],
        ["1", "1", "1", "-1"],
        ["销售", "销售", "销售", "销售退货"],
    ):
        rows = messy.add_column("红蓝标志", marks)
        for place in (5, 6, 7, 8):
            rows[4][place] = rows[4][place].lstrip("-")
        facts = me.read_facts(messy.write_csv(tmp_path / "r.csv", rows))
        assert table(facts) == plain


def test_two_sign_conventions_in_one_file_are_a_fault(tmp_path: Path) -> None:
    rows = messy.add_column("单据类型", ["销售", "销售", "红字", "红字"])
    with pytest.raises(me.BadInput) as caught:
        me.read_facts(messy.write_csv(tmp_path / "s.csv", rows))
    assert [(f.code, f.row) for f in caught.value.faults] == [("mixed_signs", 4)]


def test_negative_discount_lines_inside_an_invoice_stay_invoice_lines(tmp_path: Path) -> None:
    rows = [messy.HEADINGS, *messy.LINES[:2], [*messy.LINES[3]]]
    rows[3][0] = "XS-001"
    rows[3][1] = "2024-01-05"
    facts = me.read_facts(messy.write_csv(tmp_path / "n.csv", rows))
    assert [(r["kind"], r["net"]) for r in table(facts)] == [
        ("invoice", -10_000),
        ("invoice", 100_000),
        ("invoice", 20_000),
    ]


def test_drafts_and_void_documents_are_left_out_and_openings_are_no_sales(tmp_path: Path) -> None:
    rows = messy.add_column("单据状态", ["已审核", "草稿", "作废", "期初"])
    source = me.read_facts(messy.write_csv(tmp_path / "v.csv", rows)).sources[0]
    assert (source.rows, source.kept, source.left_out, source.total) == (4, 2, 2, 100_000)


def test_several_currencies_are_refused_and_one_is_recognised(tmp_path: Path) -> None:
    rows = messy.add_column("币别", ["人民币", "人民币", "美元", "人民币"])
    with pytest.raises(me.MixedCurrencies):
        me.read_facts(messy.write_csv(tmp_path / "m.csv", rows))
    rows = messy.add_column("币别", ["人民币", "RMB", "CNY", "人民币"])
    assert me.read_facts(messy.write_csv(tmp_path / "o.csv", rows)).currency == "CNY"


def test_currency_without_minor_unit_keeps_whole_amounts(tmp_path: Path) -> None:
    path = messy.write_csv(tmp_path / "j.csv", ROWS)
    facts = me.read_facts(path, currency="JPY")
    assert (facts.exponent, totals(facts)) == (0, (1600, 1808))


def test_name_is_the_code_where_there_is_no_code(tmp_path: Path) -> None:
    rows = [[row[i] for i in range(9) if i != 2] for row in ROWS]
    facts = me.read_facts(messy.write_csv(tmp_path / "n.csv", rows))
    assert {r["customer_id"] for r in table(facts)} == {"甲公司", "乙公司"}


def test_mapping_goes_before_guesses_as_dict_and_as_yaml(tmp_path: Path) -> None:
    rows = [
        ["A", "B", "C", "D"],
        ["1", "2024-01-05", "x", "10.00"],
        ["2", "2024-01-06", "y", "20.00"],
    ]
    path = messy.write_csv(tmp_path / "m.csv", rows)
    mapping = {"doc_no": "A", "doc_date": "B", "customer_id": "C", "net": "D"}
    yaml = tmp_path / "m.yaml"
    yaml.write_text("lines: {doc_no: A, doc_date: B, customer_id: C, net: D}\n", encoding="utf-8")
    for given in ({"lines": mapping}, mapping, yaml):
        assert [r["net"] for r in table(me.read_facts(path, mapping=given))] == [1000, 2000]


def test_order_of_rows_does_not_change_the_facts(
    tmp_path: Path, plain: list[dict[str, object]]
) -> None:
    rows = [messy.HEADINGS, *reversed(messy.LINES)]
    assert table(me.read_facts(messy.write_csv(tmp_path / "r.csv", rows))) == plain


@pytest.mark.parametrize("price", ["0.12345", "1e-1", "0.0000000001", "999999999"])
def test_quick_ways_of_reading_a_price_lose_nothing(tmp_path: Path, price: str) -> None:
    # three hundred plain rows, so that the odd price is outside the sample
    rows = [["InvoiceNo", "InvoiceDate", "CustomerID", "Quantity", "UnitPrice"]]
    rows += [[str(i), "2024-01-05", "7", "2", "1.25"] for i in range(400)]
    rows.append(["400", "2024-01-05", "7", "999999", price])
    facts = me.read_facts(messy.write_csv(tmp_path / "p.csv", rows))
    exact = Decimal(999_999) * Decimal(price)
    cents = int(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN) * 100)
    (odd,) = [r["net"] for r in table(facts) if r["doc_no"] == "400"]
    assert odd == cents
    assert Decimal(str(facts.sources[0].exact_total)) == exact + 1000


def test_rows_are_kept_as_the_spreadsheet_counts_them_when_asked_for(tmp_path: Path) -> None:
    path = messy.write_csv(tmp_path / "titled.csv", [["销售明细"], [], *ROWS])
    lines = me.read_facts(path, source_rows=True).lines.order_by("source_row").to_pyarrow()
    assert lines["source_row"].to_pylist() == [4, 5, 6, 7]
    assert lines["item"].to_pylist() == ["001", "002", "001", "001"]
    assert "source_row" not in me.read_facts(path).lines.columns


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        (("\r\n", "\n"), [2, 3, 4, 5]),
        (("\r\n", "\r"), [2, 3, 4, 5]),
        (("XS-002", "\r\nXS-002"), [2, 3, 5, 6]),
        (("乙公司", '"乙\n公司"'), [2, 3, 4, 5]),
        (("乙公司", "NULL"), [2, 3, 4, 5]),
        (("甲公司", '"甲,公司"'), [2, 3, 4, 5]),
    ],
)
def test_rows_are_counted_alike_in_every_file(
    tmp_path: Path, change: tuple[str, str], rows: list[int]
) -> None:
    path = messy.write_csv(tmp_path / "plain.csv", ROWS)
    path.write_bytes(path.read_bytes().decode().replace(*change).encode())
    lines = me.read_facts(path, source_rows=True).lines.order_by("source_row").to_pyarrow()
    assert lines["source_row"].to_pylist() == rows
    assert lines["doc_no"].to_pylist() == ["XS-001", "XS-001", "XS-002", "XS-003"]
    assert [row.row for row in inspect(path).rows] == rows
