"""A small company in files, whose figures follow from the customer's number.

Twelve customers C01 … C12. Each month from July 2024 to June 2026 customer n buys once, on day n of
the month, for 12,000.00 ÷ n yuan net (VAT 13 %, cost four fifths), due after 30 days; C12 stopped
after February 2026, C11 sells at a loss. Everybody pays each invoice 20 days after it, C10 nothing
since the invoice of January 2026. In May 2026 C02 gives back goods of 1,000.00. One line, of
the last day, names no customer.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

AS_OF = date(2026, 6, 12)
CUSTOMERS = 12
CENT = Decimal("0.01")
REGIONS = ("浙江", "江苏", "")
UNASSIGNED = Decimal("77.70")


def net_of(number: int) -> Decimal:
    """Net value of one invoice of customer ``number``, in yuan."""
    return (Decimal(12_000) / number).quantize(CENT)


def months() -> Iterator[date]:
    """First days of the 24 months."""
    for index in range(24):
        year, month = divmod(2024 * 12 + 6 + index, 12)
        yield date(year, month + 1, 1)


def invoices() -> Iterator[tuple[str, int, date, Decimal]]:
    """Number, customer, day and net value of every invoice."""
    for first in months():
        for number in range(1, CUSTOMERS + 1):
            if number == 12 and first > date(2026, 2, 1):
                continue
            day = first.replace(day=number)
            yield f"XS{first:%y%m}-{number:02}", number, day, net_of(number)


FILE_NET = int(100 * (sum(net for *_, net in invoices()) - 1_000 + UNASSIGNED))
"""Net value of all lines of the file, in fen."""
DOCUMENTS = len(list(invoices())) + 2


def expected_net(number: int) -> int:
    """Net sales of the twelve months to ``AS_OF``, in fen: the day of the month is at most 12."""
    count = {12: 8}.get(number, 12)
    value = net_of(number) * count - (Decimal(1_000) if number == 2 else 0)
    return int(value * 100)


def write(folder: Path, *, receipts: bool = True, change: str = "") -> dict[str, Path]:
    """Write the files; path by table. ``change``: document whose first line gets one yuan more."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {"lines": folder / "销售明细.csv", "customers": folder / "客户.csv"}
    _write(paths["lines"], _lines(change))
    _write(paths["customers"], _customers())
    if receipts:
        paths["receipts"] = folder / "收款.csv"
        _write(paths["receipts"], _receipts())
    return paths


def _lines(change: str) -> Iterator[list[object]]:
    yield ["单据编号", "单据类型", "客户编码", "客户名称", "单据日期", "到期日", "存货编码",
           "数量", "无税金额", "税额", "价税合计", "成本"]  # fmt: skip
    for document, number, day, net in invoices():
        more = Decimal(1) if document == change else Decimal(0)
        yield [document, "销售发票", *_line(number, day, net + more)]
    yield ["XT2605-02", "红字发票", *_line(2, date(2026, 5, 20), Decimal(-1_000))]
    yield ["XS2606-99", "销售发票", "", "", AS_OF, AS_OF, "P1", 1,
           UNASSIGNED, Decimal("10.10"), Decimal("87.80"), Decimal("60.00")]  # fmt: skip


def _line(number: int, day: date, net: Decimal) -> list[object]:
    tax = (net * Decimal("0.13")).quantize(CENT)
    cost = net * (Decimal("1.1") if number == 11 else Decimal("0.8"))
    return [f"C{number:02}", f"客户{number}", day, day + timedelta(days=30), f"P{number % 3}",
            1 if net > 0 else -1, net, tax, net + tax, cost.quantize(CENT)]  # fmt: skip


def _receipts() -> Iterator[list[object]]:
    yield ["收款单号", "客户编码", "收款日期", "收款金额", "结算方式"]
    for document, number, day, net in invoices():
        paid = day + timedelta(days=20)
        if paid > AS_OF or (number == 10 and day > date(2026, 1, 1)):
            continue
        gross = net + (net * Decimal("0.13")).quantize(CENT)
        yield [document.replace("XS", "SK"), f"C{number:02}", paid, gross, "电汇"]


def _customers() -> Iterator[list[object]]:
    yield ["客户编码", "客户名称", "英文名称", "所属区域", "业务员", "信用天数"]
    for number in range(1, CUSTOMERS + 1):
        yield [f"C{number:02}", f"客户{number}", f"Customer {number}", REGIONS[number % 3],
               "高飞" if number % 2 else "刘妍", 30]  # fmt: skip


def _write(path: Path, rows: Iterator[list[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
