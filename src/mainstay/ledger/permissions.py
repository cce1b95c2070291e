"""The rights of this room."""

from __future__ import annotations

from mainstay.foundation.permissions import declare

BOOKS = declare(
    "books.see", "See imports, data quality and checks of the books", "查看导入、数据质量与账目核对"
)
CHECK_BOOKS = declare("books.check", "Check the books now", "立即核对账目")
TAKE_BACK = declare("data.take_back", "Take an import back", "撤销导入")
RATES = declare("books.rates", "Enter exchange rates", "录入汇率")
