"""What files, columns, documents and receipts are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from mainstay.insights.selectors.columns import column_titles
from mainstay.web.formatting import said


def table_words() -> dict[str, str]:
    """What each kind of file is called."""
    return {
        "lines": _("Sales lines"), "receipts": _("Receipts"), "customers": _("Customers"),
        "allocations": _("Allocations"), "rates": _("Rates of exchange"),
    }  # fmt: skip


def kinds() -> dict[str, str]:
    """What each kind of document is called."""
    return {
        "invoice": _("Invoice"), "credit_note": _("Credit note"), "opening": _("Opening balance"),
    }  # fmt: skip


def receipt_kinds() -> dict[str, str]:
    """What each kind of receipt is called."""
    return {
        "money": _("Money"), "bill": _("Bill"), "write_off": _("Write-off"),
        "dishonour": _("Dishonoured bill"),
    }  # fmt: skip


def columns_of(mapping: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """A map of columns as rows: table, title of the column, heading in the file («» where none)."""
    rows = []
    for table, columns in mapping.items():
        if not isinstance(columns, Mapping) or table == "options":
            continue
        titles = column_titles(table)
        for column, heading in columns.items():
            if column != "options":
                rows.append((table, said(titles.get(column, column)), str(heading or "")))
    return rows
