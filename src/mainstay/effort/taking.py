"""Efforts and rates that an import brings: counted, and written in the transaction that puts the
import in force.

The same rows again are written again under the later import and do not count (``Effort.key``), so
that taking either import back leaves what the other brought.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.utils import timezone

from mainstay.effort.models import Effort, Rate
from mainstay.foundation import bulk
from mainstay.ledger.models import ImportBatch
from mainstay.parties.models import CustomerCode

CONTENT = ("customer_id", "date", "activity", "person", "hours", "quantity", "amount", "note")
"""Columns by which an effort is known again."""
PRICED = ("per_hour", "per_time", "per_year")


@dataclass(frozen=True, slots=True)
class Brought:
    """The engine's tables of an import, customers by codes that the books know."""

    efforts: pa.Table | None = None
    rates: pa.Table | None = None

    def __bool__(self) -> bool:
        return self.efforts is not None or self.rates is not None


def counts(brought: Brought, *, afresh: bool = False) -> dict[str, int]:
    """How many are new, and how many are there already; ``afresh``: as if nothing were."""
    found: dict[str, int] = {}
    if brought.efforts is not None:
        keys = _keys(brought.efforts)
        there = set() if afresh else _known(keys)
        same = sum(key in there for key in keys)
        found |= {"efforts_new": len(keys) - same, "efforts_identical": same}
    if brought.rates is not None:
        stand = {} if afresh else {(r.activity, r.since): r for r in Rate.objects.visible()}
        rows: list[dict[str, Any]] = brought.rates.to_pylist()
        same = sum(_as_it_stands(row, stand.get((row["activity"], row["since"]))) for row in rows)
        changed = sum((row["activity"], row["since"]) in stand for row in rows) - same
        found |= {
            "effort_rates_new": len(rows) - same - changed, "effort_rates_changed": changed,
            "effort_rates_identical": same,
        }  # fmt: skip
    return found


def write(brought: Brought, batch: ImportBatch) -> None:
    """Write the rows under the batch. Call in the transaction that puts it in force."""
    now = timezone.now()
    for model, table in ((Effort, brought.efforts), (Rate, brought.rates)):
        if table is None or not table.num_rows:
            continue
        names = [n for n in table.column_names if n not in ("customer_name", "source_row")]
        rows = table.select(names)
        if model is Effort:
            own = dict(CustomerCode.objects.values_list("code", "own_id").iterator())
            codes: list[Any] = table["customer_id"].to_pylist()
            ids = pa.array([own[code] for code in codes], pa.int64())
            rows = rows.set_column(names.index("customer_id"), "customer_id", ids)
            rows = rows.append_column("key", pa.array(_keys(table)))
        size = rows.num_rows
        rows = rows.append_column("batch_id", pa.array([batch.pk] * size, pa.int64()))
        rows = rows.append_column("by_id", pa.array([batch.created_by_id] * size, pa.int64()))
        rows = rows.append_column("at", pa.array([now] * size, pa.timestamp("us", tz="UTC")))
        bulk.insert(model, rows)


def forget_everything() -> None:
    """Delete every effort and rate. Only for the demo company, whose books go too."""
    Effort.objects.all().delete()
    Rate.objects.all().delete()


def gone(batch: int) -> dict[str, int]:
    """How many rows of an import count no more once it is taken back, where it brought any."""
    found = {
        "efforts_gone": Effort.objects.filter(batch=batch).count(),
        "effort_rates_gone": Rate.objects.filter(batch=batch).count(),
    }
    return {name: count for name, count in found.items() if count}


def _keys(efforts: pa.Table) -> list[str]:
    """Of each effort its content, and which of several same ones it is."""
    columns = [efforts[n].to_pylist() if n in efforts.column_names else [None] * len(efforts)
               for n in CONTENT]  # fmt: skip
    seen: Counter[tuple[Any, ...]] = Counter()
    keys = []
    for row in zip(*columns, strict=True):
        content = tuple(_plain(value) for value in row)
        seen[content] += 1
        told = "\x1f".join((*content, str(seen[content])))
        keys.append(hashlib.sha256(told.encode()).hexdigest())
    return keys


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)


def _known(keys: list[str]) -> set[str]:
    """Those of the keys that an import in force brought."""
    in_force = Effort.objects.filter(batch__state=ImportBatch.State.APPLIED)
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        found.update(in_force.filter(key__in=part).values_list("key", flat=True))
    return found


def _as_it_stands(row: dict[str, Any], stands: Rate | None) -> bool:
    return stands is not None and all(row.get(name) == getattr(stands, name) for name in PRICED)
