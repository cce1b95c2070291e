"""A2 and A8 on Classic Models: value and collection classes of a B2B distributor's own books."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

import mainstay_engine as me


class Books(NamedTuple):
    """The facts as read, and each customer's figures worked out with pandas in whole cents."""

    facts: me.Facts
    ordered: dict[str, int]
    profit: dict[str, int]
    paid: dict[str, int]
    customers: set[str]


@pytest.fixture(scope="module")
def books(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Books:
    import pandas as pd

    def read(name: str) -> pd.DataFrame:
        return pd.read_csv(shared_data / "classic-models" / f"{name}.csv", dtype=str)

    orders, details, products = read("orders"), read("orderdetails"), read("products")
    lines = details.merge(orders, on="orderNumber").merge(products, on="productCode")

    def cents(text: pd.Series) -> pd.Series:
        return text.map(lambda value: int(Decimal(value) * 100))

    quantity = lines["quantityOrdered"].astype(int)
    net, cost = quantity * cents(lines["priceEach"]), quantity * cents(lines["buyPrice"])
    payments = read("payments")
    folder = tmp_path_factory.mktemp("classic")
    pd.DataFrame({
        "Invoice No": lines["orderNumber"],
        "Invoice Date": lines["orderDate"],
        "Customer ID": lines["customerNumber"],
        "Item": lines["productCode"],
        "Quantity": quantity,
        "Net Amount": [str(Decimal(value) / 100) for value in net],
        "Cost": [str(Decimal(value) / 100) for value in cost],
    }).to_csv(folder / "lines.csv", index=False)  # fmt: skip
    pd.DataFrame({
        "Receipt No": payments["checkNumber"],
        "Payment Date": payments["paymentDate"],
        "Customer ID": payments["customerNumber"],
        "Amount": payments["amount"],
    }).to_csv(folder / "receipts.csv", index=False)  # fmt: skip
    customers = read("customers")
    pd.DataFrame({
        "Customer ID": customers["customerNumber"], "Customer": customers["customerName"],
    }).to_csv(folder / "customers.csv", index=False)  # fmt: skip
    facts = me.read_facts(
        lines=folder / "lines.csv", receipts=folder / "receipts.csv",
        customers=folder / "customers.csv",
    )  # fmt: skip
    by = lines["customerNumber"]
    return Books(
        facts,
        net.groupby(by).sum().to_dict(),
        (net - cost).groupby(by).sum().to_dict(),
        cents(payments["amount"]).groupby(payments["customerNumber"]).sum().to_dict(),
        set(customers["customerNumber"]),
    )


def graded(books: Books, scheme: str) -> dict[str, dict[str, object]]:
    result = me.grade(books.facts, scheme=scheme, as_of="2005-06-09", window="all")
    return {row["customer_id"]: row for row in result.to_arrow().to_pylist()}


def test_the_books_agree_with_the_published_totals(books: Books) -> None:
    rows = graded(books, "collection")
    ordered = sum(Decimal(str(row["net_sales"])) for row in rows.values())
    paid = sum(Decimal(str(row["receipts"])) for row in rows.values())
    assert ordered == Decimal("9604190.61")
    assert paid == Decimal("8853839.23")
    owing = [row for row in rows.values() if row["net_sales"] != row["receipts"]]
    assert len(owing) == 21
    difference = sum(Decimal(str(r["net_sales"])) - Decimal(str(r["receipts"])) for r in owing)
    assert difference == Decimal("750351.38")
    profit = sum(Decimal(str(row["value"])) for row in graded(books, "value5").values())
    assert profit == Decimal("3825880.25")


def test_value_classes_agree_with_an_independent_computation(books: Books) -> None:
    whole = sum(value for value in books.profit.values() if value > 0)
    expected = dict.fromkeys(books.customers, "invalid")
    for customer, value in books.profit.items():
        larger = sum(other for other in books.profit.values() if other > value)
        share = next(
            (c for c, cut in (("key", 50), ("major", 80), ("general", 95))
             if larger * 100 < cut * whole),
            "maintenance",
        )  # fmt: skip
        expected[customer] = share if value > 0 else "invalid"
    found = {customer: row["class"] for customer, row in graded(books, "value5").items()}
    assert found == expected
    assert list(found.values()).count("invalid") == 24  # the customers without orders


def test_collection_classes_agree_with_an_independent_computation(books: Books) -> None:
    expected = dict.fromkeys(books.customers, "n/a")
    for customer, ordered in books.ordered.items():
        paid = books.paid.get(customer, 0)
        expected[customer] = next(
            (c for c, cut in (("A", 95), ("B", 85), ("C", 70)) if paid * 100 >= cut * ordered), "D"
        )
    assert {c: row["class"] for c, row in graded(books, "collection").items()} == expected
