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
        "allocations": _("Allocations"), "products": _("Products"),
        "rates": _("Rates of exchange"), "efforts": _("Efforts"),
        "effort_rates": _("Effort rates"),
    }  # fmt: skip


def kinds() -> dict[str, str]:
    """What each kind of document is called."""
    return {
        "invoice": _("Invoice"), "credit_note": _("Credit note"), "opening": _("Opening balance"),
        "order": _("Order"), "delivery": _("Delivery"),
    }  # fmt: skip


def order_states() -> dict[str, str]:
    """What each state of an order is called."""
    return {
        "open": _("still open"), "fulfilled": _("fulfilled"), "closed": _("closed"),
        "cancelled": _("cancelled"),
    }  # fmt: skip


def document_choices() -> dict[str, str]:
    """What the lines of a file can be said to be."""
    return {
        "": _("as their type says, else sales"), "sales": _("all of them sales"),
        "orders": _("all of them orders"), "deliveries": _("all of them deliveries"),
        "openings": _("all of them opening balances"),
    }  # fmt: skip


def commitments_apart() -> dict[str, str]:
    """What no sum of sales joins, and sales, on the check page."""
    return {"sales": _("Sales"), "orders": _("Orders"), "deliveries": _("Deliveries")}


def receipt_kinds() -> dict[str, str]:
    """What each kind of receipt is called."""
    return {
        "money": _("Money"), "bill": _("Bill"), "write_off": _("Write-off"),
        "dishonour": _("Dishonoured bill"), "rebate": _("Rebate set off"),
        "opening": _("Opening balance"),
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
