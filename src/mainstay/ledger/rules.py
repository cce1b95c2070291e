"""What the engine says of the books' rows: pure functions over values, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

BILL = ("customer_id", "date", "amount", "kind", "bill_no", "maturity")
"""Values of a bill or a dishonour that ``bills_at_risk`` needs."""


def bills_at_risk(rows: Iterable[Mapping[str, Any]], as_of: date) -> int:
    """Amount of bills that mature after a day, dishonoured ones taken off; minor units.

    The metric of that name, over the rows of some customers.
    """
    import pyarrow as pa

    from mainstay_engine.metrics.bills import at_risk, honoured

    held = list(rows)
    if not held:
        return 0
    types = {"date": pa.date32(), "maturity": pa.date32(), "amount": pa.int64()}
    columns: dict[str, Any] = {
        name: pa.array([row[name] for row in held], types[name]) for name in types
    }
    for name in ("customer_id", "kind", "bill_no"):
        values = [None if row[name] in (None, "") else str(row[name]) for row in held]
        columns[name] = pa.array(values, pa.string())
    receipts: Any = pa.table(columns)
    customers = pa.chunked_array([receipts["customer_id"].unique()])
    return int(at_risk(honoured(receipts), customers, as_of).values.sum())
