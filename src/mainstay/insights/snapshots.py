"""Writing a snapshot: figures and grades of all customers, in bulk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from mainstay.foundation import bulk
from mainstay.insights import totals
from mainstay.insights.measuring import Measured, Refusal
from mainstay.insights.models import CustomerMetrics, Grade, Run, Snapshot

if TYPE_CHECKING:
    from mainstay_engine.schemes import Result

COLUMNS: dict[str, pa.DataType] = {
    "net_sales": pa.int64(), "previous_net_sales": pa.int64(), "growth": pa.float64(),
    "gross_profit": pa.int64(), "margin": pa.float64(), "collection_rate": pa.float64(),
    "open_balance": pa.int64(), "overdue_balance": pa.int64(), "recency": pa.int32(),
    "rhythm_gap": pa.float64(), "order_days": pa.int32(),
}  # fmt: skip
"""Metrics with a column of their own, so that lists can sort by them; all stand in ``metrics``."""


def write_figures(
    snapshot: Snapshot, measured: Measured, customer_ids: dict[str, int]
) -> dict[str, int]:
    """Store what was measured; the stored row's id by customer code."""
    table, codes = measured.table, measured.codes
    ids: Any = bulk.reserve_ids(CustomerMetrics, len(codes))
    rows: dict[str, Any] = {
        "id": ids,
        "snapshot_id": pa.array([snapshot.pk] * len(codes), pa.int64()),
        "customer_id": pa.array([customer_ids[code] for code in codes], pa.int64()),
        "monthly": pa.array([json.dumps(row) for row in measured.monthly().tolist()]),
        "metrics": pa.array(_as_json(table.drop_columns(["customer_id", "customer_name"]))),
    }
    missing = pa.nulls(len(codes))
    for name, kind in COLUMNS.items():
        have = name in table.column_names
        rows[name] = pc.cast(table[name] if have else missing, kind)
    bulk.insert(CustomerMetrics, pa.table(rows))
    return dict(zip(codes, ids.to_pylist(), strict=True))


def _as_json(table: pa.Table) -> list[str]:
    """One JSON object per row; dates as ISO text, missing figures left out."""
    return [
        json.dumps(
            {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in row.items()
                if value is not None
            }
        )
        for row in table.to_pylist()
    ]


def write_refusal(snapshot: Snapshot, refusal: Refusal) -> Run:
    """Store that a scheme had no data."""
    scheme = refusal.scheme
    return Run.objects.create(
        snapshot=snapshot, scheme=scheme.name, version=str(scheme.version),
        title=scheme.title.model_dump(), row=scheme.row, state=Run.State.NO_DATA,
        reason=refusal.reason, parameters={"scheme": scheme.definition()},
        window=scheme.window,
    )  # fmt: skip


def write_grades(
    snapshot: Snapshot,
    result: Result,
    customer_ids: dict[str, int],
    figure_ids: dict[str, int],
) -> Run:
    """Store one scheme's run and everybody's grade with the numbers its reason is made of."""
    from mainstay_engine.schemes import keep

    scheme = result.definition
    column = result.decided.column
    ranked = int(result.decided.ranking.ranked.sum())
    table = result.standing
    codes = [str(code) for code in table["customer_id"].to_pylist()]
    classes = table["class"].to_pylist()
    money = column.unit == "money"
    values = table["value"].to_pylist()
    minor = [None if v is None else int(v.scaleb(result.exponent)) for v in values] if money else []
    numbers = [None if v is None else float(v) for v in (minor if money else values)]
    # The least of one segment says nothing to the customers of another.
    least = {} if scheme.segments else _least(classes, minor if money else numbers)
    shared, rows = keep(result)
    numbers_of = dict(zip(result.decided.figures.ids, map(_short, rows), strict=True))
    run = Run.objects.create(
        snapshot=snapshot, scheme=result.scheme, version=str(result.version), title=result.title,
        row=scheme.row, parameters=result.parameters, window=result.window.text,
        value_metric=column.name, value_unit=column.unit,
        classes=[entry | {"least": least.get(entry["class"])} for entry in result.counts()],
        kept=shared, measured=result.measured, left_out=result.left_out, ranked=ranked,
    )  # fmt: skip
    order = {entry["class"]: place for place, entry in enumerate(run.classes)}
    before = _classes_before(snapshot, run.scheme)
    by_people = {result.decided.figures.ids[row] for row in result.decided.overrides or ()}
    bulk.insert(
        Grade,
        pa.table(
            {
                "run_id": pa.array([run.pk] * len(codes), pa.int64()),
                "customer_id": pa.array([customer_ids[code] for code in codes], pa.int64()),
                "measured_id": pa.array([figure_ids[code] for code in codes], pa.int64()),
                "klass": pa.array(classes, pa.string()),
                "class_order": pa.array([order[klass] for klass in classes], pa.int32()),
                "previous_class": pa.array(
                    [before.get(customer_ids[code], "") for code in codes], pa.string()
                ),
                "rank": pc.cast(table["rank"], pa.int64()),
                "value_minor": pa.array(minor if money else [None] * len(codes), pa.int64()),
                "value_number": pa.array(numbers, pa.float64()),
                "share": table["share"],
                "cumulative_share": table["cumulative_share"],
                "overridden": pa.array([code in by_people for code in codes], pa.bool_()),
                "kept": pa.array([numbers_of[code] for code in codes]),
                "reason": pa.repeat("{}", len(codes)),
                "explanation": pa.repeat("{}", len(codes)),
            }
        ),
    )
    run.sums = totals.by_class(Grade.objects.filter(run=run))
    run.save(update_fields=["sums"])
    return run


def _short(row: list[Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _least(classes: list[Any], values: Sequence[float | None]) -> dict[str, float]:
    """The least value in each class where one is known."""
    least: dict[str, float] = {}
    for klass, value in zip(classes, values, strict=True):
        if value is not None:
            least[klass] = min(value, least.get(klass, value))
    return least


def _classes_before(snapshot: Snapshot, scheme: str) -> dict[int, str]:
    if snapshot.previous_id is None:
        return {}
    grades = Grade.objects.filter(run__snapshot=snapshot.previous_id, run__scheme=scheme)
    return dict(grades.values_list("customer_id", "klass").iterator())
