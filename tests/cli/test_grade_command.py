"""``mainstay grade``: summary, files, exact figures, and what is refused."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from tests.cli.conftest import Run

LEADING = ["customer_id", "customer_name", "class", "rank", "value", "share", "cumulative_share",
           "reason"]  # fmt: skip


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_summary_counts_each_class_and_tells_what_was_left_out(run: Run) -> None:
    done = run("grade", "sales.csv")
    assert done.exit_code == 0
    assert "As of 2024-03-31, window 12m: 2023-04-01 to 2024-03-31." in done.stdout
    counts = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.strip()}
    assert counts["A"][2] == "2", "the customer that crosses 80 % belongs to A"
    assert counts["B"][2] == "1"
    assert counts["C"][2] == "1"
    assert "1 line without customer in the window, net 12.34" in done.stdout


def test_the_default_as_of_date_is_printed_and_a_given_one_is_used(run: Run) -> None:
    assert "As-of date: 2024-03-31, the latest document date" in run("grade", "sales.csv").stdout
    given = run("grade", "sales.csv", "--as-of", "2024-02-29")
    assert "As of 2024-02-29" in given.stdout
    assert "latest document date" not in given.stdout


def test_csv_begins_with_the_promised_columns_then_the_metrics_used(run: Run, folder: Path) -> None:
    assert run("grade", "sales.csv", "--out", "grades.csv").exit_code == 0
    found = rows(folder / "grades.csv")
    assert list(found[0])[:9] == [*LEADING, "net_sales"]
    assert (folder / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert [row["customer_id"] for row in found] == ["K01", "K02", "K03", "K04"]
    assert [row["class"] for row in found] == ["A", "A", "B", "C"]


def test_amounts_are_exact_decimals_and_text_is_no_formula(run: Run, folder: Path) -> None:
    run("grade", "sales.csv", "--out", "grades.csv")
    found = rows(folder / "grades.csv")
    assert [row["value"] for row in found] == ["700.10", "150.05", "99.85", "50.00"]
    assert [Decimal(row["share"]) for row in found] == [
        Decimal(share) for share in ("0.7001", "0.15005", "0.09985", "0.05")
    ]
    assert found[1]["customer_name"] == "'=1+1"


def test_excel_and_parquet_hold_the_same_classes(run: Run, folder: Path) -> None:
    for form in ("xlsx", "parquet"):
        assert run("grade", "sales.csv", "--out", f"grades.{form}").exit_code == 0
    table = pq.read_table(folder / "grades.parquet")
    assert table.column_names[:8] == LEADING
    assert table["value"][0].as_py() == Decimal("700.10")
    sheet = CalamineWorkbook.from_path(folder / "grades.xlsx").get_sheet_by_index(0).to_python()
    assert sheet[0][:8] == LEADING
    assert [row[2] for row in sheet[1:]] == table["class"].to_pylist()


def test_every_fault_is_listed_and_nothing_is_written(run: Run, folder: Path) -> None:
    before = set(folder.iterdir())
    done = run("grade", "faulty.csv", "--out", "grades.csv")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "row 3 › 单据日期: «2024-02-30»" in done.stderr
    assert "row 4 › 不含税金额: «abc»" in done.stderr
    assert "2 faults in the input. Nothing was written." in done.stderr
    assert set(folder.iterdir()) == before


def test_skip_bad_goes_on_and_gives_the_rows_back(run: Run, folder: Path) -> None:
    done = run("grade", "faulty.csv", "--skip-bad", "rejects.csv", "--out", "grades.csv")
    assert done.exit_code == 0
    assert "Rows rejected: 2." in done.stdout
    assert [row["value"] for row in rows(folder / "grades.csv")] == ["1500.00"]
    back = rows(folder / "rejects.csv")
    assert [row["单据编号"] for row in back] == ["XS-002", "XS-003"]
    assert back[1]["不含税金额"] == "abc"
    assert "This is not a number" in back[1]["原因 Reason"]


def test_skip_bad_gives_the_rows_back_as_a_workbook_too(run: Run, folder: Path) -> None:
    done = run("grade", "faulty.csv", "--skip-bad", "rejects.xlsx", "--out", "grades.csv")
    assert done.exit_code == 0, done.output
    assert "rejects.xlsx" in done.stderr
    book = CalamineWorkbook.from_path(str(folder / "rejects.xlsx"))
    headings, *back = book.get_sheet_by_index(0).to_python()
    assert [row[0] for row in back] == ["XS-002", "XS-003"]
    assert back[1][headings.index("不含税金额")] == "abc"
    assert "This is not a number" in str(back[1][headings.index("Why / 原因")])


def test_skip_bad_without_bad_rows_writes_no_file(run: Run, folder: Path) -> None:
    done = run("grade", "sales.csv", "--skip-bad", "rejects.csv")
    assert done.exit_code == 0
    assert "No row was left out" in done.stderr
    assert not (folder / "rejects.csv").exists()


def test_all_missing_files_are_named_at_once(run: Run) -> None:
    done = run("grade", "one.csv", "--receipts", "two.csv", "--customers", "three.csv")
    assert done.exit_code == 2
    assert all(name in done.stderr for name in ("one.csv", "two.csv", "three.csv"))


def test_a_scheme_that_is_nearly_one_of_ours_is_suggested(run: Run) -> None:
    done = run("grade", "sales.csv", "--scheme", "colection")
    assert done.exit_code == 2
    assert "Did you mean «collection»?" in done.stderr


def test_a_scheme_of_ones_own_and_a_broken_one(run: Run, folder: Path) -> None:
    from mainstay_engine.schemes.catalogue import PRESETS

    own = (PRESETS / "abc.yaml").read_text("utf-8").replace("up_to: 0.80", "up_to: 0.60")
    (folder / "own.yaml").write_text(own, encoding="utf-8")
    assert run("grade", "sales.csv", "--scheme", "own.yaml").exit_code == 0
    (folder / "broken.yaml").write_text("name: [", encoding="utf-8")
    done = run("grade", "sales.csv", "--scheme", "broken.yaml")
    assert done.exit_code == 2
    assert "broken.yaml" in done.stderr


def test_a_scheme_without_its_data_grades_nobody(run: Run, folder: Path) -> None:
    done = run("grade", "sales.csv", "--scheme", "collection", "--out", "grades.csv")
    assert done.exit_code == 2
    assert "Nobody was graded" in done.stderr
    assert not (folder / "grades.csv").exists()


def test_wrong_dates_windows_and_targets_are_refused_in_words(run: Run) -> None:
    for wrong, said in {
        ("--as-of", "yesterday"): "not a date",
        ("--window", "fortnight"): "not a window",
        ("--out", "grades.ods"): "ends in .csv, .xlsx, .parquet",
        ("--out", "nowhere/grades.csv"): "no folder",
        ("--out", "sales.csv"): "is an input",
        ("--skip-bad", "rejects.txt"): "ends in .csv",
    }.items():
        done = run("grade", "sales.csv", *wrong)
        assert done.exit_code == 2, wrong
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_an_output_file_is_replaced_only_by_a_whole_one(run: Run, folder: Path) -> None:
    (folder / "grades.csv").write_text("of last month", encoding="utf-8")
    run("grade", "faulty.csv", "--out", "grades.csv")
    assert (folder / "grades.csv").read_text("utf-8") == "of last month"
    run("grade", "sales.csv", "--out", "grades.csv")
    assert len(rows(folder / "grades.csv")) == 4
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_columns_named_in_a_map_are_read(run: Run, folder: Path) -> None:
    (folder / "odd.csv").write_text("凭证,日子,谁,销货净值\n1,2024-01-05,K01,12.00\n", "utf-8")
    asked = run("grade", "odd.csv")
    assert asked.exit_code == 2
    assert "--map" in asked.stderr
    (folder / "map.yaml").write_text(
        "doc_no: 凭证\ndoc_date: 日子\ncustomer_id: 谁\nnet: 销货净值\n", encoding="utf-8"
    )
    assert run("grade", "odd.csv", "--map", "map.yaml").exit_code == 0
    (folder / "bad.yaml").write_text("- only\n- a list\n", encoding="utf-8")
    done = run("grade", "odd.csv", "--map", "bad.yaml")
    assert done.exit_code == 2
    assert "no map of columns" in done.stderr


def test_chinese_by_option_and_by_locale(run: Run, folder: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    assert "截止日：2024-03-31" in run("grade", "sales.csv", "--lang", "zh").stdout
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "输入中有 2 处错误" in run("grade", "faulty.csv").stderr
    assert "2 faults" in run("grade", "faulty.csv", "--lang", "en").stderr
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert "2 faults" in run("grade", "faulty.csv").stderr


def test_known_as_of_before_the_facts_grades_nothing_later(run: Run, folder: Path) -> None:
    run("grade", "sales.csv", "--as-of", "2024-03-31", "--known-as-of", "2024-02-29",
        "--out", "then.csv")  # fmt: skip
    values = {row["customer_id"]: row["value"] for row in rows(folder / "then.csv")}
    assert values == {"K01": "700.10", "K02": "150.05"}
    assert date(2024, 2, 29) < date(2024, 3, 9)  # K03 and K04 became known later


def test_several_currencies_are_graded_in_the_company_s(run: Run, folder: Path) -> None:
    (folder / "fx.csv").write_text(
        "doc_no,doc_date,customer_id,net,currency\n"
        "1,2024-03-01,K1,100.00,USD\n2,2024-03-31,K2,500.00,CNY\n", encoding="utf-8"
    )  # fmt: skip
    refused = run("grade", "fx.csv", "--currency", "CNY", "--rates", "none.csv")
    assert refused.exit_code == 2
    assert "There is no such file" in refused.stderr
    (folder / "rates.csv").write_text("currency,date,rate\nUSD,2024-03-02,7.1\n", encoding="utf-8")
    early = run("grade", "fx.csv", "--currency", "CNY", "--rates", "rates.csv")
    assert "no rate of USD on or before 2024-03-01" in early.stderr
    (folder / "rates.csv").write_text("currency,date,rate\nUSD,2024-02-29,7.1\n", encoding="utf-8")
    rated = ("--currency", "CNY", "--rates", "rates.csv")
    assert run("grade", "fx.csv", *rated, "--out", "g.csv").exit_code == 0
    found = {row["customer_id"]: row["net_sales"] for row in rows(folder / "g.csv")}
    assert found == {"K1": "710.00", "K2": "500.00"}
    told = run("explain", "fx.csv", "--customer", "K1", *rated)
    assert "¥710.00" in told.stdout
