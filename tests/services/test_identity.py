"""Random imports, re-imports with changes and undo, in any order: the books tie at every date.

The model shares nothing with the product: dictionaries of what each import said, of which the
newest still in force that speaks of a key is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mainstay.foundation.models import User
from mainstay.insights.jobs import prove_books
from mainstay.ledger import selectors
from mainstay.ledger import services as ledger
from mainstay.ledger.models import Allocation, Document, DocumentLine, ImportBatch, Receipt
from tests.people import administrator

FIRST = date(2026, 1, 1)
CUSTOMERS = ("C1", "C2")
START = datetime(2026, 10, 1, tzinfo=UTC)

Lines = tuple[tuple[int, int], ...]
"""Net and tax of each line."""


@dataclass(frozen=True)
class Said:
    """What one import says: by number, of invoices and credit notes, receipts and their parts."""

    documents: dict[str, tuple[str, int, Lines]]
    """Customer, day, lines."""
    receipts: dict[str, tuple[str, int, int]]
    parts: dict[str, tuple[tuple[str, int], ...]]


@dataclass
class Brought:
    """An import, and whether it is in force."""

    said: Said
    batch: ImportBatch
    in_force: bool = True


amounts = st.integers(-50_000, 90_000).filter(bool)
numbers = st.sampled_from(["X1", "X2", "X3", "X4"])
receipt_numbers = st.sampled_from(["R1", "R2", "R3"])
days = st.integers(0, 90)
lines = st.lists(st.tuples(amounts, st.integers(0, 900)), min_size=1, max_size=3).map(tuple)
said = st.builds(
    Said,
    st.dictionaries(
        numbers, st.tuples(st.sampled_from(CUSTOMERS), days, lines), min_size=1, max_size=4
    ),
    st.dictionaries(
        receipt_numbers, st.tuples(st.sampled_from(CUSTOMERS), days, amounts), max_size=3
    ),
    st.dictionaries(
        receipt_numbers,
        st.lists(st.tuples(numbers, st.integers(1, 5_000)), min_size=1, max_size=2).map(tuple),
        max_size=2,
    ),
)
steps = st.lists(st.one_of(said, st.integers(0, 9)), min_size=2, max_size=7)


def books_of(what: Said) -> ledger.Books:
    sold = [
        {"doc_no": number, "line_no": at, "customer_id": customer, "net": net, "tax": tax,
         "kind": "invoice" if sum(n for n, _ in rows) >= 0 else "credit_note",
         "gross": net + tax, "doc_date": FIRST + timedelta(days=day)}
        for number, (customer, day, rows) in what.documents.items()
        for at, (net, tax) in enumerate(rows)
    ]  # fmt: skip
    paid = [
        {"receipt_no": number, "customer_id": customer, "date": FIRST + timedelta(days=day),
         "amount": amount}
        for number, (customer, day, amount) in what.receipts.items()
    ]  # fmt: skip
    parts = [
        {"receipt_no": number, "doc_no": doc, "amount": amount}
        for number, rows in what.parts.items()
        for doc, amount in rows
    ]
    return ledger.Books(
        lines=pa.Table.from_pylist(sold),
        receipts=pa.Table.from_pylist(paid) if paid else None,
        customers=None, currency="CNY", exponent=2,
        allocations=pa.Table.from_pylist(parts) if parts else None,
    )  # fmt: skip


def counting(history: list[Brought], table: str) -> dict[Any, Any]:
    """What the newest import in force says of each key; a number that changes kind is two keys."""
    found: dict[Any, Any] = {}
    for brought in history:
        if not brought.in_force:
            continue
        for number, content in getattr(brought.said, table).items():
            key = number
            if table == "documents":
                key = (number, sum(net for net, _ in content[2]) >= 0)
            found[key] = content
    return found


def check(history: list[Brought], user: User) -> None:
    documents, receipts = counting(history, "documents"), counting(history, "receipts")
    stored = {
        (d.number, d.kind == "invoice"): (
            d.customer.code,
            (d.doc_date - FIRST).days,
            d.net,
            d.gross,
        )
        for d in Document.objects.visible().select_related("customer")
    }
    assert stored == {
        key: (customer, day, sum(n for n, _ in rows), sum(n + t for n, t in rows))
        for key, (customer, day, rows) in documents.items()
    }
    in_lines = DocumentLine.objects.filter(document__current=True).values_list("net", flat=True)
    assert sorted(in_lines) == sorted(n for *_, rows in documents.values() for n, _ in rows)
    assert sorted(Receipt.objects.visible().values_list("number", "amount")) == sorted(
        (number, amount) for number, (_, _, amount) in receipts.items()
    )
    assert sorted(
        Allocation.objects.visible().values_list("receipt_no", "doc_no", "amount")
    ) == sorted(
        (number, doc, amount)
        for number, rows in counting(history, "parts").items()
        for doc, amount in rows
    )
    for customer in CUSTOMERS:
        for day in (0, 30, 60, 90):
            owed = sum(
                n + t
                for who, on, rows in documents.values()
                for n, t in rows
                if who == customer and on <= day
            )
            paid = sum(
                amount for who, on, amount in receipts.values() if who == customer and on <= day
            )
            found = selectors.balance(user, customer, FIRST + timedelta(days=day))
            assert found.total == owed - paid
    report = prove_books()
    assert report.faults == ()
    assert report.documents == len(documents)
    assert report.open == sum(gross for *_, gross in stored.values()) - sum(
        amount for _, _, amount in receipts.values()
    )


@pytest.mark.django_db(transaction=False)
@settings(
    max_examples=settings.default.max_examples // 10,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(plan=steps)
def test_whatever_comes_and_goes_the_books_tie(db: None, plan: list[Said | int]) -> None:
    with transaction.atomic():
        try:
            _play(plan)
        finally:
            transaction.set_rollback(True)


def _play(plan: list[Said | int]) -> None:
    user = administrator("model")
    history: list[Brought] = []
    seen: list[tuple[datetime, set[tuple[str, int]]]] = []
    for number, step in enumerate(plan):
        moment = START + timedelta(days=number)
        if isinstance(step, Said):
            batch = ledger.open_batch(user, [], {})
            ledger.take_in(batch, books_of(step), lambda done, of: None)
            ImportBatch.objects.filter(pk=batch.pk).update(applied_at=moment)
            history.append(Brought(step, batch))
        else:
            standing = [brought for brought in history if brought.in_force]
            if not standing:
                continue
            chosen = standing[step % len(standing)]
            ledger.undo(user, chosen.batch.pk, "by chance")
            ImportBatch.objects.filter(pk=chosen.batch.pk).update(undone_at=moment)
            chosen.in_force = False
        check(history, user)
        shown = set(Document.objects.visible().values_list("key", "net"))
        seen.append((moment + timedelta(hours=1), shown))
    assert prove_books(every_month=True).faults == ()
    for moment, shown in seen:
        # A fact that came later as a new one is taken as known since its business date (assumed).
        assumed = Document.objects.filter(
            batch__state="applied", is_change=False, batch__applied_at__gt=moment
        ).values("key")
        known = Document.objects.known_at(moment)
        later = set(assumed.values_list("key", flat=True))
        assert {row for row in known.values_list("key", "net") if row[0] not in later} == {
            row for row in shown if row[0] not in later
        }
