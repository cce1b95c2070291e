"""From sales lines to documents: parts, sums, digests."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from mainstay.ledger import workshop as workshop_module
from mainstay.ledger.workshop import Workshop

DAY = date(2026, 3, 10)


def lines(*rows: dict[str, Any]) -> pa.Table:
    whole = {"doc_no": "X1", "kind": "invoice", "customer_id": "C1", "doc_date": DAY, "net": 100}
    return pa.Table.from_pylist([whole | row for row in rows])


def laid_out(given: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Documents, and the lines of all of them."""
    workshop = Workshop(given)
    places = pa.array(range(given.num_rows))
    documents = pa.concat_tables(workshop.rows("document", places))
    assert documents["place"].equals(pa.chunked_array([places[: documents.num_rows]]))
    return documents, pa.concat_tables(workshop.lines(places))


def test_lines_of_one_number_customer_and_day_make_one_document() -> None:
    documents, detail = laid_out(lines({"net": 100}, {"net": -30}, {"doc_no": "X2"}))
    assert documents.select(["number", "part", "net", "line_count"]).to_pylist() == [
        {"number": "X1", "part": 1, "net": 70, "line_count": 2},
        {"number": "X2", "part": 1, "net": 100, "line_count": 1},
    ]
    assert detail["net"].to_pylist() == [100, -30, 100]


def test_a_number_used_for_two_customers_has_two_parts() -> None:
    documents, _ = laid_out(lines({}, {"customer_id": "C2"}, {"customer_id": None}))
    assert set(documents["part"].to_pylist()) == {1, 2, 3}
    assert set(documents["customer_id"].to_pylist()) == {"C1", "C2", None}


def test_a_sum_is_unknown_where_one_line_has_no_figure() -> None:
    documents, _ = laid_out(lines({"cost": 60}, {"cost": None}))
    assert documents["cost"].to_pylist() == [None]


def test_the_digest_does_not_depend_on_the_order_of_lines_but_on_what_they_say() -> None:
    def digest(*rows: dict[str, Any]) -> str:
        return str(laid_out(lines(*rows))[0]["digest"][0].as_py())

    one, two = {"item": "a", "net": 100}, {"item": "b", "net": 50}
    assert digest(one, two) == digest(two, one)
    assert digest(one, two) != digest(one, two | {"net": 51})
    assert digest({"item": None}) != digest({"item": ""})


def test_equal_receipts_are_told_apart_by_their_copy() -> None:
    paid = {"receipt_no": "R1", "customer_id": "C1", "date": DAY, "amount": 500}
    given = pa.Table.from_pylist([paid, paid, paid | {"amount": 501}])
    workshop = Workshop(lines({}), {"receipt": given})
    shaped = pa.concat_tables(workshop.rows("receipt", pa.array(range(3))))
    assert shaped["amount"].to_pylist() == [500, 500, 501]
    assert shaped["copy"].to_pylist() == [1, 2, 1]
    assert len(set(shaped["digest"].to_pylist())) == 2


def test_a_customer_known_from_documents_bears_the_latest_name_and_region() -> None:
    found = Workshop(
        lines(
            {"customer_name": "Old", "region": "North"},
            {"customer_name": "New", "region": "South", "doc_date": date(2026, 4, 1)},
            {"customer_id": None},
        )
    ).customers()
    assert found.to_pylist() == [
        {"code": "C1", "name": "New", "region": "South", "salesperson": None, "tax_no": None}
    ]


def test_many_lines_are_laid_out_a_stretch_at_a_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [{"doc_no": f"X{i % 40:02}", "net": i, "line_no": i // 40} for i in range(400)]
    whole = laid_out(lines(*rows))
    monkeypatch.setattr(workshop_module, "STRETCH", 25)
    pq.write_table(lines(*rows), tmp_path / "lines.parquet")
    workshop = Workshop(tmp_path / "lines.parquet")
    heads = workshop.rows("document", pa.array(range(40)))
    assert pa.concat_tables(heads).equals(whole[0])
    parts = list(workshop.lines(pa.array([3, 39])))
    assert len(parts) > 10
    assert sum(part.num_rows for part in parts) == 20
    assert pa.concat_tables(parts).equals(
        whole[1].filter(pc.is_in(whole[1]["place"], value_set=pa.array([3, 39])))
    )
    assert workshop.totals(["invoice"]) == {
        "documents": 40, "lines": 400, "net": sum(range(400)), "unassigned_lines": 0,
        "unassigned_net": 0,
    }  # fmt: skip


def test_receipts_are_handed_out_a_stretch_at_a_time_without_those_not_wanted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(workshop_module, "STRETCH", 25)
    paid = [{"receipt_no": f"R{i}", "date": DAY, "amount": i} for i in range(90)]
    pq.write_table(pa.Table.from_pylist(paid), tmp_path / "receipts.parquet")
    workshop = Workshop(lines({}), {"receipt": tmp_path / "receipts.parquet"})
    parts = list(workshop.rows("receipt", pa.array([0, 24, 25, 89])))
    assert [part["amount"].to_pylist() for part in parts] == [[0, 24], [25], [], [89]]
    assert parts[0]["key"].to_pylist() == ["R0", "R24"]


def test_what_needs_more_memory_than_usual_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 60_000
    given = pa.table({
        "doc_no": [f"X{n * 7919 % count:08}" for n in range(count)], "kind": ["invoice"] * count,
        "customer_id": [f"C{n % 997}" for n in range(count)],
        "doc_date": pa.array([DAY] * count, pa.date32()), "net": range(count),
        "item": [f"{n:040}" for n in range(count)],
    })  # fmt: skip
    pq.write_table(given, tmp_path / "lines.parquet")
    monkeypatch.setattr(workshop_module, "MEMORY", 3)
    workshop = Workshop(tmp_path / "lines.parquet")
    assert workshop._memory > 3
    assert workshop.totals(("invoice",))["net"] == sum(range(count))
