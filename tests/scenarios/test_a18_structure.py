"""A18: how the customer base changed, who is in any cell of it, and who of the new ones stays.

A small firm's file, with figures anybody can check, through the real reader, job and pages.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from mainstay.exchange import services as exchange
from mainstay.foundation import worker
from mainstay.foundation.models import User
from mainstay.insights.services import grade_all
from tests.people import administrator

ORDERS = {
    "大": [("2023-11", 4000), ("2024-02", 4000), ("2024-08", 6000), ("2025-02", 9000),
           ("2025-08", 9000)],
    "中": [("2023-12", 3000), ("2024-06", 3000), ("2025-01", 1000)],
    "小": [("2024-05", 1000), ("2024-09", 1000), ("2025-03", 500)],
    "新": [("2025-04", 500), ("2025-09", 1000)],
}  # fmt: skip
"""Customer → month and net value of each order, in yuan, on the 10th."""
REGIONS = {"大": "浙江", "中": "江苏", "小": "浙江", "新": "江苏"}


@pytest.fixture
def director(db: None, settings: Settings, tmp_path: Path) -> Client:
    """Whoever brought the file, signed in; two gradings: of the end of 2024 and of 2025."""
    settings.UPLOAD_FOLDER = tmp_path / "uploads"
    user = administrator("director", language="en")
    bring(user, tmp_path)
    for day in (date(2024, 12, 31), date(2025, 12, 31)):
        grade_all(user, day)
    client = Client()
    client.force_login(user)
    return client


def bring(user: User, folder: Path) -> None:
    lines, customers = folder / "销售.csv", folder / "客户.csv"
    write(lines, [["单据编号", "单据日期", "客户编码", "无税金额", "币种"], *(
        [f"{who}{month}", f"{month}-10", who, f"{net}.00", "CNY"]
        for who, orders in ORDERS.items() for month, net in orders
    )])  # fmt: skip
    write(customers, [["客户编码", "客户名称", "所属区域"], *(
        [who, f"{who}客户", region] for who, region in REGIONS.items()
    )])  # fmt: skip
    files = {"lines": exchange.LocalFile(lines), "customers": exchange.LocalFile(customers)}
    exchange.apply(exchange.start_upload(user, files))
    worker.run_pending()


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)


def rows_of(client: Client, address: str) -> Iterator[dict[str, Any]]:
    """The rows of a file by its head."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    yield from csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))


def of_year(year: str) -> dict[str, int]:
    """Net sales of each customer in a year."""
    sums = {who: sum(net for month, net in orders if month.startswith(year))
            for who, orders in ORDERS.items()}  # fmt: skip
    return {who: net for who, net in sums.items() if net}


def test_a_director_sees_how_the_base_changed_and_who_is_behind_it(director: Client) -> None:
    rows = list(rows_of(director, "/portfolio/over-time.csv?by=region"))
    for day, year in (("2024-12-31", "2024"), ("2025-12-31", "2025")):
        sales = of_year(year)
        whole = sum(sales.values())
        total, *groups = [row for row in rows if row["Date"] == day]
        assert float(total["Net sales, CNY"]) == whole
        assert float(total["Average per customer, CNY"]) == pytest.approx(whole / len(sales))
        assert float(total["Largest"]) == pytest.approx(max(sales.values()) / whole)
        assert float(total["Top 5"]) == 1
        index = sum((net / whole) ** 2 for net in sales.values())
        assert float(total["HHI"]) == pytest.approx(index)
        for group in groups:
            region = {"Zhejiang": "浙江", "Jiangsu": "江苏"}[group["Region"]]
            own = [net for who, net in sales.items() if REGIONS[who] == region]
            assert float(group["Net sales, CNY"]) == sum(own)
            assert float(group["Share of sales"]) == pytest.approx(sum(own) / whole)
    # 10,000 of 15,000, then 18,000 of 21,000: the firm came to hang on one customer.
    page = director.get("/portfolio/over-time").content.decode()
    assert "The largest brings 85.7% of sales, +19.0 pt since 31 Dec 2024" in page
    behind = "/portfolio/matrix/customers?day=2024-12-31&row=region&r=%E6%B5%99%E6%B1%9F&as=csv"
    assert [row["Code"] for row in rows_of(director, behind)] == ["大", "小"]


def test_any_two_divisions_stand_against_each_other(director: Client) -> None:
    address = "/portfolio/matrix.csv?row=region&column=size&day=2025-12-31"
    found = {
        (row["Region"], row["Size"]): (int(row["Customers"]), float(row["Net sales, CNY"]))
        for row in rows_of(director, address) if row["Customers"] != "0"
    }  # fmt: skip
    assert found == {
        ("Zhejiang", "¥10K to ¥100K"): (1, 18_000), ("Zhejiang", "below ¥1.0K"): (1, 500),
        ("Jiangsu", "¥1.0K to ¥10K"): (2, 2_500),
    }  # fmt: skip


def test_who_came_when_and_who_still_buys(director: Client) -> None:
    rows = list(rows_of(director, "/portfolio/cohorts.csv?months=12"))
    told = {
        (row["First order in"], row["Period"]): (row["Customers"], row["Of them buying"])
        for row in rows
    }
    assert told == {
        ("2023", "2023"): ("2", "2"), ("2023", "2024"): ("2", "2"), ("2023", "2025"): ("2", "2"),
        ("2024", "2024"): ("1", "1"), ("2024", "2025"): ("1", "1"), ("2025", "2025"): ("1", "1"),
    }  # fmt: skip
    whole = sum(net for orders in ORDERS.values() for _month, net in orders)
    assert sum(float(row["Net sales, CNY"]) for row in rows) == whole
    silent = "/portfolio/cohorts/2023-H2?months=6&since=4&silent=1&as=csv"
    assert [row["Code"] for row in rows_of(director, silent)] == ["中"]  # nothing since July 2025
