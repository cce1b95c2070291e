"""Writing a result as CSV, Excel or Parquet: exact figures, harmless text, same bytes each time."""

from __future__ import annotations

import os
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay_engine.errors import EngineError

if TYPE_CHECKING:
    from mainstay_engine.schemes.result import Result

_RISKY = r"^([=+\-@\t\r])"
"""Beginnings that make a spreadsheet read text as a formula."""
_EXCEL_ROWS = 1_048_576
_EXCEL_DIGITS = 15
"""Numbers of more digits lose some in Excel, so they are written as text."""


def write(result: Result, path: str | os.PathLike[str]) -> None:
    """Write by the ending of the path: .csv, .xlsx or .parquet; else an ``EngineError``."""
    target = Path(path)
    writers = {".csv": write_csv, ".xlsx": write_xlsx, ".parquet": write_parquet}
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise EngineError(
            {"en": f"Cannot write «{target.name}».", "zh": f"无法写出“{target.name}”。"},
            {"en": "Use .csv, .xlsx or .parquet.", "zh": "请使用 .csv、.xlsx 或 .parquet。"},
        )
    writer(result, target)


def write_csv(result: Result, path: Path) -> None:
    """UTF-8 with BOM, so that Excel reads Chinese; text that looks like a formula gets a «'»."""
    from pyarrow import csv

    table = harmless(result.table)
    options = csv.WriteOptions(quoting_header="none")  # type: ignore[call-arg]
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        csv.write_csv(table, file, options)


def harmless(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before every text that a spreadsheet would calculate."""
    for index, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            safe = pc.replace_substring_regex(table[column.name], _RISKY, r"'\1")
            table = table.set_column(index, column, safe)
    return table


def write_parquet(result: Result, path: Path) -> None:
    """Parquet with the scheme, version and dates in the schema's metadata."""
    from pyarrow import parquet

    parquet.write_table(result.table, path, compression="zstd")


def write_xlsx(result: Result, path: Path) -> None:
    """Excel: the customers, and a second sheet with the scheme and its parameters.

    Text is written as text cells, which Excel never calculates. Amounts beyond 15 digits are
    written as text, since Excel would round them.
    """
    import xlsxwriter

    table = result.table
    if table.num_rows >= _EXCEL_ROWS:
        raise EngineError(
            {"en": f"{table.num_rows:,} customers do not fit into one Excel sheet.",
             "zh": f"{table.num_rows:,} 个客户超出一个 Excel 工作表的行数。"},
            {"en": "Write .csv or .parquet.", "zh": "请写出 .csv 或 .parquet。"},
        )  # fmt: skip
    book = xlsxwriter.Workbook(os.fspath(path), {"constant_memory": True, "in_memory": False})
    # A fixed time of creation: the same result gives the same bytes.
    book.set_properties({"created": _at_midnight(result.as_of)})
    bold = book.add_format({"bold": True})
    formats = {
        "money": book.add_format({"num_format": "#,##0" + ("." + "0" * result.exponent
                                                          if result.exponent else "")}),
        "share": book.add_format({"num_format": "0.00%"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }  # fmt: skip
    sheet = book.add_worksheet("classes")
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 28)
    for place, name in enumerate(table.column_names):
        sheet.write_string(0, place, name, bold)
    columns = [_cells(table, name, formats) for name in table.column_names]
    row = 1
    for batch in table.to_batches(max_chunksize=10_000):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            for place, value in enumerate(values):
                _write_cell(sheet, row, place, value, columns[place])
            row += 1
    about = book.add_worksheet("about")
    about.set_column(0, 0, 18)
    for place, (name, value) in enumerate(_about(result)):
        about.write_string(place, 0, name, bold)
        about.write_string(place, 1, value)
    book.close()


def _cells(table: pa.Table, name: str, formats: dict[str, Any]) -> Any:
    kind = table.schema.field(name).type
    if pa.types.is_decimal(kind):
        return formats["money"]
    if pa.types.is_date(kind):
        return formats["date"]
    return formats["share"] if name in ("share", "cumulative_share") else None


def _write_cell(sheet: Any, row: int, place: int, value: Any, style: Any) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, place, value)
    elif isinstance(value, Decimal) and len(value.as_tuple().digits) > _EXCEL_DIGITS:
        sheet.write_string(row, place, str(value))
    elif isinstance(value, Decimal | int | float):
        sheet.write_number(row, place, float(value), style)
    else:
        sheet.write_datetime(row, place, _at_midnight(value), style)


def _at_midnight(day: date) -> datetime:
    """Excel knows no time zones."""
    return datetime.combine(day, time())


def _about(result: Result) -> list[tuple[str, str]]:
    definition = result.definition
    return [
        ("scheme", definition.label),
        ("title", f"{definition.title.en} · {definition.title.zh}"),
        ("about", definition.about.en),
        ("说明", definition.about.zh),
        ("source", definition.source.en),
        ("as of", result.as_of.isoformat()),
        ("window", f"{result.window.text}: {result.window.start} … {result.window.end}"),
        ("known as of", result.known_as_of.isoformat() if result.known_as_of else ""),
        ("currency", result.currency or ""),
        ("engine", result.engine_version),
    ]
