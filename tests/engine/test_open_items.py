"""Open items row by row: they tie with the sums, and with the measures of the same replay."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay_engine import compute_metrics, facts_from_tables
from mainstay_engine.metrics.items import OpenItems, open_items

FIRST = date(2026, 1, 1)
WHO = ("C1", "C2")
NUMBERS = st.sampled_from(["X1", "X2", "X3", "X4", "X5"])
DAYS = st.integers(0, 60)
AMOUNTS = st.integers(-900, 900).filter(bool)

sold = st.lists(
    st.builds(
        lambda who, number, on, owed, due: {
            "customer_id": who, "currency": "CNY", "doc_no": number,
            "day": FIRST + timedelta(days=on), "invoice": owed > 0, "owed": owed,
            "due_date": None if due is None else FIRST + timedelta(days=on + due),
        },
        st.sampled_from(WHO), NUMBERS, DAYS, AMOUNTS, st.none() | st.integers(0, 30),
    ),
    min_size=1, max_size=9,
)  # fmt: skip
paid = st.lists(
    st.builds(
        lambda who, number, on, amount, named, kind, bill: {
            "customer_id": who, "currency": "CNY", "receipt_no": number,
            "date": FIRST + timedelta(days=on),
            "amount": -abs(amount) if kind == "dishonour" else amount, "kind": kind,
            "bill_no": bill, "applied_to": named,
        },
        st.sampled_from(WHO), st.sampled_from(["R1", "R2", "R3"]), DAYS, AMOUNTS,
        st.none() | NUMBERS, st.sampled_from(["money", "bill", "dishonour"]),
        st.none() | st.just("B1"),
    ),
    max_size=6,
)  # fmt: skip
parts = st.lists(
    st.builds(
        lambda receipt, number, amount: {"receipt_no": receipt, "doc_no": number, "amount": amount},
        st.sampled_from(["R1", "R2"]), NUMBERS, st.integers(1, 500),
    ),
    max_size=3,
)  # fmt: skip
DOCUMENTS = pa.schema({
    "customer_id": pa.string(), "currency": pa.string(), "doc_no": pa.string(),
    "day": pa.date32(), "invoice": pa.bool_(), "owed": pa.int64(), "due_date": pa.date32(),
})  # fmt: skip
RECEIPTS = pa.schema({
    "customer_id": pa.string(), "currency": pa.string(), "receipt_no": pa.string(),
    "date": pa.date32(), "amount": pa.int64(), "kind": pa.string(), "bill_no": pa.string(),
    "applied_to": pa.string(),
})  # fmt: skip
ALLOCATIONS = pa.schema({
    "receipt_no": pa.string(), "doc_no": pa.string(), "amount": pa.int64(),
})  # fmt: skip
TERMS = pa.table({"customer_id": ["C1"], "terms_days": pa.array([10], pa.int32())})
Rows = list[dict[str, Any]]


def settled(documents: Rows, receipts: Rows, allocations: Rows = []) -> OpenItems:  # noqa: B006
    return open_items(
        pa.Table.from_pylist(documents, DOCUMENTS), pa.Table.from_pylist(receipts, RECEIPTS),
        pa.Table.from_pylist(allocations, ALLOCATIONS), TERMS,
    )  # fmt: skip


@given(sold, paid, parts)
@settings(deadline=None)
def test_what_is_open_is_the_balance_and_what_the_measures_say(
    documents: Rows, receipts: Rows, allocations: Rows
) -> None:
    found, as_of = settled(documents, receipts, allocations), FIRST + timedelta(days=100)
    left, balance, overdue = Counter[str](), Counter[str](), Counter[str]()
    due = found.due.to_pylist()
    for at, row in enumerate(documents):
        amount = int(found.documents[at])
        assert amount == 0 or (amount > 0) == (row["owed"] > 0)
        assert abs(amount) <= abs(row["owed"])
        left[row["customer_id"]] += amount
        balance[row["customer_id"]] += row["owed"]
        if amount > 0 and due[at] and due[at] < as_of:
            overdue[row["customer_id"]] += amount
    for at, row in enumerate(receipts):
        left[row["customer_id"]] += int(found.receipts[at])
        balance[row["customer_id"]] -= row["amount"]
    assert left == balance
    for row in measured(documents, receipts, allocations, as_of):
        assert row["open_balance"] == balance[row["customer_id"]]
        if row["overdue_balance"] is not None:  # null where an invoice has no due day
            same = {(r["doc_no"], r["day"], r["owed"] > 0) for r in documents}
            if len(same) == len(documents):  # else parts of one document fall due together
                assert row["overdue_balance"] == overdue[row["customer_id"]]


def measured(documents: Rows, receipts: Rows, allocations: Rows, as_of: date) -> Rows:
    """The measures of the same facts, by the planner."""
    if not receipts:
        return []
    lines = [
        {"customer_id": r["customer_id"], "doc_no": r["doc_no"], "doc_date": r["day"],
         "due_date": r["due_date"], "net": r["owed"],
         "kind": "invoice" if r["invoice"] else "credit_note"}
        for r in documents
    ]  # fmt: skip
    kept = [{k: v for k, v in r.items() if k != "currency"} for r in receipts]
    facts = facts_from_tables(
        pa.Table.from_pylist(lines, pa.schema({
            "customer_id": pa.string(), "doc_no": pa.string(), "doc_date": pa.date32(),
            "due_date": pa.date32(), "net": pa.int64(), "kind": pa.string(),
        })),
        pa.Table.from_pylist(kept, RECEIPTS.remove(1)), TERMS,
        pa.Table.from_pylist(allocations, ALLOCATIONS) if allocations else None,
    )  # fmt: skip
    names = ["open_balance", "overdue_balance"]
    return compute_metrics(facts, names, as_of=as_of, missing="null").to_pylist()


def invoice(number: str, owed: int, on: int = 0, due: int | None = None, **more: Any) -> Any:
    return {"customer_id": "C1", "currency": "CNY", "doc_no": number,
            "day": FIRST + timedelta(days=on), "invoice": owed > 0, "owed": owed,
            "due_date": None if due is None else FIRST + timedelta(days=due), **more}  # fmt: skip


def receipt(amount: int, on: int = 0, **more: Any) -> Any:
    return {"customer_id": "C1", "currency": "CNY", "date": FIRST + timedelta(days=on),
            "amount": amount, "kind": "money", **more}  # fmt: skip


def test_the_receipt_s_own_words_come_first_then_the_earliest_due() -> None:
    bills = [invoice("X1", 100, due=40), invoice("X2", 100, due=20), invoice("X3", 100, due=30)]
    found = settled(bills, [receipt(60, applied_to="X1"), receipt(130)])
    assert found.documents.tolist() == [40, 0, 70]
    assert found.due.to_pylist()[0] == FIRST + timedelta(days=40)


def test_currencies_settle_apart() -> None:
    bills = [invoice("X1", 100), invoice("X2", 100, currency="USD")]
    found = settled(bills, [receipt(150, currency="USD")])
    assert found.documents.tolist() == [100, 0] and found.receipts.tolist() == [-50]


def test_parts_of_one_document_settle_as_one_and_share_what_is_left() -> None:
    parts_of_one = [invoice("X1", 100), invoice("X1", 50), invoice("X2", 10, on=1)]
    found = settled(parts_of_one, [receipt(120, applied_to="X1")])
    assert found.documents.tolist() == [30, 0, 10]


def test_a_dishonoured_bill_opens_its_invoice_again_and_an_advance_settles_nothing() -> None:
    bill = receipt(100, kind="bill", bill_no="B1", applied_to="X1")
    back = receipt(-100, on=5, kind="dishonour", bill_no="B1")
    found = settled([invoice("X1", 100)], [bill, back])
    assert found.documents.tolist() == [100] and found.receipts.tolist() == [0, 0]
    found = settled([invoice("X1", 100)], [receipt(130)])
    assert found.documents.tolist() == [0] and found.receipts.tolist() == [-30]


def test_without_rows_there_is_nothing_open() -> None:
    found = settled([], [])
    assert (len(found.documents), len(found.due), len(found.receipts)) == (0, 0, 0)
    assert settled([], [receipt(7)]).receipts.tolist() == [-7]
