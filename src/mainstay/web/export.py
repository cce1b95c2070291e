"""Tables as files people open in a spreadsheet: Excel and CSV.

Text that a spreadsheet would run as a formula is written as text (Excel) or quoted with an
apostrophe (CSV). Money is an exact decimal, ratios are numbers, not texts with a percent sign.
"""

from __future__ import annotations

import csv as csv_module
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from mainstay.foundation.company.settings import company
from mainstay.foundation.models import User
from mainstay.foundation.permissions import demand
from mainstay.foundation.services import audit
from mainstay.parties.permissions import EXPORT

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: title; ``kind`` is text, count, money, ratio or date; decimals of money."""

    title: str
    kind: str
    exponent: int = 2


@dataclass(frozen=True, slots=True)
class Table:
    """A file to be: name without suffix, rows in the order of the columns, notes beside them."""

    name: str
    sheet: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[tuple[str, str]] = field(default=())


def exact(minor: int, exponent: int) -> Decimal:
    """Minor units as an exact decimal of major units."""
    return Decimal(minor).scaleb(-exponent)


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def hand_out(user: User, table: Table, kind: str) -> HttpResponse:
    """A list as ``xlsx`` or ``csv``, for whoever may take lists out; who took it stands in it.

    Raises ``NotAllowed``. What was taken is in the audit trail.
    """
    demand(user, EXPORT)
    audit(user, "list.exported", f"list:{table.name}"[:80], rows=len(table.rows), kind=kind)
    if kind == "csv":
        return csv(table)
    who = f"{user.known_as()}, {localtime():%Y-%m-%d %H:%M}"
    name = company().name
    whose = [(_("Company"), name)] if name else []
    return excel(replace(table, notes=[*whose, *table.notes, (_("Taken out by"), who)]))


def csv(table: Table) -> HttpResponse:
    """UTF-8 with a byte-order mark, so that Excel reads Chinese as Chinese."""
    out = io.StringIO(newline="")
    writer = csv_module.writer(out)
    writer.writerow([safe(column.title) for column in table.columns])
    for row in table.rows:
        writer.writerow(
            [_cell(value, column) for value, column in zip(row, table.columns, strict=True)]
        )
    return _file(("\ufeff" + out.getvalue()).encode(), "text/csv; charset=utf-8", table.name, "csv")


def _cell(value: Any, column: Column) -> str:
    if value is None:
        return ""
    if column.kind == "money":
        return f"{exact(value, column.exponent):f}"
    if column.kind == "text":
        return safe(str(value))
    return str(value)


def excel(table: Table) -> HttpResponse:
    """A workbook: the table with a fixed heading row and filters, and a sheet of notes."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **AS_TEXT})
    head = book.add_format({"bold": True, "bottom": 1})
    formats = {
        "text": book.add_format({}),
        "count": book.add_format({"num_format": "#,##0"}),
        "ratio": book.add_format({"num_format": "0.0%"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    money = {
        places: book.add_format({"num_format": "#,##0" + ("." + "0" * places if places else "")})
        for places in {column.exponent for column in table.columns}
    }
    sheet = book.add_worksheet(table.sheet[:31])
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(table.columns):
        sheet.write_string(0, at, column.title, head)
        style = money[column.exponent] if column.kind == "money" else formats[column.kind]
        sheet.set_column(at, at, 26 if column.kind == "text" else 15)
        for line, row in enumerate(table.rows, start=1):
            value = row[at]
            if value is None:
                continue
            if column.kind == "money":
                sheet.write_number(line, at, exact(value, column.exponent), style)
            elif column.kind == "text":
                sheet.write_string(line, at, str(value), style)
            elif column.kind == "date":
                sheet.write_datetime(line, at, value, style)
            else:
                sheet.write_number(line, at, value, style)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    if table.notes:
        about = book.add_worksheet(_("Notes")[:31])
        about.set_column(0, 1, 30)
        for line, (name, text) in enumerate(table.notes):
            about.write_string(line, 0, name, head)
            about.write_string(line, 1, text)
    book.close()
    return _file(out.getvalue(), XLSX, table.name, "xlsx")


def _file(content: bytes, kind: str, name: str, suffix: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}.{suffix}\"; filename*=UTF-8''{quote(name)}.{suffix}"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
