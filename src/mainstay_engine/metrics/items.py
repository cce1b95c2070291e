"""Open items: what is left of each document and each receipt after the replay of settlement.

The same replay as the receivable measures (``settlement.settle``), told row by row instead of added
up by customer. For each customer and currency Σ documents − Σ receipts = Σ open of the documents +
Σ open of the receipts, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from mainstay_engine.allocation import allocate, capped
from mainstay_engine.metrics.arrays import pc
from mainstay_engine.metrics.settlement import by_terms, items, plain, references

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

_SAME = ("customer_id", "currency", "doc_no", "day", "invoice")
"""Rows of one document: what the measures add up before they settle."""


@dataclass(frozen=True, slots=True)
class OpenItems:
    """Per row as it was given: what is open, in the row's own minor units."""

    documents: Ints
    """Positive: owed. Negative: of a credit note, what settles nothing yet."""
    due: pa.Array[Any]
    """Per document the day it falls due (date32): its own, else by the customer's terms; null:
    neither."""
    receipts: Ints
    """Negative: what settles nothing yet. Positive: owed again, and not paid since."""


def open_items(
    documents: pa.Table,
    receipts: pa.Table,
    allocations: pa.Table | None = None,
    customers: pa.Table | None = None,
) -> OpenItems:
    """What is open of the documents and receipts of one day, whose later facts are left out.

    ``documents``: ``customer_id, currency, doc_no, day, invoice, owed, due_date``, one row or more
    per document; ``receipts``: ``customer_id, currency, receipt_no, date, amount, kind, bill_no,
    applied_to``; ``allocations`` and ``customers`` as ``mainstay_engine.tables`` has them. Amounts
    are minor units of ``currency``, which every row names; every row has a customer.
    """
    key = pc.binary_join_element_wise(
        *(documents[name].cast(pa.string()) for name in _SAME), "\x1f"
    )
    same = _numbers(pc.dictionary_encode(key).combine_chunks().indices) if len(key) else _none()
    whole = _whole(documents, same)
    feed = _Given(whole, receipts, allocations, customers)
    everybody = pc.unique(
        pa.chunked_array([*whole["customer_id"].chunks, *receipts["customer_id"].chunks])
    )
    debits, payments = items(feed, everybody, {})
    made = allocate(plain(debits), plain(payments), references(feed, debits, payments, {}))
    left = np.zeros(len(whole) + len(receipts), dtype=np.int64)
    left[_numbers(debits["row"])] = made.open_debit
    left[_numbers(payments["row"])] = -made.open_credit
    due = documents["due_date"]
    if customers is not None:
        day = documents["day"].cast(pa.int32()).cast(pa.int64())
        said = by_terms(documents["customer_id"], day, customers).cast(pa.int32())
        due = pc.coalesce(due, said.cast(pa.date32()))
    of_whole = left[: len(whole)]
    return OpenItems(
        documents=_shared_out(of_whole, same, _numbers(documents["owed"])),
        due=pa.chunked_array(due).combine_chunks(),
        receipts=left[len(whole) :],
    )


def _whole(documents: pa.Table, same: Ints) -> pa.Table:
    """One row per document: its rows added up, the latest due day."""
    count = int(same.max(initial=-1)) + 1
    owed = np.zeros(count, dtype=np.int64)
    np.add.at(owed, same, _numbers(documents["owed"]))
    due = np.full(count, -1, dtype=np.int64)
    np.maximum.at(due, same, _numbers(documents["due_date"].cast(pa.int32()), absent=-1))
    first = np.empty(count, dtype=np.int64)
    first[same[::-1]] = np.arange(len(same))[::-1]
    rows: Any = pa.array(first)
    table = documents.select(list(_SAME)).take(rows)
    days = pa.array(due.astype(np.int32), mask=due < 0)
    return table.append_column("owed", pa.array(owed)).append_column(
        "due_date", days.cast(pa.date32())
    )


def _shared_out(left: Ints, same: Ints, owed: Ints) -> Ints:
    """What is left of each document over its rows, in their order, by those of its sign."""
    sign = np.sign(left)[same]
    return sign * capped(same, np.maximum(sign * owed, 0), np.abs(left))


def _numbers(column: Any, absent: int = 0) -> Ints:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    filled = pc.fill_null(flat.cast(pa.int64()), absent)
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.int64)


def _none() -> Ints:
    return np.empty(0, dtype=np.int64)


class _Given:
    """The tables as the feed that ``settlement`` asks."""

    def __init__(
        self,
        documents: pa.Table,
        receipts: pa.Table,
        allocations: pa.Table | None,
        customers: pa.Table | None,
    ) -> None:
        self._documents, self._receipts = documents, receipts
        self._others = {"receipts": receipts, "allocations": allocations, "customers": customers}

    def has(self, table: str, column: str | None = None) -> bool:
        found = self._others[table]
        return found is not None and (column is None or column in found.column_names)

    def documents(self, days: Mapping[str, date]) -> pa.Table:
        return self._documents

    def receipt_rows(self, days: Mapping[str, date]) -> pa.Table:
        return self._receipts

    def allocation_rows(self, days: Mapping[str, date]) -> pa.Table:
        return self._table("allocations")

    def customers(self) -> pa.Table:
        return self._table("customers")

    def _table(self, name: str) -> pa.Table:
        found = self._others[name]
        if found is None:
            raise LookupError(name)
        return found
