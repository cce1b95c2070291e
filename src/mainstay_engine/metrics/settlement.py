"""Settlement: from documents, receipts and allocations to the receivable measures per customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from mainstay_engine.allocation import Allocation, Items, References, allocate
from mainstay_engine.metrics import receivables as r
from mainstay_engine.metrics.arrays import Column, pc
from mainstay_engine.metrics.bills import honoured
from mainstay_engine.metrics.board import day_number
from mainstay_engine.metrics.catalogue import Figure, Measure
from mainstay_engine.terms import parse_terms

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]


class Feed(Protocol):
    """What settlement asks for: rows up to the day it is replayed as of."""

    def has(self, table: str, column: str | None = None) -> bool: ...
    def documents(self, days: Mapping[str, date]) -> pa.Table: ...
    def receipt_rows(self, days: Mapping[str, date]) -> pa.Table: ...
    def allocation_rows(self, days: Mapping[str, date]) -> pa.Table: ...
    def customers(self) -> pa.Table: ...


_KEYS: Any = [("customer", "ascending"), ("order", "ascending"), ("day", "ascending"),
         ("number", "ascending")]  # fmt: skip


def settle(
    feed: Feed, customers: Column, days: Mapping[str, date], as_of: date
) -> dict[Measure, Figure]:
    """Replay the allocation as of ``as_of`` and add it up per customer.

    Debits are invoices (and receipts paid back), credits are receipts and documents of negative
    amount. ``dated`` is 1 for customers all of whose invoices have a due date.

    With several currencies each settles apart, in its own minor units; what is left of an item is
    told in the company's currency by the item's own value in it (that of its own date): open part ×
    value ÷ amount, half-even. So what is fully settled is 0, whatever rates did meanwhile.
    """
    debits, payments = items(feed, customers, days)
    made = allocate(plain(debits), plain(payments), references(feed, debits, payments, days))
    return _measures(len(customers), debits, payments, made, days, day_number(as_of))


def flows(feed: Feed, customers: Column, days: Mapping[str, date]) -> tuple[Ints, Ints, Ints]:
    """What changes the balances up to the last day: customer position, day number, amount.

    Amounts are the company's currency's minor units, and add up to the open balance of any day. In
    one currency they are the documents and receipts themselves; in several, what settles does so at
    its own value on either side, as of the last day, so that an exchange difference is not owed.
    """
    documents, receipts = feed.documents(days), feed.receipt_rows(days)
    if "owed_own" not in documents.column_names:
        at = [pc.index_in(part["customer_id"], customers) for part in (documents, receipts)]
        day = [_days(documents["day"]), _days(receipts["date"])]
        amount = [documents["owed"], pc.negate(receipts["amount"])]
        return _joined(at), _joined(day), _joined(amount)
    debits, payments = items(feed, customers, days)
    made = allocate(plain(debits), plain(payments), references(feed, debits, payments, days))
    owing, paying = _ints(debits["customer"]), _ints(payments["customer"])
    parts = _worth(made.amount, debits, made.debit), _worth(made.amount, payments, made.credit)
    who = [owing, owing[made.debit], paying, paying[made.credit]]
    when = [_ints(debits["day"]), made.day, _ints(payments["day"]), made.day]
    much = [_ints(debits["value"]), -parts[0], -_ints(payments["value"]), parts[1]]
    return np.concatenate(who), np.concatenate(when), np.concatenate(much)


def _joined(columns: list[Column]) -> Ints:
    return np.concatenate([_ints(column.cast(pa.int64())) for column in columns])


def items(feed: Feed, customers: Column, days: Mapping[str, date]) -> tuple[pa.Table, pa.Table]:
    """Debits and credits: ``customer, order, day, number, amount, value, due, invoice`` and
    ``currency``, in order. ``value`` is the amount in the company's currency, ``row`` the place
    among the feed's documents, and after them its receipts.
    """
    documents = feed.documents(days)
    position = pc.index_in(documents["customer_id"], customers).cast(pa.int64())
    day = _days(documents["day"])
    due = pa.chunked_array([pa.nulls(len(documents), pa.int64())])
    if "due_date" in documents.column_names:
        due = _days(documents["due_date"])
    if feed.has("customers"):
        due = pc.coalesce(due, by_terms(documents["customer_id"], day, feed.customers()))
    own, value = _amounts(documents, "owed")
    made = _table(position, day, documents["doc_no"], own, due, invoice=True)
    parts = [_valued(made, value, documents)]
    if feed.has("receipts"):
        rows = honoured(feed.receipt_rows(days))
        on = _days(rows["date"])
        number = (
            rows["receipt_no"] if "receipt_no" in rows.column_names
            else pa.chunked_array([pa.nulls(len(rows), pa.string())])
        )  # fmt: skip
        nothing = pa.chunked_array([pa.nulls(len(rows), pa.int64())])
        position = pc.index_in(rows["customer_id"], customers).cast(pa.int64())
        own, value = _amounts(rows, "amount")
        receipts = _table(position, on, number, pc.negate(own), nothing, invoice=False)
        receipts = _valued(receipts, pc.negate(value), rows)
        if "applied_to" in rows.column_names:
            receipts = receipts.set_column(
                receipts.schema.get_field_index("applied_to"), "applied_to",
                rows["applied_to"].cast(pa.string()),
            )  # fmt: skip
        parts.append(receipts)
    both = _grouped(pa.concat_tables(parts))
    both = both.append_column("row", pa.array(np.arange(len(both), dtype=np.int64)))
    debits = both.filter(pc.greater(both["amount"], 0)).sort_by(_KEYS)
    payments = both.filter(pc.less(both["amount"], 0))
    for name in ("amount", "value"):
        at = payments.schema.get_field_index(name)
        payments = payments.set_column(at, name, pc.negate(payments[name]))
    # Credits are taken by their date, whatever falls due.
    payments = payments.set_column(1, "order", payments["day"]).sort_by(_KEYS)
    return debits, payments


def _table(
    customer: Any, day: Any, number: Any, amount: Any, due: Any, *, invoice: bool
) -> pa.Table:
    length = len(day)
    return pa.table({
        "customer": customer, "order": pc.coalesce(due, day), "day": day,
        "number": number.cast(pa.string()), "amount": amount, "due": due,
        "invoice": pa.array(np.full(length, invoice)),
        "applied_to": pa.nulls(length, pa.string()),
    })  # fmt: skip


def by_terms(customer: Column, day: Column, customers: pa.Table) -> Column:
    """Due days that the customers' terms give documents of those days; null without terms."""
    due: Column = pa.chunked_array([pa.nulls(len(day), pa.int64())])
    at = pc.index_in(customer, customers["customer_id"])
    if "terms" in customers.column_names:
        said = pc.take(customers["terms"], at)
        for text in pc.unique(said).drop_null().to_pylist():
            given = pa.chunked_array([pa.array(parse_terms(text).due_days(_ints(day)))])
            due = pc.if_else(pc.equal(said, text), given, due)
    if "terms_days" in customers.column_names:
        days = pc.take(customers["terms_days"], at).cast(pa.int64())
        due = pc.coalesce(due, pc.add(day, days))
    return due


def _amounts(rows: pa.Table, name: str) -> tuple[Column, Column]:
    """Amounts in each row's own currency, and in the company's."""
    own = rows[f"{name}_own"] if f"{name}_own" in rows.column_names else rows[name]
    return own, rows[name]


def _valued(items: pa.Table, value: Column, rows: pa.Table) -> pa.Table:
    currency: Any = pa.nulls(len(items), pa.string())
    if "currency" in rows.column_names:
        currency = rows["currency"].cast(pa.string())
    return items.append_column("value", value).append_column("currency", currency)


def _grouped(items: pa.Table) -> pa.Table:
    """With ``group``: a number for each customer and currency that settle among themselves.

    Receipts without a currency beside documents with one cannot be: the reader names all or none.
    """
    if items["currency"].null_count:
        return items.append_column("group", items["customer"])
    codes = items["currency"].combine_chunks().dictionary_encode()
    count = pa.scalar(len(codes.dictionary) or 1, pa.int64())
    group = pc.add(pc.multiply(items["customer"], count), codes.indices.cast(pa.int64()))
    return items.append_column("group", group)


def _days(column: Column) -> Column:
    return column.cast(pa.int32()).cast(pa.int64())


def _ints(column: Column) -> Ints:
    plain = column.combine_chunks().fill_null(0).to_numpy(zero_copy_only=False)
    return np.asarray(plain, dtype=np.int64)


def plain(items: pa.Table) -> Items:
    return Items(_ints(items["group"]), _ints(items["day"]), _ints(items["amount"]))


def _worth(part: Ints, items: pa.Table, at: Ints | slice = slice(None)) -> Ints:
    """Parts of items in the company's currency: part × value ÷ amount of the item, half-even."""
    amount, value = _ints(items["amount"])[at], _ints(items["value"])[at]
    result = part.copy()
    for i in np.flatnonzero(amount != value):
        whole = int(part[i]) * int(value[i])  # exceeds 64 bits
        quotient, rest = divmod(whole, int(amount[i]))
        twice = 2 * rest - int(amount[i])
        result[i] = quotient + (twice > 0 or (twice == 0 and quotient % 2 == 1))
    return result


def _key(customer: Any, number: Any) -> Any:
    return pc.binary_join_element_wise(customer.cast(pa.string()), number, "\x1f")


def references(
    feed: Feed, debits: pa.Table, payments: pa.Table, days: Mapping[str, date]
) -> References | None:
    """Allocations first, then the documents that receipts name; others are left to the rest."""
    key = _key(debits["group"], debits["number"]).combine_chunks()
    found: list[tuple[Ints, Ints, Ints]] = []
    if feed.has("allocations"):
        rows = feed.allocation_rows(days)
        # Receipts before credit notes, should a number be used for both.
        order = pc.sort_indices(payments["invoice"].cast(pa.int8()))
        credit = pc.index_in(rows["receipt_no"], payments["number"].take(order).combine_chunks())
        credit = pc.take(order, credit)
        debit = pc.index_in(_key(pc.take(payments["group"], credit), rows["doc_no"]), key)
        found.append(_known(credit, debit, rows["amount"]))
    named = _key(payments["group"], payments["applied_to"])
    credit = pa.chunked_array([pa.array(np.arange(len(payments)))])
    found.append(_known(credit, pc.index_in(named, key), payments["amount"]))
    credit_at, debit_at, amount = (np.concatenate(part) for part in zip(*found, strict=True))
    return References(credit_at, debit_at, amount)


def _known(credit: Any, debit: Any, amount: Any) -> tuple[Ints, Ints, Ints]:
    both = pc.and_(pc.is_valid(credit), pc.is_valid(debit)).to_numpy(zero_copy_only=False)
    credit, debit, amount = (
        np.asarray(pc.fill_null(column, 0).to_numpy(), dtype=np.int64)[both]
        for column in (credit, debit, amount)
    )
    return credit, debit, amount


def _measures(
    length: int,
    debits: pa.Table,
    payments: pa.Table,
    made: Allocation,
    days: Mapping[str, date],
    today: int,
) -> dict[Measure, Figure]:
    who, due = _ints(debits["customer"]), _ints(debits["due"])
    invoice = debits["invoice"].to_numpy().astype(bool)
    dated = debits["due"].is_valid().to_numpy().astype(bool)
    start, end = day_number(days["current_start"]), day_number(days["current_end"])

    def total(position: Ints, amount: Ints) -> Figure:
        values = np.zeros(length, dtype=np.int64)
        np.add.at(values, position, amount)
        return Figure.of(values)

    open_debit, value = _worth(made.open_debit, debits), _ints(debits["value"])
    settled, part_amount = value - open_debit, _worth(made.amount, debits, made.debit)
    fell_due = invoice & dated & (due >= start) & (due <= end)
    overdue = invoice & dated & (due < today) & (made.open_debit > 0)
    undated = total(who, (invoice & ~dated).astype(np.int64)).values > 0
    # Parts settled in the window, and parts open and overdue today.
    part_due, part_who = due[made.debit], who[made.debit]
    part = (invoice & dated)[made.debit] & (made.day >= start) & (made.day <= end)
    late = np.maximum(made.day - part_due, 0)
    weight_who = np.concatenate([part_who[part], who[overdue]])
    weight_amount = np.concatenate([part_amount[part], open_debit[overdue]])
    weight_days = np.concatenate([late[part], today - due[overdue]])
    oldest = np.zeros(length, dtype=np.int64)
    np.maximum.at(oldest, who[overdue], today - due[overdue])
    open_debits = total(who, open_debit)
    spare = total(_ints(payments["customer"]), _worth(made.open_credit, payments))
    return {
        r.OPEN: Figure.of(open_debits.values - spare.values),
        r.DEBITS: total(who[invoice], open_debit[invoice]),
        r.OVERDUE: total(who[overdue], open_debit[overdue]),
        r.OVERDUE_INVOICES: total(who[overdue], np.ones(int(overdue.sum()), dtype=np.int64)),
        r.OLDEST_OVERDUE: Figure.of(oldest),
        r.DATED: Figure.of((~undated).astype(np.int64)),
        r.FELL_DUE: total(who[fell_due], value[fell_due]),
        r.DUE_SETTLED: total(who[fell_due], settled[fell_due]),
        r.LATE_WEIGHT: total(weight_who, weight_amount * weight_days),
        r.LATE_AMOUNT: total(weight_who, weight_amount),
    }
