"""Bills (承兑汇票): what is still at risk, and what a dishonour gives back to the invoice.

A bill clears the invoice on the day it is received; its risk ends with its maturity. A bill without
one is at risk for six months, the longest it may run since 1 January 2023 (Measures for commercial
bill acceptance, discount and rediscount, art. 25).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from mainstay_engine.metrics.arrays import Column, pc
from mainstay_engine.metrics.board import day_number
from mainstay_engine.metrics.catalogue import Figure
from mainstay_engine.tables import BILL, DISHONOUR
from mainstay_engine.terms import Terms

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

LONGEST = Terms(months=6)


def honoured(receipts: pa.Table) -> pa.Table:
    """The receipts, each dishonour (or bill handed back) taken off the bills of its number.

    So the invoices which the bill settled are open again. What names no bill of the customer stays
    a debit of its own.
    """
    if not {"kind", "bill_no"} <= set(receipts.column_names):
        return receipts
    kind = receipts["kind"].to_pylist()
    if BILL not in kind:
        return receipts
    own = "amount_own" in receipts.column_names
    amounts = _ints(receipts["amount_own" if own else "amount"]).copy()
    values = _ints(receipts["amount"]).copy()
    bills: dict[tuple[str, str], list[int]] = {}
    who, number = receipts["customer_id"].to_pylist(), receipts["bill_no"].to_pylist()
    order = np.argsort(_days(receipts["date"]), kind="stable").tolist()
    for row in order:
        if kind[row] == BILL and number[row] is not None and amounts[row] > 0:
            bills.setdefault((who[row], number[row]), []).append(row)
    for row in order:
        given_back = kind[row] == DISHONOUR or (kind[row] == BILL and amounts[row] < 0)
        if not given_back or number[row] is None:
            continue
        for bill in bills.get((who[row], number[row]), ()):
            part = min(-int(amounts[row]), int(amounts[bill]))
            if part > 0:
                value = _part(int(values[bill]), part, int(amounts[bill]))
                amounts[row] += part
                amounts[bill] -= part
                values[row] += value
                values[bill] -= value
    changed = _with(receipts, "amount", values)
    return _with(changed, "amount_own", amounts) if own else changed


def at_risk(receipts: pa.Table, customers: Column, as_of: date) -> Figure:
    """Per customer the amount of bills that mature after ``as_of``, dishonoured ones taken off.

    ``receipts`` are those up to that day, as ``honoured`` gives them; minor units of the company's
    currency. Zero where no bill is held.
    """
    total = np.zeros(len(customers), dtype=np.int64)
    if "kind" not in receipts.column_names:
        return Figure.of(total)
    bills = receipts.filter(pc.equal(receipts["kind"], BILL))
    matures = pa.chunked_array([pa.array(LONGEST.due_days(_days(bills["date"])))])
    if "maturity" in bills.column_names:
        matures = pc.coalesce(bills["maturity"].cast(pa.int32()).cast(pa.int64()), matures)
    later = bills.filter(
        pc.and_(pc.greater(matures, day_number(as_of)), pc.greater(bills["amount"], 0))
    )
    at = pc.index_in(later["customer_id"], customers).cast(pa.int64())
    np.add.at(total, _ints(at), _ints(later["amount"]))
    return Figure.of(total)


def _part(value: int, part: int, whole: int) -> int:
    """The company's currency's share of a part of an amount, half-even."""
    floor, rest = divmod(value * part, whole)
    up = 2 * rest > whole or (2 * rest == whole and floor % 2 == 1)
    return floor + up


def _with(table: pa.Table, name: str, values: Ints) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, name, pa.chunked_array([pa.array(values, pa.int64())]))


def _ints(column: Column) -> Ints:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _days(column: Column) -> Ints:
    return _ints(column.cast(pa.int32()).cast(pa.int64()))
