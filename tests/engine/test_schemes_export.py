"""Writing results: exact, harmless in a spreadsheet, the same bytes each time."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import mainstay_engine as me

NAMES = ["=1+1", "+8613800000000", "-deal", "@sum", "\tindent", "\rreturn", "北方, “机电”", None]
LEADING = [
    "customer_id", "customer_name", "class", "rank", "value", "share", "cumulative_share", "reason",
]  # fmt: skip


@pytest.fixture
def result() -> me.Result:
    table = pa.table({
        "customer_id": [f"0{i}" for i in range(len(NAMES))],
        "customer_name": NAMES,
        "net_sales": pa.array([10 + i for i in range(len(NAMES) - 2)] + [-7, 2**62]),
    })  # fmt: skip
    return me.grade(None, "abc", as_of="2024-12-31", metrics=table)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_begins_as_promised_and_names_its_scheme(result: me.Result, tmp_path: Path) -> None:
    result.write(tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfcustomer_id,customer_name,")
    rows = rows_of(tmp_path / "out.csv")
    assert list(rows[0]) == [*LEADING, "net_sales", "scheme"]
    assert {row["scheme"] for row in rows} == {"abc v1"}
    assert rows[-1]["rank"] == ""


def test_csv_keeps_figures_exact_and_leading_zeros(result: me.Result, tmp_path: Path) -> None:
    result.write(tmp_path / "out.csv")
    rows = {row["customer_id"]: row for row in rows_of(tmp_path / "out.csv")}
    assert rows["07"]["value"] == "46116860184273879.04"
    assert rows["00"]["value"] == "0.10"
    assert rows["06"]["value"] == "-0.07"


def test_text_that_looks_like_a_formula_is_made_harmless(result: me.Result, tmp_path: Path) -> None:
    result.write(tmp_path / "out.csv")
    rows = {row["customer_id"]: row["customer_name"] for row in rows_of(tmp_path / "out.csv")}
    for i in range(6):
        assert rows[f"0{i}"] == "'" + str(NAMES[i])
    assert rows["06"] == NAMES[6]
    assert rows["07"] == ""


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_the_same_result_gives_the_same_bytes(
    result: me.Result, tmp_path: Path, ending: str
) -> None:
    first, second = tmp_path / f"one.{ending}", tmp_path / f"two.{ending}"
    result.write(first)
    result.write(second)
    assert first.read_bytes() == second.read_bytes()


def test_excel_holds_text_as_text_and_says_where_it_comes_from(
    result: me.Result, tmp_path: Path
) -> None:
    from python_calamine import CalamineWorkbook

    result.write(tmp_path / "out.xlsx")
    book = CalamineWorkbook.from_path(str(tmp_path / "out.xlsx"))
    rows = book.get_sheet_by_name("classes").to_python()
    assert rows[0][:8] == LEADING
    by_code = {row[0]: row for row in rows[1:]}
    assert by_code["00"][1] == "=1+1"
    assert by_code["00"][4] == 0.1
    assert by_code["07"][4] == "46116860184273879.04"
    about = dict(row[:2] for row in book.get_sheet_by_name("about").to_python())
    assert about["scheme"] == "abc v1"


def test_parquet_keeps_decimals_and_the_scheme_in_its_metadata(
    result: me.Result, tmp_path: Path
) -> None:
    result.write(tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.schema.field("value").type == pa.decimal128(38, 2)
    assert Decimal("46116860184273879.04") in table["value"].to_pylist()
    assert table.schema.metadata[b"scheme"] == b"abc"
    assert table.schema.metadata[b"as_of"] == b"2024-12-31"


def test_another_ending_is_refused(result: me.Result, tmp_path: Path) -> None:
    with pytest.raises(me.EngineError, match=r"Use .csv, .xlsx or .parquet"):
        result.write(tmp_path / "out.ods")
