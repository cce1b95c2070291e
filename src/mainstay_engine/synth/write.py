"""An invented company's files, as an ERP exports them: Chinese headings, yuan, ISO dates."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mainstay_engine.activities import activity_titles
from mainstay_engine.tables import CREDIT_NOTE, INVOICE, TABLES, Type

if TYPE_CHECKING:
    from mainstay_engine.synth.company import Company

KINDS = {INVOICE: "销售发票", CREDIT_NOTE: "红字发票"}
_TRUTH_HEADINGS = {
    "customer_id": "客户编码", "truth": "埋设事实", "since": "起始日期", "found_as": "识别方式",
    "found_by": "识别者", "expected": "预期结果",
}  # fmt: skip

Row = list[Any]


def write_company(company: Company, folder: Path, form: str) -> dict[str, Path]:
    """Write the tables of a company into a folder; see ``Company.write``."""
    if form not in ("csv", "xlsx"):
        raise ValueError(f"form must be 'csv' or 'xlsx', not {form!r}")
    folder.mkdir(parents=True, exist_ok=True)
    write = _write_csv if form == "csv" else _write_xlsx
    paths = {}
    for name in ("lines", "receipts", "customers", "efforts", "effort_rates", "truth"):
        paths[name] = folder / f"{name}.{form}"
        write(paths[name], _rows(name, getattr(company, name)))
    return paths


def _rows(name: str, table: pa.Table) -> Iterator[Row]:
    """Heading, then rows with yuan as ``Decimal``, dates as dates, missing values as ``None``."""
    declared = TABLES.get(name)
    convert: list[Callable[[Any], Any]] = []
    headings: list[str] = []
    for column in table.column_names:
        kind = declared[column].type if declared else Type.TEXT
        headings.append(declared[column].zh if declared else _TRUTH_HEADINGS[column])
        if column == "kind":
            convert.append(KINDS.__getitem__)
        elif kind is Type.MONEY:
            convert.append(lambda minor: Decimal(minor).scaleb(-2))
        elif column == "activity":
            convert.append(lambda name: activity_titles()[name]["zh"])
        elif kind is Type.QUANTITY:
            convert.append(_shortest)
        else:
            convert.append(lambda value: value)
    yield headings
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [column.to_pylist() for column in batch.columns]
        for values in zip(*columns, strict=True):
            yield [None if v is None else f(v) for f, v in zip(convert, values, strict=True)]


def _shortest(value: Decimal) -> int | Decimal:
    """A whole number where it is one."""
    return int(value) if value == int(value) else value.normalize()


def _write_csv(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)


def _write_xlsx(path: Path, rows: Iterator[Row]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": datetime(2026, 7, 1)})  # noqa: DTZ001  same seed, same bytes
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    money = book.add_format({"num_format": "#,##0.00"})
    sheet = book.add_worksheet("明细")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, place, value, day)
            elif isinstance(value, Decimal):
                sheet.write_number(number, place, float(value), money)
            elif isinstance(value, int):
                sheet.write_number(number, place, value)
            elif value is not None:
                sheet.write_string(number, place, value)
    book.close()
