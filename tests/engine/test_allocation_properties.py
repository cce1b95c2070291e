"""Allocation: nothing is lost, references come first, the rest goes oldest due first."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay_engine.allocation import Items, References, allocate
from mainstay_engine.metrics import compute_metrics
from tests.engine.metrics_worlds import world


def items(rows: list[tuple[int, int, int]]) -> Items:
    columns = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
    return Items(columns[:, 0], columns[:, 1], columns[:, 2])


rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(1, 1000)), max_size=15)


@given(rows, rows, st.lists(st.tuples(st.integers(0), st.integers(0), st.integers(0, 2000))))
def test_nothing_is_lost(debit_rows, credit_rows, wishes) -> None:
    debits, credits = items(debit_rows), items(credit_rows)
    references = None
    if len(debits) and len(credits):
        pairs = [(c % len(credits), d % len(debits), a) for c, d, a in wishes]
        pairs = [p for p in pairs if credits.customer[p[0]] == debits.customer[p[1]]]
        columns = np.array(pairs, dtype=np.int64).reshape(-1, 3)
        references = References(columns[:, 0], columns[:, 1], columns[:, 2])
    made = allocate(debits, credits, references)
    assert (made.open_debit >= 0).all()
    assert (made.open_credit >= 0).all()
    assert (made.amount > 0).all()
    assert (debits.customer[made.debit] == credits.customer[made.credit]).all()
    assert (made.day == np.maximum(debits.day[made.debit], credits.day[made.credit])).all()
    assert (made.settled() + made.open_debit == debits.amount).all()
    for who in range(4):
        mine, theirs = debits.customer == who, credits.customer == who
        owed, spare = made.open_debit[mine].sum(), made.open_credit[theirs].sum()
        assert owed - spare == debits.amount[mine].sum() - credits.amount[theirs].sum()
        assert owed == 0 or spare == 0  # no credit is idle while something is open


def test_money_settles_the_oldest_due_first() -> None:
    debits = items([(0, 10, 100), (0, 20, 100)])
    made = allocate(debits, items([(0, 5, 30), (0, 40, 120)]))
    assert made.open_debit.tolist() == [0, 50]
    assert list(zip(made.debit.tolist(), made.amount.tolist(), made.day.tolist(), strict=True)) == [
        (0, 30, 10), (0, 70, 40), (1, 50, 40),
    ]  # fmt: skip


def test_a_reference_comes_before_age() -> None:
    debits, credits = items([(0, 10, 100), (0, 20, 100)]), items([(0, 25, 120)])
    reference = References(np.array([0]), np.array([1]), np.array([120]))
    made = allocate(debits, credits, reference)
    assert made.open_debit.tolist() == [80, 0]  # the 20 left over go to the oldest


@settings(max_examples=15)
@given(st.integers(0, 40), st.integers(0, 700))
def test_balances_tie_at_any_date(seed: int, days: int) -> None:
    """Σ open debits − Σ unallocated credits = invoices − credit notes − receipts, per customer."""
    given_world = world(seed % 8)
    as_of = date(2023, 1, 15) + timedelta(days=days)
    table = compute_metrics(given_world.facts(), ["open_balance"], as_of=as_of)
    for row in table.to_pylist():
        who = row["customer_id"]
        owed = sum(r["gross"] for r in given_world.lines
                   if r["customer_id"] == who and r["doc_date"] <= as_of)  # fmt: skip
        paid = sum(r["amount"] for r in given_world.receipts
                   if r["customer_id"] == who and r["date"] <= as_of)  # fmt: skip
        assert row["open_balance"] == owed - paid
