"""From sales lines to documents: parts, sums, digests."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from mainstay.ledger import shaping

DAY = date(2026, 3, 10)


def lines(*rows: dict[str, Any]) -> pa.Table:
    whole = {"doc_no": "X1", "kind": "invoice", "customer_id": "C1", "doc_date": DAY, "net": 100}
    return pa.Table.from_pylist([whole | row for row in rows])


def test_lines_of_one_number_customer_and_day_make_one_document() -> None:
    documents, detail = shaping.documents(lines({"net": 100}, {"net": -30}, {"doc_no": "X2"}))
    assert documents.select(["number", "part", "net", "line_count"]).to_pylist() == [
        {"number": "X1", "part": 1, "net": 70, "line_count": 2},
        {"number": "X2", "part": 1, "net": 100, "line_count": 1},
    ]
    assert detail["net"].to_pylist() == [100, -30, 100]


def test_a_number_used_for_two_customers_has_two_parts() -> None:
    documents, _ = shaping.documents(lines({}, {"customer_id": "C2"}, {"customer_id": None}))
    assert set(documents["part"].to_pylist()) == {1, 2, 3}
    assert set(documents["customer_id"].to_pylist()) == {"C1", "C2", None}


def test_a_sum_is_unknown_where_one_line_has_no_figure() -> None:
    documents, _ = shaping.documents(lines({"cost": 60}, {"cost": None}))
    assert documents["cost"].to_pylist() == [None]


def test_the_digest_does_not_depend_on_the_order_of_lines_but_on_what_they_say() -> None:
    def digest(*rows: dict[str, Any]) -> str:
        return str(shaping.documents(lines(*rows))[0]["digest"][0].as_py())

    one, two = {"item": "a", "net": 100}, {"item": "b", "net": 50}
    assert digest(one, two) == digest(two, one)
    assert digest(one, two) != digest(one, two | {"net": 51})
    assert digest({"item": None}) != digest({"item": ""})


def test_equal_receipts_are_told_apart_by_their_copy() -> None:
    paid = {"receipt_no": "R1", "customer_id": "C1", "date": DAY, "amount": 500}
    shaped = shaping.receipts(pa.Table.from_pylist([paid, paid, paid | {"amount": 501}]))
    assert shaped["copy"].to_pylist() == [1, 2, 1]
    assert len(set(shaped["digest"].to_pylist())) == 2


def test_a_customer_known_from_documents_bears_the_latest_name_and_region() -> None:
    found = shaping.customers(
        lines(
            {"customer_name": "Old", "region": "North"},
            {"customer_name": "New", "region": "South", "doc_date": date(2026, 4, 1)},
            {"customer_id": None},
        ),
        None,
    )
    assert found.to_pylist() == [
        {"code": "C1", "name": "New", "region": "South", "salesperson": None}
    ]
